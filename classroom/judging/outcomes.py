"""What a wrong answer gave on all cases, small enough to keep.

A tensor of many numbers is kept as a few sums, in which each number counts, with a sign drawn for
its place: two tensors that agree within a tolerance have sums that do, and others have not.
"""

import json
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch

from checker.sandbox import Outcome
from classroom.walls import serialization

MOST, SUMS = 64, 16  # numbers that are kept as they are; sums in place of more
LONGEST, LARGEST = 500, 200_000  # characters of a text, and of all that is kept of an answer
PLAIN = (type(None), bool, int, float, complex, np.generic)


def kept(outcomes: Iterable[Outcome]) -> list | None:
    """The outcomes in a form that JSON holds; None where even that is large, or cannot be had."""
    try:
        forms = [serialization.encode_outcome(_small(one)) for one in outcomes]
        return forms if len(json.dumps(forms)) <= LARGEST else None
    except Exception:  # what a learner's code gave may be anything at all
        return None


def _small(outcome: Outcome) -> Outcome:
    return replace(outcome, value=_sketch(outcome.value), printed="", used=set(), alias=False)


def _sketch(value):
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return _of_numbers(value)
    if isinstance(value, (list, tuple)):
        return _of_list(list(value))
    if isinstance(value, (set, frozenset)):
        return ["a set", *_of_list(sorted(value, key=repr))]
    if isinstance(value, dict):
        return {str(name)[:LONGEST]: _sketch(part) for name, part in value.items()}
    if isinstance(value, str):
        return value[:LONGEST]
    return value if isinstance(value, PLAIN) else ["an object of type", type(value).__name__]


def _of_list(values: list) -> list:
    if len(values) > MOST and all(type(one) in (bool, int, float) for one in values):
        return ["list", len(values), _sums(torch.tensor(values, dtype=torch.float64))]
    return list(map(_sketch, values))


def _of_numbers(value: torch.Tensor | np.ndarray):
    """A tensor or array as it is where it is small, else its dtype, shape and sums."""
    if isinstance(value, torch.Tensor) and value.is_meta:
        return ["without values", str(value.dtype), list(value.shape)]
    if int(np.prod(value.shape)) <= MOST:
        return value
    return [str(value.dtype), list(value.shape), _sums(torch.as_tensor(value))]


def _sums(values: torch.Tensor) -> torch.Tensor:
    wide = torch.complex128 if values.is_complex() else torch.float64
    flat = values.detach().to(wide).flatten()
    signs = np.random.default_rng(flat.numel()).choice([-1.0, 1.0], flat.numel())
    parts = (flat * torch.from_numpy(signs)).tensor_split(SUMS)
    return torch.stack([part.sum() for part in parts])


def restored(forms: list) -> list[Outcome]:
    return list(map(serialization.decode_outcome, forms))
