"""What of a run is graded already: a file beside its CSV, so that a run that was cut short goes on
there.
"""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from classroom.judging.examine import Terms
from classroom.records.record import Record, dumps
from classroom.records.results import Result
from classroom.students import own_numbers
from classroom.submissions import outline
from classroom.submissions.collect import Submission
from exercises.own_numbers import NUMBER


@dataclass(frozen=True)
class Line(Record):
    """A submission that is graded."""

    key: str
    seed: int
    results: list[Result]

    @classmethod
    def of(cls, form):
        return cls(**form | {"results": [Result.of(one) for one in form["results"]]})


class Journal:
    """What is graded already, in a file beside the CSV that goes when the CSV is written."""

    def __init__(self, out: Path, seed: int | None):
        self.path = out.with_name(f".{out.name}.unfinished")
        lines = [line for line in map(_loaded, self._lines()) if line]
        if seed is None:
            seed = next((line.seed for line in lines), None)
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.done = {line.key: line.results for line in lines}

    def _lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []

    def add(self, key: str, results: list[Result]) -> None:
        self.done[key] = results
        with open(self.path, "a", encoding="utf-8") as file:
            file.write("\n" + dumps(Line(key, self.seed, results)))


def _loaded(line: str) -> Line | None:
    """None for a line that is empty or torn, or that an older version of the course wrote."""
    try:
        return Line.of(json.loads(line))
    except (ValueError, KeyError, TypeError):
        return None


def key(submission: Submission, terms: Terms, secret: own_numbers.Key | None = None) -> str:
    """Changes with file, terms and course; for own numbers also with student and secret."""
    version = outline.version(submission.number)
    theirs = [secret.digest("journal", submission.student)] if submission.number == NUMBER else []
    told = map(str, vars(terms).values())
    return "-".join([submission.digest(), submission.number, version, *told, *theirs])
