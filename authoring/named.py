"""The notebooks ("02") and exercises ("2.4") that a command is asked for; all if none is named."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from course import command_line
from course.paths import SOLUTIONS, sources
from exercises import NOTEBOOKS, find


def add_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        type=name,
        metavar="NN | N.M",
        help="notebooks or exercises; all if none is named",
    )


def name(text: str) -> str:
    """The number of a notebook, or the id of an exercise. Raises ArgumentTypeError."""
    if "." not in text and command_line.notebook(text) in NOTEBOOKS:
        return command_line.notebook(text)
    try:
        return find(text).id
    except LookupError as error:
        raise ArgumentTypeError(error.args[0]) from None


def solved(names: list[str]) -> list[Path]:
    """The solved notebooks in which something is named. Raises Complaint where one is missing."""
    return sources(SOLUTIONS, [name.split(".")[0] for name in names])


def is_named(id: str, names: list[str]) -> bool:
    """Whether an exercise or its notebook is among the names."""
    notebooks = {name.zfill(2) for name in names if "." not in name}
    return not names or id in names or id.split(".")[0].zfill(2) in notebooks
