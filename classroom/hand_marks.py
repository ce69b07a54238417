"""Marks that a person gives: a file of overrides, and a list of texts to read and mark.

Both are tables with the columns student, exercise, points and reason. They are read before a class
is graded, so a mark outlasts every regrade. The list of texts is written anew each time, with the
points that are in it already.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import exercises
from classroom import tables, words
from classroom.marks import Mark, Marked
from classroom.people import Who
from classroom.roster import Roster
from classroom.sheet import title
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


def overrides(path: Path) -> dict[Key, Given]:
    """What a teacher decided, each with a reason. Raises Complaint."""
    found = _read(path, COLUMNS)
    for (student, exercise), given in found.items():
        if not given.reason:
            raise Complaint(f"{path.name}: {student}, {exercise} has no reason. Write one.")
    return found


def listed(path: Path) -> dict[Key, Given]:
    """The marks in the list of texts; none where it is not written yet. Raises Complaint."""
    return _read(path, LISTED) if path.exists() else {}


def _read(path: Path, columns: tuple[str, ...]) -> dict[Key, Given]:
    found = {}
    for row in tables.records(path, columns):
        key = row["student"], _exercise(row["exercise"], path)
        if key in found:
            raise Complaint(f"{path.name} has {key[0]}, {key[1]} twice. Keep one.")
        if row["points"]:
            read = row.get("text", ""), row.get("note", "")
            found[key] = Given(_points(row, path), row["reason"], *read)
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


def by_name(given: dict[Key, Given], students: set[str], roster: Roster | None, path: Path):
    """The marks by what the CSV calls the students. Raises Complaint for one that nobody knows."""
    found = {}
    for (student, exercise), one in given.items():
        name = student if student in students else roster and roster.find(Who(student))
        if name is None:
            raise Complaint(
                f"{path.name}: {student!r} is no student of this class. Write the name as the CSV"
                " of grades does."
            )
        found[name, exercise] = one
    return found


def refuse(given: dict[Key, Given], path: Path) -> None:
    """Exercises that are not there, and more points than they have. Raises Complaint."""
    for (student, id), one in given.items():
        most = maximum(id)
        if most is None:
            raise Complaint(f"{path.name}: there is no exercise {id!r} ({student}).")
        if one.points > most:
            points = tables.number(one.points)
            raise Complaint(f"{path.name}: {student}, {title(id)} has {points} of {most} points.")


def maximum(id: str) -> int | None:
    """The points of an exercise, or of what a person marks; None where there is none such."""
    number = re.split(r"[. ]", id)[0]
    if number == NUMBER:
        return 1
    if item := next((one for one in words.items(number) if one.id == id), None):
        return item.maximum
    return exercises.find(id).points if _is_there(id) else None


def unused(every: Iterable[Marked], given: dict[Key, Given]) -> list[str]:
    """Marks for what does not count here, such as of a notebook that nobody has handed in."""
    there = {(one.student, mark.id) for one in every for mark in one.marks}
    return [f"{student}, {title(id)}" for student, id in given if (student, id) not in there]


def apply(one: Marked, given: dict[Key, Given]) -> Marked:
    """With a teacher's points in place of those of the checks."""
    marks = [
        mark.by_hand(hand.points, hand.reason)
        if (hand := given.get((one.student, mark.id)))
        else mark
        for mark in one.marks
    ]
    return replace(one, marks=marks)


def with_items(one: Marked, text: str, given: dict[Key, Given]) -> Marked:
    """With a mark for each thing that a person marks in this notebook."""
    hands = {item: given.get((one.student, item.id)) for item in words.items(one.number)}
    marks = [_item(item, one, text, hand) for item, hand in hands.items()]
    notes = {hand.about(text) for hand in hands.values() if hand and one.is_handed_in}
    return replace(one, marks=one.marks + marks, remarks=one.remarks + sorted(notes - {""}))


def _item(item: words.Item, one: Marked, text: str, hand: Given | None) -> Mark:
    if hand:
        return Mark(item.id, "by hand", hand.points, item.maximum, reason=hand.reason)
    state = one.marks[0].state if not one.is_handed_in else WAITING if text else "blank"
    return Mark(item.id, state, 0, item.maximum)


def write_list(every: Iterable[Marked], texts: dict[Key, str], given: dict, path: Path) -> None:
    """The texts to read, each with the points it has; `texts` are by student and notebook."""
    rows = [
        _row(one.student, item, hand, texts.get((one.student, one.number), ""))
        for one in every
        for item in words.items(one.number)
        if (hand := given.get((one.student, item.id))) or one.file
    ]
    tables.write(path, [list(LISTED), *rows])


def _row(student: str, item: words.Item, hand: Given | None, text: str) -> list:
    given = (tables.number(hand.points), hand.reason, hand.about(text)) if hand else ("", "", "")
    points, reason, note = given
    return [student, item.id, points, item.maximum, reason, note, text]
