"""The learner's convolutions of notebooks 02 and 03 against PyTorch's."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from authoring.bench.learner import take
from authoring.bench.measurement import Measurement, ratios

PAIRS = 101
# x, weight, stride, padding: the two layers of LeNet-5, a 3x3 in the middle of a net, one that
# halves the picture
SHAPES = [
    ((64, 1, 28, 28), (6, 1, 5, 5), 1, 2),
    ((64, 6, 14, 14), (16, 6, 5, 5), 1, 0),
    ((16, 32, 28, 28), (32, 32, 3, 3), 1, 1),
    ((16, 64, 14, 14), (128, 64, 3, 3), 2, 1),
]
SIGNALS = [
    ((32, 16, 400), (32, 16, 5)),
    ((16, 32, 28, 28), (32, 32, 3, 3)),
    ((8, 8, 16, 16, 16), (16, 8, 3, 3, 3)),
]


def rows() -> Iterator[Measurement]:
    mine = take("02", "conv2d", "conv2d_im2col", "grad_weight", "grad_input", "grad_bias")
    for shape in SHAPES:
        x, weight, bias, *step = tensors(*shape)
        name = f"{text(shape[0])} by {text(shape[1])}"
        library = both_ways_of_library(x, weight, bias, *step)
        own = both_ways(mine, x, weight, bias, *step)
        yield Measurement(
            f"im2col, forward and backward / F.conv2d: {name}",
            ratios(own, library, PAIRS),
            most=1.5,
        )
        loops, forward = (bound(conv, x, weight, bias, *step) for conv in (mine.conv2d, F.conv2d))
        yield Measurement(f"loops, forward / F.conv2d: {name}", ratios(loops, forward, 3))
    yield from any_dimension(take("03", "convnd").convnd)


def any_dimension(convnd: Callable) -> Iterator[Measurement]:
    for (shape, size), library in zip(SIGNALS, (F.conv1d, F.conv2d, F.conv3d)):
        x, weight, bias, *step = tensors(shape, size, 1, 1)
        both = [bound(conv, x, weight, bias, *step) for conv in (convnd, library)]
        yield Measurement(
            f"convnd / F.{library.__name__}: {text(shape)} by {text(size)}",
            ratios(*both, PAIRS),
            most=2,
        )


def text(shape: tuple) -> str:
    return "x".join(map(str, shape))


def tensors(shape: tuple, size: tuple, stride: int, padding: int) -> tuple:
    source = torch.Generator().manual_seed(0)
    return *(torch.randn(s, generator=source) for s in (shape, size, size[:1])), stride, padding


def bound(conv: Callable, *arguments) -> Callable[[], Tensor]:
    return lambda: conv(*arguments)


def both_ways(mine, x, weight, bias, stride, padding) -> Callable[[], tuple]:
    def work():
        y = mine.conv2d_im2col(x, weight, bias, stride, padding)
        dy = torch.ones_like(y)
        back = mine.grad_input(weight, dy, x.shape[2:], stride, padding)
        return (
            y,
            back,
            mine.grad_weight(x, dy, weight.shape[2:], stride, padding),
            mine.grad_bias(dy),
        )

    return work


def both_ways_of_library(x, weight, bias, stride, padding) -> Callable[[], tuple]:
    leaves = [t.clone().requires_grad_() for t in (x, weight, bias)]

    def work():
        y = F.conv2d(*leaves, stride, padding)
        return y, *torch.autograd.grad(y, leaves, torch.ones_like(y))

    return work
