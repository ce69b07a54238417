"""One failing call as two tensors: what came back, and what was expected."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from checker import show
from checker.diagnosis.sizes import sizes

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

    @property
    def same_shape(self) -> bool:
        return self.got.shape == self.wanted.shape


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


def close(one: Tensor, other: Tensor, tolerance: float) -> bool:
    """Whether two tensors of one shape agree, relative to the largest expected number."""
    if one.shape != other.shape:
        return False
    finite = other[other.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    near = torch.isclose(one, other, rtol=0, atol=tolerance * scale + 1e-12, equal_nan=True)
    return bool(near.all())


def are_whole(one: Pair) -> bool:
    """Whether all numbers that came back, and all that were expected, are whole."""
    return all((x == x.round()).all() for x in (one.got, one.wanted))


def shared_sizes(pairs: list[Pair]) -> list[str]:
    """The sizes that every call has, by their names."""
    return [name for name in pairs[0].sizes if all(name in one.sizes for one in pairs)]


def are_varied(pairs: list[Pair]) -> bool:
    """Whether the expectations are many enough for a factor to be no accident."""
    return torch.cat([one.wanted.flatten() for one in pairs]).unique().numel() >= ENOUGH


def are_changed(
    pairs: list[Pair], tolerance: float, change: Callable[[Tensor], Tensor | None]
) -> bool:
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
