"""How the three cells of an exercise are known: their ids, and the line of the check.

Knows nothing of notebooks as files and loads nothing, so that a small process can use it on a
submission.
"""

import ast
import re
from typing import NamedTuple

# The tag of a cell -> how its id ends.
ROLES = {"exercise": "", "solution": "-solution", "check": "-check"}
ID = re.compile(r"ex-(\d+)-(\d+)(-solution|-check)?")
ASKED = re.compile(r"""\bcheck\(\s*["'](\d+\.\d+)["']\s*,\s*(\w+)""")


class CellId(NamedTuple):
    """What the id of a cell says: the exercise, "2.4", and which of its three cells it is."""

    exercise: str
    role: str


def cell_id(exercise: str, role: str = "exercise") -> str:
    """The id of one of the three cells of an exercise: "ex-2-4-check"."""
    return f"ex-{exercise.replace('.', '-')}{ROLES[role]}"


def parse_id(id: str) -> CellId | None:
    """None for a cell that belongs to no exercise."""
    match = ID.fullmatch(id)
    if match is None:
        return None
    role = next(role for role, end in ROLES.items() if end == (match[3] or ""))
    return CellId(f"{match[1]}.{match[2]}", role)


def check_line(exercise: str, name: str) -> str:
    """The whole of a check cell."""
    return f'{name} = check("{exercise}", {name})'


def asked(source: str) -> dict[str, str]:
    """The exercises that a source checks, each with the name it hands in: {"2.4": "conv2d"}."""
    return dict(ASKED.findall(source))


def is_check(statement: ast.stmt) -> bool:
    """Whether a statement is a check, which gives back what it was given."""
    called = getattr(getattr(statement, "value", None), "func", None)
    return isinstance(called, ast.Name) and called.id == "check"
