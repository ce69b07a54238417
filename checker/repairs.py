"""What might mend a learner's program: the changes of `changes`, and wider ones.

A mutant is to break a right program; a repair is to mend a wrong one, so it may also put in what
is missing.
"""

import ast
import copy
import itertools
from collections.abc import Iterator

from checker import changes
from checker.changes import Change, but


def another_name(node) -> Iterator[Change]:
    """Any other variable of the function."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in getattr(node, "bound", []):
            if other not in [node.id, *node.neighbors]:
                yield node, but(node, id=other)


def constant_for_name(node) -> Iterator[Change]:
    """A variable of the function in place of a number."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for name in getattr(node, "bound", []):
            yield node, ast.Name(name, ast.Load())


def another_axis(node) -> Iterator[Change]:
    """Any other axis, counted from the front or the back."""
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < 4:
        for axis in {0, 1, 2, 3, -1, -2} - {node.value - 1, node.value, node.value + 1}:
            yield node, number(axis)


def number(value: int) -> ast.AST:
    return ast.parse(repr(value), mode="eval").body


def more_axes(node) -> Iterator[Change]:
    """(2, 3) for 2, (0, 2, 3) for (2, 3)."""
    if isinstance(node, ast.Tuple) and all(isinstance(one, ast.Constant) for one in node.elts):
        for axis in range(4):
            yield node, but(node, elts=[number(axis), *node.elts])
    if isinstance(node, ast.Constant) and type(node.value) is int and -4 < node.value < 4:
        for axis in range(4):
            yield node, ast.Tuple([node, number(axis)], ast.Load())


def exchanged_arguments(node) -> Iterator[Change]:
    """Any two that are no neighbors; the values of two keywords."""
    if not isinstance(node, ast.Call):
        return
    for one, other in itertools.combinations(range(len(node.args)), 2):
        if other - one > 1:
            yield node, but(node, args=exchanged(node.args, one, other))
    for one, other in itertools.combinations(node.keywords, 2):
        new = {one: but(one, value=other.value), other: but(other, value=one.value)}
        yield node, but(node, keywords=[new.get(each, each) for each in node.keywords])


def exchanged(items: list, one: int, other: int) -> list:
    items = list(items)
    items[one], items[other] = items[other], items[one]
    return items


def exchanged_sides(node) -> Iterator[Change]:
    """b - a for a - b."""
    if isinstance(node, ast.BinOp):
        yield node, but(node, left=node.right, right=node.left)


ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.MatMult)


def another_operator(node) -> Iterator[Change]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in ARITHMETIC:
            if other not in [type(node.op), *changes.OPERATORS.get(type(node.op), [])]:
                yield node, but(node, op=other())


def one_more(node) -> Iterator[Change]:
    """x + 1 and x - 1 for x."""
    if is_value(node):
        yield node, ast.BinOp(node, ast.Add(), number(1))
        yield node, ast.BinOp(node, ast.Sub(), number(1))


def minus(node) -> Iterator[Change]:
    if is_value(node):
        yield node, ast.UnaryOp(ast.USub(), node)


def is_value(node) -> bool:
    """What may be a number or a tensor."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return isinstance(node.ctx, ast.Load) and changes.root(node) not in changes.LIBRARIES
    return isinstance(node, ast.BinOp | ast.Call)


def added_keyword(node) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        given = [keyword.arg for keyword in node.keywords]
        for text in KEYWORDS:
            keyword = ast.parse(f"f({text})", mode="eval").body.keywords[0]
            if keyword.arg not in given:
                yield node, but(node, keywords=[*node.keywords, keyword])


KEYWORDS = ("keepdim=True", "correction=0", "bias=False", "dim=1")


def added_call(node) -> Iterator[Change]:
    if is_value(node):
        for call in CALLS:
            yield node, filled(ast.parse(call, mode="eval").body, node)


def filled(template: ast.AST, node: ast.AST) -> ast.AST:
    """The template with a node for its X."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, name):
            return node if name.id == "X" else name

    return Fill().visit(template)


CALLS = (
    "X.relu()",
    "X.flip(-2, -1)",
    "X[None]",
    "X.transpose(-2, -1)",
    "X.sqrt()",
    "X ** 2",
    "X.mean()",
    "X.sum()",
    "1 / X",
    "1 - X",
    "abs(X)",
    "X.clone()",
    "X.detach()",
    "X.item()",
    "X.flatten(1)",
    "X[:, None, None]",
    "torch.stack(X)",
    "tuple(X)",
)


def another_attribute(node) -> Iterator[Change]:
    """self.conv2 for self.conv1."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        for other in getattr(node, "siblings", []):
            if other != node.attr:
                yield node, but(node, attr=other)


def letters(node) -> Iterator[Change]:
    """In an einsum: a letter more, less or other, or two neighbors exchanged."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value:
        yield from ((node, ast.Constant(text)) for text in respelled(node.value))


