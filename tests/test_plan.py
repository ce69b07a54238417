"""What of a notebook is rerun for a check, and what is not."""

import json

import pytest
from submissions import cell, only, solved, where

from classroom.records.spliced import Plan
from classroom.submissions import ipython, notebook_cells, outline, splice
from classroom.submissions.notebook_cells import Unreadable

KNOWN = outline.outline()


def spliced(tmp_path, notebook, name="00_start_here.ipynb"):
    path = tmp_path / name
    path.write_bytes(notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode())
    return splice.splice(path, KNOWN)


def plan_of(tmp_path, above: list[str], solution: str) -> Plan:
    """The plan for 0.1, whose solution has other cells above it."""
    notebook = solved()
    where(notebook, "ex-0-1-solution")["source"] = solution
    at = notebook["cells"].index(where(notebook, "ex-0-1-solution"))
    notebook["cells"][at:at] = [cell(source, f"above-{n}") for n, source in enumerate(above)]
    (plan,) = spliced(tmp_path, notebook).plans["0.1"]
    return plan


def text(steps) -> str:
    return "\n".join(step.source.strip() for step in steps)


USES = "def brightest_pixel(x):\n    return x.amax(dim=axes)"


@pytest.mark.parametrize(
    "above, kept, left_out",
    [
        ("axes = (2, 3)", "axes = (2, 3)", ""),
        ("axes = (2, 3)\nother = 5", "axes = (2, 3)", "other"),
        ("print(5)\naxes = (2, 3)", "print(5)", ""),  # what raises there keeps axes out
        ("axes = []\naxes.append(2)", "append", ""),
        ("axes = []\nprint(axes)", "axes = []", "print"),
        ("def f():\n    global axes\n    axes = 2\nf()", "\nf()", ""),
        ("from torch import *", "import *", ""),
        ("%time axes = (2, 3)", "axes = (2, 3)", ""),
        ("%%capture\naxes = (2, 3)", "axes = (2, 3)", ""),
    ],
)
def test_what_a_name_needs_is_rerun_and_no_more(tmp_path, above, kept, left_out):
    plan = plan_of(tmp_path, [above], USES)
    assert kept in text(plan.steps)
    assert not left_out or left_out not in text(plan.steps)


def test_a_step_stands_on_the_lines_where_the_cell_has_it(tmp_path):
    plan = plan_of(tmp_path, [], "# mine\n\n" + USES + "\n")
    assert plan.steps[-2].source == "\n\n" + USES


def test_all_of_ones_own_is_kept_for_a_second_try_where_it_could_matter(tmp_path):
    assert plan_of(tmp_path, ["other = 5", "def f(): pass"], USES).wide is None
    wide = plan_of(tmp_path, ["other = open('x')"], USES).wide
    assert "other" in text(wide) and wide[-1].checks == ["0.1"]


@pytest.mark.parametrize(
    "source", ["def f(:", "x = '\0'", "(" * 300 + ")" * 300, "x = " + "[" * 5000, "?" * 5000]
)
def test_a_cell_that_is_no_python_is_not_there(tmp_path, source):
    assert "def brightest_pixel" in text(plan_of(tmp_path, [source], USES).steps)


def test_long_chains_are_no_trouble(tmp_path):
    chain = "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(5_000))
    above = [chain, "x = " + " + ".join(["1"] * 500), "if 1:\n" + "\n".join(["    y = 1"] * 500)]
    plan = plan_of(tmp_path, above, "def brightest_pixel(x):\n    return f0()")
    assert "def f4999" in text(plan.steps) and "y = 1" not in text(plan.steps)


def test_what_is_missing_is_lent_by_the_course_or_an_exercise(tmp_path):
    notebook = only(solved("02"), "2.4")
    notebook["cells"] = [one for one in notebook["cells"] if one["id"] != "imports"]
    (plan,) = spliced(tmp_path, notebook).plans["2.4"]
    assert plan.missing == ["2.1"] and plan.steps[0].source.strip() == "import torch"
    assert not plan.steps[0].own


@pytest.mark.parametrize(
    "python, tree",
    [
        ("torch.amax?", "get_ipython()"),
        ("    a = 1\n    b = 2", "a = 1"),
        (">>> a = 1", "a = 1"),
        ("In [3]: a = 1", "a = 1"),
        ("files = !ls", "getoutput"),
        ("%%time\n%%capture\na = 1", "a = 1"),
        ("x = '''\n%time\n'''", "x = '''\n%time\n'''"),
    ],
)
def test_a_cell_is_ipython(python, tree):
    assert tree in ipython.parsed(python)[0]


OLD = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}]}
NULL = {"cells": [{"cell_type": "code", "source": None}, {"cell_type": "code", "source": "a = 1"}]}


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(OLD).encode(),
        json.dumps(NULL).encode(),
        json.dumps(NULL).encode("utf-8-sig"),
        json.dumps(NULL).encode("utf-16"),
        json.dumps(NULL | {"metadata": {"é": 1}}, ensure_ascii=False).encode("cp1252"),
    ],
)
def test_every_form_of_a_notebook_is_read(tmp_path, data):
    (tmp_path / "a.ipynb").write_bytes(data)
    cells = notebook_cells.read(tmp_path / "a.ipynb").cells
    assert [one.source for one in cells if one.source] == ["a = 1"]


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "is empty"),
        (b"<html>", "is a web page"),
        (b"[" * 100_000, "is not a notebook"),
        (b'{"cells": 5}', "is not a notebook"),
        (
            json.dumps({"cells": [{"cell_type": "code", "source": "x" * 5_000_000}]}).encode(),
            "4 m",
        ),
    ],
)
def test_of_what_is_none_the_reason_is_said(tmp_path, data, why):
    (tmp_path / "a.ipynb").write_bytes(data)
    with pytest.raises(Unreadable, match=why):
        notebook_cells.read(tmp_path / "a.ipynb")


def test_of_a_solution_that_does_not_parse_the_reason_is_kept(tmp_path):
    notebook = solved()
    where(notebook, "ex-0-1-solution")["source"] = "# mine\ndef brightest_pixel(x:\n    return x"
    found = spliced(tmp_path, notebook)
    assert found.plans["0.1"] == [] and list(found.broken) == ["0.1"]
    assert found.broken["0.1"].endswith(": '(' was never closed (line 2)")


def test_a_newer_python_is_named(tmp_path):
    notebook = solved() | {"metadata": {"language_info": {"version": "3.99.1"}}}
    notebook["cells"].insert(0, cell("def (", "newer"))
    (said,) = spliced(tmp_path, notebook).remarks
    assert "written with Python 3.99.1" in said and "code cell 1:" in said
    notebook["metadata"]["language_info"]["version"] = "3.11.0"
    assert spliced(tmp_path, notebook).remarks == ()
