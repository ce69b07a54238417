"""The source of a learner's answer, as its cell has it, and the answer made from it again."""

import ast
import inspect
import linecache
from collections.abc import Iterator
from dataclasses import dataclass

from checker import errors


@dataclass(frozen=True)
class Source:
    """The lines of a whole cell, and of its definitions the answer's and those that it uses.

    `tree` may be changed before the answer is made; `namespace` holds the other names.
    """

    lines: list[str]
    tree: ast.Module
    name: str
    namespace: dict

    def make(self):
        """What `tree` defines, in a copy of the names around it. Raises what the code raises."""
        scope = dict(self.namespace)
        exec(compile(self.tree, "<changed>", "exec"), scope)
        return scope[self.name]

    def quoted(self, first: int, last: int) -> str:
        """ "line 4: return x", as the cell has it; of several lines, the first."""
        text = self.lines[first - 1].strip()
        return f"line {first}: {text}" if first == last else f"lines {first} to {last}: {text} …"


def source_of(attempt) -> Source | None:
    """None where no cell or file of the learner's defines the attempt at its left edge."""
    found = (_written(attempt, function) for function in _functions(attempt))
    return next((source for source in found if source), None)


def _functions(attempt) -> Iterator:
    """Those that know the file they were written in: of a class, its methods."""
    inside = vars(attempt).values() if inspect.isclass(attempt) else [attempt]
    for value in inside:
        function = getattr(value, "__func__", value)
        function = inspect.unwrap(function) if callable(function) else function
        if inspect.isfunction(function):
            yield function


def _written(attempt, function) -> Source | None:
    lines = linecache.getlines(function.__code__.co_filename)
    if not lines or not errors.is_theirs(function.__code__.co_filename):
        return None
    try:
        body = ast.parse("".join(lines)).body
    except SyntaxError:
        return None
    target = _statement(body, inspect.unwrap(attempt), function.__code__.co_firstlineno)
    if target is None:
        return None
    tree = ast.Module(_with_helpers(body, target), [])
    own = set(map(_name, tree.body))  # what goes by these names now may be our answer
    others = {name: value for name, value in function.__globals__.items() if name not in own}
    return Source([line.rstrip("\n") for line in lines], tree, _name(target), others)


def _statement(body: list[ast.stmt], attempt, line: int) -> ast.stmt | None:
    """The one that binds the attempt: by its name, or as a lambda on that line."""
    for statement in body:
        name = "<lambda>" if isinstance(statement, ast.Assign) else _name(statement)
        if name == attempt.__qualname__ and _first(statement) <= line <= statement.end_lineno:
            return statement if _name(statement) else None
    return None


def _first(statement: ast.stmt) -> int:
    decorators = getattr(statement, "decorator_list", [])
    return min(node.lineno for node in [statement, *decorators])


def _name(statement: ast.stmt) -> str | None:
    """The name that a definition binds; None for any other statement."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
        return getattr(statement.targets[0], "id", None)
    return None


def _with_helpers(body: list[ast.stmt], target: ast.stmt) -> list[ast.stmt]:
    """The statement and the definitions of its cell that it names, in their order."""
    defined = {_name(statement): statement for statement in body} | {_name(target): target}
    pending, kept = [target], []
    while pending:
        statement = pending.pop()
        kept.append(statement)
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        pending += [defined[name] for name in names & defined.keys()]
        pending = [one for one in pending if one not in kept]
    return [statement for statement in body if statement in kept]
