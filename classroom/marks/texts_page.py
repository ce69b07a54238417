"""The list of texts as a page: each text above its rubric, with marks to click, and a button that
saves the list as marking.py reads it.
"""

from itertools import groupby
from pathlib import Path

import jinja2

from classroom.records import tables
from classroom.submissions import words
from course.files import write as write_whole

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {"number": tables.number, "unmarked": tables.unmarked}


def page_of(listed: Path) -> Path:
    """`texts.html` beside `texts.csv`."""
    return listed.with_suffix(".html")


def write(listed: Path, heading: tuple[str, ...], rows: list[list]) -> None:
    """`rows` are those of the list; the page has them in the same order."""
    table = [dict(zip(heading, row)) for row in rows]
    by_text = groupby(table, lambda row: (row["student"], _number(row), row["text"]))
    page = PAGES.get_template("texts.html.jinja").render(
        name=listed.name,
        heading=heading,
        rows=rows,
        texts=[(*text, list(map(_marked, ones))) for text, ones in by_text],
    )
    write_whole(page_of(listed), page)


def _number(row: dict) -> str:
    return row["exercise"].split()[0]


def _marked(row: dict) -> tuple[words.Item, dict]:
    """What a row is for, and the row."""
    every = words.items(_number(row))
    return next(item for item in every if item.id == row["exercise"]), row
