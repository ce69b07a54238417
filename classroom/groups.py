"""Wrong answers that no catalogued mistake explains, in groups of those that gave the same:
`python -m classroom.groups grades.csv [2.8 [3]]`.

Lists the groups of a graded class; with an exercise and the number of a group, prints the skeleton
of a mistake for the catalogue: give it a name and its sentence.
"""

import re
import sys
from pathlib import Path

from tabulate import tabulate

import exercises
from checker.exercise import Exercise, Number
from classroom.marks.feedback import TITLES
from classroom.records import results
from classroom.records.results import Graded
from classroom.submissions import outline
from classroom.whole_class import tally
from classroom.whole_class.report_page import bare
from course import command_line
from course.paths import Complaint

NAME = "name_me"
SENTENCE = "Say what this answer is, not what to type."


# The skeleton of a mistake


def skeleton(group: tally.Alike) -> str:
    """A mistake for the file of its exercise, as Python. Raises Complaint where there is none."""
    exercise, source = exercises.find(group.id), bare(group.example.source)
    asked = next(one for one in outline.exercises(_number(group.id)) if one.id == group.id)
    if not source:
        raise Complaint(f"The answers of group {group.group} of {group.id} are no Python to show.")
    made = _value if isinstance(exercise, Number) else _definition
    times = f"{group.count} time{'s' * (group.count != 1)}"
    head = f"Group {group.group} of {group.id}, given {times}: {group.example.found}"
    return _comment(head) + made(exercise, asked.name, source)


def _number(id: str) -> str:
    return id.split(".")[0].zfill(2)


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))


def _definition(exercise: Exercise, name: str, source: str) -> str:
    """The student's code under another name, decorated where it defines that."""
    source, decorator = re.sub(rf"\b{name}\b", NAME, source), f"{variable(exercise)}.mistake"
    defined = re.compile(rf"^(?=(?:def|class) {NAME}\b)", re.MULTILINE)
    if defined.search(source):
        return defined.sub(f'@{decorator}("{SENTENCE}")\n', source, count=1) + "\n"
    return f'{source}\n{decorator}("{SENTENCE}", "{NAME}")({NAME})\n'


def _value(exercise: Exercise, name: str, source: str) -> str:
    """A line of what `wrong` holds."""
    value = source.rpartition(f"{name} =")[2].strip()
    return f'"{NAME}": ({value}, "{SENTENCE}"),\n'


def variable(exercise: Exercise) -> str:
    """What the exercise is called in its file."""
    files = (module for name, module in sys.modules.items() if name.startswith("exercises.nb"))
    return next(name for file in files for name, one in vars(file).items() if one is exercise)


# The command


def listed(groups: list[tally.Alike]) -> str:
    """A line a group."""
    rows = [[one.id, one.group, one.count, one.example.found.split("\n")[0]] for one in groups]
    return tabulate(rows, headers=["exercise", "group", "students", "the smallest call"])


def main(given: list[str] | None = None) -> int:
    parser = command_line.parser("classroom.groups", __doc__)
    parser.add_argument("grades", type=Path, help="the CSV that classroom.grade wrote")
    parser.add_argument("id", nargs="?", metavar="N.M", help="of this exercise only")
    parser.add_argument("group", nargs="?", type=int, help="the one to turn into a mistake")
    options = parser.parse_args(given)
    try:
        groups = _asked(results.load(options.grades), options.id, options.group)
        print(listed(groups) if options.group is None else skeleton(groups[0]).rstrip())
    except Complaint as complaint:
        print(complaint, file=sys.stderr)
        return 2
    return 0


def _asked(graded: list[Graded], id: str | None, group: int | None) -> list[tally.Alike]:
    tallies = [one for sheet in tally.sheets(graded, TITLES) for one in sheet.tallies]
    if id is not None and id not in [one.id for one in tallies]:
        raise Complaint(f"{id} was not graded in this run.")
    every = [one for each in tallies for one in each.groups]
    found = [one for one in every if id in (None, one.id) and group in (None, one.group)]
    if not found:
        raise Complaint(f"There is no such group{f' of {id}' if id else ''}.")
    return found


if __name__ == "__main__":
    sys.exit(main())
