"""Who is who: the student that a folder or a file name stands for, and the list that decides.

Moodle, Canvas, Blackboard and a browser that saves a file twice each add something to the name.
"""

import csv
import locale
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from classroom import own_numbers
from course.paths import Complaint
from exercises import NOTEBOOKS

MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_\w+")
CANVAS = re.compile(
    r"(?P<name>[^\W\d_][^_]*)(?:_LATE)?_(?P<id>\d+)_\d+_(?P<file>.*)", re.IGNORECASE
)
BLACKBOARD = re.compile(r"(?:.*_)?(?P<name>[^_]+)_attempt_[\d-]+_(?P<file>.*)")
# What a browser, JupyterLab or Windows adds to a file that is there already.
COPY = re.compile(
    r"(?:[ _-]*(?:copy|kopie|copie|copia)[ _-]*\d*|\s*\(\d+\)|[ _-]late)$", re.IGNORECASE
)
FILES = [own_numbers.FILE, *(notebook.file for notebook in NOTEBOOKS.values())]
NAMED = re.compile(
    "|".join(re.escape(file).replace("_", "[ _]+") for file in FILES), re.IGNORECASE
)
EDGE = re.compile(r"^[\W_]+|[\W_]+$")
ENCODINGS = ("utf-8-sig", locale.getencoding(), "cp1252")
# What stands above the names in a list. A row of figures or addresses under it says the same.
HEADINGS = set(
    "student students name names id username user login email mail vorname nachname studierende"
    " matrikelnummer nom prénom étudiant identifiant nombre apellido apellidos alumno estudiante"
    " usuario nome cognome sobrenome studente aluno naam voornaam achternaam navn fornavn namn"
    " imię nazwisko jméno příjmení имя фамилия студент όνομα isim ad öğrenci 姓名 名字 学生 學生"
    " 学号 學號 名前 氏名 学籍番号 이름 성명 학번 الاسم שם नाम".split()
)


@dataclass(frozen=True)
class Who:
    """A name, and the number that a learning platform gives its bearer."""

    name: str
    number: str = ""


def readable(text: str) -> str:
    """A name as text, composed: one that no UTF-8 holds is taken for Windows'."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return unicodedata.normalize("NFC", text)


def guess(path: Path) -> Who:
    """Who handed in a file, by its path below the folder of all submissions."""
    first, *rest = map(readable, path.parts)
    if not rest:
        return of_file(first)
    found = MOODLE.fullmatch(first)
    return Who(found["name"], found["id"]) if found else Who(first)


def of_file(name: str) -> Who:
    stem = stem_of(name)
    if found := CANVAS.fullmatch(stem):
        return Who(found["name"], found["id"])
    if found := BLACKBOARD.fullmatch(stem):
        return Who(found["name"])
    before, after = _around(stem)
    return Who(before or after or stem)


def is_bare(name: str) -> bool:
    """Whether a file name says of no student."""
    return of_file(name).name == _once(stem_of(name))


def stem_of(name: str) -> str:
    """`02_shapes` of `02_shapes.ipynb`, of `02_shapes.IPYNB` and of `02_shapes.ipynb.json`."""
    return re.sub(r"\.ipynb(\.json|\.txt)?$", "", name, flags=re.IGNORECASE)


def _around(stem: str) -> tuple[str, str]:
    """What stands before and after the name of the notebook, without signs of a copy."""
    found = NAMED.search(stem)
    before, after = (stem[: found.start()], stem[found.end() :]) if found else (stem, "")
    after = "" if re.fullmatch(r"[\W_]*\d{1,2}", after) else after
    return EDGE.sub("", _once(before)), EDGE.sub("", _once(after))


def _once(text: str) -> str:
    while (shorter := COPY.sub("", text)) != text:
        text = shorter
    return text


def labels(everybody: list[Who]) -> dict[Who, str]:
    """What each is called: the name, and the number too where two bear the same one."""
    numbers = defaultdict(set)
    for who in everybody:
        numbers[who.name].add(who.number)
    return {
        who: who.name if len(numbers[who.name]) == 1 else f"{who.name} {who.number}".strip()
        for who in everybody
    }


class Roster:
    """The students of a list; any cell of a row may be what the platform calls them. `is_given`
    says that the teacher gave it, so that who is not on it is a stranger.
    """

    def __init__(self, rows: list[list[str]], is_given: bool = True):
        self.names, self.is_given = [row[0] for row in rows], is_given
        self.known, self.numbers = defaultdict(set), defaultdict(set)
        for row in rows:
            self.numbers[row[0]] |= set(filter(str.isdecimal, row))
            for key in _keys_of_row(row):
                self.known[key].add(row[0])

    def find(self, who: Who) -> str | None:
        """The one student of the list that this can be; None where it is none or several."""
        for key in (who.number, *_keys(who.name)):
            if len(self.known.get(key, ())) == 1:
                name = next(iter(self.known[key]))
                return None if self._is_another(name, who.number) else name
        return None

    def _is_another(self, name: str, number: str) -> bool:
        """Whether the list has a number of that sort for the name, and it is not this one."""
        alike = {one for one in self.numbers[name] if len(one) == len(number)}
        return bool(alike) and number not in alike

    def absent(self, present: set[str]) -> list[str]:
        return [name for name in self.names if self.is_given and name not in present]


def _keys_of_row(row: list[str]) -> set[str]:
    joined = [" ".join(row[:2]), " ".join(row[:3])]
    return {key for text in (*row, *joined) for key in _keys(text)}


def _keys(text: str) -> list[str]:
    """A name by its words in any order, run together, and an address by what is before its @."""
    text = unicodedata.normalize("NFC", text).casefold()
    words = sorted(re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", text)))
    runs = {"".join(words), "".join(re.findall(r"[^\W_]+", text)), "".join(words[::-1])}
    mail = text.split("@")[0] if "@" in text else ""
    return [key for key in (text.strip(), mail, " ".join(words), *sorted(runs)) if key]


def rows(path: Path) -> list[list[str]]:
    """The rows of a list of students, without its heading. Raises Complaint."""
    found = [[cell.strip() for cell in row] for row in _table(_decoded(path))]
    found = [row for row in found if row and row[0]]
    if found and _is_heading(found[0], found[1:]):
        del found[0]
    if not found:
        raise Complaint(f"{path.name} is empty.")
    return found


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    wide = {b"\xff\xfe": ["utf-16"], b"\xfe\xff": ["utf-16"]}
    wide |= {data[:1] + b"\0": ["utf-16-le"], b"\0" + data[1:2]: ["utf-16-be"]}
    for encoding in wide.get(data[:2], ENCODINGS):
        try:
            return unicodedata.normalize("NFC", data.decode(encoding))
        except UnicodeDecodeError:
            pass
    raise Complaint(f"{path.name}: the encoding is not known. Save it as UTF-8.")


def _table(text: str) -> list[list[str]]:
    """A spreadsheet separates by commas, semicolons or tabs, by the language of its system."""
    first = next(iter(text.strip().splitlines()), "")
    separator = max(",;\t", key=first.count)
    return list(csv.reader(text.splitlines(), delimiter=separator))


def _is_heading(row: list[str], below: list[list[str]]) -> bool:
    words = re.split(r"[\s_/.-]+", row[0].casefold())
    if HEADINGS.issuperset(words):
        return True
    return bool(below) and any(
        not re.search(r"[\d@]", cell) and all(re.search(r"[\d@]", one) for one in column if one)
        for cell, column in zip(row[1:], zip(*(one[1:] for one in below)))
        if any(column)
    )
