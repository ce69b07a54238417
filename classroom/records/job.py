"""What the process behind the walls is told of an exercise that is to be tried, and what comes
back: see server.py and worker.py.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from classroom.records.record import Record
from classroom.records.spliced import Step

# What a source that is cut out of an exercise defines, for its own name may be the learner's.
ANSWER, PROBE, CASES = "course_answer", "course_probe", "course_cases"


@dataclass(frozen=True)
class Bounds(Record):
    """What one job may take: seconds of processor time, seconds by the clock, bytes of memory; and
    where it writes if there are no walls.
    """

    seconds: float
    clock: float
    memory: int
    folder: str = ""

    def within(self, folder: str) -> Self:
        return replace(self, folder=folder)


@dataclass(frozen=True)
class Answer(Record):
    """Our answer to an earlier exercise, as one of two: the source, which defines `ANSWER`, or a
    value, encoded.
    """

    source: str | None = None
    value: object = None


@dataclass(frozen=True)
class Earlier(Record):
    """An earlier exercise that was failed. Its check hands on our answer; where nothing defines
    its name, that stands for it from the start.
    """

    id: str
    name: str
    is_missing: bool
    answer: Answer

    @classmethod
    def of(cls, form):
        return cls(**form | {"answer": Answer.of(form["answer"])})


@dataclass(frozen=True)
class Cut(Record):
    """Source that was cut out of exercise modules, and the exercises it refers to by name."""

    source: str
    exercises: list[str]


@dataclass(frozen=True)
class ParameterShape(Record):
    """A parameter or buffer of the reference without its numbers. `fixed` says that it starts with
    the same ones every time; `value`, encoded, is there only where it counts steps.
    """

    name: str
    is_buffer: bool
    shape: list[int]
    dtype: str
    fixed: bool
    value: object


@dataclass(frozen=True)
class Told(Record):
    """All that the learner's side gets to know of an exercise: its cases, encoded, or the seed
    from which `support` makes them; for every case the shapes of the reference.
    """

    id: str
    name: str
    is_module: bool
    is_watched: bool
    cases: list | None
    seed: int | None
    support: Cut
    shapes: list[list[ParameterShape]] | None

    @classmethod
    def of(cls, form):
        every = form["shapes"]
        shapes = every and [[ParameterShape.of(one) for one in case] for case in every]
        return cls(**form | {"support": Cut.of(form["support"]), "shapes": shapes})


@dataclass(frozen=True)
class Job(Record):
    """One exercise to try: the steps to the attempt, and how it is put to the test; `told` is None
    where an answer is no code. `limit` is for the cases, `own_limit` for the learner's own cells.
    """

    id: str
    name: str
    cell: int
    has_check: bool
    limit: float
    own_limit: float
    steps: list[Step]
    earlier: list[Earlier]
    told: Told | None

    @classmethod
    def of(cls, form):
        steps = [Step(**one) for one in form["steps"]]
        earlier = [Earlier.of(one) for one in form["earlier"]]
        told = form["told"] and Told.of(form["told"])
        return cls(**form | {"steps": steps, "earlier": earlier, "told": told})


# What comes back.


class End(StrEnum):
    """How a job ended."""

    DONE = "done"
    TIME = "time"
    MEMORY = "memory"
    FLOOD = "flood"
    CROWD = "crowd"
    DIED = "died"


@dataclass(frozen=True)
class Ending(Record):
    """How a job ended, and the exit status of its process, negative for a signal."""

    end: End
    status: int | str

    @classmethod
    def of(cls, form):
        return cls(End(form["end"]), form["status"])


@dataclass(frozen=True)
class Trouble(Record):
    """What a cell raised, and at which line of the learner's. `above` says that it was not the
    cell that makes the attempt.
    """

    text: str
    line: str | None
    above: bool = False


@dataclass(frozen=True)
class Claim(Record):
    """What a learner's code came to, as it says itself: it was too slow, its name is missing, it
    cannot be tried, it is a value, or an outcome for every case. Encoded, and never believed.
    """

    slow: bool = False
    missing: bool = False
    refusal: str | None = None
    value: object = None
    outcomes: list | None = None
    trouble: Trouble | None = None

    @classmethod
    def of(cls, form):
        return cls(**form | {"trouble": form["trouble"] and Trouble.of(form["trouble"])})
