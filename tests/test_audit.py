"""Every rule of the audit: silent on a good notebook, and loud on one that breaks it."""

from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_output
from pages import HEADER, code, exercise, figure, prose, store, stream

from authoring import audit


def card(words):
    return new_output("display_data", data={"text/plain": words})


PASSED = card("Passed · 2.4 Twice · 3 of 3 cases")
GOOD = [
    prose(
        "title",
        "# Title\n\n[next](03_next.ipynb#part), [web](https://example.org), `[no](link.md)`",
    ),
    prose(
        "part", "## Part\n\n![a blurred cat](cat.png)\n\n```\n#### no heading, ![](no.png)\n```"
    ),
    *exercise(outputs=[PASSED]),
    code("figure", "plots.show(fig)", outputs=[figure("A line that rises.")]),
    code("timing", "%timeit x", "nbval-ignore-output"),
    code("more", "print(1)", outputs=[stream("1\n")]),
    code("empty", "", count=None),
]
ASKED = SimpleNamespace(
    header=lambda: HEADER, mistakes=[1, 2, 3], alternatives=[1, 2], core=True, minutes=5
)


@pytest.fixture
def page(tmp_path):
    """Builds a page of the good cells and more, with the good exercise and timings."""
    for name in ("03_next.ipynb", "cat.png"):
        (tmp_path / name).touch()

    def build(*more, **changes):
        path = store(tmp_path / "02_shapes.ipynb", *GOOD, *more)
        timed = {"total": 60.0, "cells": {"more": 15.0}}
        return replace(audit.Page(path, nbformat.read(path, 4), {"2.4": ASKED}, timed), **changes)

    return build


def test_a_good_notebook_has_no_findings(page):
    assert audit.findings(page()) == []


def test_the_courses_own_notebooks_have_no_findings(capsys):
    assert audit.main([]) == 0, capsys.readouterr().out


ERROR = new_output("error", ename="ValueError", evalue="", traceback=[])
BAD_CELLS = {
    "never_executed": (code("bad", "1", count=None), "was never executed"),
    "stored_errors": (code("bad", "1", outputs=[ERROR]), "stores the error ValueError"),
    "stored_stderr": (
        code("bad", "1", outputs=[stream("Careful\n", "stderr")]),
        "stores stderr: Careful",
    ),
    "several_things": (
        code("bad", "def f():\n" + 22 * "    x = 1\n" + "def g(): pass"),
        "defines 2 things in 24 lines",
    ),
    "figures_without_alt": (code("bad", "1", outputs=[figure("")]), "figure without alt"),
    "pictures_without_alt": (prose("bad", "![ ](cat.png)"), "picture without alt"),
    "heading_jumps": (prose("bad", "## A\n\n#### B"), "from heading level 2 to 4"),
    "several_titles": (prose("bad", "# Another"), "another heading of level 1"),
    "broken_links": (prose("bad", "[x](missing.md#part)"), "links to missing.md#part"),
    "unknown": (
        code("ex-2-9-check", 'x = check("2.9", x)', "check", outputs=[PASSED]),
        "exercise 2.9, which is not in the module",
    ),
}
ELSEWHERE = {
    "not_passed",
    "too_many_uncompared",
    "too_large",
    "too_slow",
    "thin_catalogue",
    "other_header",
    "too_long_a_core",
    "core_without_its_section",
    "core_needs_more",
    "unasked",
}


def test_every_rule_is_tested_below():
    assert {rule.__name__ for rule in audit.RULES} == BAD_CELLS.keys() | ELSEWHERE


@pytest.mark.parametrize("rule", BAD_CELLS)
def test_a_bad_cell_is_named_by_its_rule_and_by_no_other(page, rule):
    cell, words = BAD_CELLS[rule]
    (finding,) = audit.findings(page(cell))
    assert finding.startswith(f"02 cell {cell.id}: ") and words in finding
    assert list(getattr(audit, rule)(page(cell)))


@pytest.mark.parametrize(
    "output",
    [
        figure("<Figure size 640x480>"),
        figure("A line.", plain="<Figure size 640x480>"),
        figure("A line.", plain=""),
        figure("", plain="A line."),
        figure(" ", plain=" "),
    ],
)
def test_a_figure_needs_one_alt_text_in_both_places(page, output):
    assert list(audit.figures_without_alt(page(code("bad", "1", outputs=[output]))))


