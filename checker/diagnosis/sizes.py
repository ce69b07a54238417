"""What the arguments of a call have as sizes, in words."""

import math
from collections.abc import Iterator

from torch import Tensor

SUM = "the sum of"


def sizes(arguments: dict[str, object]) -> Iterator[tuple[str, float]]:
    """What the arguments of a call have as sizes, in words: {"the number of pictures": 2, ...}."""
    for name, value in arguments.items():
        if isinstance(value, Tensor):
            yield from _tensor_sizes(name, value)
        elif type(value) is int:
            yield f"`{name}`", float(value)
        elif type(value) is list and value:
            yield from _list_sizes(name, value)


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
