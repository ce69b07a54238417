"""A gradient that is asked for by hand is not taken from the library, whatever dress it wears."""

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import functional

import exercises
from checker.judge import judge


def loss(w, x, dy, size, stride, padding):
    """Its slope in `w` is the gradient that 2.24 asks for."""
    y = w.flatten(1) @ F.unfold(x, size, stride=stride, padding=padding)
    return (y * dy.flatten(2)).sum()


def by_backward(slope, start):
    leaf = start.requires_grad_()
    slope(leaf).backward()
    return leaf.grad


WAYS = {
    "backward": by_backward,
    "torch.autograd.grad": lambda slope, start: torch.autograd.grad(
        slope(leaf := start.requires_grad_()), leaf
    )[0],
    "functional.jacobian": functional.jacobian,
    "torch.func.grad": lambda slope, start: torch.func.grad(slope)(start),
    "torch.func.vjp": lambda slope, start: torch.func.vjp(slope, start)[1](torch.tensor(1.0))[0],
}


@pytest.mark.parametrize("way", WAYS)
def test_no_autograd(way):
    def attempt(x, dy, size, stride=1, padding=0):
        start = torch.zeros(dy.shape[1], x.shape[1], *size)
        with torch.enable_grad():
            return WAYS[way](lambda w: loss(w, x, dy, size, stride, padding), start)

    verdict = judge(exercises.find("2.24"), attempt)
    assert (verdict.state, verdict.mistake) == ("not yet", "library call")


def by_function(x, dy, size, stride=1, padding=0):
    return torch.nn.grad.conv2d_weight(
        x, (dy.shape[1], x.shape[1], *size), dy, stride=stride, padding=padding
    )


def by_a_swapped_convolution(x, dy, size, stride=1, padding=0):
    """Pictures as channels, and dy as the kernel."""
    dw = F.conv2d(x.transpose(0, 1), dy.transpose(0, 1), padding=padding, dilation=stride)
    return dw.transpose(0, 1)[:, :, : size[0], : size[1]]


@pytest.mark.parametrize("attempt", [by_function, by_a_swapped_convolution])
def test_no_convolution(attempt):
    verdict = judge(exercises.find("2.24"), attempt)
    assert (verdict.state, verdict.mistake) == ("not yet", "library call")


def test_a_layer_of_volumes_is_a_convolution_of_volumes():
    def attempt(x, weight):
        layer = torch.nn.Conv3d(*weight.shape[1::-1], weight.shape[2:], bias=False)
        layer.weight = torch.nn.Parameter(weight)
        return layer(x).detach()

    verdict = judge(exercises.find("3.3"), attempt)
    assert verdict.mistake == "library_call", verdict.message
