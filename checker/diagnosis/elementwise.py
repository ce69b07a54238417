"""Every number made from the right one in its place: by a function, with an argument, by rounding;
or not from it at all.
"""

import torch

from checker.diagnosis.scaled import in_words
from checker.diagnosis.tensor_pair import Pair, are_changed, are_varied, close


def function(pairs, tolerance) -> str | None:
    for words, change in FUNCTIONS.items():
        if are_varied(pairs) and are_changed(pairs, tolerance, change):
            return f"Every number is {words}."
    return None


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


def before_the_clamp(pairs, tolerance) -> str | None:
    """Where the expectation is 0 the result is negative; everywhere else they agree."""
    if not are_varied(pairs) or not all(_is_unclamped(one, tolerance) for one in pairs):
        return None
    return "Where 0 is expected you give negative numbers; all others are right."


def _is_unclamped(one: Pair, tolerance) -> bool:
    negative = bool((one.got < -1e-9).any())
    return negative and close(one.got.clamp(min=0), one.wanted, tolerance)


def with_an_argument(pairs, tolerance) -> str | None:
    """The right result is off by an argument as a whole."""
    names = [name for name in pairs[0].tensors if all(name in one.tensors for one in pairs)]
    for words, way in WITH.items():
        for name in names:
            if are_varied(pairs) and all(_meets(one, name, way, tolerance) for one in pairs):
                return words.format(f"`{name}`")
    return None


WITH = {
    "Your result is the right one times {}.": lambda got, wanted, x: (got, wanted * x),
    "Your result is the right one plus {}.": lambda got, wanted, x: (got, wanted + x),
    "Your result is the right one minus {}.": lambda got, wanted, x: (got, wanted - x),
    "{} minus your result is the right one.": lambda got, wanted, x: (x - got, wanted),
    "Your result times {} is the right one.": lambda got, wanted, x: (got * x, wanted),
    "What you gave is {} itself.": lambda got, wanted, x: (got, x),
    "What you gave is the negative of {}.": lambda got, wanted, x: (got, -x),
}


def _meets(one: Pair, name, way, tolerance) -> bool:
    x = one.tensors[name]
    if one.got.shape != x.shape or x.unique().numel() < 2:
        return False
    try:
        return close(*way(one.got, one.wanted, x), tolerance)
    except RuntimeError:  # shapes that don't meet
        return False


def all_alike(pairs, tolerance) -> str | None:
    """One and the same number everywhere."""
    found = {number for one in pairs for number in one.got.flatten().tolist()}
    several = all(one.got.numel() > 1 < one.wanted.unique().numel() for one in pairs)
    return f"You give {in_words(found.pop())} everywhere." if several and len(found) == 1 else None


def rounding(pairs, tolerance) -> str | None:
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
