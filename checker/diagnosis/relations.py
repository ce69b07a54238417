"""What an attempt gave instead: how its values relate to the expected ones.

A relation is told only if it holds on every failing call and could have failed there: the changed
expectation differs from the plain one, and there are several different numbers to agree. What is
said is therefore a fact about the values that came back, whatever the code looks like.

The files that are asked stand below in their order; who asks needs this one alone.
"""

from collections.abc import Callable

from checker.diagnosis import counted, elementwise, moved, scaled, some_right
from checker.diagnosis.counted import ONE_WAY
from checker.diagnosis.tensor_pair import ENOUGH, Pair, are_whole, close, pair

__all__ = ["ENOUGH", "ONE_WAY", "Pair", "close", "pair", "relation"]

TESTS: list[Callable[[list[Pair], float], str | None]] = [
    elementwise.rounding,
    moved.moved,
    moved.shifted,
    moved.ringed,
    scaled.times,
    scaled.off_by,
    scaled.from_the_other_end,
    elementwise.function,
    elementwise.before_the_clamp,
    some_right.in_part,
    counted.off_by_an_argument,
    counted.made_of,
    elementwise.with_an_argument,
    some_right.only_there,
    elementwise.all_alike,
    moved.reordered,
    scaled.on_a_line,
    counted.one_way,
]


def relation(pairs: list[Pair], tolerance: float = 1e-5) -> str | None:
    """The first sentence of those above that is true of all failing calls; None if none is. Whole
    numbers agree exactly, or not at all.
    """
    tolerance = 0.0 if all(map(are_whole, pairs)) else tolerance
    if not pairs or any(close(one.got, one.wanted, tolerance) for one in pairs):
        return None  # the numbers are right somewhere, so what is off is something else
    return next((said for test in TESTS if (said := test(pairs, tolerance))), None)
