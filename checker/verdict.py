"""What a judge found."""

from dataclasses import dataclass, field
from enum import StrEnum

from checker.exercise import Call, Exercise


class State(StrEnum):
    """What became of an attempt, in the words of the card."""

    TO_DO = "to do"
    PASSED = "passed"
    NOT_YET = "not yet"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Verdict:
    """What a judge found: `mistake` is a name from the catalogue.

    `found` says what happened and `why` what that means, where it is known; `message` is both.
    `layer` is where `why` comes from: the catalogue, an error's words, or what was observed.
    `notes` are about the check itself: which version was judged, what had to be put back.
    `outcomes` is kept by the grader alone: what came back on every case.
    """

    exercise: Exercise = field(repr=False)
    state: State
    found: str
    why: str = ""
    mistake: str | None = None
    line: str | None = None
    printed: str = ""
    case: Call | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    layer: str = ""
    outcomes: tuple = field(default=(), repr=False)

    @property
    def message(self) -> str:
        return f"{self.found} {self.why}".rstrip()
