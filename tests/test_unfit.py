"""Why the task's weights find no place in a net: what its names and shapes say."""

import pytest
import torch
from torch import nn

from checker.exercise import Module, call
from checker.judge import judge, try_cases
from checker.module_comparison import Unfit
from classroom.walls import serialization


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, (1, 3))
        self.norm = nn.BatchNorm2d(4, track_running_stats=False)
        self.up = nn.ConvTranspose2d(4, 2, 2)
        self.hidden, self.scores = nn.Linear(6, 5), nn.Linear(5, 3)
        self.scale = nn.Parameter(torch.randn(3, 2))

    def forward(self, x):
        return self.scale.sum() * x.sum() * self.hidden.weight.sum()


def exercise():
    made = Module("9.1", "Net", difficulty=1, minutes=1)
    made.reference(Net)
    made.cases(lambda rng: iter([call(inputs=torch.ones(2, 2))]))
    return made


def with_parts(remove=(), before=lambda net: None, **parts):
    class Changed(Net):
        def __init__(self):
            super().__init__()
            before(self)
            for name in remove:
                delattr(self, name)
            for name, part in parts.items():
                setattr(self, name, part())

    return Changed


def moved(old, new):
    return with_parts(before=lambda net: setattr(net, new, getattr(net, old)), remove=[old])


def inside(net):
    net.all = nn.ModuleDict({"conv": net.conv, "up": net.up})


def conv(*args, **options):
    return lambda: nn.Conv2d(*args, **options)


def linear(*args, **options):
    return lambda: nn.Linear(*args, **options)


SHAPES = {
    "`hidden` gives 2 numbers where 5 are asked for; it reads 6, as asked": linear(6, 2),
    "`hidden` reads 1 number where 6 are asked for; it gives 5, as asked for": linear(1, 5),
    "`hidden` reads 5 and gives 6 numbers; asked for is the reverse": linear(5, 6),
    "`hidden` reads 2 and gives 1 numbers; asked for are 6 and 5": linear(2, 1),
    "`hidden` is a `Conv2d`: its weight has 4 axes, and 2 are asked for": conv(6, 5, 1),
    "`conv` gives 3 channels where 4 are asked for.": conv(2, 3, (1, 3)),
    "`conv` has kernels that read 1 channel where 2 are asked for.": conv(2, 4, (1, 3), groups=2),
    "`conv` has kernels of 3 x 1 where 1 x 3 is asked for; its channels are": conv(2, 4, (3, 1)),
    "`conv` gives 1 channel where 4 are asked for, and has kernels of 3 x 3": conv(2, 1, 3),
    "The first two sizes of the weight of `conv` are exchanged": conv(4, 2, (1, 3)),
    "`up` reads 2 channels where 4 are asked for": lambda: nn.ConvTranspose2d(2, 2, 2),
    "`norm` has 1 channel where 4 are asked for": lambda: nn.GroupNorm(1, 1),
    "`scale` has its axes in another order": lambda: nn.Parameter(torch.ones(2, 3)),
    "`scale` holds as many numbers as asked for": lambda: nn.Parameter(torch.ones(6)),
    "`scale` has 1 axis where 2 axes are asked for": lambda: nn.Parameter(torch.ones(3)),
    "along axis 1 it has 5 in place of 2": lambda: nn.Parameter(torch.ones(3, 5)),
}


def why(attempt):
    verdict = judge(exercise(), attempt)
    assert verdict.state == "not yet" and verdict.layer == "part", verdict.message
    return verdict.why


@pytest.mark.parametrize("words", SHAPES)
def test_shapes(words):
    names = [name for name in ("hidden", "conv", "up", "norm") if f"`{name}`" in words]
    assert words in why(with_parts(**{(names or ["scale"])[0]: SHAPES[words]}))


def test_several_shapes_are_counted():
    two = with_parts(hidden=linear(6, 2), scores=linear(2, 3))
    assert why(two).endswith("as asked for. The sizes of 1 more part are off, too.")


