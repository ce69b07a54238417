"""Which statements of a source some names need: the rest need not run.

Knows nothing of torch, so that a small process can use it on a submission.
"""

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterator
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
    table = symtable.symtable(source, "<cell>", "exec")
    return Piece(source, tuple(sorted(bound_in(table))), tuple(sorted(globals_of(table))))


def pieces(source: str) -> list[Piece]:
    """One for every statement."""
    return [piece(ast.unparse(statement)) for statement in ast.parse(source).body]


def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """A scope and all that lie in it."""
    waiting = [table]
    while waiting:
        table = waiting.pop()
        yield table
        waiting += table.get_children()


def bound_in(table: symtable.SymbolTable) -> set[str]:
    """The global names that a scope and the scopes in it bind."""
    return {s.get_name() for s in _globals(table) if s.is_assigned() or s.is_imported()}


def globals_of(table: symtable.SymbolTable) -> set[str]:
    """The global names that a scope and the scopes in it read, or bind from within."""
    inner = {s.get_name() for child in table.get_children() for s in _globals(child)}
    return inner | {s.get_name() for s in _globals(table) if s.is_referenced()}


def _globals(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    for scope in scopes(table):
        top = scope.get_type() == "module"
        yield from (s for s in scope.get_symbols() if top or s.is_global())


def needed(available: list[Piece], names) -> list[Piece]:
    """Those of `available`, in order, that `names` need, directly or by way of others."""
    makers = defaultdict(list)
    for place, one in enumerate(available):
        for name in one.defines:
            makers[name].append(place)
    kept, waiting = set(), list(names)
    while waiting:
        new = [place for place in makers.pop(waiting.pop(), ()) if place not in kept]
        kept.update(new)
        waiting += [name for place in new for name in available[place].needs]
    return [available[place] for place in sorted(kept)]
