"""Marks that a person gives: a file of overrides, and a list of texts to read and mark.

Both are tables with the columns student, exercise, points and reason. They are read before a class
is graded, so a mark outlasts every regrade. The list of texts is written anew each time, with the
points that are in it already.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import exercises
from classroom.marks import texts_page
from classroom.marks.marks import Mark, Marked
from classroom.marks.sheet import title
from classroom.records import tables
from classroom.students.people import Who
from classroom.students.roster import Roster
from classroom.submissions import words
from course.paths import Complaint
from exercises.own_numbers import NUMBER

COLUMNS = ("student", "exercise", "points", "reason")
LISTED = ("student", "exercise", "points", "maximum", "reason", "note", "text")
WAITING = "not marked yet"
CHANGED = "the text was changed after it was marked"  # until the teacher takes the note out

Key = tuple[str, str]  # a student and an exercise


@dataclass(frozen=True)
class Given:
    """Points by hand, with their reason; `text` is what was read for them."""

    points: float
    reason: str
    text: str = ""
    note: str = ""

    def about(self, text: str) -> str:
        """A note where this is another text now, but for its layout."""
        return self.note if self.text.split() == text.split() else CHANGED


@dataclass(frozen=True)
class Hand:
    """A file of marks by hand, and what is in it."""

    path: Path | None = None
    given: dict[Key, Given] = field(default_factory=dict)

    def by_name(self, students: set[str], roster: Roster | None) -> Self:
        """By what the CSV calls the students. Raises Complaint for one that nobody knows."""
        known = students | set(roster.names if roster else ())
        named = {
            (self._name(who, known, roster), id): one for (who, id), one in self.given.items()
        }
        return replace(self, given=named)

    def _name(self, who: str, known: set[str], roster: Roster | None) -> str:
        name = who if who in known else roster and roster.find(Who(who))
        if name is None:
            raise Complaint(
                f"{self.path.name}: {who!r} is no student of this class. Write the name as the CSV"
                " of grades does."
            )
        return name


def overrides(path: Path) -> Hand:
    """What a teacher decided, each with a reason. Raises Complaint."""
    found = _read(path, COLUMNS)
    for (student, exercise), given in found.items():
        if not given.reason:
            raise Complaint(f"{path.name}: {student}, {exercise} has no reason. Write one.")
    return Hand(path, found)


def listed(path: Path) -> Hand:
    """The marks in the list of texts; none where it is not written yet. Raises Complaint."""
    return Hand(path, _read(path, LISTED) if path.exists() else {})


def _read(path: Path, columns: tuple[str, ...]) -> dict[Key, Given]:
    found = {}
    for row in tables.records(path, columns):
        key = tables.unmarked(row["student"]), _exercise(row["exercise"], path)
        if key in found:
            raise Complaint(f"{path.name} has {key[0]}, {key[1]} twice. Keep one.")
        if row["points"]:
            read = tables.unmarked(row.get("text", "")), row.get("note", "")
            found[key] = Given(_points(row, path), row["reason"], *read)
            refuse(key, found[key], path)
    return found


def _points(row: dict[str, str], path: Path) -> float:
    text = row["points"].replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        where = f"{path.name}: {row['student']}, {row['exercise']}"
        raise Complaint(f"{where} has {row['points']!r} points. Write a number, such as 0.5.")
    return float(text)


def _exercise(text: str, path: Path) -> str:
    """An id. A spreadsheet makes 4.1 of 4.10, so where both are there the word before it is
    needed.
    """
    id = text.removeprefix("ex ").strip()
    if id == text and re.fullmatch(r"\d+\.\d", id) and _is_there(f"{id}0"):
        raise Complaint(
            f"{path.name}: {id} may have been {id}0 before a spreadsheet opened the file. Write"
            f" `ex {id}` or `ex {id}0`."
        )
    return id


def _is_there(id: str) -> bool:
    try:
        return bool(exercises.find(id))
    except LookupError:
        return False


def refuse(key: Key, given: Given, path: Path) -> None:
    """An exercise that is not there, or more points than it has. Raises Complaint."""
    student, id = key
    most = maximum(id)
    if most is None:
        raise Complaint(f"{path.name}: there is no exercise {id!r} ({student}).")
    if given.points > most:
        points = tables.number(given.points)
        raise Complaint(f"{path.name}: {student}, {title(id)} has {points} of {most} points.")


def maximum(id: str) -> int | None:
    """The points of an exercise, or of what a person marks; None where there is none such."""
    number = re.split(r"[. ]", id)[0]
    if number == NUMBER:
        return 1
    if item := next((one for one in words.items(number) if one.id == id), None):
        return item.maximum
    return exercises.find(id).points if _is_there(id) else None


def unused(every: Iterable[Marked], hand: Hand) -> list[str]:
    """A sentence on marks for what does not count here, such as what nobody has handed in."""
    there = {(one.student, mark.id) for one in every for mark in one.marks}
    left = [f"{student}, {title(id)}" for student, id in hand.given if (student, id) not in there]
    return [f"Not among what counts here: {'; '.join(left)}, in {hand.path}."] if left else []


def apply(one: Marked, hand: Hand) -> Marked:
    """With a teacher's points in place of those of the checks."""
    found = [(mark, hand.given.get((one.student, mark.id))) for mark in one.marks]
    marks = [mark.by_hand(given.points, given.reason) if given else mark for mark, given in found]
    return replace(one, marks=marks)


def with_items(one: Marked, hand: Hand) -> Marked:
    """With a mark for each thing that a person marks in this notebook."""
    found = {item: hand.given.get((one.student, item.id)) for item in words.items(one.number)}
    marks = [_item(item, one, given) for item, given in found.items()]
    notes = {given.about(one.words) for given in found.values() if given and one.file}
    return replace(one, marks=one.marks + marks, remarks=one.remarks + sorted(notes - {""}))


def _item(item: words.Item, one: Marked, given: Given | None) -> Mark:
    if given:
        return Mark(item.id, "by hand", given.points, item.maximum, reason=given.reason)
    state = one.marks[0].state if not one.file else WAITING if one.words else "blank"
    return Mark(item.id, state, 0, item.maximum)


def write_list(every: Iterable[Marked], hand: Hand) -> None:
    """The texts to read, each with the points it has; the same as a page."""
    rows = [
        _row(one, item, given)
        for one in every
        for item in words.items(one.number)
        if (given := hand.given.get((one.student, item.id))) or one.file
    ]
    tables.write(hand.path, [list(LISTED), *rows])
    texts_page.write(hand.path, LISTED, rows)


def _row(one: Marked, item: words.Item, given: Given | None) -> list:
    points, reason, note = "", "", ""
    if given:
        points, reason = tables.number(given.points), given.reason
        note = given.about(one.words)
    who, text = tables.cell(one.student), tables.as_text(one.words)
    return [who, item.id, points, item.maximum, reason, note, text]
