"""Single changes of a program: one node of its tree, and what may stand in its place."""

import ast
import contextlib
import itertools
from collections.abc import Iterator

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add, ast.FloorDiv],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Mult, ast.Div],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
PAIRS = [
    "min max",
    "amin amax",
    "argmin argmax",
    "sum mean",
    "var std",
    "zeros ones",
    "zeros_like ones_like",
    "zeros_ ones_",
    "new_zeros new_ones",
    "sin cos",
    "exp log",
    "sqrt square",
    "floor ceil",
    "any all",
    "rand randn",
    "train eval",
    "relu tanh",
    "ReLU Tanh",
    "max_pool2d avg_pool2d",
    "MaxPool2d AvgPool2d",
]
NAMES = {one: other for pair in map(str.split, PAIRS) for one, other in (pair, pair[::-1])}
LIBRARIES = {"torch", "F", "nn", "np", "math", "copy", "data", "train", "self", "super"}

Change = tuple[ast.AST, ast.AST]  # a node and what stands in its place
Lines = tuple[int, int]  # the first and the last


def changes(tree: ast.AST, kinds=None) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """The kind of a change, a node, what stands in its place."""
    introduce(tree)
    for node in nodes(tree):
        for kind in kinds or KINDS:
            yield from ((kind.__name__, *change) for change in kind(node))


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those in f-strings, which have no place of their own, and docstrings."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.JoinedStr) and not is_docstring(child):
            yield child
            yield from nodes(child)


def introduce(tree: ast.AST) -> None:
    """Tell every variable which are bound in its function, and of these its neighbors: those bound
    just before and after it.
    """
    for function in functions(tree):
        inside = list(nodes(function))
        bound = bound_names(inside)
        for node in inside:
            if isinstance(node, ast.Name) and node.id in bound:
                node.bound = bound
                node.neighbors = beside(bound, bound.index(node.id))


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def bound_names(inside: list[ast.AST]) -> list[str]:
    """The variables of a function, in the order in which they come, but for `self`."""
    names = dict.fromkeys(map(bound_name, inside))
    return [name for name in names if name not in (None, "self")]


def beside(items: list, place: int) -> list:
    """The one before a place and the one after it, as far as they are there."""
    return items[max(place - 1, 0) : place] + items[place + 1 : place + 2]


def bound_name(node: ast.AST) -> str | None:
    """The name of an argument, or of a variable that is assigned."""
    if isinstance(node, ast.arg):
        return node.arg
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else None


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def but(node: ast.AST, **changed) -> ast.AST:
    """A copy of a node with other fields."""
    return type(node)(**dict(ast.iter_fields(node)) | changed)


# Putting a node into its tree.


def all_slots(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple]]:
    """Every node, and where it hangs: the list or the fields that hold it, and its key there."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list):
                yield from ((node, (value, at)) for at, node in enumerate(value))
            elif isinstance(value, ast.AST):
                yield value, (vars(parent), name)


@contextlib.contextmanager
def put(slot: tuple, old: ast.AST, new: ast.AST):
    """The new node in the place of the old one, for a while."""
    holder, key = slot
    if not hasattr(new, "lineno"):
        ast.copy_location(new, old)
    holder[key] = ast.fix_missing_locations(new)
    try:
        yield
    finally:
        holder[key] = old


def spot(old: ast.AST, new: ast.AST) -> Lines:
    """The first and the last line of what is changed."""
    for name, was in ast.iter_fields(old) if type(old) is type(new) else []:
        if isinstance(was, list) and (pairs := differing(was, getattr(new, name))):
            first, last = pairs[0], pairs[-1]
            return spot(*first) if first is last else (first[0].lineno, last[0].end_lineno)
    return old.lineno, old.end_lineno


def differing(was: list, now: list) -> list[tuple[ast.AST, ast.AST | None]]:
    """Those that differ; the first alone where one list is longer, since what follows moves."""
    padded = itertools.zip_longest(was, now[: len(was)])
    pairs = [pair for pair in padded if pair[0] is not pair[1] and hasattr(pair[0], "lineno")]
    return pairs if len(was) == len(now) else pairs[:1]


# What is changed, a function a kind: of a node, pairs of what is replaced and by what.


def operator(node) -> Iterator[Change]:
    """+ for -, `and` for `or`, also in +=."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        for other in OPERATORS.get(type(node.op), ()):
            yield node, but(node, op=other())
    if isinstance(node, ast.AugAssign):
        yield node, ast.Assign([node.target], node.value, lineno=node.lineno)