@pytest.mark.parametrize(
    "source", ['<img src="cat.png">', '<img src="cat.png" alt="">', "![](cat.png)"]
)
def test_a_picture_needs_alt_text_in_every_notation(page, source):
    assert list(audit.pictures_without_alt(page(prose("bad", source))))


def test_a_picture_in_html_with_alt_text_is_fine(page):
    assert audit.findings(page(prose("fine", '<img src="cat.png" alt="a cat">'))) == []


def test_a_first_heading_below_the_title_is_a_jump(tmp_path):
    path = store(tmp_path / "02_a.ipynb", prose("first", "## Part"))
    assert list(audit.heading_jumps(audit.Page(path, nbformat.read(path, 4), {}, None)))


def test_a_broken_link_in_html(page):
    assert list(audit.broken_links(page(prose("bad", '<a href="missing.md">x</a>'))))


def test_too_many_cells_that_are_not_compared(page):
    cells = [code(f"bad-{n}", "1", "nbval-ignore-output") for n in range(2)]
    (finding,) = audit.findings(page(*cells))
    assert (
        finding == "02 3 of 8 code cells are tagged nbval-ignore-output; at most a fifth may be."
    )


@pytest.mark.parametrize(
    "outputs", [[], [card("Not yet · 2.4 Twice\nPassed · no")]], ids=["no card", "not yet"]
)
def test_a_solution_that_does_not_pass(tmp_path, outputs):
    path = store(tmp_path / "02_a.ipynb", *exercise(outputs=outputs))
    (finding,) = audit.not_passed(audit.Page(path, nbformat.read(path, 4), {}, None))
    assert finding == "cell ex-2-4-check: does not store a card that says Passed."


def test_a_large_notebook(page):
    assert audit.findings(page(prose("bad", "x" * 1_100_000))) == [
        "02 takes 1.1 MB; at most 1 MB."
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "has no timings"),
        ({"total": 30.0, "cells": {"more": 21.0}}, "cell more: takes 21 s; at most 20 s"),
        ({"total": 91.0, "cells": {}}, "takes 91 s; at most 90 s"),
    ],
)
def test_a_slow_notebook(page, seconds, words):
    (finding,) = audit.findings(page(seconds=seconds))
    assert words in finding


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mistakes": [1, 2]}, "exercise 2.4: has 2 mistakes; at least 3"),
        ({"alternatives": [1]}, "exercise 2.4: has 1 alternatives; at least 2"),
        ({"header": lambda: HEADER + "s"}, "cell ex-2-4: should start with"),
        ({"header": lambda: HEADER[:-1]}, "cell ex-2-4: should start with"),
    ],
)
def test_an_exercise_that_differs_from_its_object(page, change, words):
    changed = SimpleNamespace(**{**vars(ASKED), **change})
    (finding,) = audit.findings(page(exercises={"2.4": changed}))
    assert words in finding


def test_an_exercise_that_no_notebook_asks(page):
    (finding,) = audit.findings(page(exercises={"2.4": ASKED, "2.5": ASKED}))
    assert finding == "02 exercise 2.5: is in the module, and no cell asks it."


def test_a_long_core(page):
    long = SimpleNamespace(**{**vars(ASKED), "minutes": 91})
    (finding,) = audit.findings(page(exercises={"2.4": long}))
    assert finding == "02 has a core of 92 minutes; at most 90."
    long.core = False
    assert audit.findings(page(exercises={"2.4": long})) == []


def test_core_in_a_section_that_may_be_left_out(tmp_path):
    path = store(tmp_path / "02_a.ipynb", prose("part", "## Part\n`more`"), *exercise())
    page = audit.Page(path, nbformat.read(path, 4), {"2.4": ASKED}, None)
    (finding,) = audit.core_without_its_section(page)
    assert finding == "exercise 2.4: is core and stands behind `more`."


def test_the_files_that_are_not_stamped_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(audit.stamp, "stale", lambda: {tmp_path / "README.md": ""})
    assert audit.unstamped() == ["README.md: run `python -m authoring.stamp`."]
