"""Single whole numbers, beside what the sizes of their calls make."""

import itertools
import math
from collections.abc import Iterator

from checker.diagnosis.sizes import SUM
from checker.diagnosis.tensor_pair import ENOUGH, shared_sizes

LARGE = 100  # of a count
MOST = 8  # arguments that are looked at
PRODUCTS = 40  # of which two are added up


def made_of(pairs, tolerance) -> str | None:
    """A single number that is a plain product of arguments, or a sum of two."""
    if not _are_counts(pairs):
        return None
    got = [one.got.item() for one in pairs]
    products = list(_products(pairs))
    sums = (
        (f"{one} plus {other}", [a + b for a, b in zip(first, second)])
        for (one, first), (other, second) in itertools.combinations(products[:PRODUCTS], 2)
    )
    for words, made in itertools.chain(products, sums):
        if made == got and len(set(made)) >= ENOUGH:
            return f"Your number is {words}."
    return None


def off_by_an_argument(pairs, tolerance) -> str | None:
    """A single number that is too large, or too small, by what arguments make."""
    steps = [(one.got - one.wanted).item() for one in pairs if _are_counts(pairs)]
    if not steps or not (min(steps) > 0 or max(steps) < 0):
        return None
    way = "large" if steps[0] > 0 else "small"
    far = [abs(step) for step in steps]
    said = next((said for one in _products(pairs) if (said := _made_far(*one, far))), None)
    return said and f"Your number is too {way} by {said}, on the first call by {far[0]:,.10g}."


def _made_far(words: str, made: list[float], far: list[float]) -> str | None:
    """How far off the numbers are: a multiple of this product, or once or twice it and a
    constant.
    """
    if len(set(made)) < 2:
        return None
    times = {k for k in MULTIPLES if far == [k * size for size in made]}
    if times:
        return f"{MULTIPLES[times.pop()]}{words}"
    if len(set(made)) < ENOUGH:
        return None
    for k in (1, 2):
        rest = {one - k * size for one, size in zip(far, made)}
        if len(rest) == 1:
            return f"{MULTIPLES[k]}{words}{_and(rest.pop())}"
    return None


MULTIPLES = {1: "", 2: "twice "} | {k: f"{k} times " for k in range(3, 13)}


def _and(rest: float) -> str:
    return f" {'plus' if rest > 0 else 'minus'} {abs(rest):,.10g}"


def one_way(pairs, tolerance) -> str | None:
    """Single numbers that are all too large, or all too small."""
    if not _are_counts(pairs):
        return None
    large = {bool(one.got > one.wanted) for one in pairs}
    if len(large) > 1:
        return None
    return f"Your number is too {'large' if large.pop() else 'small'} {ONE_WAY}"


ONE_WAY = "on every failing call."


def _are_counts(pairs) -> bool:
    """Single whole numbers, of several different calls."""
    alike = all(one.same_shape for one in pairs)
    single = alike and all(one.wanted.numel() == 1 for one in pairs)
    return single and len({one.wanted.item() for one in pairs}) >= ENOUGH


def are_large_counts(pairs) -> bool:
    """Of two counts in the hundreds, both off by the same number, that is no accident."""
    found = {one.wanted.item() for one in pairs if one.wanted.numel() == 1}
    return len(found) > 1 and min(found) >= LARGE and all(n.is_integer() for n in found)


def _products(pairs) -> Iterator[tuple[str, list[float]]]:
    """What whole arguments make, in words and on every call: products of up to three, and of up to
    two over another.
    """
    names = [name for name in shared_sizes(pairs) if " " not in name or name.startswith(SUM)]
    for several in _choices(names[:MOST], 3):
        yield " times ".join(several), _product(pairs, several)
    for several, under in itertools.product(_choices(names[:MOST], 2), names[:MOST]):
        if under not in several and all(one.sizes[under] for one in pairs):
            made = zip(_product(pairs, several), pairs)
            over = [size / one.sizes[under] for size, one in made]
            yield f"{' times '.join(several)} over {under}", over


def _choices(names: list[str], most: int) -> Iterator[tuple[str, ...]]:
    """One to so many of the names, the fewest first; a name may come again."""
    for count in range(1, most + 1):
        yield from itertools.combinations_with_replacement(names, count)


def _product(pairs, several: tuple[str, ...]) -> list[float]:
    """Of these sizes, on every call."""
    return [math.prod(one.sizes[name] for name in several) for one in pairs]
