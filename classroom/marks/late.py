"""Late days: what a notebook loses for each day after it was due.

The time of hand-in is that of the student's row in the list of students, in a column that the
teacher names; otherwise when the file was last changed, which a student can set.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dateutil import parser

from classroom.marks.marks import Marked
from classroom.records.tables import number
from classroom.students.roster import Roster
from course.paths import Complaint

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """`percent` of the points earned are lost for each day begun after `due`, but for the first
    `free` of them.
    """

    due: datetime
    percent: float = 0.0
    free: int = 0
    column: str = ""

    def days(self, when: datetime) -> int:
        return max(0, math.ceil((when - self.due) / DAY))

    def share(self, days: int) -> float:
        """Of the points that are lost."""
        return min(1.0, self.percent / 100 * max(0, days - self.free))


def time(text: str, where: str) -> datetime:
    """A time as people and platforms write it, of this machine's zone where none is said. Raises
    Complaint.
    """
    try:
        found = _readings(text)
    except (ValueError, OverflowError) as error:
        raise Complaint(f"{where}: {text!r} is no time. Write 2026-12-01 23:59.") from error
    if len(found) > 1:
        raise Complaint(f"{where}: {text!r} may be two days. Write 2026-12-01 23:59.")
    return found.pop().astimezone(UTC)


def _readings(text: str) -> set[datetime]:
    """One; two where it is not clear which number is the day."""
    try:
        return {datetime.fromisoformat(text)}
    except ValueError:
        return {parser.parse(text, dayfirst=first) for first in (True, False)}


def late(one: Marked, rule: Rule, roster: Roster | None) -> Marked:
    """What it loses, and a remark that says so."""
    if not one.file:
        return one
    when = _when(one, rule, roster)
    if when is None:
        return _with(one, "no time of hand-in is known")
    days = rule.days(when)
    lost = round(one.points * rule.share(days), 2)
    said = f"{days} day{'s' * (days != 1)} late, {number(lost)} points lost"
    return _with(replace(one, lost=lost), said) if days else one


def _when(one: Marked, rule: Rule, roster: Roster | None) -> datetime | None:
    if rule.column and roster:
        text = roster.cells(one.student).get(rule.column.casefold(), "").strip("- ")
        return time(text, f"{one.student}, {rule.column}") if text else None
    return datetime.fromisoformat(one.changed) if one.changed else None


def _with(one: Marked, remark: str) -> Marked:
    return replace(one, remarks=[*one.remarks, remark])


def refuse(rule: Rule, roster: Roster | None) -> None:
    """A column that is not there, or that holds what is no time. Raises Complaint."""
    if not rule.column:
        return
    if roster is None or rule.column.casefold() not in map(str.casefold, roster.heading):
        known = ", ".join(roster.heading) if roster else "no list is given by --students"
        raise Complaint(f"The list of students has no column {rule.column!r}: {known}.")
    for name in roster.names:
        _when(Marked(name, "", [], []), rule, roster)
