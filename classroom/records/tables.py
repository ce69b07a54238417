"""Tables as people and platforms write them: in any encoding, by commas, semicolons or tabs."""

import csv
import io
import locale
import unicodedata
from pathlib import Path

from course import files
from course.paths import Complaint

ENCODINGS = ("utf-8-sig", locale.getencoding(), "cp1252")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read(path: Path) -> list[list[str]]:
    """The rows that are not empty, each cell without spaces around it. Raises Complaint."""
    text = _decoded(path)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        rows = [[cell.strip() for cell in row] for row in lines]
    except csv.Error as error:
        where = f"{path.name}, line {lines.line_num}"
        raise Complaint(f"{where}: not a table of comma-separated values ({error}).") from error
    return [row for row in rows if any(row) and not row[0].startswith("sep=")]


def records(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows by their headings, in small letters; what a row lacks is "". Raises Complaint."""
    heading, *rows = read(path) or [[]]
    names = [name.casefold() for name in heading]
    if missing := [name for name in needed if name not in names]:
        raise Complaint(
            f"{path.name} has no column {', '.join(missing)}. Its first line should be"
            f" {','.join(needed)}."
        )
    return [dict.fromkeys(names, "") | dict(zip(names, row)) for row in rows]


def write(path: Path, rows: list[list]) -> None:
    """Comma-separated, in UTF-8, whole or not at all."""
    files.write(path, text(rows))


def text(rows: list[list]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def cell(text: str) -> str:
    """A text in one line, marked as text."""
    return as_text("".join(one if one.isprintable() else " " for one in text))


def as_text(text: str) -> str:
    """With a mark before what a spreadsheet would take for a formula."""
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def unmarked(text: str) -> str:
    return text[1:] if text.startswith("'") and as_text(text[1:]) == text else text


def number(value: float) -> int | float:
    """A number of points as it is written: 2 and 0.5, not 2.0."""
    return int(value) if value == int(value) else round(value, 2)


def _decoded(path: Path) -> str:
    data = files.content(path)
    wide = {b"\xff\xfe": ["utf-16"], b"\xfe\xff": ["utf-16"]}
    wide |= {data[:1] + b"\0": ["utf-16-le"], b"\0" + data[1:2]: ["utf-16-be"]}
    for encoding in wide.get(data[:2], ENCODINGS):
        try:
            return unicodedata.normalize("NFC", data.decode(encoding))
        except UnicodeDecodeError:
            pass
    raise Complaint(f"{path.name}: the encoding is not known. Save it as UTF-8.")


def _separator(text: str) -> str:
    """A spreadsheet separates by commas, semicolons or tabs, by the language of its system."""
    first = next(iter(text.strip().splitlines()), "")
    return max(",;\t", key=first.count)