NAMES = {
    "the names are not: `other` where the task says `hidden`.": moved("hidden", "other"),
    "the names are not: `gain` where the task says `scale`.": moved("scale", "gain"),
    "`all.conv` and `all.up` where the task says `conv` and `up`": with_parts(
        before=inside, remove=["conv", "up"]
    ),
    "`hidden` has no bias; the task asks for one.": with_parts(hidden=linear(6, 5, bias=False)),
    "`layers` is a plain `list`": with_parts(["hidden"], layers=lambda: [nn.Linear(6, 5)]),
    "`layers` is a plain `dict`": with_parts(["hidden"], layers=lambda: {1: [nn.Linear(6, 5)]}),
    "`scale` is a plain tensor": with_parts(["scale"], scale=lambda: torch.ones(3, 2)),
    "`hidden` is an `Identity` with no parameters": with_parts(hidden=nn.Identity),
    "`hidden` is None.": with_parts(hidden=lambda: None),
    "All else that is asked for is there; `conv` and `norm` are not.": with_parts(
        ["conv", "norm"]
    ),
    "All that is asked for is there, and `more` besides.": with_parts(more=linear(6, 5)),
    "Not asked for: `more`. `hidden` gives 2 numbers where 5": with_parts(
        more=linear(6, 5), hidden=linear(6, 2)
    ),
    "`conv` and `norm` are not there. `hidden` gives 2 numbers": with_parts(
        ["conv", "norm"], hidden=linear(6, 2)
    ),
    "`a` and `b` have the shapes of `hidden` each: 2 parts": with_parts(
        ["hidden"], a=linear(6, 5), b=linear(6, 5)
    ),
    "has the shapes of `hidden`: weight (5, 6), bias (5,). Not asked for: `a`": with_parts(
        ["hidden"], a=linear(6, 7)
    ),
    "The shapes of `hidden` are those of `a`. Not asked for: `a` and `b`.": with_parts(
        ["hidden"], a=linear(6, 5), b=linear(1, 1)
    ),
}


@pytest.mark.parametrize("words", NAMES)
def test_names(words):
    assert words in why(NAMES[words])


class NoBiasAtAll(Net):
    def __init__(self):
        super().__init__()
        for part in (self.conv, self.norm, self.up, self.hidden, self.scores):
            part.bias = None


class ABiasMore(Net):
    def __init__(self):
        super().__init__()
        self.scores.register_parameter("bias", None)
        self.hidden.inner = nn.Linear(1, 1)


def test_biases():
    assert why(NoBiasAtAll).startswith("No part of it has a bias; in the task `conv`, ")
    assert "`scores` has no bias" in why(ABiasMore) and "`hidden.inner`" in why(ABiasMore)


class Unbuilt(nn.Module):
    def __init__(self):
        self.__dict__["width"] = 3


def test_super_was_not_called():
    verdict = judge(exercise(), Unbuilt)
    assert "never ran `super().__init__()`" in verdict.found and verdict.why


UNTRUE = {
    "a list of layers that the net has anyway": (
        with_parts(["conv"], before=lambda net: net.__dict__.update(mine=[net.hidden])),
        "`mine`",
    ),
    "a plain tensor that has nothing to do with it": (
        with_parts(["conv"], mean=lambda: torch.zeros(17)),
        "`mean`",
    ),
    "a plain tensor beside a layer under another name": (
        with_parts(["hidden"], other=linear(6, 5), mean=lambda: torch.zeros(5, 6)),
        "plain",
    ),
    "another name and other shapes": (with_parts(["hidden"], a=linear(6, 7)), "names are not"),
    "one bias missing, others there": (with_parts(hidden=linear(6, 5, bias=False)), "No part"),
    "two copies, one of other shapes": (
        with_parts(["hidden"], a=linear(6, 5), b=linear(6, 7)),
        "each",
    ),
}


@pytest.mark.parametrize("kind", UNTRUE)
def test_nothing_untrue_is_said(kind):
    attempt, words = UNTRUE[kind]
    assert words not in why(attempt)


def test_the_grader_hears_it_too():
    (outcome,) = try_cases(exercise(), with_parts(hidden=linear(6, 2)))
    error = serialization.decode_outcome(serialization.encode_outcome(outcome)).error
    assert type(error) is Unfit and "`hidden` gives 2 numbers" in error.why
