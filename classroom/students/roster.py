"""The list of students: who is on it, and what a school's platform calls them.

Any table will do whose first column names the students. The exports of Moodle (participants,
grades, the grading worksheet) and of Canvas (the gradebook) are known by their headings.
"""

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from classroom.records import tables
from classroom.students.people import Who
from course.paths import Complaint

# What stands above the names in a list. A row of figures or addresses under it says the same.
HEADINGS = set(
    "student students name names id username user login email mail vorname nachname studierende"
    " matrikelnummer nom prénom étudiant identifiant nombre apellido apellidos alumno estudiante"
    " usuario nome cognome sobrenome studente aluno naam voornaam achternaam navn fornavn namn"
    " imię nazwisko jméno příjmení имя фамилия студент όνομα isim ad öğrenci 姓名 名字 学生 學生"
    " 学号 學號 名前 氏名 学籍番号 이름 성명 학번 الاسم שם नाम"
    " first last given family surname full firstname lastname identifier".split()
)
FULL = {"full name", "vollständiger name", "nom complet", "nombre completo", "nome completo"}
FIRST = {"first name", "firstname", "given name", "vorname", "prénom", "nombre", "voornaam"}
LAST = {"last name", "lastname", "surname", "family name", "nachname", "nom", "nom de famille"}
LAST |= {"apellido", "apellidos", "apellido(s)", "achternaam"}
FIRST |= {"nome", "imię", "имя"}
LAST |= {"cognome", "sobrenome", "nazwisko", "фамилия"}
NOBODY = re.compile(r"points possible|muted|manual posting.*|student, test|", re.IGNORECASE)


class Roster:
    """The students of a list; any cell of a row may be what the platform calls them. `is_given`
    says that the teacher gave it, so that who is not on it is a stranger.
    """

    def __init__(self, rows: list[list[str]], is_given: bool = True, heading: tuple = ()):
        self.is_given, self.heading = is_given, heading
        self.rows = _by_name(rows, heading)
        self.known, self.numbers = defaultdict(set), defaultdict(set)
        for name, row in self.rows.items():
            self.numbers[name] |= {one for one in map(number, row) if one}
            for key in _keys_of_row([name, *row]):
                self.known[key].add(name)

    @property
    def names(self) -> list[str]:
        return list(self.rows)

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
        return [name for name in self.names if name not in present]

    def cells(self, student: str) -> dict[str, str]:
        """A student's row by its headings, in small letters; nothing where there are none."""
        names = [name.casefold() for name in self.heading]
        return dict.fromkeys(names, "") | dict(zip(names, self.rows.get(student, ())))


def load(path: Path) -> Roster:
    """Raises Complaint."""
    rows, heading = tables.read(path), ()
    if rows and _is_heading(rows[0], rows[1:]):
        heading = tuple(rows.pop(0))
    rows = [row for row in rows if not NOBODY.fullmatch(_name(row, heading))]
    if not rows:
        raise Complaint(f"{path.name} is empty.")
    return Roster(rows, heading=heading)


def _by_name(rows: list[list[str]], heading: tuple) -> dict[str, list[str]]:
    """The rows by what the CSV of grades calls their student; of two rows of one name, by what
    tells them apart too.
    """
    groups = defaultdict(list)
    for row in rows:
        if row not in groups[_name(row, heading)]:
            groups[_name(row, heading)].append(row)
    return {
        f"{name} {_apart(row, same)}".strip() if len(same) > 1 else name: row
        for name, same in groups.items()
        for row in same
    }


def _name(row: list[str], heading: tuple) -> str:
    titles = [title.casefold() for title in heading]
    parts = [next((n for n, one in enumerate(titles) if one in kind), None) for kind in KINDS]
    full, first, last = parts
    if full is not None:
        return "".join(row[full : full + 1])
    if first is not None and last is not None:
        return " ".join(row[place] for place in (first, last) if place < len(row)).strip()
    return row[0]


KINDS = (FULL, FIRST, LAST)


def _apart(row: list[str], same: list[list[str]]) -> str:
    """The first cell that none of the others has."""
    others = {cell for other in same if other is not row for cell in other}
    return next((cell for cell in row if cell and cell not in others), "")


def number(cell: str) -> str:
    """The number that a cell is, or that Moodle gives ("Participant 4711")."""
    found = re.fullmatch(r"(?:[^\W\d_]+ |[^\W\d_]+/\w+? ?)?(\d+)", cell)
    return found[1] if found else ""


def _keys_of_row(row: list[str]) -> set[str]:
    joined = [" ".join(row[1:3]), " ".join(row[1:4])]
    return {key for text in (*row, *joined) for key in (*_keys(text), number(text)) if key}


def _keys(text: str) -> list[str]:
    """A name by its words in any order, run together, and an address by what is before its @."""
    text = unicodedata.normalize("NFC", text).casefold()
    words = sorted(re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", text)))
    runs = {"".join(words), "".join(re.findall(r"[^\W_]+", text)), "".join(words[::-1])}
    mail = text.split("@")[0] if "@" in text else ""
    return [key for key in (text.strip(), mail, " ".join(words), *sorted(runs)) if key]


def _is_heading(row: list[str], below: list[list[str]]) -> bool:
    words = re.split(r"[\s_/.-]+", row[0].casefold())
    if HEADINGS.issuperset(words):
        return True
    return bool(below) and any(
        not re.search(r"[\d@]", cell) and all(re.search(r"[\d@]", one) for one in column if one)
        for cell, column in zip(row[1:], zip(*(one[1:] for one in below)))
        if any(column)
    )
