"""What a class knows and what it stumbles over, as a page and as numbers, from a grading run:
`python -m classroom.report grades.csv [--before earlier.csv] [--anonymous]`.

Grading writes both beside its CSV, `grades.html` and `grades.report.csv`; this command makes them
again, without names, or compared with an earlier run.
"""

import argparse
import csv
import io
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jinja2
from markupsafe import Markup

from checker import card
from classroom.marks.feedback import TITLES
from classroom.records import results
from classroom.records.results import Graded, Status
from classroom.records.tables import cell
from classroom.whole_class import tally
from course.files import write
from course.paths import Complaint

ICONS = {
    Status.PASSED: "✓",
    Status.WRONG: "✗",
    Status.BLANK: "○",
    Status.STOPPED: "■",
    Status.UNREADABLE: "?",
}
LONGEST = 30  # lines of an example


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
    write(page_of(out), page(sheets, changes))
    write(numbers_of(out), numbers(sheets, changes))


def without_names(sheet: tally.Sheet) -> tally.Sheet:
    """Students are counted as they stand."""
    named = [replace(one, student=f"student {n}") for n, one in enumerate(sheet.graded, 1)]
    return replace(sheet, graded=tuple(named))


# The page


def page(sheets: list[tally.Sheet], changes: list[tally.Change]) -> str:
    """The report as HTML that needs nothing else."""
    text = (
        _pages()
        .get_template("report.html.jinja")
        .render(
            sheets=sheets,
            topics=tally.topics(sheets),
            changes=changes,
            count=len({one.student for sheet in sheets for one in sheet.graded}),
            title_of=tally.title,
            Status=Status,
            icons=ICONS,
            said_by=tally.said_by,
        )
    )
    return text.encode("utf-8", "replace").decode()


def _pages() -> jinja2.Environment:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "ours": lambda text: Markup(card.as_html(text)),
        "theirs": lambda text: Markup(card.as_html(text, is_ours=False)),
        "percent": lambda share: f"{100 * share:.0f} %",
        "moment": lambda text: text[:16].replace("T", " "),
        "bare": bare,
    }
    return pages


def bare(source: str) -> str:
    """Code without comments and docstrings, where a name may stand; "" where it is no Python."""
    lines = source.split("\n")
    try:
        spans = [(one.start, one.end) for one in _asides(source)]
    except (tokenize.TokenError, SyntaxError):
        return ""
    for (top, left), (bottom, right) in reversed(spans):
        kept = lines[top - 1][:left].rstrip() + lines[bottom - 1][right:]
        lines[top - 1 : bottom] = [kept]
    shown = [line for line in lines if line.strip()]
    return "\n".join(shown[:LONGEST] + ["…"] * (len(shown) > LONGEST))


STARTS = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


def _asides(source: str) -> Iterator[tokenize.TokenInfo]:
    """Its comments, and strings that are statements."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for place, one in enumerate(tokens):
        alone = place == 0 or tokens[place - 1].type in (*STARTS, tokenize.COMMENT)
        ends = place + 1 < len(tokens) and tokens[place + 1].type == tokenize.NEWLINE
        if one.type == tokenize.COMMENT or one.type == tokenize.STRING and alone and ends:
            yield one


# The numbers


def numbers(sheets: list[tally.Sheet], changes: list[tally.Change]) -> str:
    """The same as CSV, a count a row."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    before = {change.now.id: change.before for change in changes}
    table.writerow(["notebook", "exercise", "what", "name", "count", "of", "sentence"])
    for sheet in sheets:
        for one in sheet.tallies:
            rows = [*_rows(one), *_rows_before(before.get(one.id))]
            table.writerows([sheet.number, one.id, *map(_cell, row)] for row in rows)
    return text.getvalue()


def _cell(value) -> str | int:
    return cell(value) if isinstance(value, str) else value


def _rows(one: tally.Tally, when: str = "") -> Iterator[list]:
    for status in Status:
        yield [f"status{when}", str(status), one.statuses[status], len(one), ""]
    for named in one.mistakes:
        yield [f"mistake{when}", named.mistake, named.count, len(one), named.sentence]
    for layer, count in one.layers.most_common():
        yield [f"diagnosis{when}", layer, count, len(one), tally.said_by(layer)]
    for group in one.groups:
        yield [f"group{when}", str(group.group), group.count, len(one), group.example.found]


def _rows_before(one: tally.Tally | None) -> Iterator[list]:
    yield from _rows(one, " before") if one else ()


# The command


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="classroom.report", description=__doc__.split("\n")[0])
    parser.add_argument("grades", type=Path, help="the CSV that classroom.grade wrote")
    parser.add_argument(
        "--before", type=Path, metavar="CSV", help="of an earlier run, to be compared with"
    )
    parser.add_argument("--anonymous", action="store_true", help="leave the names out")
    options = parser.parse_args(given)
    try:
        graded = results.load(options.grades)
        before = options.before and results.load(options.before)
    except Complaint as complaint:
        print(complaint)
        return 2
    write_all(graded, options.grades, options.anonymous, before)
    print(f"Written: {page_of(options.grades)} and {numbers_of(options.grades)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
