"""The papers the course stands on, gathered from what its notebooks say under "Where this comes
from".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TITLE = re.compile(r"\*([^*]+?)[.,]?\*")
YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
INITIALS = re.compile(r"\b(?:[A-Z]\. ?)+(?=[A-Z]|van )")
BEFORE_AUTHORS = re.compile(r".*(?:[:;] |[a-z0-9)]\. |^- )", re.S)


@dataclass(frozen=True)
class Paper:
    """One paper as one notebook names it."""

    authors: str
    title: str
    year: int | None


def papers(source: str) -> Iterator[Paper]:
    """The papers of a "Where this comes from": on each line `authors, *title*, ... year`, several
    a line if need be.
    """
    for line in source.split("\n"):
        marks = list(TITLE.finditer(line)) if line.startswith("- ") else []
        for mark, before, after in zip(marks, [None, *marks], [*marks[1:], None]):
            start = before.end() if before else 0
            year = YEAR.search(line, mark.end(), after.start() if after else len(line))
            yield Paper(names(line[start : mark.start()]), mark[1], int(year[0]) if year else None)


def names(before: str) -> str:
    """The family names at the end of what stands before a title."""
    authors = BEFORE_AUTHORS.sub("", before).strip(" ,")
    return INITIALS.sub("", authors).replace("et al.", "and others")


def same(title: str) -> str:
    """What two ways to write one title have in common."""
    return re.sub(r"\W+", " ", title).strip().lower()


def index(cited: dict[str, list[Paper]]) -> list[tuple[Paper, list[str]]]:
    """Each paper once, the oldest first, with the notebooks that name it."""
    where: dict[str, tuple[Paper, list[str]]] = {}
    for notebook, named in cited.items():
        for paper in named:
            numbers = where.setdefault(same(paper.title), (paper, []))[1]
            numbers.extend({notebook} - set(numbers))
    return sorted(where.values(), key=lambda entry: (entry[0].year or 0, same(entry[0].title)))
