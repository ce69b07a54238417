"""Every number off by a factor, by a step, or by both."""

import itertools
import math

import torch

from checker.diagnosis.counted import are_large_counts
from checker.diagnosis.tensor_pair import ENOUGH, Pair, are_varied, close, shared_sizes


def times(pairs, tolerance) -> str | None:
    """Every number k times the right one, with what k is on these calls."""
    factors = [_factor(one, tolerance) for one in pairs]
    if None in factors or sum(one.wanted.unique().numel() for one in pairs) < ENOUGH:
        return None
    if _different(factors) == 1:
        return _constant_factor(factors[0]) if are_varied(pairs) else None
    by_sizes = _by_a_size(pairs, factors) or _by_two_sizes(pairs, factors)
    return by_sizes or _each_by_its_own(pairs, factors)


def _different(factors: list[float]) -> int:
    return len({round(k, 9) for k in factors})


def _are(factors: list[float], others: list[float]) -> bool:
    return all(math.isclose(k, other, rel_tol=1e-6) for k, other in zip(factors, others))


def _factor(one: Pair, tolerance) -> float | None:
    if not one.same_shape:
        return None
    clear = one.wanted.abs() > 1e-9
    if not clear.any() or not (one.got.isfinite() & one.wanted.isfinite()).all():
        return None
    place = one.wanted.abs().argmax()
    k = (one.got.flatten()[place] / one.wanted.flatten()[place]).item()
    is_one_or_none = abs(k - 1) < 1e-4 or abs(k) < 1e-9
    fits = close(one.got, k * one.wanted, max(tolerance, 1e-9))
    return k if fits and not is_one_or_none else None


def _constant_factor(k: float) -> str:
    if math.isclose(k, -1, rel_tol=1e-6):
        return "Every number has the wrong sign, and is right but for that."
    return f"Every number is {in_words(k)} times the right one."


def in_words(k: float) -> str:
    """2.0 as "2", 0.25 as "1/4", others with three digits."""
    if math.isclose(k, round(k), rel_tol=1e-6):
        return str(round(k))
    inverse = 1 / k
    if math.isclose(inverse, round(inverse), rel_tol=1e-6) and abs(inverse) < 1000:
        return f"1/{round(inverse)}" if k > 0 else f"-1/{round(-inverse)}"
    return f"{k:.3g}"


def _by_a_size(pairs, factors) -> str | None:
    """The factor is a size of the call, its root, its square, or one over either."""
    for name in shared_sizes(pairs):
        sizes = [one.sizes[name] for one in pairs]
        if len(set(sizes)) < 2 or min(sizes) <= 0:
            continue
        for words, power in POWERS.items():
            if _are(factors, [power(size) for size in sizes]):
                here = in_words(factors[0])
                return f"Every number is {words.format(name)} times the right one: here {here}."
    return None


POWERS = {
    "{}": lambda size: size,
    "one over {}": lambda size: 1 / size,
    "the root of {}": lambda size: size**0.5,
    "one over the root of {}": lambda size: size**-0.5,
    "{} squared": lambda size: size**2,
}


def _by_two_sizes(pairs, factors) -> str | None:
    """The factor is one size over another."""
    if _different(factors) < ENOUGH:
        return None
    for one, other in itertools.permutations(shared_sizes(pairs), 2):
        if min(pair.sizes[other] for pair in pairs) <= 0:
            continue
        if _are(factors, [pair.sizes[one] / pair.sizes[other] for pair in pairs]):
            here = in_words(factors[0])
            return f"Every number is {one} over {other} times the right one: here {here}."
    return None


def _each_by_its_own(pairs, factors) -> str | None:
    """One factor within a call, another in the next."""
    if any(one.wanted.unique().numel() < ENOUGH for one in pairs):
        return None
    first = in_words(factors[0])
    return f"Within a call every number is off by one factor, on the first that fails by {first}."


def on_a_line(pairs, tolerance) -> str | None:
    """The same line takes every right number to yours; it fits each call by itself."""
    line = _line(pairs)
    if line is None:
        return None
    slope, step = line
    ends = [slope * one.wanted + step for one in pairs]
    if not all(close(one.got, end, max(tolerance, 1e-9)) for one, end in zip(pairs, ends)):
        return None
    way = f"{'plus' if step > 0 else 'minus'} {abs(step):.3g}"
    return f"Every number is {in_words(slope)} times the right one {way}."


def _line(pairs) -> tuple[float, float] | None:
    """Its slope and step, through the two numbers that lie farthest apart."""
    if any(not one.same_shape or one.got.numel() < 2 for one in pairs):
        return None
    got = torch.cat([one.got.flatten() for one in pairs])
    wanted = torch.cat([one.wanted.flatten() for one in pairs])
    usable = (got.isfinite() & wanted.isfinite()).all()
    if not usable or min(got.unique().numel(), wanted.unique().numel()) <= ENOUGH:
        return None
    low, high = wanted.argmin(), wanted.argmax()
    slope = ((got[high] - got[low]) / (wanted[high] - wanted[low])).item()
    return slope, (got[low] - slope * wanted[low]).item()


def off_by(pairs, tolerance) -> str | None:
    """One constant added to every number."""
    steps = [_step(one, tolerance) for one in pairs]
    if None in steps or len({round(step, 6) for step in steps}) > 1:
        return None
    if not (are_varied(pairs) or are_large_counts(pairs)):
        return None
    step = steps[0]
    return f"Every number is {abs(step):,.10g} too {'large' if step > 0 else 'small'}."


def _step(one: Pair, tolerance) -> float | None:
    if not one.same_shape or not one.got.numel():
        return None
    if not (one.got.isfinite() & one.wanted.isfinite()).all():
        return None
    step = (one.got - one.wanted).flatten()[0].item()
    same = close(one.got, one.wanted + step, max(tolerance, 1e-9))
    return step if same and abs(step) > 1e-9 else None


def from_the_other_end(pairs, tolerance) -> str | None:
    """Counted down from a size of the call."""
    if not are_varied(pairs) or any(not one.same_shape for one in pairs):
        return None
    for name, (less, words) in itertools.product(shared_sizes(pairs), ((0, ""), (1, " minus 1"))):
        ends = [torch.full_like(one.wanted, one.sizes[name] - less) for one in pairs]
        if all(close(one.got + one.wanted, end, tolerance) for one, end in zip(pairs, ends)):
            return f"Your result and the right one add up to {name}{words} everywhere."
    return None
