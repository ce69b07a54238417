"""Nothing is needed before it is shown: each name of torch and of Python that a solution uses
stands in a text or in given code before it.

Known from the start are Python's statements, the builtins below and the methods of lists, dicts
and strings: a first course in Python teaches them. An import shows nothing.
"""

import ast
import builtins
import re
from functools import cache

import pytest
import torch
from nbformat.v4 import new_code_cell, new_markdown_cell
from torch import nn

from course.cells import cell_id
from course.notebook_files import exercise_id, read, role
from course.paths import SOLUTIONS, number, sources
from course.stub import stub

KNOWN = set(
    "abs bool dict enumerate float int len list max min print range round set sorted str sum"
    " super tuple zip".split()
)
PLAIN = {name for kind in (list, dict, str) for name in dir(kind)}
OBJECTS = (
    torch.zeros(1),
    nn.Conv2d(1, 1, 1),
    nn.Linear(1, 1),
    nn.BatchNorm2d(1),
    torch.optim.SGD([torch.zeros(1)]),
)
OF_OBJECTS = {name for thing in OBJECTS for name in dir(thing)} - PLAIN
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def imported(source):
    """The names that a piece of code imports: torch, nn, math, lru_cache."""
    nodes = ast.walk(ast.parse(source))
    names = [node.names for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name for found in names for alias in found}


def spelled(dotted, libraries):
    """The tools in a dotted name, each in one spelling: torch.amax(x) is x.amax().

    A library's name stays in front of what it holds, but for torch's own.
    """
    first, *rest = dotted.replace("torch.nn.functional", "F").split(".")
    if first == "torch":
        return {".".join(rest)}
    return {dotted} if first in libraries else {first, *rest}


def of_node(node, libraries):
    """The tools that a node of code uses, among names of its own."""
    match node:
        case ast.Attribute() if DOTTED.fullmatch(name := ast.unparse(node)):
            first, *_ = name.split(".")
            return spelled(name, libraries) if first in libraries else {node.attr} & OF_OBJECTS
        case ast.Attribute():
            return {node.attr} & OF_OBJECTS
        case ast.Name(ctx=ast.Load()):
            return {node.id} & (libraries | set(dir(builtins)) - KNOWN)
        case ast.keyword(arg=str()):
            return {f"{node.arg}="}
        case ast.MatMult():
            return {"@"}
    return set()


def in_code(source, libraries):
    """The tools that a piece of code uses; of `nn.init.zeros_` the last alone."""
    nodes = list(ast.walk(ast.parse(source)))
    owners = [node.value for node in nodes if isinstance(node, ast.Attribute)]
    return set().union(*(of_node(node, libraries) for node in nodes if node not in owners))


def in_text(source, libraries):
    """The tools that a text shows as code, in a line or in a block."""
    code = " ".join(CODE.findall(source))
    shown = (spelled(name, libraries) for name in DOTTED.findall(code))
    return set().union(*shown, re.findall(r"\w+=", code), re.findall("@", code))


def too_early(notebooks):
    """Every (exercise, tool) that a solution uses and nothing shows before it."""
    shown = set()
    for cells in notebooks:
        codes = [cell.source for cell in cells if cell.cell_type == "code"]
        libraries = set().union(*map(imported, codes))
        for cell in cells:
            if cell.cell_type == "markdown":
                shown |= in_text(cell.source, libraries)
                continue
            used = in_code(cell.source, libraries)
            if role(cell) == "solution":
                shown |= in_code(stub(cell.source), libraries)
                yield from ((exercise_id(cell), name) for name in sorted(used - shown))
            else:
                shown |= used


@cache
def in_the_course():
    return list(too_early(read(path).cells for path in sources(SOLUTIONS)))


@pytest.mark.parametrize("notebook", [number(path) for path in sources(SOLUTIONS)])
def test_each_tool_of_a_solution_is_shown_before(notebook):
    here = [(id, name) for id, name in in_the_course() if id.split(".")[0] == str(int(notebook))]
    assert not here, "show these before, with an example, or solve without"


def solution(lines, exercise="2.4"):
    source = f"### BEGIN SOLUTION\n{lines}\n### END SOLUTION"
    return new_code_cell(source, id=cell_id(exercise, "solution"), metadata={"tags": ["solution"]})


GIVEN = new_code_cell("import torch\nfrom torch import nn\nimport math")


@pytest.mark.parametrize(
    ("line", "tool"),
    [
        ("y = x.unfold(0, 3, 1)", "unfold"),
        ("y = torch.einsum('ij->i', x)", "einsum"),
        ("y = nn.Parameter(x)", "nn.Parameter"),
        ("y = math.sqrt(4)", "math.sqrt"),
        ("y = torch.linalg.qr(x)", "linalg.qr"),
        ("y = x.sum().item()", "item"),
        ("y = f(x, keepdim=True)", "keepdim="),
        ("y = divmod(7, 2)", "divmod"),
        ("y = a @ b", "@"),
    ],
)
def test_what_nothing_shows_is_found(line, tool):
    assert ("2.4", tool) in too_early([[GIVEN, solution(line)]])


@pytest.mark.parametrize(
    "text", ["`x.unfold(0, 3, 1)`", "```python\ny = torch.unfold\n```", "`unfold`"]
)
def test_what_a_text_shows_may_be_used(text):
    cells = [GIVEN, new_markdown_cell(text), solution("y = x.unfold(0, 3, 1)")]
    assert not list(too_early([cells]))


def test_what_a_notebook_before_runs_may_be_used():
    earlier = [GIVEN, new_code_cell("nn.Parameter(math.sqrt(x))")]
    assert not list(too_early([earlier, [GIVEN, solution("y = nn.Parameter(math.sqrt(x))")]]))


def test_a_solution_shows_nothing_and_a_library_is_not_another():
    cells = [GIVEN, solution("y = x.unfold(0, 3, 1)"), new_markdown_cell("`nn.unfold`")]
    again = solution("y = x.unfold(0, 3, 1)", "2.5")
    assert list(too_early([[*cells, again]])) == [("2.4", "unfold"), ("2.5", "unfold")]
