"""What a cell needs of the cells before it: what its names are bound to, and no experiment."""

import ast
import builtins
import symtable

from course.cells import is_check
from course.slices import globals_of


def context(earlier: list[str], source: str) -> str:
    """The earlier statements that last bind the global names `source` reads, and theirs."""
    statements = [
        statement
        for cell in earlier
        for statement in ast.parse(cell).body
        if not is_check(statement)
    ]
    codes = [ast.unparse(statement) for statement in statements]
    pending, kept = [(name, len(codes)) for name in reads(source)], set()
    while pending:
        name, end = pending.pop()
        place = next(
            (place for place in reversed(range(end)) if name in binds(codes[place])), None
        )
        if place is not None and place not in kept:
            kept.add(place)
            called_later = isinstance(statements[place], ast.FunctionDef | ast.ClassDef)
            pending += [
                (name, len(codes) if called_later else place) for name in reads(codes[place])
            ]
    return "\n".join(codes[place] for place in sorted(kept))


def binds(code: str) -> set[str]:
    """The global names that a piece of code assigns, defines or imports."""
    symbols = symtable.symtable(code, "cell", "exec").get_symbols()
    new = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    return new | grown(code)


GROW = {"append", "extend", "insert", "add", "update", "setdefault"}


def grown(code: str) -> set[str]:
    """The global names of containers that `rows.append(...)` and its like change."""
    calls = [one.value for one in ast.parse(code).body if isinstance(one, ast.Expr)]
    methods = [one.func for one in calls if isinstance(getattr(one, "func", None), ast.Attribute)]
    return {
        one.value.id for one in methods if isinstance(one.value, ast.Name) and one.attr in GROW
    }


def reads(code: str) -> set[str]:
    """The global names that a piece of code reads, in its functions too."""
    table = symtable.symtable(code, "cell", "exec")
    added = added_to(code).intersection(table.get_identifiers())
    return (globals_of(table) | added) - set(dir(builtins))


def added_to(code: str) -> set[str]:
    """The names that `+=` reads and binds, which a symbol table calls bound only."""
    statements = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.AugAssign)]
    return {node.target.id for node in statements if isinstance(node.target, ast.Name)}
