"""First-order mutants of a solution cell: one small thing of its solved part is changed."""

import ast
import functools
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher

from checker.changes import changes, is_docstring, nodes
from course import stub


@dataclass(frozen=True)
class Mutant:
    """A whole cell with one change.

    `before` and `after`, the lines that differ, name it wherever they stand.
    """

    kind: str
    source: str
    before: str
    after: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of a cell, each once.

    Raises ValueError where its solution markers cannot be read.
    """
    solved = {
        line + 1
        for first, last in stub.regions(source.split("\n"))
        for line in range(first + 1, last)
    }
    return mutants_of_lines(source, solved)


def mutants_of_lines(source: str, solved: Collection[int]) -> list[Mutant]:
    """All mutants of some lines, counted from 1, each once."""
    found = {says(source, line): None for line in solved}
    for kind, old, new in changes(ast.parse(source)):
        text = spliced(source, old, new) if old.lineno in solved else None
        key = text and says(text, old.lineno)
        if text and key not in found:
            found[key] = Mutant(kind, text, *differing(source, text))
    return [mutant for mutant in found.values() if mutant]


parsed = functools.lru_cache(maxsize=1)(ast.parse)  # a new text is asked about twice


def says(source: str, line: int) -> tuple[int, str]:
    """What the statement on a line says, however it is written, and where it begins."""
    statement = statement_at(parsed(source), line)
    return getattr(statement, "lineno", 0), ast.dump(statement)


def statement_at(tree: ast.AST, line: int) -> ast.AST:
    """The innermost statement on a line."""
    inside = (
        node
        for node in ast.iter_child_nodes(tree)
        if isinstance(node, ast.stmt) and not is_docstring(node)
    )
    found = next((node for node in inside if node.lineno <= line <= node.end_lineno), None)
    return statement_at(found, line) if found else tree


def differing(source: str, text: str) -> tuple[str, str]:
    """The lines of both that are not the other's, stripped."""
    one, other = ([line.strip() for line in lines.split("\n")] for lines in (source, text))
    spots = [
        spot
        for spot in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if spot[0] != "equal"
    ]
    first, last = spots[0], spots[-1]
    return "\n".join(one[first[1] : last[2]]), "\n".join(other[first[3] : last[4]])


# Putting a node into the text.


def spliced(source: str, old: ast.AST, new: ast.AST) -> str | None:
    """The text with one node replaced, in parentheses if need be; None where it is no Python."""
    code = ast.unparse(new)
    for text in (put(source, old, code), put(source, old, f"({code})")):
        if stands(text, old, new):
            return text
    return None


def put(source: str, node: ast.AST, code: str) -> str:
    """The text with other code at the place of a node; columns count bytes."""
    lines = [line.encode() for line in source.split("\n")]
    first, last = node.lineno - 1, node.end_lineno - 1
    head = lines[first][: node.col_offset]
    tail = lines[last][node.end_col_offset :]
    code = code.replace("\n", "\n" + " " * node.col_offset).encode()
    return b"\n".join([*lines[:first], head + code + tail, *lines[last + 1 :]]).decode()


def stands(text: str, old: ast.AST, new: ast.AST) -> bool:
    """Whether the new node is one whole where the old one was: nothing beside it binds its parts
    more tightly.
    """
    try:
        statement = statement_at(parsed(text), old.lineno)
    except SyntaxError:
        return False
    near = [
        node for node in [statement, *nodes(statement)] if getattr(node, "lineno", 0) == old.lineno
    ]
    wanted = ast.dump(new)
    return any(
        node.col_offset - old.col_offset in (0, 1) and ast.dump(node) == wanted for node in near
    )
