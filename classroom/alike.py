"""Which submissions agree more than their class explains: `python -m classroom.alike grades.csv`
writes `grades.alike.html`, for a person to look at, from what a grading run left beside its CSV.
It is no proof of anything.
"""

import sys
from pathlib import Path

from classroom.records import results
from classroom.records.results import Graded
from classroom.whole_class import shared_passages
from course import command_line
from course.files import write
from course.paths import Complaint


def path_of(out: Path) -> Path:
    """`grades.alike.html` beside `grades.csv`."""
    return out.with_name(f"{out.stem}.alike.html")


def write_all(graded: list[Graded], out: Path) -> None:
    write(path_of(out), shared_passages.page(graded))


def main(given: list[str] | None = None) -> int:
    parser = command_line.parser("classroom.alike", __doc__)
    parser.add_argument("grades", type=Path, help="the CSV of a grading run")
    options = parser.parse_args(given)
    try:
        write_all(results.load(options.grades), options.grades)
    except Complaint as error:
        print(error)
        return 2
    print(f"{path_of(options.grades)}: for a person to look at, and no proof.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
