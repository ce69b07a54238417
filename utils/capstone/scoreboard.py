"""The scoreboard: a text file beside the notebook, a line of JSON an entry, only ever appended to.

Several processes may write at once: a lock file is held meanwhile (the package filelock, which
torch brings along; appending alone is not safe on Windows). A damaged line costs one entry.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import filelock

WAIT = 10.0  # seconds for another process to finish its line
LONGEST = 30  # characters of a name


@dataclass(frozen=True)
class Entry:
    """A scored net: its costs (`time` is a multiple), and its accuracy, 0 to 1, for each seed."""

    name: str
    rules: str
    numbers: int
    multiply_adds: int
    time: float
    lr: float
    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.accuracies) / len(self.accuracies)

    @property
    def error(self) -> float:
        """The standard error of the mean; without a unit, as the accuracy."""
        count = len(self.accuracies)
        return (sum((a - self.mean) ** 2 for a in self.accuracies) / (count - 1) / count) ** 0.5


@dataclass(frozen=True)
class Board:
    """The best entry of every name, the most accurate first; `trouble` is a sentence, if any."""

    entries: tuple[Entry, ...]
    tries: dict[str, int]
    trouble: str | None = None

    def place(self, name: str) -> int:
        """1 for the first. Raises LookupError for a name without an entry."""
        names = [entry.name for entry in self.entries]
        if name not in names:
            there = ", ".join(names) or "none yet"
            raise LookupError(f"There is no entry {name!r} on the board; there are {there}.")
        return names.index(name) + 1

    def __repr__(self) -> str:
        width = max(len(name) for name in ["name", *(entry.name for entry in self.entries)])
        head = f"{'':>3}  {'name':{width}}{'right':>7}{'error':>7}"
        head += f"{'numbers':>9}{'multiply-adds':>15}{'time':>6}{'tries':>7}"
        lines = [self._line(place, entry, width) for place, entry in enumerate(self.entries, 1)]
        return "\n".join([head, *lines, *([self.trouble] if self.trouble else [])])

    def _line(self, place: int, entry: Entry, width: int) -> str:
        score = f"{place:>3}  {entry.name:{width}}{entry.mean:>7.1%}{100 * entry.error:>7.1f}"
        costs = f"{entry.numbers:>9,}{entry.multiply_adds:>15,}{entry.time:>6.1f}"
        return f"{score}{costs}{self.tries[entry.name]:>7}"


def file() -> Path:
    """Where the entries are: COURSE_SCOREBOARD (a class may share one), or beside the marks."""
    marks = Path(os.environ.get("COURSE_PROGRESS") or ".progress.txt")
    return Path(os.environ.get("COURSE_SCOREBOARD") or marks.with_name(".scoreboard.txt"))


def add(entry: Entry) -> str | None:
    """Append an entry. Returns a sentence if that cannot be done."""
    line = json.dumps(asdict(entry), ensure_ascii=False)
    lock = filelock.FileLock(f"{file()}.lock", timeout=WAIT)
    try:
        with lock, open(file(), "a", encoding="utf-8") as out:
            out.write(f"\n{line}\n")
    except (OSError, filelock.Timeout) as error:
        why = getattr(error, "strerror", None) or "another process holds its lock"
        return f"This entry cannot be kept: {file()} cannot be written ({why})."
    return None


def board(rules: str) -> Board:
    """What was scored under the rules of that name."""
    try:
        lines = file().read_bytes().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return Board((), {})
    except OSError as error:
        return Board((), {}, f"The scoreboard {file()} cannot be read ({error.strerror}).")
    read = [_entry(line) for line in lines if line.strip()]
    bad = read.count(None)
    return _best([entry for entry in read if entry and entry.rules == rules], bad)


def _best(entries: Sequence[Entry], bad: int) -> Board:
    tries, best = {}, {}
    for entry in entries:
        tries[entry.name] = tries.get(entry.name, 0) + 1
        best[entry.name] = max(best.get(entry.name, entry), entry, key=lambda one: one.mean)
    ranked = sorted(best.values(), key=lambda one: (-one.mean, one.multiply_adds))
    trouble = f"{bad} unreadable lines in {file()} were skipped." if bad else None
    return Board(tuple(ranked), tries, trouble)


def _entry(line: str) -> Entry | None:
    """A line read strictly: every field there, of its type and in its range; else None."""
    try:
        given = json.loads(line)
        entry = Entry(**{field.name: given[field.name] for field in fields(Entry)})
        scores = tuple(float(a) for a in entry.accuracies)
        sound = (
            len(scores) > 1
            and all(0 <= a <= 1 for a in scores)
            and 0 < len(entry.name) <= LONGEST
            and all(type(n) is int and n >= 0 for n in (entry.numbers, entry.multiply_adds))
            and 0 <= float(entry.time) < 1e6
            and type(entry.name) is type(entry.rules) is str
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return replace(entry, accuracies=scores) if sound else None
