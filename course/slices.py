"""Which statements of a source some names need: the rest need not run.

Knows nothing of torch, so that a small process can use it on a submission.
"""

import ast
import symtable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Piece:
    """A piece of source, the names it defines for others, and the names it needs from others."""

    source: str
    defines: tuple[str, ...]
    needs: tuple[str, ...]

    def form(self) -> dict:
        return asdict(self)


def piece(source: str) -> Piece:
    """Raises SyntaxError."""
    tree = ast.parse(source)
    defined = tuple(dict.fromkeys(name for statement in tree.body for name in defines(statement)))
    return Piece(
        source, defined, tuple(sorted(globals_of(symtable.symtable(source, "<cell>", "exec"))))
    )


def pieces(source: str) -> list[Piece]:
    """One for every statement."""
    return [piece(ast.unparse(statement)) for statement in ast.parse(source).body]


def defines(statement: ast.stmt) -> list[str]:
    """The names that a statement binds at the top level."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in statement.names]
    stored = [
        n.id
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    inside = [
        child
        for child in ast.walk(statement)
        if child is not statement and isinstance(child, ast.stmt)
    ]
    return stored + [
        name for child in inside if not isinstance(child, ast.Assign) for name in defines(child)
    ]


def globals_of(table: symtable.SymbolTable) -> set[str]:
    """The global names that a scope and the scopes in it read."""
    top = table.get_type() == "module"
    own = {
        s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())
    }
    return own.union(*(globals_of(child) for child in table.get_children()))


def needed(available: list[Piece], names) -> list[Piece]:
    """Those of `available`, in order, that `names` need, directly or by way of others."""
    kept, open_names, seen = set(), set(names), set()
    while open_names:
        name = open_names.pop()
        seen.add(name)
        for place, one in enumerate(available):
            if name in one.defines and place not in kept:
                kept.add(place)
                open_names |= set(one.needs) - seen
    return [available[place] for place in sorted(kept)]
