"""The course's terms in English and Korean, from book/glossary.toml, and where each is taught."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.paths import ROOT

SOURCE = ROOT / "book" / "glossary.toml"


@dataclass(frozen=True)
class Term:
    """One line of the glossary: the notebook ("02") and the id of the cell that explains the
    term.
    """

    english: str
    korean: str
    notebook: str
    cell: str
    meaning: str


def terms(path: Path = SOURCE) -> Iterator[Term]:
    """All terms, notebook by notebook."""
    for notebook, lines in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for english, (korean, cell, meaning) in lines.items():
            yield Term(english, korean, notebook, cell, meaning)
