"""The right numbers in other places, or a part of them."""

from collections.abc import Callable

from torch import Tensor

from checker.diagnosis.tensor_pair import ENOUGH, Pair, are_changed, close


def moved(pairs, tolerance) -> str | None:
    for words, change in MOVES.items():
        if are_changed(pairs, tolerance, change):
            row = all(one.wanted.dim() == 1 for one in pairs)
            return f"What came back is {OF_A_ROW.get(words, words) if row else words}."
    return None


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
    "the right result without its first column": _axes(1, lambda y: y[..., 1:]),
    "the right result without its last row": _axes(2, lambda y: y[..., :-1, :]),
    "the right result without its last row and column": _axes(2, lambda y: y[..., :-1, :-1]),
    "the right result without its first row and column": _axes(2, lambda y: y[..., 1:, 1:]),
    "the right result without its border": _axes(2, lambda y: y[..., 1:-1, 1:-1]),
    "only every second row and column of the right result": _axes(2, lambda y: y[..., ::2, ::2]),
}
OF_A_ROW = {
    "the right result mirrored, left and right exchanged": "the right result in reverse order",
    "the right result without its last column": "the right result without its last number",
    "the right result without its first column": "the right result without its first number",
}


def shifted(pairs, tolerance) -> str | None:
    """By one place along the last axis or the one before it, whatever moves in."""
    for way, (axis, comes_from) in WAYS.items():
        if all(_is_shifted(one, axis, comes_from, tolerance) for one in pairs):
            return f"What came back is the right result moved {way} by one place."
    return None


WAYS = {"left": (-1, 1), "right": (-1, 0), "up": (-2, 1), "down": (-2, 0)}


def _is_shifted(one: Pair, axis: int, comes_from: int, tolerance) -> bool:
    """Whether every number is the one that is expected a place further on (1) or back (0)."""
    if not one.same_shape or one.got.dim() < -axis or one.got.shape[axis] < 3:
        return False
    size = one.got.shape[axis] - 1
    here = one.got.narrow(axis, 1 - comes_from, size)
    there = one.wanted.narrow(axis, comes_from, size)
    unmoved = one.wanted.narrow(axis, 1 - comes_from, size)
    several = there.unique().numel() >= ENOUGH
    return several and close(here, there, tolerance) and not close(there, unmoved, tolerance)


def ringed(pairs, tolerance) -> str | None:
    """One more row and column on every side."""
    for one in pairs:
        if one.got.dim() < 2 or one.got.dim() != one.wanted.dim() or min(one.got.shape[-2:]) < 3:
            return None
        if not close(one.got[..., 1:-1, 1:-1], one.wanted, tolerance):
            return None
    enough = sum(one.wanted.unique().numel() for one in pairs) >= ENOUGH
    return "What came back is the right result with a ring of more around it." if enough else None


def reordered(pairs, tolerance) -> str | None:
    """The same numbers in other places, three different ones at least on every call."""
    for one in pairs:
        if one.got.numel() != one.wanted.numel() or one.wanted.unique().numel() < ENOUGH:
            return None
        if one.same_shape and close(one.got, one.wanted, tolerance):
            return None
        got, wanted = (tensor.flatten().sort().values for tensor in (one.got, one.wanted))
        if not close(got, wanted, tolerance):
            return None
    return "All the numbers are right, but they stand in other places."
