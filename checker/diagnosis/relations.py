"""What an attempt gave instead: how its values relate to the expected ones.

A relation is told only if it holds on every failing call and could have failed there: the changed
expectation differs from the plain one, and there are several different numbers to agree. What is
said is therefore a fact about the values that came back, whatever the code looks like.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checker import show

LARGE = 100  # of a count
ENOUGH = 3  # numbers that must agree, over all failing calls together


@dataclass(frozen=True)
class Pair:
    """One failing call: what came back, what was expected, the sizes of its arguments and those
    that are tensors.
    """

    got: Tensor
    wanted: Tensor
    sizes: dict[str, float]
    tensors: dict[str, Tensor]


Test = Callable[[Pair, float], bool]


def pair(got, wanted, arguments: dict[str, object] | None = None) -> Pair | None:
    """Both as float64 tensors, beside the call's arguments; None for what holds no numbers."""
    both = [_tensor(value) for value in (got, wanted)]
    if any(value is None for value in both):
        return None
    given = arguments or {}
    tensors = {name: _tensor(value) for name, value in given.items() if isinstance(value, Tensor)}
    known = {name: value for name, value in tensors.items() if value is not None}
    return Pair(*both, dict(sizes(given)), known)


def _tensor(value) -> Tensor | None:
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        usable = show.holds_numbers(value) and not value.is_complex()
        return value.detach().double() if usable else None
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return torch.from_numpy(value.astype(np.float64))
    if type(value) in (int, float) and abs(value) < 1e300:
        return torch.tensor(float(value), dtype=torch.float64)
    if type(value) in (list, tuple, torch.Size) and value:
        return _sequence(value)
    return None


def _sequence(values) -> Tensor | None:
    """A row of plain numbers; tensors in a list are parts, not one tensor."""
    if not all(type(value) in (int, float) and abs(value) < 1e300 for value in values):
        return None
    return torch.tensor([float(value) for value in values], dtype=torch.float64)


def relation(pairs: list[Pair], tolerance: float = 1e-5) -> str | None:
    """The first sentence of those below that is true of all failing calls; None if none is. Whole
    numbers agree exactly, or not at all.
    """
    tolerance = 0.0 if all(map(_are_whole, pairs)) else tolerance
    if not pairs or any(close(one.got, one.wanted, tolerance) for one in pairs):
        return None  # the numbers are right somewhere, so what is off is something else
    return next((said for test in TESTS if (said := test(pairs, tolerance))), None)


def _are_whole(one: Pair) -> bool:
    return all((x == x.round()).all() for x in (one.got, one.wanted))


