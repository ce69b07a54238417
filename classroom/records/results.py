"""What became of every exercise of every student: a line a submission, as JSON, beside the CSV.

    {"student": "Ann", "number": "02", "seed": 7, "changed": "2026-11-20T18:03:11+00:00",
     "results": [{"id": "2.1", "status": "wrong", "mistake": "rounded_up", ...}, ...], ...}

What the CSV, the pages and the report say is made from these.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from checker.verdict import State
from classroom.records.record import Record, dumps
from course.files import content, write
from course.paths import Complaint


class Status(StrEnum):
    """What became of an answer, in a teacher's words."""

    PASSED = "passed"
    WRONG = "wrong"
    BLANK = "blank"
    STOPPED = "stopped"
    UNREADABLE = "unreadable"


STATUSES = {
    State.PASSED: Status.PASSED,
    State.NOT_YET: Status.WRONG,
    State.TO_DO: Status.BLANK,
    State.STOPPED: Status.STOPPED,
}


@dataclass(frozen=True)
class Result(Record):
    """What became of one exercise.

    `card` is what its check would show, as HTML. `mistake` is the name of the one that was made,
    where it is known; `layer` is where `why` comes from, as in a `Verdict`; `call` is the first
    that fails, which is the smallest. `source` is the student's cell that makes the answer.
    `outcomes`, of a wrong answer without a name, are in the form of outcomes.py while a class is
    graded; then `group` is the number of those with the same outcomes, counted from 1 in each
    exercise.
    """

    id: str
    status: Status
    points: float
    maximum: int
    card: str
    mistake: str = ""
    layer: str = ""
    found: str = ""
    why: str = ""
    call: str = ""
    source: str = ""
    outcomes: list | None = None
    group: int = 0

    @classmethod
    def of(cls, form):
        return cls(**form | {"status": Status(form["status"])})


@dataclass(frozen=True)
class Graded(Record):
    """One submission. `changed` is when its file was, in UTC; `file` is where it lay; `words` are
    what a person must read.
    """

    student: str
    number: str
    results: list[Result]
    remarks: list[str]
    seed: int = 0
    changed: str = ""
    file: str = ""
    words: str = ""

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def maximum(self) -> int:
        return sum(result.maximum for result in self.results)

    @classmethod
    def of(cls, form):
        return cls(**form | {"results": [Result.of(one) for one in form["results"]]})


def path_of(out: Path) -> Path:
    """`grades.results.jsonl` beside `grades.csv`."""
    return out.with_name(f"{out.stem}.results.jsonl")


def write_all(graded: list[Graded], out: Path) -> None:
    write(path_of(out), "".join(f"{dumps(one)}\n" for one in graded))


def load(out: Path) -> list[Graded]:
    """What a run left beside its CSV. Raises Complaint where it is missing, or of another form."""
    path = path_of(out)
    if not path.is_file():
        raise Complaint(
            f"There is no {path}. It is written beside the CSV when a class is graded."
        )
    try:
        lines = content(path).decode("utf-8").splitlines()
        return [Graded.of(json.loads(line)) for line in lines]
    except (ValueError, KeyError, TypeError):
        raise Complaint(
            f"{path} cannot be read: another version of the course wrote it. Grade again."
        ) from None