def respelled(text: str) -> list[str]:
    known = {letter for letter in text if letter.isalpha()}
    found = {text + letter for letter in known}
    for at in range(len(text)):
        head, here, tail = text[:at], text[at], text[at + 1 :]
        if here.isalpha():
            found |= {head + other + tail for other in ("", *known)}
        if text[at : at + 2].isalpha():
            found.add(head + tail[:1] + here + tail[1:])
    return sorted(found - {text})


def dedented(node) -> Iterator[Change]:
    """The last statement of a block stands behind it."""
    for field, block in blocks(node):
        for at, inner in enumerate(block):
            if isinstance(inner, ast.For | ast.While | ast.If | ast.With) and len(inner.body) > 1:
                shorter = ast.copy_location(but(inner, body=inner.body[:-1]), inner)
                new = [*block[:at], shorter, inner.body[-1], *block[at + 1 :]]
                yield node, but(node, **{field: new})


def exchanged_statements(node) -> Iterator[Change]:
    """A statement before the one that it stood behind."""
    for field, block in blocks(node):
        for swapped in changes.swaps(block):
            yield node, but(node, **{field: swapped})


def blocks(node) -> list[tuple[str, list]]:
    """The lists of statements that a statement holds, by name."""
    if not isinstance(node, ast.stmt):
        return []
    return [(name, vars(node)[name]) for name in ("body", "orelse") if name in vars(node)]


def exchanged_bounds(node) -> Iterator[Change]:
    """x[k:] for x[:k]."""
    if isinstance(node, ast.Slice) and bool(node.lower) != bool(node.upper):
        yield node, but(node, lower=node.upper, upper=node.lower)


def exchanged_names(node) -> Iterator[Change]:
    """h for w and w for h, two names or two numbers, all over a statement."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
        leaves = {ast.dump(leaf): leaf for leaf in ast.walk(node) if is_leaf(leaf)}
        for one, other in itertools.combinations(leaves, 2):
            if type(leaves[one]) is type(leaves[other]):
                yield node, renamed(node, {one: leaves[other], other: leaves[one]})


def is_leaf(node) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    return isinstance(node, ast.Name) and hasattr(node, "bound") and isinstance(node.ctx, ast.Load)


def renamed(node: ast.AST, other: dict[str, ast.AST]) -> ast.AST:
    """A copy with other leaves."""

    class Rename(ast.NodeTransformer):
        def visit(self, node):
            return other.get(ast.dump(node)) or self.generic_visit(node)

    return Rename().visit(copy.deepcopy(node))


def with_name(node) -> Iterator[Change]:
    """x * k and x + k for x."""
    if is_value(node):
        for name in getattr(node, "bound", []):
            for op in (ast.Mult(), ast.Add(), ast.Sub(), ast.FloorDiv()):
                yield node, ast.BinOp(node, op, ast.Name(name, ast.Load()))


def not_in_place(node) -> Iterator[Change]:
    """w = w * k for w *= k."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        yield node, ast.Assign([node.target], value, lineno=node.lineno)


def returned(node) -> Iterator[Change]:
    """return x for print(x)."""
    if isinstance(node, ast.Expr):
        yield node, ast.Return(node.value)
        if isinstance(node.value, ast.Call) and node.value.args:
            yield node, ast.Return(node.value.args[0])


def accumulated(node) -> Iterator[Change]:
    """+= for =."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        yield node, ast.AugAssign(node.targets[0], ast.Add(), node.value)


# Those that mend the most in a second come first, by wrong answers that people might give.
PLAIN = (
    changes.dropped_keyword,
    changes.comparison,
    changes.swapped_items,
    changes.dropped_item,
    changes.call,
    changes.statement,
    changes.operator,
    changes.operand,
    changes.name,
    changes.swapped_arguments,
    changes.variable,
    changes.constant,
    changes.bounds,
    changes.condition,
    changes.sign,
)
WIDER = (
    exchanged_statements,
    dedented,
    exchanged_bounds,
    exchanged_names,
    exchanged_arguments,
    exchanged_sides,
    accumulated,
    not_in_place,
    returned,
    another_axis,
    one_more,
    constant_for_name,
    added_keyword,
    letters,
    with_name,
    added_call,
    another_name,
    another_operator,
    another_attribute,
    minus,
    more_axes,
)


def repairs(source: ast.Module, kinds: tuple) -> list[Change]:
    """All of some kinds, in their order."""
    acquaint(source)
    found = list(changes.changes(source, kinds))
    rank = {kind.__name__: place for place, kind in enumerate(kinds)}
    return [change for _, *change in sorted(found, key=lambda change: rank[change[0]])]


def acquaint(tree: ast.Module) -> None:
    """Tell numbers the variables of their function, attributes of `self` each other."""
    for function in changes.functions(tree):
        inside = list(changes.nodes(function))
        bound = changes.bound_names(inside)
        for node in inside:
            if isinstance(node, ast.expr) and not isinstance(node, ast.Name):
                node.bound = bound
    for owner in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
        own = [node for node in ast.walk(owner) if is_of_self(node)]
        names = list(dict.fromkeys(node.attr for node in own))
        for node in own:
            node.siblings = names


def is_of_self(node: ast.AST) -> bool:
    """Whether a node is `self.name`."""
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "self"
