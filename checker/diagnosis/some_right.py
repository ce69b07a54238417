"""Right numbers and wrong ones, and where the wrong ones lie."""

import torch
from torch import Tensor

from checker.diagnosis.tensor_pair import ENOUGH, Pair, are_varied, close


def only_there(pairs, tolerance) -> str | None:
    """Wrong numbers and right ones lie apart: all wrong ones are of one kind of place."""
    for words, places in PLACES.items():
        if all(_lie_apart(one, places, tolerance) for one in pairs) and are_varied(pairs):
            return f"Wrong are just the numbers {words}."
    return None


PLACES = {
    "where 0 is expected": lambda one: one.wanted == 0,
    "where you give 0": lambda one: one.got == 0,
    "where a negative number is expected": lambda one: one.wanted < 0,
    "where a positive number is expected": lambda one: one.wanted > 0,
    "in rows 1, 3, 5 and so on": lambda one: _every_second(one.wanted, -2),
    "in columns 1, 3, 5 and so on": lambda one: _every_second(one.wanted, -1),
    "in the first channel": lambda one: _one_of(one.wanted, 1, 0),
    "in the last channel": lambda one: _one_of(one.wanted, 1, -1),
    "in the last picture": lambda one: _one_of(one.wanted, 0, -1),
    "on the diagonal": lambda one: _diagonal(one.wanted),
}


def _lie_apart(one: Pair, places, tolerance) -> bool:
    if not one.same_shape or one.wanted.numel() < ENOUGH:
        return False
    kind = places(one)
    scale = one.wanted[one.wanted.isfinite()].abs().amax() if one.wanted.numel() else 0
    right = torch.isclose(one.got, one.wanted, rtol=0, atol=float(scale) * tolerance + 1e-12)
    if kind is None or not kind.any() or kind.all():
        return False
    return bool((kind != right).all())


def _every_second(y: Tensor, axis: int):
    if y.dim() < -axis or y.shape[axis] < 2:
        return None
    number = torch.arange(y.shape[axis]) % 2 == 1
    return number.reshape([-1] + [1] * (-axis - 1)).expand(y.shape)


def _one_of(y: Tensor, axis: int, place: int):
    if y.dim() <= axis + 1 or y.shape[axis] < 2:
        return None
    kind = torch.zeros(y.shape, dtype=torch.bool)
    kind.select(axis, place).fill_(True)
    return kind


def _diagonal(y: Tensor):
    if y.dim() < 2 or min(y.shape[-2:]) < 2:
        return None
    return torch.eye(*y.shape[-2:], dtype=torch.bool).expand(y.shape)


def in_part(pairs, tolerance) -> str | None:
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
    if not one.same_shape or one.got.dim() < 2 or min(one.got.shape[-2:]) < 3:
        return None
    inside = (..., slice(1, -1), slice(1, -1))
    return [(one.got[inside], one.wanted[inside])], [(one.got, one.wanted)]


def _apart(axis: int, place: int, *, right: bool):
    """One picture, channel, row or column against all others: it alone is right, or wrong."""

    def choose(one: Pair):
        axes = max(2, axis + 2)  # at least one beside those up to this
        if not one.same_shape or one.got.dim() < axes or one.got.shape[axis] < 2:
            return None
        pieces = list(zip(one.got.unbind(axis), one.wanted.unbind(axis)))
        apart = [pieces.pop(place)]
        return (apart, pieces) if right else (pieces, apart)

    return choose


PARTS = {
    "The border is wrong; everything inside it is right.": _border,
    "The first picture is right, all others are wrong.": _apart(0, 0, right=True),
    "The first channel is right, all others are wrong.": _apart(1, 0, right=True),
    "The first column is right, all others are wrong.": _apart(-1, 0, right=True),
    "The first row is right, all others are wrong.": _apart(-2, 0, right=True),
    "The last column is wrong, all others are right.": _apart(-1, -1, right=False),
    "The last row is wrong, all others are right.": _apart(-2, -1, right=False),
    "The first column is wrong, all others are right.": _apart(-1, 0, right=False),
    "The first row is wrong, all others are right.": _apart(-2, 0, right=False),
}
