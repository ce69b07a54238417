"""What passes between the processes that grade: small records, each with a form that JSON holds.

    outline.py  -- Asked       --> splice.py             -- Spliced       --> examine.py
    walled.py   -- Bounds, Job --> server.py, worker.py  -- Ending, Claim --> examine.py

Loads no torch and knows no exercise, so that a small process can use it on a submission, and a
learner's code finds nothing here.
"""

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import methodcaller
from typing import Self


class Record:
    """A dataclass that goes through a channel as the JSON of its fields."""

    def form(self) -> dict:
        return vars(self)

    @classmethod
    def of(cls, form: dict) -> Self:
        """The record back from its form. Raises TypeError where the fields are others."""
        return cls(**form)


def dumps(record: Record | dict, **layout) -> str:
    """The JSON of a record, or of plain values that hold records."""
    return json.dumps(record, default=methodcaller("form"), **layout)


# What a submission is looked through for, and what is taken from it.


@dataclass(frozen=True)
class Asked(Record):
    """An exercise as its notebook asks it; `stub` is the cell that a learner gets."""

    id: str
    name: str
    stub: str


@dataclass(frozen=True)
class Known(Record):
    """A notebook of the course: its exercises, and the sources of the cells that are no part of
    one.
    """

    exercises: list[Asked]
    given: list[str] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.exercises}

    @classmethod
    def of(cls, form):
        return cls(list(map(Asked.of, form["exercises"])), form["given"])


@dataclass(frozen=True)
class Step(Record):
    """A part of a cell that is run at once. Where it raises, the rest of its cell does not run;
    if it is patient, it is tried again after every later step instead. `checks` are the exercises
    that it hands in; such a step does nothing else.
    """

    cell: int
    source: str
    own: bool = True  # the learner's, not the course's
    patient: bool = False
    checks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan(Record):
    """How an attempt comes about: steps that end with the check that sees it, or, without one,
    make the thing of that name in that cell. `wide` are more steps, to be taken where those do not
    pass. `missing` are exercises whose names nothing defines.
    """

    name: str
    cell: int
    has_check: bool
    steps: list[Step]
    wide: list[Step] | None
    missing: list[str]

    @classmethod
    def of(cls, form):
        steps = [Step(**one) for one in form["steps"]]
        wide = form["wide"] and [Step(**one) for one in form["wide"]]
        return cls(**form | {"steps": steps, "wide": wide})


@dataclass(frozen=True)
class Spliced(Record):
    """All that is graded of a submission, the plans by exercise; only `trouble` where it cannot
    be read. `is_worked_on` says that some exercise is no longer as it was handed out; `broken` why
    the cell of one that has no plan does not parse. `words` are what a person must read.
    """

    number: str = ""
    trouble: str = ""
    is_worked_on: bool = False
    plans: dict[str, list[Plan]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    words: str = ""

    @classmethod
    def of(cls, form):
        plans = {id: [Plan.of(one) for one in ones] for id, ones in form["plans"].items()}
        return cls(**form | {"plans": plans, "remarks": tuple(form["remarks"])})


# What the process behind the walls is told. See server.py and worker.py.

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