def operand(node) -> Iterator[Change]:
    """Only one side of an operation."""
    if isinstance(node, ast.BinOp):
        yield from ((node, node.left), (node, node.right))
    for value in node.values if isinstance(node, ast.BoolOp) else []:
        yield node, value


def comparison(node) -> Iterator[Change]:
    """< for <=, == for !=."""
    for place, op in enumerate(node.ops) if isinstance(node, ast.Compare) else []:
        for other in OPERATORS[type(op)]:
            yield node, but(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def constant(node) -> Iterator[Change]:
    """One more, one less; twice a float; False for True; no letters."""
    if isinstance(node, ast.Constant):
        for value in others(node.value):
            yield node, ast.parse(repr(value), mode="eval").body


def others(value) -> list:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 2 if value else 1.0]
    return [""] if isinstance(value, str) and value else []


def statement(node) -> Iterator[Change]:
    """A statement dropped."""
    if isinstance(node, ast.stmt) and not getattr(node, "decorator_list", None):
        yield node, ast.Pass()


def swapped_arguments(node) -> Iterator[Change]:
    for args in swaps(node.args) if isinstance(node, ast.Call) else []:
        yield node, but(node, args=args)


def swapped_items(node) -> Iterator[Change]:
    """Neighbors in a tuple, a list, a subscript; the order of plain axes rarely matters."""
    items = items_of(node)
    if not all(isinstance(item, ast.Constant) for item in items):
        for swapped in swaps(items):
            yield node, with_items(node, swapped)


def dropped_item(node) -> Iterator[Change]:
    """An axis less, an element less."""
    items = items_of(node) if isinstance(getattr(node, "ctx", None), ast.Load) else []
    for place in range(len(items)) if len(items) > 1 else []:
        yield node, with_items(node, [*items[:place], *items[place + 1 :]])


def items_of(node) -> list[ast.AST]:
    """The elements of a tuple or list, but in a subscript, where they may be slices."""
    inner = node.slice if isinstance(node, ast.Subscript) else node
    return inner.elts if isinstance(inner, ast.Tuple | ast.List) else []


def with_items(node, items) -> ast.AST:
    if isinstance(node, ast.Subscript):
        return but(node, slice=but(node.slice, elts=items))
    return but(node, elts=items)


def swaps(items: list) -> list[list]:
    """The list with two neighbors exchanged, for every two."""
    return [
        [*items[:at], items[at + 1], items[at], *items[at + 2 :]] for at in range(len(items) - 1)
    ]


def dropped_keyword(node) -> Iterator[Change]:
    for keyword in node.keywords if isinstance(node, ast.Call) else []:
        yield node, but(node, keywords=[other for other in node.keywords if other is not keyword])


def condition(node) -> Iterator[Change]:
    """`not` before a condition; a condition that always holds, or never."""
    for test in conditions(node):
        yield test, ast.UnaryOp(ast.Not(), test)
        yield test, ast.Constant(True)
        yield test, ast.Constant(False)


def conditions(node) -> list[ast.AST]:
    """Of an `if`, a `while`, or a comprehension, which may have several."""
    is_one = isinstance(node, ast.If | ast.IfExp | ast.While)
    return [node.test] if is_one else getattr(node, "ifs", [])


def sign(node) -> Iterator[Change]:
    """`not` or a minus taken away."""
    if isinstance(node, ast.UnaryOp):
        yield node, node.operand


def bounds(node) -> Iterator[Change]:
    """A slice with its bounds exchanged, or with one of its numbers left out."""
    if isinstance(node, ast.Slice):
        if node.lower and node.upper:
            yield node, but(node, lower=node.upper, upper=node.lower)
        for part in ("lower", "upper", "step"):
            if getattr(node, part):
                yield node, but(node, **{part: None})


def call(node) -> Iterator[Change]:
    """A call left out: x for f(x), x for x.f()."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and root(node.func) not in LIBRARIES:
            yield node, node.func.value
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield node, node.args[0]


def root(node: ast.AST) -> str | None:
    """The name that a chain of attributes starts from: torch of torch.linalg.qr."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return getattr(node, "id", None)


def name(node) -> Iterator[Change]:
    """max for min, sum for mean."""
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield node, but(node, attr=NAMES[node.attr])
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NAMES:
        yield node, but(node, id=NAMES[node.id])


def variable(node) -> Iterator[Change]:
    """height for width: another variable of the function."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in getattr(node, "neighbors", []):
            yield node, but(node, id=other)


KINDS = (
    operator,
    operand,
    comparison,
    constant,
    statement,
    swapped_arguments,
    swapped_items,
    dropped_item,
    dropped_keyword,
    condition,
    sign,
    bounds,
    call,
    name,
    variable,
)