def close(one: Tensor, other: Tensor, tolerance: float) -> bool:
    """Whether two tensors of one shape agree, relative to the largest expected number."""
    if one.shape != other.shape:
        return False
    finite = other[other.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    near = torch.isclose(one, other, rtol=0, atol=tolerance * scale + 1e-12, equal_nan=True)
    return bool(near.all())


def _changed(pairs, tolerance, change: Callable[[Tensor], Tensor | None]) -> bool:
    """Whether every result is the expectation changed so, and the change shows on every call."""
    seen = 0
    for one in pairs:
        other = change(one.wanted)
        if other is None or not close(one.got, other, tolerance):
            return False
        if other.shape == one.wanted.shape and close(other, one.wanted, tolerance):
            return False
        seen += other.numel()
    return seen >= ENOUGH


# Moved about


def _axes(needed: int, change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor | None]:
    return lambda wanted: change(wanted) if wanted.dim() >= needed else None


MOVES = {
    "the right result turned by half a turn": _axes(2, lambda y: y.flip(-2, -1)),
    "the right result mirrored, left and right exchanged": _axes(1, lambda y: y.flip(-1)),
    "the right result upside down": _axes(2, lambda y: y.flip(-2)),
    "the right result transposed: its last two axes are exchanged": _axes(
        2, lambda y: y.transpose(-2, -1)
    ),
    "the right result with its first two axes exchanged": _axes(3, lambda y: y.transpose(0, 1)),
    "the right result without its last column": _axes(1, lambda y: y[..., :-1]),
    "the right result without its last row": _axes(2, lambda y: y[..., :-1, :]),
    "the right result without its last row and column": _axes(2, lambda y: y[..., :-1, :-1]),
    "the right result without its first row and column": _axes(2, lambda y: y[..., 1:, 1:]),
    "the right result without its border": _axes(2, lambda y: y[..., 1:-1, 1:-1]),
    "only every second row and column of the right result": _axes(2, lambda y: y[..., ::2, ::2]),
}


def _moved(pairs, tolerance) -> str | None:
    for words, change in MOVES.items():
        if _changed(pairs, tolerance, change):
            row = all(one.wanted.dim() == 1 for one in pairs)
            return f"What came back is {OF_A_ROW.get(words, words) if row else words}."
    return None


OF_A_ROW = {
    "the right result mirrored, left and right exchanged": "the right result in reverse order",
    "the right result without its last column": "the right result without its last number",
}


def _shifted(pairs, tolerance) -> str | None:
    """By one place along the last axis or the one before it, whatever moves in."""
    for axis, ways in ((-1, ("left", "right")), (-2, ("up", "down"))):
        for step, way in zip((1, -1), ways):
            if all(_is_shifted(one, axis, step, tolerance) for one in pairs):
                return f"What came back is the right result moved {way} by one place."
    return None


def _is_shifted(one: Pair, axis: int, step: int, tolerance) -> bool:
    if one.got.shape != one.wanted.shape or one.got.dim() < -axis or one.got.shape[axis] < 3:
        return False
    size = one.got.shape[axis] - 1
    here = one.got.narrow(axis, 0 if step == 1 else 1, size)
    there = one.wanted.narrow(axis, 1 if step == 1 else 0, size)
    still = one.wanted.narrow(axis, 0 if step == 1 else 1, size)
    several = there.unique().numel() >= ENOUGH
    return several and close(here, there, tolerance) and not close(there, still, tolerance)


def _ring(pairs, tolerance) -> str | None:
    """One more row and column on every side."""
    for one in pairs:
        if one.got.dim() < 2 or one.got.dim() != one.wanted.dim() or min(one.got.shape[-2:]) < 3:
            return None
        if not close(one.got[..., 1:-1, 1:-1], one.wanted, tolerance):
            return None
    enough = sum(one.wanted.unique().numel() for one in pairs) >= ENOUGH
    return "What came back is the right result with a ring of more around it." if enough else None


def _other_order(pairs, tolerance) -> str | None:
    """The same numbers in other places, three different ones at least on every call."""
    for one in pairs:
        if one.got.numel() != one.wanted.numel() or one.wanted.unique().numel() < ENOUGH:
            return None
        if one.got.shape == one.wanted.shape and close(one.got, one.wanted, tolerance):
            return None
        if not close(
            one.got.flatten().sort().values, one.wanted.flatten().sort().values, tolerance
        ):
            return None
    return "All the numbers are right, but they stand in other places."


# Scaled, shifted in value


def _times(pairs, tolerance) -> str | None:
    """Every number k times the right one, with what k is on these calls."""
    factors = [_factor(one, tolerance) for one in pairs]
    if None in factors or sum(one.wanted.unique().numel() for one in pairs) < ENOUGH:
        return None
    if len({round(k, 9) for k in factors}) == 1:
        return _constant_factor(factors[0]) if _varied(pairs) else None
    named = next((said for said in map(_named(pairs, factors), _size_names(pairs)) if said), None)
    return named or _by_two_sizes(pairs, factors) or _each_by_its_own(pairs, factors)


def _by_two_sizes(pairs, factors) -> str | None:
    """The factor is one size over another."""
    if len({round(k, 9) for k in factors}) < ENOUGH:
        return None
    for one, other in itertools.permutations(_size_names(pairs), 2):
        sizes = [(pair.sizes[one], pair.sizes[other]) for pair in pairs]
        if all(
            b > 0 and math.isclose(k, a / b, rel_tol=1e-6) for k, (a, b) in zip(factors, sizes)
        ):
            here = _number(factors[0])
            return f"Every number is {one} over {other} times the right one: here {here}."
    return None


def _each_by_its_own(pairs, factors) -> str | None:
    """One factor within a call, another in the next."""
    if any(one.wanted.unique().numel() < ENOUGH for one in pairs):
        return None
    first = _number(factors[0])
    return f"Within a call every number is off by one factor, on the first that fails by {first}."


def _scaled_and_moved(pairs, tolerance) -> str | None:
    """The same line takes every right number to yours; it fits each call by itself."""
    line = _line(pairs)
    if line is None:
        return None
    slope, step = line
    ends = [slope * one.wanted + step for one in pairs]
    if not all(close(one.got, end, max(tolerance, 1e-9)) for one, end in zip(pairs, ends)):
        return None
    way = f"{'plus' if step > 0 else 'minus'} {abs(step):.3g}"
    return f"Every number is {_number(slope)} times the right one {way}."


def _line(pairs) -> tuple[float, float] | None:
    """Its slope and step, through the two numbers that lie farthest apart."""
    if any(one.got.shape != one.wanted.shape or one.got.numel() < 2 for one in pairs):
        return None
    got = torch.cat([one.got.flatten() for one in pairs])
    wanted = torch.cat([one.wanted.flatten() for one in pairs])
    usable = (got.isfinite() & wanted.isfinite()).all()
    if not usable or min(got.unique().numel(), wanted.unique().numel()) <= ENOUGH:
        return None
    low, high = wanted.argmin(), wanted.argmax()
    slope = ((got[high] - got[low]) / (wanted[high] - wanted[low])).item()
    return slope, (got[low] - slope * wanted[low]).item()


def _from_the_other_end(pairs, tolerance) -> str | None:
    """Counted down from a size of the call."""
    if not _varied(pairs) or any(one.got.shape != one.wanted.shape for one in pairs):
        return None
    for name, (less, words) in itertools.product(_size_names(pairs), ((0, ""), (1, " minus 1"))):
        ends = [torch.full_like(one.wanted, one.sizes[name] - less) for one in pairs]
        if all(close(one.got + one.wanted, end, tolerance) for one, end in zip(pairs, ends)):
            return f"Your result and the right one add up to {name}{words} everywhere."
    return None


def _varied(pairs) -> bool:
    """Whether the expectations are many enough for a factor to be no accident."""
    return torch.cat([one.wanted.flatten() for one in pairs]).unique().numel() >= ENOUGH


def _factor(one: Pair, tolerance) -> float | None:
    if one.got.shape != one.wanted.shape:
        return None
    clear = one.wanted.abs() > 1e-9
    if not clear.any() or not (one.got.isfinite() & one.wanted.isfinite()).all():
        return None
    place = one.wanted.abs().argmax()
    k = (one.got.flatten()[place] / one.wanted.flatten()[place]).item()
    if (
        abs(k - 1) < 1e-4
        or abs(k) < 1e-9
        or not close(one.got, k * one.wanted, max(tolerance, 1e-9))
    ):
        return None
    return k


def _constant_factor(k: float) -> str:
    if math.isclose(k, -1, rel_tol=1e-6):
        return "Every number has the wrong sign, and is right but for that."
    return f"Every number is {_number(k)} times the right one."


def _number(k: float) -> str:
    """2.0 as "2", 0.25 as "1/4", others with three digits."""
    if math.isclose(k, round(k), rel_tol=1e-6):
        return str(round(k))
    inverse = 1 / k
    if math.isclose(inverse, round(inverse), rel_tol=1e-6) and abs(inverse) < 1000:
        return f"1/{round(inverse)}" if k > 0 else f"-1/{round(-inverse)}"
    return f"{k:.3g}"


def _size_names(pairs) -> list[str]:
    return [name for name in pairs[0].sizes if all(name in one.sizes for one in pairs)]


def _named(pairs, factors) -> Callable[[str], str | None]:
    """A sentence where the factor is a size of the call, its root, or one over either."""

    def said(name: str) -> str | None:
        sizes = [one.sizes[name] for one in pairs]
        if len(set(sizes)) < 2:
            return None
        for words, rule in POWERS.items():
            if all(
                size > 0 and math.isclose(k, rule(size), rel_tol=1e-6)
                for k, size in zip(factors, sizes)
            ):
                example = _number(factors[0])
                return f"Every number is {words.format(name)} times the right one: here {example}."
        return None

    return said


POWERS = {
    "{}": lambda size: size,
    "one over {}": lambda size: 1 / size,
    "the root of {}": lambda size: size**0.5,
    "one over the root of {}": lambda size: size**-0.5,
    "{} squared": lambda size: size**2,
}


def _off_by(pairs, tolerance) -> str | None:
    """One constant added to every number."""
    steps = [_step(one, tolerance) for one in pairs]
    if None in steps or len({round(step, 6) for step in steps}) > 1:
        return None
    if not (_varied(pairs) or _are_large_counts(pairs)):
        return None
    step = steps[0]
    return f"Every number is {abs(step):,.10g} too {'large' if step > 0 else 'small'}."


def _by_an_argument(pairs, tolerance) -> str | None:
    """A single number that is too large, or too small, by what arguments make."""
    steps = [(one.got - one.wanted).item() for one in pairs if _are_counts(pairs)]
    if not steps or not (min(steps) > 0 or max(steps) < 0):
        return None
    way, far = ("large" if steps[0] > 0 else "small"), [abs(step) for step in steps]
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
    for k in (1, 2) if len(set(made)) >= ENOUGH else ():
        rest = {one - k * size for one, size in zip(far, made)}
        if len(rest) == 1:
            return f"{MULTIPLES[k]}{words}{_and(rest.pop())}"
    return None


MULTIPLES = {1: "", 2: "twice "} | {k: f"{k} times " for k in range(3, 13)}


def _and(rest: float) -> str:
    return f" {'plus' if rest > 0 else 'minus'} {abs(rest):,.10g}"


def _are_large_counts(pairs) -> bool:
    """Of two counts in the hundreds, both off by the same number, that is no accident."""
    found = {one.wanted.item() for one in pairs if one.wanted.numel() == 1}
    return len(found) > 1 and min(found) >= LARGE and all(n.is_integer() for n in found)


def _products(pairs) -> Iterator[tuple[str, list[float]]]:
    """Products of up to three whole arguments, and of up to two over another, in words and on
    every call.
    """
    names = [name for name in _size_names(pairs) if " " not in name or name.startswith(SUM)][:8]
    for count in (1, 2, 3):
        for several in itertools.combinations_with_replacement(names, count):
            yield " times ".join(several), _product(pairs, several)
    for count in (1, 2):
        for several in itertools.combinations_with_replacement(names, count):
            for under in names:
                if under not in several and all(one.sizes[under] for one in pairs):
                    words = f"{' times '.join(several)} over {under}"
                    yield words, _product(pairs, several, under)


def _product(pairs, several, under: str = "") -> list[float]:
    """Of these sizes, on every call, over another one."""
    made = [math.prod(one.sizes[name] for name in several) for one in pairs]
    return [size / one.sizes[under] for size, one in zip(made, pairs)] if under else made


def _are_counts(pairs) -> bool:
    """Single whole numbers, of several different calls."""
    alike = all(one.got.shape == one.wanted.shape for one in pairs)
    single = alike and all(one.wanted.numel() == 1 for one in pairs)
    return single and len({one.wanted.item() for one in pairs}) >= ENOUGH


def _made_of(pairs, tolerance) -> str | None:
    """A single number that is a plain product of arguments, or a sum of two."""
    if not _are_counts(pairs):
        return None
    got = [one.got.item() for one in pairs]
    products = list(_products(pairs))
    sums = (
        (f"{one} plus {other}", [a + b for a, b in zip(first, second)])
        for (one, first), (other, second) in itertools.combinations(products[:40], 2)
    )
    for words, made in itertools.chain(products, sums):
        if made == got and len(set(made)) >= ENOUGH:
            return f"Your number is {words}."
    return None


def _one_way(pairs, tolerance) -> str | None:
    """Single numbers that are all too large, or all too small."""
    if not _are_counts(pairs):
        return None
    large = {bool(one.got > one.wanted) for one in pairs}
    if len(large) > 1:
        return None
    return f"Your number is too {'large' if large.pop() else 'small'} {ONE_WAY}"


ONE_WAY = "on every failing call."


def _step(one: Pair, tolerance) -> float | None:
    if one.got.shape != one.wanted.shape or not one.got.numel():
        return None
    if not (one.got.isfinite() & one.wanted.isfinite()).all():
        return None
    step = (one.got - one.wanted).flatten()[0].item()
    same = close(one.got, one.wanted + step, max(tolerance, 1e-9))
    return step if same and abs(step) > 1e-9 else None


# By another function of the same numbers

FUNCTIONS = {
    "the square of the right one": lambda y: y**2,
    "the root of the right one": lambda y: y.sqrt() if (y >= 0).all() else None,
    "one over the right one": lambda y: 1 / y if (y != 0).all() else None,
    "the right one without its sign": lambda y: y.abs(),
    "the right one rounded down": lambda y: y.floor(),
    "the right one rounded up": lambda y: y.ceil(),
    "the exponential of the right one": lambda y: y.exp(),
    "the logarithm of the right one": lambda y: y.log() if (y > 0).all() else None,
}


def _function(pairs, tolerance) -> str | None:
    for words, change in FUNCTIONS.items():
        if _varied(pairs) and _changed(pairs, tolerance, change):
            return f"Every number is {words}."
    return None


def _before_the_clamp(pairs, tolerance) -> str | None:
    """Where the expectation is 0 the result is negative; everywhere else they agree."""
    for one in pairs:
        if one.got.shape != one.wanted.shape or not close(
            one.got.clamp(min=0), one.wanted, tolerance
        ):
            return None
        if not (one.got < -1e-9).any():
            return None
    said = "Where 0 is expected you give negative numbers; all others are right."
    return said if _varied(pairs) else None


# Together with an argument

WITH = {
    "Your result is the right one times {}.": lambda got, wanted, x: (got, wanted * x),
    "Your result is the right one plus {}.": lambda got, wanted, x: (got, wanted + x),
    "Your result is the right one minus {}.": lambda got, wanted, x: (got, wanted - x),
    "{} minus your result is the right one.": lambda got, wanted, x: (x - got, wanted),
    "Your result times {} is the right one.": lambda got, wanted, x: (got * x, wanted),
    "What you gave is {} itself.": lambda got, wanted, x: (got, x),
    "What you gave is the negative of {}.": lambda got, wanted, x: (got, -x),
}


def _all_alike(pairs, tolerance) -> str | None:
    """One and the same number everywhere."""
    found = {number for one in pairs for number in one.got.flatten().tolist()}
    several = all(one.got.numel() > 1 < one.wanted.unique().numel() for one in pairs)
    return f"You give {_number(found.pop())} everywhere." if several and len(found) == 1 else None


def _with_an_argument(pairs, tolerance) -> str | None:
    """The right result is off by an argument as a whole."""
    names = [name for name in pairs[0].tensors if all(name in one.tensors for one in pairs)]
    for words, way in WITH.items():
        for name in names:
            if _varied(pairs) and all(_meets(one, name, way, tolerance) for one in pairs):
                return words.format(f"`{name}`")
    return None


def _meets(one: Pair, name, way, tolerance) -> bool:
    x = one.tensors[name]
    if one.got.shape != x.shape or x.unique().numel() < 2:
        return False
    try:
        return close(*way(one.got, one.wanted, x), tolerance)
    except RuntimeError:  # shapes that don't meet
        return False


# Where

PLACES = {
    "where 0 is expected": lambda one: one.wanted == 0,
    "where you give 0": lambda one: one.got == 0,
    "where a negative number is expected": lambda one: one.wanted < 0,
    "where a positive number is expected": lambda one: one.wanted > 0,
    "in rows 1, 3, 5 and so on": lambda one: _odd(one.wanted, -2),
    "in columns 1, 3, 5 and so on": lambda one: _odd(one.wanted, -1),
    "in the first channel": lambda one: _at(one.wanted, 1, 0),
    "in the last channel": lambda one: _at(one.wanted, 1, -1),
    "in the last picture": lambda one: _at(one.wanted, 0, -1),
    "on the diagonal": lambda one: _diagonal(one.wanted),
}


def _only_there(pairs, tolerance) -> str | None:
    """Wrong numbers and right ones lie apart: all wrong ones are of one kind of place."""
    for words, places in PLACES.items():
        if all(_lie_apart(one, places, tolerance) for one in pairs) and _varied(pairs):
            return f"Wrong are just the numbers {words}."
    return None


def _lie_apart(one: Pair, places, tolerance) -> bool:
    if one.got.shape != one.wanted.shape or one.wanted.numel() < ENOUGH:
        return False
    kind = places(one)
    scale = one.wanted[one.wanted.isfinite()].abs().amax() if one.wanted.numel() else 0
    right = torch.isclose(one.got, one.wanted, rtol=0, atol=float(scale) * tolerance + 1e-12)
    if kind is None or not kind.any() or kind.all():
        return False
    return bool((kind != right).all())


def _odd(y: Tensor, axis: int):
    if y.dim() < -axis or y.shape[axis] < 2:
        return None
    number = torch.arange(y.shape[axis]) % 2 == 1
    return number.reshape([-1] + [1] * (-axis - 1)).expand(y.shape)


def _at(y: Tensor, axis: int, place: int):
    if y.dim() <= axis + 1 or y.shape[axis] < 2:
        return None
    kind = torch.zeros(y.shape, dtype=torch.bool)
    kind.select(axis, place).fill_(True)
    return kind


def _diagonal(y: Tensor):
    if y.dim() < 2 or min(y.shape[-2:]) < 2:
        return None
    return torch.eye(*y.shape[-2:], dtype=torch.bool).expand(y.shape)


# In part


def _in_part(pairs, tolerance) -> str | None:
    """Right inside and wrong at the border, or right for the first picture or channel only."""
    for words, choose in PARTS.items():
        halves = [choose(one) for one in pairs]
        if None in halves or _few(halves):
            continue
        if all(_right_here_only(*half, tolerance) for half in halves):
            return words
    return None


def _few(halves) -> bool:
    """Too few different numbers for their agreement to mean much."""
    return sum(y.unique().numel() for right, _ in halves for _, y in right) < ENOUGH


def _right_here_only(right: list[tuple[Tensor, Tensor]], wrong, tolerance) -> bool:
    here = all(close(*both, tolerance) for both in right)
    return here and not any(close(*both, tolerance) for both in wrong)


def _border(one: Pair):
    if one.got.shape != one.wanted.shape or one.got.dim() < 2 or min(one.got.shape[-2:]) < 3:
        return None
    inside = (..., slice(1, -1), slice(1, -1))
    return [(one.got[inside], one.wanted[inside])], [(one.got, one.wanted)]


def _first_along(axis: int):
    def choose(one: Pair):
        fits = one.got.shape == one.wanted.shape and one.got.dim() > axis + 1
        if not fits or one.got.shape[axis] < 2:
            return None
        pieces = list(zip(one.got.unbind(axis), one.wanted.unbind(axis)))
        return pieces[:1], pieces[1:]

    return choose


def _one_line(axis: int, line: int, *, right: bool):
    """The first or last row or column against all others."""

    def choose(one: Pair):
        fits = one.got.shape == one.wanted.shape and one.got.dim() >= max(2, -axis)
        if not fits or one.got.shape[axis] < 2:
            return None
        pieces = list(zip(one.got.unbind(axis), one.wanted.unbind(axis)))
        apart = [pieces.pop(line)]
        return (apart, pieces) if right else (pieces, apart)

    return choose


PARTS = {
    "The border is wrong; everything inside it is right.": _border,
    "The first picture is right, all others are wrong.": _first_along(0),
    "The first channel is right, all others are wrong.": _first_along(1),
    "The first column is right, all others are wrong.": _one_line(-1, 0, right=True),
    "The first row is right, all others are wrong.": _one_line(-2, 0, right=True),
    "The last column is wrong, all others are right.": _one_line(-1, -1, right=False),
    "The last row is wrong, all others are right.": _one_line(-2, -1, right=False),
    "The first column is wrong, all others are right.": _one_line(-1, 0, right=False),
    "The first row is wrong, all others are right.": _one_line(-2, 0, right=False),
}


def _rounding(pairs, tolerance) -> str | None:
    """Off by no more than a narrower dtype rounds, and by something."""
    for name, dtype in (("float32", torch.float32), ("float16", torch.float16)):
        finer = 4 * torch.finfo(dtype).eps
        if tolerance < finer and all(_is_rounded(one, dtype, finer) for one in pairs):
            return f"The numbers are off by rounding only, as much as {name} rounds."
    return None


def _is_rounded(one: Pair, dtype, finer: float) -> bool:
    """Near, and whole numbers just as they are rounded: a count may be off by little, too. What is
    as coarse as float16 must be a number of float16.
    """
    if not close(one.got, one.wanted, finer):
        return False
    if not any((value != value.round()).any() for value in (one.got, one.wanted)):
        return close(one.got, one.wanted.to(dtype).double(), 0.0)
    return dtype != torch.float16 or close(one.got, one.got.half().double(), 0.0)


TESTS: list[Callable[[list[Pair], float], str | None]] = [
    _rounding,
    _moved,
    _shifted,
    _ring,
    _times,
    _off_by,
    _from_the_other_end,
    _function,
    _before_the_clamp,
    _in_part,
    _by_an_argument,
    _made_of,
    _with_an_argument,
    _only_there,
    _all_alike,
    _other_order,
    _scaled_and_moved,
    _one_way,
]


def sizes(arguments: dict[str, object]) -> Iterator[tuple[str, float]]:
    """What the arguments of a call have as sizes, in words: {"the number of pictures": 2, ...}."""
    for name, value in arguments.items():
        if isinstance(value, Tensor):
            yield from _tensor_sizes(name, value)
        elif type(value) is int:
            yield f"`{name}`", float(value)
        elif type(value) is list and value:
            yield from _list_sizes(name, value)


SUM = "the sum of"


def _list_sizes(name: str, value: list) -> Iterator[tuple[str, float]]:
    """Of a list of whole numbers, or of rows of these."""
    if all(type(item) is int for item in value):
        yield f"{SUM} `{name}`", float(sum(value))
    elif all(type(item) is tuple and {*map(type, item)} == {int} for item in value):
        for at, column in enumerate(zip(*value), 1):
            yield f"{SUM} number {at} of each item of `{name}`", float(sum(column))
        yield f"{SUM} the products in the items of `{name}`", float(sum(map(math.prod, value)))


def _tensor_sizes(name: str, value: Tensor) -> Iterator[tuple[str, float]]:
    yield f"the number of values in `{name}`", float(value.numel())
    for axis, size in enumerate(value.shape):
        yield f"`{name}.shape[{axis}]`", float(size)
    if value.dim() >= 2:
        yield f"the pixels of `{name}` (height times width)", float(math.prod(value.shape[-2:]))
    if value.dim() == 4:
        yield f"`{name}` without its first axis", float(math.prod(value.shape[1:]))
