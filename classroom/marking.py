"""From what the checks found to the marks: the CSV, a page a student, files for a school's system.

`python -m classroom.marking grades.csv ...` makes them anew from the results of the last run, with
the options of classroom.grade: after marking by hand, nothing needs to be graded again.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from classroom.marks import (
    archive,
    feedback,
    gradebook,
    hand_marks,
    late,
    marks,
    sheet,
    texts_page,
)
from classroom.marks.hand_marks import Hand
from classroom.marks.marks import Marked
from classroom.records import results
from classroom.records.results import Graded
from classroom.students import own_numbers
from classroom.students import roster as rosters
from classroom.students.roster import Roster
from course import command_line
from course.paths import Complaint


@dataclass(frozen=True)
class Rules:
    """What counts, and where it goes."""

    assignment: str = ""
    notebooks: tuple[str, ...] = ()
    bonus: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    late_rule: late.Rule | None = None
    overrides: Hand = Hand()
    by_hand: Hand = Hand()
    system: str = ""

    def for_class(self, students: set[str], roster: Roster | None) -> Self:
        """With the marks by hand under the names of this class. Raises Complaint."""
        overrides, by_hand = (
            one.by_name(students, roster) for one in (self.overrides, self.by_hand)
        )
        return replace(self, overrides=overrides, by_hand=by_hand)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--feedback", type=Path, help="a folder for a page a student")
    parser.add_argument(
        "--students",
        type=Path,
        help="a list of the students; the export of Moodle or Canvas will do",
    )
    parser.add_argument("--assignment", default="", help="its name, for the pages and the import")
    parser.add_argument(
        "--own", type=Path, help="the key of the students' own numbers, from classroom.assignment"
    )
    group = parser.add_argument_group("what counts")
    group.add_argument(
        "--notebooks",
        nargs="+",
        type=command_line.notebook,
        default=[],
        metavar="NUMBER",
        help="what was assigned; else all that anybody has handed in",
    )
    group.add_argument("--bonus", nargs="+", default=[], metavar="ID", help="count on top")
    group.add_argument("--drop", nargs="+", default=[], metavar="ID", help="do not count")
    group.add_argument("--overrides", type=Path, help="a CSV: student,exercise,points,reason")
    group.add_argument(
        "--by-hand", type=Path, help="a CSV of texts to mark: it is written, filled in, read back"
    )
    group.add_argument("--due", metavar="TIME", help='as in "2026-12-01 23:59"')
    group.add_argument(
        "--late", type=float, metavar="PERCENT", help="of the points, lost for each day begun"
    )
    group.add_argument("--free-days", type=int, default=0, help="days late that cost nothing")
    group.add_argument(
        "--handed-in",
        default="",
        metavar="COLUMN",
        help="of the list of students, with the time of hand-in; else the file's time counts",
    )
    group = parser.add_argument_group("for a school's system")
    group.add_argument("--for", dest="system", choices=gradebook.SYSTEMS, default="")


def who(options: argparse.Namespace) -> tuple[own_numbers.Key | None, Roster | None]:
    """The key of own numbers, and the list of students: given, or those that the key was made for.
    Raises Complaint.
    """
    key = own_numbers.load(options.own) if options.own else None
    if options.students:
        return key, rosters.load(options.students)
    return key, Roster([[name] for name in key.students], False) if key else None


def rules(
    options: argparse.Namespace, key: own_numbers.Key | None, roster: Roster | None
) -> Rules:
    """Raises Complaint, before anything is graded."""
    if options.system:
        gradebook.refuse(options.system, roster)
    made = Rules(
        assignment=options.assignment or (key.assignment if key else ""),
        notebooks=_notebooks(options.notebooks),
        bonus=_exercises(options.bonus),
        dropped=_exercises(options.drop),
        late_rule=_late(options),
        overrides=hand_marks.overrides(options.overrides) if options.overrides else Hand(),
        by_hand=hand_marks.listed(options.by_hand) if options.by_hand else Hand(),
        system=options.system,
    )
    if made.late_rule:
        late.refuse(made.late_rule, roster)
    return made


def _notebooks(given: list[str]) -> tuple[str, ...]:
    if unknown := [number for number in given if number not in feedback.TITLES]:
        raise Complaint(f"There is no notebook {', '.join(unknown)}.")
    return tuple(given)


def _exercises(ids: list[str]) -> frozenset[str]:
    if unknown := [id for id in ids if hand_marks.maximum(id) is None]:
        raise Complaint(f"There is no exercise {', '.join(unknown)}.")
    return frozenset(ids)


def _late(options) -> late.Rule | None:
    if not options.due:
        if options.late is not None or options.free_days or options.handed_in:
            raise Complaint("Late days are counted from --due, which is not given.")
        return None
    if options.late is not None and not 0 <= options.late <= 100:
        raise Complaint(f"--late {options.late:g}: give a percentage from 0 to 100.")
    due = late.time(options.due, "--due")
    return late.Rule(due, options.late or 0.0, max(0, options.free_days), options.handed_in)


def marked(graded: list[Graded], given: Rules, roster: Roster | None) -> list[Marked]:
    """All notebooks of all students, as they count."""
    names = roster.names if roster else ()
    everybody = marks.complete(list(map(marks.of, graded)), names, given.notebooks)
    return [_marked(one, given, roster) for one in everybody]


def _marked(one: Marked, given: Rules, roster: Roster | None) -> Marked:
    if given.by_hand.path:
        one = hand_marks.with_items(one, given.by_hand)
    one = hand_marks.apply(one, given.overrides)
    one = marks.count(one, given.bonus, given.dropped)
    return late.late(one, given.late_rule, roster) if given.late_rule else one


def finish(
    graded: list[Graded], given: Rules, roster: Roster | None, out: Path, pages: Path | None
) -> list[str]:
    """Write all that is asked for; what to say about it."""
    every = marked(graded, given, roster)
    sheet.write(every, graded[0].seed if graded else 0, out)
    said = []
    if given.by_hand.path:
        hand_marks.write_list(every, given.by_hand)
        page = texts_page.page_of(given.by_hand.path)
        said.append(f"To mark by hand: {given.by_hand.path}, or {page.name} in a browser.")
    if pages:
        feedback.write_all(every, pages, given.assignment)
    if given.system:
        said += gradebook.write(every, given.system, given.assignment, roster, out)
        said += archive.write(every, given.system, given.assignment, roster, out)
    return said + hand_marks.unused(every, given.overrides)


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("classroom.marking", __doc__)
    parser.add_argument("out", type=Path, help="the CSV of a class that was graded")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        graded, (key, roster) = results.load(options.out), who(options)
        sheet.refuse_edited(options.out)
        given = rules(options, key, roster).for_class({one.student for one in graded}, roster)
        said = finish(graded, given, roster, options.out, options.feedback)
    except (Complaint, OSError) as error:
        print(error)
        return 2
    print("\n".join([*said, f"Marked anew, in {options.out}."]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
