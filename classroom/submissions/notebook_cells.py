"""The cells of a submitted file, whatever version of the format and whatever encoding."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

LARGEST = 256_000_000  # bytes of a submission
LONGEST = 4_000_000  # characters of all its code


class Unreadable(Exception):
    """Why a file is no notebook, in words."""


@dataclass(frozen=True)
class Cell:
    """A cell of a submission; `ids` are its own and nbgrader's."""

    ids: tuple[str, str]
    source: str


@dataclass(frozen=True)
class Submitted:
    """The code cells of a file, and the version of Python that wrote it, "" where it is not
    said; and its text cells.
    """

    cells: list[Cell]
    python: str = ""
    texts: tuple[Cell, ...] = ()


def read(path: Path) -> Submitted:
    """Raises Unreadable."""
    try:
        form = _json(_bytes(path))
        cells, texts = (_of_type(form, kind) for kind in ("code", "markdown"))
    except MemoryError as error:
        raise Unreadable("does not fit into memory") from error
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(_what_instead(path)) from error
    if sum(len(cell.source) for cell in cells) > LONGEST:
        raise Unreadable(f"holds more than {LONGEST // 1_000_000} million characters of code")
    return Submitted(cells, _python(form), tuple(texts))


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 1_000_000} MB")
    if not size:
        raise Unreadable("is empty")
    return path.read_bytes()


def _json(data: bytes):
    """In UTF-8, 16 or 32; else in what an old Windows writes."""
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(data.decode("cp1252", "replace"))


def _cells(form: dict) -> list[dict]:
    """Version 3 of the format has worksheets."""
    return form["cells"] if "cells" in form else form["worksheets"][0]["cells"]


def _of_type(form: dict, kind: str) -> list[Cell]:
    return [_cell(cell) for cell in _cells(form) if cell.get("cell_type") == kind]


def _cell(form: dict) -> Cell:
    nbgrader = _dict(_dict(form, "metadata"), "nbgrader")
    source = form.get("source", form.get("input")) or ""
    text = source if isinstance(source, str) else "".join(source)
    # Half of a surrogate pair, which JSON can write, is no text.
    text = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    return Cell((str(form.get("id")), str(nbgrader.get("grade_id"))), text)


def _dict(form: dict, key: str) -> dict:
    """What lies under a key, where that is a dict as it should be."""
    return form.get(key) if isinstance(form.get(key), dict) else {}


def _python(form: dict) -> str:
    return str(_dict(_dict(form, "metadata"), "language_info").get("version", ""))[:20]


def _what_instead(path: Path) -> str:
    if zipfile.is_zipfile(path):
        return "is a zip: unpack it, then grade again"
    if path.open("rb").read(200).lstrip()[:1] == b"<":
        return "is a web page and not a notebook; it may be one that was exported or saved as HTML"
    return "is not a notebook"
