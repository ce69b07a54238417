"""What one statement of a notebook does with names: binds them, needs them, changes what they
stand for.

No statement is run here. What cannot be known from its text alone is taken for possible.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from classroom.records.record import Record
from classroom.submissions import ipython
from course import slices

EXERCISE = re.compile(r"\d+\.\d+")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
IMPORTS = (ast.Import, ast.ImportFrom)
# Calls that show and change nothing.
QUIET = {"print", "display", "plots", "plt", "claim", "help", "progress", "review", "get_ipython"}
# After a call of one of these any name may be another, or none is left.
WILD = set("exit quit exec eval globals locals vars".split())


class Kind(StrEnum):
    """What sort of statement it is, as far as that matters."""

    IMPORT = "import"
    DEFINITION = "definition"
    PLAIN = "plain"  # calls nothing
    CHECK = "check"
    OTHER = "other"


@dataclass(frozen=True)
class Statement(Record):
    """Names that a statement binds and needs; those whose things it stores into (`a.b = 1`), acts
    on (`a.sort()`) or uses in another call (`y = next(a)`).

    `wild` says that any name may be another after it. `checks` are the exercises that it hands
    in, `handed` the names in what it hands in.
    """

    source: str
    line: int
    kind: Kind = Kind.OTHER
    binds: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    uses: list[str] = field(default_factory=list)
    wild: bool = False
    checks: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, form):
        return cls(**form | {"kind": Kind(form["kind"])})


CHECKERS = frozenset({"check"})


def statements(python: str, tree: ast.Module, checkers=CHECKERS) -> list[Statement]:
    """Those of a cell, in order."""
    lines = python.encode().split(b"\n")
    return [_statement(_cut(lines, one), one, frozenset(checkers)) for one in tree.body]


def _cut(lines: list[bytes], node: ast.stmt) -> str:
    """The text of a statement with its decorators."""
    first = _first_line(node) - 1
    start = node.col_offset if first == node.lineno - 1 else 0
    kept = lines[first : node.end_lineno]
    kept[-1] = kept[-1][: node.end_col_offset]
    kept[0] = kept[0][start:]
    return b"\n".join(kept).decode()


def _first_line(node: ast.stmt) -> int:
    return min(one.lineno for one in [node, *getattr(node, "decorator_list", [])])


def _statement(source: str, node: ast.stmt, checkers: frozenset[str]) -> Statement:
    line = _first_line(node)
    try:
        piece = slices.piece(source)
    except ipython.NOT_PARSED:
        return Statement(source, line)  # stops its cell where it runs
    code, binds_too = ipython.code_in(node)
    inner = _magic(code)
    calls = list(checks(node, checkers))
    effects = Effects(node)
    needs = {*piece.needs, *inner.needs}
    return Statement(
        source,
        line,
        kind(node, bool(calls)),
        binds=sorted({*piece.defines, *(inner.defines if binds_too else ())} - CHECKERS),
        needs=sorted(needs - CHECKERS),
        stores=sorted(effects.stores & needs),
        acts=sorted(effects.acts & needs),
        uses=sorted(effects.uses & needs),
        wild=_is_wild(node) or ipython.is_wild(node),
        checks=sorted({id for id, _ in calls}),
        handed=sorted({name for _, names in calls for name in names & needs}),
    )


def _magic(code: str) -> slices.Piece:
    try:
        return slices.piece(code)
    except ipython.NOT_PARSED:
        return slices.Piece("", (), ())


def kind(node: ast.stmt, is_check: bool = False) -> Kind:
    if is_check:
        return Kind.CHECK
    if isinstance(node, IMPORTS):
        return Kind.IMPORT
    if isinstance(node, DEFINITIONS):
        return Kind.DEFINITION
    calling = (ast.Call, ast.Await, ast.Delete, ast.Attribute, ast.Subscript, ast.Raise)
    is_plain = not any(isinstance(one, calling) for one in _now(node))
    return Kind.PLAIN if is_plain else Kind.OTHER


def _now(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the statement does, not only when a function is called."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, FUNCTIONS)]


def _is_wild(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__" or node.names[0].name == "*"
    called = (_root(one.func) for one in ast.walk(node) if isinstance(one, ast.Call))
    return not WILD.isdisjoint(called)


def _is_stored(node: ast.AST) -> bool:
    places = (ast.Attribute, ast.Subscript)
    return isinstance(node, places) and not isinstance(node.ctx, ast.Load)


def _root(node: ast.expr) -> str | None:
    """`a` of `a.b[0].c(d)`."""
    while not isinstance(node, ast.Name):
        node = getattr(node, "value", None) or getattr(node, "func", None)
        if node is None:
            return None
    return node.id


class Effects:
    """The names whose things a statement may change."""

    def __init__(self, node: ast.stmt):
        self.stores, self.acts, self.uses = set(), set(), set()
        self.now = set(map(id, _now(node)))
        for one in ast.walk(node):
            self._look(one)

    def _look(self, node: ast.AST):
        if _is_stored(node):
            self.stores.add(_root(node.value))
        elif isinstance(node, ast.Expr) and id(node) in self.now:
            self.acts |= _changed_by(node.value)
        elif isinstance(node, ast.Call):
            self.uses |= _changed_by(node)


def _changed_by(call: ast.expr) -> set[str]:
    """Of a call `a.b(c, d=e)`: a, c and e."""
    call = call.value if isinstance(call, ast.Await) else call
    if not isinstance(call, ast.Call) or _root(call.func) in QUIET:
        return set()
    given = [*call.args, *(one.value for one in call.keywords)]
    return {_root(call.func), *(one.id for g in given for one in ast.walk(g) if _is_read(one))}


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def checks(node: ast.stmt, checkers: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """The exercises that a statement hands in as it runs, with the names in what it hands in."""
    for one in _now(node) if not isinstance(node, DEFINITIONS) else ():
        match one:
            case ast.Call(ast.Name(name) | ast.Attribute(attr=name), given, named) if (
                name in checkers
            ):
                values = [*given, *(keyword.value for keyword in named)]
                yield from _handed(values)


def _handed(values: list[ast.expr]) -> Iterator[tuple[str, set[str]]]:
    match values:
        case [ast.Constant(str(id)), attempt] if EXERCISE.fullmatch(id):
            yield id, {one.id for one in ast.walk(attempt) if _is_read(one)}


def checkers_of(tree: ast.Module) -> set[str]:
    """The names under which a cell has `check`: `from checker import check as c`."""
    names = set()
    for one in tree.body:
        match one:
            case ast.ImportFrom(names=aliases):
                names |= {a.asname for a in aliases if a.name == "check" and a.asname}
            case ast.Assign([ast.Name(target)], ast.Name("check") | ast.Attribute(attr="check")):
                names.add(target)
    return names
