"""How much a wrong result tells: the different numbers in those of its parts that are off."""

from collections.abc import Callable

import numpy as np
import torch

from checker import show

ENOUGH = 3
MOST = 50  # of a large tensor: more would be counted for nothing


def numbers(got, wanted, same: Callable[[object, object], bool]) -> set:
    """The different numbers in what is off; a bool, a word or a None tells next to nothing."""
    if type(got) is dict and type(wanted) is dict:
        off = [
            got[name] for name in got if name not in wanted or not same(got[name], wanted[name])
        ]
        return set().union(*map(_numbers, off))
    return _numbers(got)


def _numbers(value) -> set:
    if isinstance(value, torch.Tensor):
        some = show.listed(value.detach().flatten()[:MOST]) if show.holds_numbers(value) else []
        return set(some or [])
    if isinstance(value, np.ndarray):
        return set(value.flatten()[:MOST].tolist())
    if isinstance(value, (list, tuple)):
        return set().union(*map(_numbers, value))
    if isinstance(value, dict):
        return set().union(*map(_numbers, value.values()))
    return {value} if type(value) in (int, float) else set()
