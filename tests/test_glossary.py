"""The glossary stands on the notebooks: each term where it says."""

import re
from collections import Counter

import pytest

from authoring.site.glossary import terms
from course.notebook_files import read
from course.paths import SOLUTIONS
from exercises import NOTEBOOKS

TERMS = [term for term in terms() if term.notebook in NOTEBOOKS]
HANGUL_OR_NAME = re.compile(r"[가-힣]|im2col")


def section(notebook, cell):
    """The text from a cell to the next heading, outputs left out; None where there is no such
    cell.
    """
    cells = read(SOLUTIONS / f"{NOTEBOOKS[notebook].file}.ipynb").cells
    places = [place for place, one in enumerate(cells) if one.id == cell]
    if not places:
        return None
    text = [cells[places[0]].source]
    for one in cells[places[0] + 1 :]:
        if one.cell_type == "markdown" and one.source.startswith("#"):
            break
        text.append(one.source)
    return "\n".join(text)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.english)
def test_a_term_stands_where_the_glossary_sends_the_reader(term):
    text = section(term.notebook, term.cell)
    assert text is not None, f"notebook {term.notebook} has no cell {term.cell}"
    words = re.sub(r"[*\s]+", " ", text).replace("1 x 1", "1x1").lower()
    assert term.english.lower() in words


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_notebook_has_terms(notebook):
    assert sum(term.notebook == notebook for term in TERMS) >= 4


def test_a_term_is_listed_once_with_its_korean_and_its_meaning():
    counts = Counter(term.english.lower() for term in TERMS)
    assert [term for term, times in counts.items() if times > 1] == []
    assert [term.english for term in TERMS if not HANGUL_OR_NAME.search(term.korean)] == []
    assert [term.english for term in TERMS if not term.meaning.endswith(".")] == []
    assert len(TERMS) >= 100
