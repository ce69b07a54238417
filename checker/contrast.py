"""When an attempt fails: what the failing calls have in common, and the right ones have not.

Every call of an exercise has features, read off its arguments: "`s` is not 1", "the picture is not
square". Where one feature is in every failing call and in no right one, that is said. It is an
observation of the calls that were made, whatever the code looks like.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

LEAST = 2  # wrong calls, and right ones
TRIED = 6  # calls in all, or what they have in common may be chance


@dataclass(frozen=True)
class Tried:
    """One call: its arguments by name, and whether its result was right."""

    arguments: dict[str, object]
    right: bool


def contrast(tried: list[Tried]) -> str | None:
    """A sentence that is true of all calls tried: when they fail; None if no feature tells."""
    wrong = [one for one in tried if not one.right]
    if len(tried) < TRIED or min(len(wrong), len(tried) - len(wrong)) < LEAST:
        return None
    known = [features(one) for one in tried]
    found = _one(known, tried) or _two(known, tried)
    right = len(tried) - len(wrong)
    return found and f"Wrong where {found}, right in all {right} other calls."


def _one(known: list[list[str]], tried) -> str | None:
    """The first phrase that holds on all wrong calls and on no right one."""
    return next((phrase for phrase in _phrases(known) if _tells([phrase], known, tried)), None)


def _two(known, tried) -> str | None:
    """Two phrases that hold together on all wrong calls and on no right one."""
    wrong = [set(phrases) for phrases, one in zip(known, tried) if not one.right]
    common = [phrase for phrase in _phrases(known) if all(phrase in one for one in wrong)]
    pairs = itertools.combinations(common[:12], 2)
    return next((" and ".join(pair) for pair in pairs if _tells(pair, known, tried)), None)


def _phrases(known) -> list[str]:
    return list(dict.fromkeys(itertools.chain.from_iterable(known)))


def _tells(phrases, known, tried) -> bool:
    return all(set(phrases).issubset(has) != one.right for has, one in zip(known, tried))


def features(one: Tried) -> list[str]:
    """What can be said of a call, the plainest first."""
    own = [said for name, value in one.arguments.items() for said in _of(name, value)]
    values = [said for name, value in one.arguments.items() for said in _of_values(name, value)]
    return [*own, *_together(one.arguments), *values]


def _of(name: str, value) -> Iterator[str]:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        yield f"`{name}` is {value!r}"
        if value is not None:
            yield f"`{name}` is given"
    elif isinstance(value, (int, float)):
        yield from _of_number(name, value)
    elif isinstance(value, Tensor):
        yield f"`{name}` is given"
        yield from _of_tensor(name, value)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield from _of_tensor(name, torch.from_numpy(value))
    elif isinstance(value, (list, tuple, dict)):
        yield from _of_several(name, value)


def _of_number(name: str, value) -> Iterator[str]:
    for wanted in (0, 1):
        yield f"`{name}` is {'' if value == wanted else 'not '}{wanted}"
    if value > 1:
        yield f"`{name}` is more than 1"
    if value < 0:
        yield f"`{name}` is negative"
    if isinstance(value, int) and name in ROLES["kernel"]:
        yield f"`{name}` is {'odd' if value % 2 else 'even'}"
    if isinstance(value, float) and value != int(value):
        yield f"`{name}` is no whole number"


def _of_several(name: str, value) -> Iterator[str]:
    count = len(value)
    if count == 0:
        yield f"`{name}` is empty"
    elif count == 1:
        yield f"`{name}` has one item only"
    else:
        yield f"`{name}` has more than one item"
    if count > 2:
        yield f"`{name}` has more than two items"
    if count == 2 and all(isinstance(item, int) for item in value):
        yield f"the two numbers of `{name}` are {'equal' if value[0] == value[1] else 'not equal'}"


def _of_tensor(name: str, value: Tensor) -> Iterator[str]:
    yield from _of_shape(name, value)
    if value.dtype != torch.float64 and value.is_floating_point():
        yield f"`{name}` is {str(value.dtype).removeprefix('torch.')}"


def _of_shape(name: str, value: Tensor) -> Iterator[str]:
    yield f"`{name}` has {value.dim()} axes" if value.dim() != 1 else f"`{name}` has one axis"
    for axis, size in enumerate(value.shape):
        if size == 1:
            yield f"`{name}.shape[{axis}]` is 1"
        else:
            yield f"`{name}.shape[{axis}]` is more than 1"
    if value.dim() >= 2:
        height, width = value.shape[-2:]
        yield f"`{name}` is square" if height == width else f"`{name}` is not square"
        if height != width:
            yield f"`{name}` is {'wider than high' if width > height else 'higher than wide'}"


def _of_values(name: str, value) -> Iterator[str]:
    if not isinstance(value, Tensor) or not value.numel() or value.is_meta or value.is_complex():
        return
    flat = value.detach().flatten().to(torch.float64)
    if (flat < 0).any():
        yield f"`{name}` has negative values"
    if (flat < 0).all():
        yield f"all values of `{name}` are negative"
    if (flat == 0).any():
        yield f"`{name}` has zeros"
    if flat.unique().numel() < flat.numel():
        yield f"two values of `{name}` are equal"


ROLES = {
    "size": ("n", "size", "side", "length", "height"),
    "kernel": ("k", "kernel", "kernel_size", "window"),
    "stride": ("s", "stride", "step"),
    "padding": ("p", "padding", "pad"),
    "dilation": ("d", "dilation"),
}


def _together(arguments: dict) -> Iterator[str]:
    """What only two or more arguments say together: whether the stride divides, and the like."""
    plain = {role: _value(arguments, names) for role, names in ROLES.items()}
    size, kernel, stride = (
        _extent(arguments, plain),
        _window(arguments, plain),
        plain["stride"] or 1,
    )
    if kernel is None:
        return
    if stride > kernel:
        yield "the stride is larger than the window"
    if stride < kernel:
        yield "windows overlap"
    if size is None:
        return
    reach = (plain["dilation"] or 1) * (kernel - 1) + 1
    room = size + 2 * (plain["padding"] or 0) - reach
    yield (
        "the stride divides the way"
        if room % stride == 0
        else "the stride does not divide the way"
    )
    if kernel == size:
        yield "the window is as large as the input"


def _value(arguments, names) -> int | None:
    found = (arguments[name] for name in names if isinstance(arguments.get(name), int))
    return next((value for value in found if not isinstance(value, bool)), None)


def _extent(arguments, plain) -> int | None:
    x = arguments.get("x")
    return x.shape[-1] if isinstance(x, Tensor) and x.dim() >= 2 else plain["size"]


def _window(arguments, plain) -> int | None:
    w = arguments.get("w", arguments.get("kernel"))
    return w.shape[-1] if isinstance(w, Tensor) and w.dim() >= 1 else plain["kernel"]
