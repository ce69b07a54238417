"""What each place of a feature map sees of the picture, followed through a net while it runs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True)
class Seen:
    """What one of `places` along one axis of a feature map sees of the picture.

    `field` are the input pixels it sees, `jump` the input pixels from one place to the next.
    """

    field: float
    jump: float
    places: int

    def through(self, kernel: int, stride: int = 1, dilation: int = 1, places: int = 1) -> "Seen":
        """After a window, on a map of so many `places`."""
        return Seen(self.field + dilation * (kernel - 1) * self.jump, self.jump * stride, places)

    def back_through(self, kernel: int, stride: int, dilation: int, places: int) -> "Seen":
        """After a transposed convolution: an output meets one in `stride` of the window."""
        met = math.ceil((dilation * (kernel - 1) + 1) / stride)
        return Seen(self.field + (met - 1) * self.jump, self.jump / stride, places)


Axes = tuple[Seen, ...]


class Sight(TorchDispatchMode):
    """Follows what each tensor sees of the picture through every operation, branches and all.

    An operation it does not know leaves the field as it is; of several inputs the largest counts.
    """

    def __init__(self):
        super().__init__()
        # the tensor too, so that its id stays its own
        self.seen: dict[int, tuple[Tensor, Axes]] = {}

    def start(self, x: Tensor) -> Tensor:
        self.seen[id(x)] = x, tuple(Seen(1, 1, places) for places in x.shape[2:])
        return x

    def fields(self, x: Tensor) -> tuple[int, ...]:
        """Input pixels that a place of x sees, one number an axis; () where that is not known."""
        _, axes = self.seen.get(id(x), (x, ()))
        return tuple(math.ceil(axis.field) for axis in axes)

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        output = operation(*args, **(kwargs or {}))
        known = [self.seen[id(tensor)][1] for tensor in tensors(args) if id(tensor) in self.seen]
        if known:
            widest = tuple(_widest(axes) for axes in zip(*known))
            for tensor in tensors(output):
                after = self.after(operation.overloadpacket, widest, args, tensor)
                self.seen[id(tensor)] = tensor, after
        return output

    def after(self, operation, before: Axes, args: tuple, output: Tensor) -> Axes:
        """What the output of one operation sees, axis by axis."""
        if operation in PRODUCTS:
            return tuple(axis.through(axis.places) for axis in before)
        axes = len(before)
        spatial = [axis.places for axis in before]
        if axes and output.dim() >= 2 + axes:
            spatial = output.shape[-axes:]
        step, windows = WINDOWS.get(operation, _pass_on)(args, before)
        # a net may fold an axis of the picture away: what is left are the first ones
        return tuple(
            step(axis, *window, places) for axis, window, places in zip(before, windows, spatial)
        )


def _widest(axes: Sequence[Seen]) -> Seen:
    return Seen(*(max(getattr(one, part) for one in axes) for part in ("field", "jump", "places")))


def _pass_on(args: tuple, before: Axes):
    return Seen.through, [(1, 1, 1)] * len(before)


def _convolution(args: tuple, before: Axes):
    _, weight, _, stride, _, dilation, transposed = args[:7]
    windows = list(zip(weight.shape[2:], stride, dilation, strict=True))
    return Seen.back_through if transposed else Seen.through, windows


def _pooling(args: tuple, before: Axes, dilated: bool = False):
    axes = len(before)
    kernel = _each(args[1], axes)
    stride = _each(args[2], axes) if len(args) > 2 and args[2] else kernel
    dilation = _each(args[4], axes) if dilated and len(args) > 4 else [1] * axes
    return Seen.through, list(zip(kernel, stride, dilation))


def _adaptive(args: tuple, before: Axes):
    """Windows from floor(i * in / out) to ceil((i + 1) * in / out); the widest counts."""
    windows = []
    for axis, places in zip(before, _each(args[1], len(before))):
        size = axis.places
        widest = max(-(-(i + 1) * size // places) - i * size // places for i in range(places))
        windows.append((widest, size / places, 1))
    return Seen.through, windows


def _reduction(args: tuple, before: Axes):
    """A mean, sum or maximum over axes: those that it takes away, it sees whole."""
    x, axes = args[0], len(before)
    over = args[1] if len(args) > 1 and args[1] != [] else range(x.dim())
    over = {axis % x.dim() for axis in ([over] if isinstance(over, int) else over)}
    gone = [x.dim() - axes + axis in over for axis in range(axes)]
    windows = [
        (axis.places if taken else 1, 1, 1) for axis, taken in zip(before, gone, strict=True)
    ]
    return Seen.through, windows


def _each(value: int | Sequence[int], axes: int) -> Sequence[int]:
    """One number an axis. PyTorch allows one for all, and gives a line an axis in front."""
    values = [value] if isinstance(value, int) else list(value)
    return values * axes if len(values) == 1 else values[-axes:]


aten = torch.ops.aten
ADAPTIVE = (aten._adaptive_avg_pool2d, aten._adaptive_avg_pool3d)
ADAPTIVE += (aten.adaptive_max_pool2d, aten.adaptive_max_pool3d)
KINDS = {
    _convolution: (aten.convolution,),
    partial(_pooling, dilated=True): (aten.max_pool2d_with_indices, aten.max_pool3d_with_indices),
    _pooling: (aten.avg_pool2d, aten.avg_pool3d),
    _adaptive: ADAPTIVE,
    _reduction: (aten.mean, aten.sum, aten.amax),
}
WINDOWS = {operation: kind for kind, operations in KINDS.items() for operation in operations}
# A matrix product mixes all places, as a convolution does whose window is the whole map.
PRODUCTS = (aten.mm, aten.addmm, aten.bmm, aten.baddbmm)


def tensors(value: object) -> Iterator[Tensor]:
    """The tensors in a value that a layer takes or gives, a nest of lists, dicts and the like."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from tensors([getattr(value, field.name) for field in fields(value)])
