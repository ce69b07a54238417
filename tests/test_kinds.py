"""Wrong answers of a kind: values that a few cases could all have in common."""

import pytest
import torch
import torch.nn.functional as F

import exercises
from checker.judge import judge


def rejected(id, attempt) -> bool:
    """For what it gives, not for the library that it calls."""
    verdict = judge(exercises.find(id), attempt)
    return verdict.state == "not yet" and verdict.mistake != "library call"


# A size whose row and padding are divided by the stride, each by itself.


def apart(n, k, s, p):
    return (n - k) // s + 2 * p // s + 1


def cut_to(y, sizes):
    """An output with other sizes: cut off, or filled up with zeros."""
    lack = [max(size - n, 0) for size, n in zip(sizes, y.shape[2:])]
    padded = F.pad(y, [side for n in reversed(lack) for side in (0, n)])
    return padded[(..., *map(slice, sizes))]


def convolve(x, w, b=None, stride=1, padding=0):
    library = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[x.ndim - 2]
    sizes = [apart(n, k, stride, padding) for n, k in zip(x.shape[2:], w.shape[2:])]
    return cut_to(library(x, w, b, stride, padding), sizes)


def pool(x, kernel, stride, padding=0):
    sizes = [apart(n, k, stride, padding) for n, k in zip(x.shape[2:], kernel)]
    return cut_to(F.max_pool2d(x, kernel, stride, padding), sizes)


def shapes(x_shape, out_channels, kernel, stride=1, padding=0):
    sizes = [apart(n, k, stride, padding) for n, k in zip(x_shape[2:], kernel)]
    return (out_channels, x_shape[1], *kernel), (x_shape[0], out_channels, *sizes)


def work(c_in, h, w, c_out, k, stride=1, padding=0):
    rows, columns = (apart(n, k, stride, padding) for n in (h, w))
    return c_in * c_out * k * k * rows * columns


def windows(n, kernel, stride, padding=0, ceil_mode=False):
    row = torch.zeros(1, 1, n)
    right = F.max_pool1d(row, kernel, stride, padding, ceil_mode=ceil_mode).shape[2]
    return right if ceil_mode else apart(n, kernel, stride, padding)


SIZES = {
    "2.1": lambda n, k, s=1, p=0, d=1: apart(n, d * (k - 1) + 1, s, p),
    "2.8": convolve,
    "2.20": work,
    "2.22": convolve,
    "3.1": shapes,
    "3.2": convolve,
    "3.4": convolve,
    "4.1": windows,
    "4.2": pool,
    "4.3": lambda x, *args, **kwargs: -pool(-x, *args, **kwargs),
}


@pytest.mark.parametrize("id", SIZES)
def test_leftovers_that_make_a_step(id):
    assert rejected(id, SIZES[id])


# A search that begins at a number.


def pooled(value, reduce):
    def attempt(x, kernel, stride, padding=0):
        x = F.pad(x, [padding] * 4, value=value)
        return reduce(x.unfold(2, kernel[0], stride).unfold(3, kernel[1], stride), dim=(4, 5))

    return attempt


@pytest.mark.parametrize("start", [-1e30, -1e9, -99.0, -5.0])
def test_padding_that_may_win(start):
    assert rejected("4.2", pooled(start, torch.amax))
    assert rejected("4.3", pooled(-start, torch.amin))
    assert rejected("0.1", lambda x: x.amax((2, 3)).clamp(min=start))


@pytest.mark.parametrize("start", [-1e9, -100.0, -1.0, 0.0])
def test_gradient_of_a_search_from_a_number(start):
    def attempt(x, kernel, stride, grad):
        dx = torch.zeros_like(x)
        for n, c, i, j in torch.ones(grad.shape).nonzero().tolist():
            top, left = i * stride, j * stride
            window = x[n, c, top : top + kernel[0], left : left + kernel[1]]
            row, column = divmod(window.argmax().item(), kernel[1])
            dx[n, c, top + row, left + column] += grad[n, c, i, j] * (window.max() > start)
        return dx

    assert rejected("4.7", attempt)


# One picture, or one channel, for all.

PARTS = {
    "first picture": lambda gaps: gaps[0].max(),
    "last picture": lambda gaps: gaps[-1].max(),
    "first channel": lambda gaps: gaps[:, 0].max(),
    "last channel": lambda gaps: gaps[:, -1].max(),
    "mean over pictures": lambda gaps: gaps.amax((1, 2, 3)).mean(),
    "mean over channels": lambda gaps: gaps.amax((2, 3)).mean(),
}


@pytest.mark.parametrize("part", PARTS)
def test_the_gap_of_a_part(part):
    def attempt(layer, x, down, right):
        def move(y):
            return torch.roll(y, (down, right), dims=(2, 3))

        return PARTS[part]((layer(move(x)) - move(layer(x))).abs()).item()

    assert rejected("1.8", attempt)


# What needs no gradient in the check, and has one in the notebook.


def test_a_gap_by_numpy_dies_on_a_layer_that_learns():
    def attempt(layer, x, down, right):
        def move(y):
            return torch.roll(y, (down, right), dims=(2, 3))

        return abs(layer(move(x)).numpy() - move(layer(x)).numpy()).max().item()

    assert rejected("1.8", attempt)
