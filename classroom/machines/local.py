"""What a grading process of this machine does with a submission. It has one of its own behind
walls, which it starts when it first needs it.
"""

from pathlib import Path

from classroom.judging import examine
from classroom.judging.examine import Terms
from classroom.machines.pool import Limits
from classroom.records.results import Result
from classroom.records.spliced import Spliced
from classroom.walls.client import Walled

GRACE = 120.0  # seconds to judge a submission, beyond what its exercises take together
_mine = {}


def limits(terms: Terms) -> Limits:
    return Limits(terms.together + GRACE)


def graded(
    spliced: Spliced, terms: Terms, scratch: Path, closed: tuple[Path, ...] = (), drawn: list = ()
) -> list[Result]:
    return examine.examine(spliced, terms, walled(scratch, closed), drawn)


def walled(scratch: Path, closed: tuple[Path, ...] = ()) -> Walled:
    if "walled" not in _mine:
        _mine["walled"] = Walled(scratch, closed)
    return _mine["walled"]
