"""One small change at a time, all else as it was written."""

import ast

import pytest

from authoring.context import context
from authoring.mutants import mutants
from checker.changes import KINDS

CELL = '''\
def area(boxes, scale=1.5):
    """Areas. boxes: a list."""
    ### BEGIN SOLUTION
    total = 0  # kept as it is
    for a, b in boxes[1:]:
        if a > 0 and not b:
            total += max(a, b, key=abs) - (a - b) * scale
    return total, -b
    ### END SOLUTION
'''
MADE = {  # one of each kind
    "operator": "            total += max(a, b, key=abs) + (a - b) * scale",
    "operand": "            total += max(a, b, key=abs)",
    "comparison": "        if a >= 0 and not b:",
    "constant": "    for a, b in boxes[2:]:",
    "statement": "    pass  # kept as it is",
    "swapped_arguments": "            total += max(b, a, key=abs) - (a - b) * scale",
    "swapped_items": "    return (-b, total)",
    "dropped_item": "    return (total,)",
    "dropped_keyword": "            total += max(a, b) - (a - b) * scale",
    "condition": "        if True:",
    "sign": "    return total, b",
    "bounds": "    for a, b in boxes[:]:",
    "call": "            total += a - (a - b) * scale",
    "name": "            total += min(a, b, key=abs) - (a - b) * scale",
    "variable": "            total += max(a, b, key=abs) - (a - a) * scale",
}


def solved(body):
    return f"def f(x):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"


def bodies(body):
    return {mutant.source.split("\n")[2].strip() for mutant in mutants(solved(body))}


def test_every_kind_is_tried():
    assert MADE.keys() == {kind.__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", MADE)
def test_a_mutant_of_each_kind_differs_in_one_line(kind):
    made = [mutant.source for mutant in mutants(CELL) if mutant.kind == kind]
    changed = [
        [new for new, old in zip(text.split("\n"), CELL.split("\n")) if new != old]
        for text in made
    ]
    assert [MADE[kind]] in changed


def test_a_mutant_is_named_by_the_lines_that_differ():
    named = {(mutant.before, mutant.after) for mutant in mutants(CELL)}
    assert ("return total, -b", "return total, b") in named
    dropped = next(
        before for before, after in named if after == "pass" and before.startswith("if")
    )
    assert dropped == "if a > 0 and not b:\ntotal += max(a, b, key=abs) - (a - b) * scale"


def test_every_mutant_is_another_program_and_only_the_solved_part_changes():
    found = mutants(CELL)
    trees = {ast.dump(ast.parse(mutant.source)) for mutant in found} | {ast.dump(ast.parse(CELL))}
    assert len(trees) == len(found) + 1
    assert all(mutant.source.startswith(CELL[: CELL.index("###")]) for mutant in found)


def test_what_binds_more_tightly_is_kept_apart():
    assert "return x - (x + 2)" in bodies("return x - x * 2")
    assert "return x + x * 2" in bodies("return (x + x) * 2") | bodies("return x - x * 2")
    assert "return (x - x) * 2" in bodies("return (x + x) * 2")


def test_axes_subscripts_and_columns_after_wide_letters():
    assert {"return x.sum(dim=(0, 3))", "return x.sum(dim=(2,))"} <= bodies(
        "return x.sum(dim=(0, 2))"
    )
    assert {"return x[None, :]", "return x[:,]"} <= bodies("return x[:, None]")
    assert 'return "ä", x - 1' in bodies('return "ä", x + 1')
    assert bodies('return f"{x + 1}"') == {"pass"}


def test_left_out_calls():
    assert "return x" in bodies("return x.flip(0)")
    assert "return x" in bodies("return torch.tanh(x)")
    assert "return torch.tanh(x)" in bodies("return torch.tanh(layer(x))")


def test_a_cell_gets_the_definitions_it_needs_and_no_experiment():
    helper = "def helper(x):\n    return x * SCALE"
    earlier = [
        "import torch\nimport math",
        helper,
        'helper = check("2.1", helper)\nSCALE = 2\nprint("a long experiment")\nx = helper(3)',
        "SCALE = 3",
    ]
    source = "def f(x):\n    y = helper(x)\n    return [torch.sin(y) for y in x]"
    assert context(earlier, source) == f"import torch\n{helper}\nSCALE = 3"
    assert context(["n = 1", "n = n + 1", "m = n", "n = 5"], "m") == "n = 1\nn = n + 1\nm = n"
