"""One row of the benchmark: a figure measured several times, and where it must end up."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """`values` as measured, in `unit` ("" for a ratio); their median should be at most `most`, at
    least `least`.
    """

    name: str
    values: list[float]
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The middle half of the values; of a single one, itself."""
        if len(self.values) == 1:
            return self.values[0], self.values[0]
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    @property
    def bar(self) -> str:
        if self.most is not None:
            return f"at most {self.most:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    @property
    def holds(self) -> bool:
        """A row without a bar always does."""
        return (self.most is None or self.median <= self.most) and (
            self.least is None or self.median >= self.least
        )


def seconds(work: Callable[[], object]) -> float:
    """Processor time, which other programs on the machine disturb least."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ratios(first: Callable[[], object], second: Callable[[], object], pairs: int) -> list[float]:
    """Seconds of `first` a second of `second`: A B, B A, A B, ..., after a pair that warms up."""
    found = []
    for turn in range(pairs + 1):
        order = (second, first) if turn % 2 else (first, second)
        took = {work: seconds(work) for work in order}
        found.append(took[first] / took[second])
    return found[1:]
