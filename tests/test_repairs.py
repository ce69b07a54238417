"""Each kind of repair can mend what it is for."""

import ast

import pytest

from checker import repairs
from checker.changes import KINDS, all_slots, put

MENDED = {  # kind -> what is wrong, and what it becomes
    "another_name": ("def f(a, b, c, d):\n    return a", "def f(a, b, c, d):\n    return d"),
    "constant_for_name": ("def f(k):\n    return 3", "def f(k):\n    return k"),
    "another_axis": ("x.sum(1)", "x.sum(-1)"),
    "more_axes": ("x.sum((2, 3))", "x.sum((0, 2, 3))"),
    "exchanged_arguments": ("f(x, 1, y)", "f(y, 1, x)"),
    "exchanged_sides": ("a - b", "b - a"),
    "another_operator": ("a - b", "a * b"),
    "one_more": ("range(n)", "range(n + 1)"),
    "minus": ("f(x)", "f(-x)"),
    "added_keyword": ("x.sum(1)", "x.sum(1, keepdim=True)"),
    "added_call": ("f(x)", "f(x.clone())"),
    "another_attribute": (
        "class C:\n\n    def f(self):\n        return self.a(self.b)",
        "class C:\n\n    def f(self):\n        return self.a(self.a)",
    ),
    "letters": ("einsum('ij,jk->i', a, b)", "einsum('ij,jk->ik', a, b)"),
    "dedented": (
        "def f(x):\n    for i in x:\n        y += i\n        return y",
        "def f(x):\n    for i in x:\n        y += i\n    return y",
    ),
    "exchanged_statements": ("if x:\n    f()\n    g()", "if x:\n    g()\n    f()"),
    "accumulated": ("y = x", "y += x"),
    "exchanged_bounds": ("x[:k]", "x[k:]"),
    "exchanged_names": (
        "def f(h, w):\n    return x.unfold(2, h).unfold(3, w)",
        "def f(h, w):\n    return x.unfold(2, w).unfold(3, h)",
    ),
    "with_name": ("def f(b):\n    return g(x)", "def f(b):\n    return g(x) + b"),
    "not_in_place": ("w *= k", "w = w * k"),
    "returned": ("def f():\n    print(x)", "def f():\n    return x"),
}


def mended(kind, text) -> list[str]:
    tree = ast.parse(text)
    slots = {id(node): slot for node, slot in all_slots(tree)}
    found = []
    for old, new in repairs.repairs(tree, (getattr(repairs, kind),)):
        with put(slots[id(old)], old, new):
            found.append(ast.unparse(tree))
    assert ast.unparse(tree) == text
    return found


@pytest.mark.parametrize("kind", MENDED)
def test_each_kind_can_mend_what_it_is_for(kind):
    wrong, right = MENDED[kind]
    found = mended(kind, wrong)
    assert right in found and wrong not in found


def test_every_kind_has_an_example_and_every_mutant_can_be_undone_by_a_plain_one():
    assert MENDED.keys() == {kind.__name__ for kind in repairs.WIDER}
    assert set(repairs.PLAIN) == set(KINDS)
