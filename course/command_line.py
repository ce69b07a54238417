"""What the commands take, and how each says what it does.

What makes no sense is refused in one sentence: as the `type` of an argument, each of these
functions raises ArgumentTypeError.
"""

import math
import re
import shutil
from argparse import REMAINDER, ArgumentParser, ArgumentTypeError


def parser(command: str, doc: str) -> ArgumentParser:
    """Of a command that does what its file's docstring begins with."""
    return ArgumentParser(prog=command, description=doc.partition("\n\n")[0])


def count(text: str) -> int:
    """How many: 1 or more."""
    if not re.fullmatch(r"0*[1-9]\d*", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def duration(text: str) -> float:
    """Seconds or minutes, more than none."""
    try:
        length = float(text)
    except ValueError:
        length = math.nan
    if not 0 < length < math.inf:
        raise ArgumentTypeError(f"{text!r} is no number above 0")
    return length


def notebook(text: str) -> str:
    """The number of a notebook, "02" also where "2" is typed."""
    if not re.fullmatch(r"\d{1,2}", text, re.ASCII):
        raise ArgumentTypeError(f"{text!r} is no number of a notebook, as 02 is one")
    return text.zfill(2)


def add_notebooks(parser: ArgumentParser, what_for: str) -> None:
    """Notebooks to be named or not, as `numbers`."""
    parser.add_argument(
        "numbers",
        nargs="*",
        type=notebook,
        metavar="NN",
        help=f"notebooks to {what_for}; all if none is named",
    )


def command(asking: ArgumentParser, arguments: list[str]) -> list[str]:
    """The command to run, of one that runs another."""
    asking.add_argument("command", nargs=REMAINDER, metavar="COMMAND ...")
    given = asking.parse_args(arguments).command
    if not given:
        asking.error("say which command to run")
    if not shutil.which(given[0]):
        asking.error(f"there is no command {given[0]!r}")
    return given
