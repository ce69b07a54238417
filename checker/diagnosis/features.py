"""What can be said of a call by looking at its arguments: "`s` is not 1", "`x` is not square"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Feature:
    """A phrase, the argument it is about, and how to make a tensor that is without it.

    Any other argument loses a feature by taking the value it has in another call.
    """

    phrase: str
    name: str
    without: Callable[[Tensor], Tensor] | None = None


Found = Iterator[Feature]


def features(arguments: dict[str, object]) -> dict[str, Feature]:
    """What can be said of a call, by its phrase, the plainest first."""
    own = [one for name, value in arguments.items() for one in _of(name, value)]
    values = [one for name, value in arguments.items() for one in _of_values(name, value)]
    return {one.phrase: one for one in [*own, *_together(arguments), *values]}


def _of(name: str, value) -> Found:
    if value is not None:
        yield Feature(f"`{name}` is given", name)
    if isinstance(value, (bool, str)) or value is None:
        yield Feature(f"`{name}` is {value!r}", name)
    elif isinstance(value, (int, float)):
        yield from _of_number(name, value)
    elif isinstance(value, Tensor):
        yield from _of_tensor(name, value)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield from (Feature(one.phrase, name) for one in _of_tensor(name, torch.from_numpy(value)))
    elif isinstance(value, (list, tuple, dict)):
        yield from _of_several(name, value)
    elif callable(value) and hasattr(value, "__name__"):
        yield Feature(f"`{name}` is `{value.__name__}`", name)


def _of_number(name: str, value) -> Found:
    for wanted in (0, 1):
        yield Feature(f"`{name}` is {'' if value == wanted else 'not '}{wanted}", name)
    if value > 1:
        yield Feature(f"`{name}` is more than 1", name)
    if value > 2:
        yield Feature(f"`{name}` is more than 2", name)
    if value < 0:
        yield Feature(f"`{name}` is negative", name)
    if isinstance(value, int):
        yield Feature(f"`{name}` is {'odd' if value % 2 else 'even'}", name)
    if isinstance(value, float) and not value.is_integer():
        yield Feature(f"`{name}` is no whole number", name)


COUNTS = {0: "is empty", 1: "has one item only"}
PLACES = ("first", "second", "third", "fourth")


def _of_several(name: str, value) -> Found:
    yield Feature(f"`{name}` {COUNTS.get(len(value), 'has more than one item')}", name)
    if len(value) > 2:
        yield Feature(f"`{name}` has more than two items", name)
    for kind in dict.fromkeys(type(item).__name__ for item in _modules(value)):
        yield Feature(f"`{name}` has a `{kind}`", name)
    if len(value) == 2 and all(isinstance(item, int) for item in value):
        equal = "equal" if len(set(value)) == 1 else "not equal"
        yield Feature(f"the two numbers of `{name}` are {equal}", name)
    if isinstance(value, list) and all(_is_row(item) for item in value):
        yield from _of_rows(name, value)


def _modules(items) -> list[torch.nn.Module]:
    """The layers in a list, those inside of others among them."""
    layers = [item for item in items if isinstance(item, torch.nn.Module)]
    return [part for layer in layers for part in layer.modules() if not [*part.children()]]


def _is_row(item) -> bool:
    return type(item) is tuple and all(type(number) is int for number in item)


def _of_rows(name, rows) -> Found:
    """A list of layers, each a few numbers."""
    for place, numbers in zip(PLACES, zip(*rows)):
        if any(number != 1 for number in numbers):
            yield Feature(f"the {place} number of a layer in `{name}` is not 1", name)
        if any(number > 1 for number in numbers[:-1]):
            yield Feature(f"the {place} number of a layer before the last is not 1", name)


def _of_tensor(name: str, value: Tensor) -> Found:
    if not value.numel():
        yield Feature(f"`{name}` is empty", name)
    axes = "one axis" if value.dim() == 1 else f"{value.dim()} axes"
    yield Feature(f"`{name}` has {axes}", name)
    for axis, size in enumerate(value.shape if value.numel() else ()):
        yield _of_axis(name, axis, size)
    if value.dim() >= 2 and value.numel():
        yield from _of_picture(name, *value.shape[-2:])
    if value.dtype != torch.float64 and value.is_floating_point():
        dtype = str(value.dtype).removeprefix("torch.")
        yield Feature(f"`{name}` is {dtype}", name, torch.Tensor.double)


def _of_axis(name, axis: int, size: int) -> Feature:
    if size == 1:
        return Feature(f"`{name}.shape[{axis}]` is 1", name, lambda x: torch.cat([x, x + 1], axis))
    return Feature(f"`{name}.shape[{axis}]` is more than 1", name, lambda x: x.narrow(axis, 0, 1))


def _of_picture(name, height: int, width: int) -> Found:
    if height == width:
        yield Feature(f"`{name}` is square", name, lambda x: torch.cat([x, x[..., :1]], -1))
        return
    side = min(height, width)
    yield Feature(f"`{name}` is not square", name, lambda x: x[..., :side, :side])
    words = "wider than high" if width > height else "higher than wide"
    yield Feature(f"`{name}` is {words}", name, lambda x: x.transpose(-2, -1))


def _of_values(name: str, value) -> Found:
    if not isinstance(value, Tensor) or not value.numel() or value.is_meta or value.is_complex():
        return
    flat = value.detach().flatten().to(torch.float64)
    if (flat < 0).any():
        yield Feature(f"`{name}` has negative values", name, torch.abs)
    if (flat < 0).all():
        yield Feature(f"all values of `{name}` are negative", name, _one_positive)
    if (flat == 0).any():
        yield Feature(f"`{name}` has zeros", name, lambda x: torch.where(x == 0, 1, x))
    if flat.unique().numel() < flat.numel():
        yield Feature(f"two values of `{name}` are equal", name, _all_different)


def _one_positive(x: Tensor) -> Tensor:
    x = x.clone()
    x.view(-1)[0] = 1
    return x


def _all_different(x: Tensor) -> Tensor:
    return x + torch.arange(x.numel()).reshape(x.shape) * 17


ROLES = {
    "size": ("n", "size", "side", "length", "height"),
    "kernel": ("k", "kernel", "kernel_size", "window"),
    "stride": ("s", "stride", "step"),
    "padding": ("p", "padding", "pad"),
    "dilation": ("d", "dilation"),
}


def _together(arguments: dict) -> Found:
    """What only two or more arguments say together: whether the stride divides, and the like."""
    plain = {role: _value(arguments, names) for role, names in ROLES.items()}
    name = next((name for name in ROLES["stride"] if name in arguments), "")
    for phrase in _of_windows(_extent(arguments, plain), _window(arguments, plain), plain):
        yield Feature(phrase, name)


def _of_windows(size, kernel, plain) -> Iterator[str]:
    stride = plain["stride"] or 1
    if kernel is None:
        return
    if stride != kernel:
        yield "the stride is larger than the window" if stride > kernel else "windows overlap"
    if size is None:
        return
    reach = (plain["dilation"] or 1) * (kernel - 1) + 1
    room = size + 2 * (plain["padding"] or 0) - reach
    yield f"the stride {'does not divide' if room % stride else 'divides'} the way"
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
