"""What a class knows and what it stumbles over, as a page and as numbers, from a grading run:
`python -m classroom.report grades.csv [--before earlier.csv] [--anonymous]`.

Grading writes both beside its CSV, `grades.html` and `grades.report.csv`; this command makes them
again, without names, or compared with an earlier run.
"""

import sys
from dataclasses import replace
from pathlib import Path

from classroom.marks.feedback import TITLES
from classroom.records import results
from classroom.records.results import Graded
from classroom.whole_class import report_numbers, report_page, tally
from course import command_line
from course.files import write
from course.paths import Complaint


def page_of(out: Path) -> Path:
    """`grades.html` beside `grades.csv`."""
    return out.with_suffix(".html")


def numbers_of(out: Path) -> Path:
    """`grades.report.csv` beside `grades.csv`."""
    return out.with_name(f"{out.stem}.report.csv")


def write_all(graded: list[Graded], out: Path, anonymous=False, before=None) -> None:
    sheets = tally.sheets(graded, TITLES)
    changes = tally.changes(before, graded, TITLES) if before else []
    if anonymous:
        sheets = list(map(without_names, sheets))
    write(page_of(out), report_page.page(sheets, changes))
    write(numbers_of(out), report_numbers.numbers(sheets, changes))


def without_names(sheet: tally.Sheet) -> tally.Sheet:
    """Students are counted as they stand."""
    named = [replace(one, student=f"student {n}") for n, one in enumerate(sheet.graded, 1)]
    return replace(sheet, graded=tuple(named))


def main(given: list[str] | None = None) -> int:
    parser = command_line.parser("classroom.report", __doc__)
    parser.add_argument("grades", type=Path, help="the CSV that classroom.grade wrote")
    parser.add_argument(
        "--before", type=Path, metavar="CSV", help="of an earlier run, to be compared with"
    )
    parser.add_argument("--anonymous", action="store_true", help="leave the names out")
    options = parser.parse_args(given)
    try:
        graded = results.load(options.grades)
        before = options.before and results.load(options.before)
        write_all(graded, options.grades, options.anonymous, before)
    except Complaint as complaint:
        print(complaint)
        return 2
    print(f"Written: {page_of(options.grades)} and {numbers_of(options.grades)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
