"""A module is known by the names asked for, whatever other names its parts go by."""

import pytest
import torch
from torch import nn

from checker.exercise import Module, call
from checker.judge import judge


class Pair(nn.Module):
    """A layer and its norm, with the names that the exercise asks for."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.layer, self.norm = nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)

    def forward(self, x):
        return self.norm(self.layer(x))


def pair():
    exercise = Module("9.1", "Pair", difficulty=1, minutes=1)
    exercise.reference(Pair)
    cases = [call(3, 2, inputs=torch.randn(5, 3)), call(2, 2, inputs=torch.randn(4, 2))]
    exercise.cases(lambda rng: iter(cases))
    return exercise


class BehindAPlaceholder(nn.Module):
    """Another name stands first, set to nothing, and later holds both."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.both = nn.Identity()
        self.layer, self.norm = nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs)
        self.both = nn.Sequential(self.layer, self.norm)

    def forward(self, x):
        return self.both(x)


class InAList(BehindAPlaceholder):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.again = nn.ModuleList([self.norm, self.layer])


class Alias(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Linear(inputs, outputs)
        self.layer, self.norm = self.first, nn.BatchNorm1d(outputs)
        self.scale = self.norm.weight

    def forward(self, x):
        return self.norm(self.first(x))


class Lazy(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.layer, self.norm = nn.LazyLinear(outputs), nn.LazyBatchNorm1d()

    def forward(self, x):
        return self.norm(self.layer(x))


@pytest.mark.parametrize("right", [BehindAPlaceholder, InAList, Alias, Lazy])
def test_a_right_module_passes(right):
    verdict = judge(pair(), right)
    assert verdict.state == "passed", verdict.message


class OneMore(BehindAPlaceholder):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.both = nn.Sequential(self.layer, self.norm, nn.Linear(outputs, outputs))


class Plain(BehindAPlaceholder):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.both = nn.Sequential(self.layer)


class Detached(Alias):
    def forward(self, x):
        return self.norm(self.first(x).detach())


class LazyWithoutNorm(Lazy):
    def forward(self, x):
        return self.layer(x)


class LazyAndWide(Lazy):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.layer = nn.LazyLinear(outputs + 1)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (OneMore, "has `both.2.weight`, `both.2.bias`, which the exercise does not ask for"),
        (Plain, "in training mode gave"),
        (Detached, "the gradient of `layer.weight` gave"),
        (LazyWithoutNorm, "makes no use of the lazy layer of `norm.weight`, `norm.bias`"),
        (LazyAndWide, "`layer.weight` has shape (3, 3), expected (2, 3)"),
    ],
)
def test_a_wrong_one_is_told_what_is_wrong(wrong, said):
    verdict = judge(pair(), wrong)
    assert verdict.state == "not yet" and said in verdict.message, verdict.message
