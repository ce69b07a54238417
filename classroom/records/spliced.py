"""What a submission is looked through for, and what is taken from it."""

from dataclasses import dataclass, field

from classroom.records.record import Record


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
