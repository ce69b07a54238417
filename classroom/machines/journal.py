"""What of a run is graded already: a file beside its CSV, so that a run that was cut short goes on
there, and one with the same seed grades only what is new.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from classroom.judging.examine import Terms
from classroom.records.record import Record, dumps
from classroom.records.results import Result
from classroom.students import own_numbers
from classroom.submissions import outline
from classroom.submissions.collect import Submission
from course.files import write
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
    """What is graded already, in a file beside the CSV; once the CSV is written it is kept for a
    run with the same seed.
    """

    def __init__(self, out: Path, seed: int | None):
        self.path = out.with_name(f".{out.name}.unfinished")
        self.kept = out.with_name(f".{out.name}.graded")
        lines = _lines(self.path)
        if seed is None:
            seed = next((line.seed for line in lines), None)
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        every = [line for line in _lines(self.kept) + lines if line.seed == self.seed]
        self.done = {line.key: line.results for line in every}

    def add(self, key: str, results: list[Result]) -> None:
        self.done[key] = results
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(f"\n{self._line(key)}")

    def forget_all_but(self, keys: Iterable[str]) -> None:
        """What was graded by another version, or was replaced since, is of no use."""
        self.done = {key: self.done[key] for key in keys if key in self.done}

    def keep(self) -> None:
        """For a run with the same seed."""
        write(self.kept, "\n".join(map(self._line, self.done)))
        self.path.unlink(missing_ok=True)

    def _line(self, key: str) -> str:
        return dumps(Line(key, self.seed, self.done[key]))


def _lines(path: Path) -> list[Line]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return list(filter(None, map(_loaded, lines)))


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
