"""Exercise 15.13: wide residual nets, counted."""

import torch
from torch import nn

from checker.exercise import Exercise, call
from exercises.variants import as_floats
from utils import train
from utils.models import resnext

wide = Exercise(
    "15.13",
    "Wide and not so deep, counted",
    difficulty=3,
    minutes=14,
    core=False,
    points=2,
    hints=[
        "n = (depth - 4) // 6 blocks in each stage, two 3x3 layers each; no biases.",
        "A norm comes *before* each 3x3, so it has as many channels as that layer reads.",
        "Every stage's first block has a 1x1 of its own, 16 to 16 * widen in the first.",
    ],
)


@wide.reference
def wide_parameters(depth, widen, classes=10):
    with torch.device("meta"):
        return train.parameters(resnext.WideResNet(depth, widen, classes))


@wide.cases
def _(rng):
    yield call(10, 2, classes=1)
    for depth, widen in ((16, 8), (40, 4), (28, 10)):
        yield call(depth, widen)
    for _ in range(3):
        yield call(
            6 * int(rng.integers(1, 6)) + 4,
            int(rng.integers(2, 12)),
            classes=int(rng.integers(2, 99)),
        )


def _counter(
    blocks=lambda depth: (depth - 4) // 6,
    norm=2,
    bias=0,
    project=True,
    project_first=True,
    behind=False,
    last=True,
    fc_bias=1,
    stem=True,
    widths=(16, 32, 64),
    project_norm=False,
):
    def layer(reads, gives, area=9):
        return gives * (reads * area + bias)

    def wide_parameters(depth, widen, classes=10):
        total, reads = layer(3, 16) if stem else 0, 16
        for stage, width in enumerate(w * widen for w in widths):
            for place in range(blocks(depth)):
                start = width if place else reads
                total += norm * ((width if behind else start) + width)
                total += layer(start, width) + layer(width, width)
            if project and (stage or project_first):
                total += layer(reads, width, 1) + (norm * width if project_norm else 0)
            reads = width
        return total + (norm * reads if last else 0) + (reads + fc_bias) * classes

    return wide_parameters


for _name, _changes, _sentence in (
    (
        "six_n_plus_two",
        {"blocks": lambda depth: (depth - 2) // 6 + 1},
        "You count a block too many in each stage. 6n + 4 = depth.",
    ),
    ("no_norms", {"norm": 0}, "You left out the norms: two numbers for each channel."),
    ("one_a_norm", {"norm": 1}, "You count one number for each channel of a norm. It learns two."),
    ("biases", {"bias": 1}, "You count biases in the convolutions. They have none."),
    ("no_projections", {"project": False}, "You left out the 1x1 convolutions of the shortcuts."),
    (
        "first_stage_not_projected",
        {"project_first": False},
        "The first stage projects too: 16 channels become 16 * widen.",
    ),
    (
        "norms_behind",
        {"behind": True},
        "You put the norms behind the convolutions. Here each normalizes what its layer reads.",
    ),
    ("no_last_norm", {"last": False}, "You left out the norm behind the last stage."),
    ("no_bias_in_fc", {"fc_bias": 0}, "You left out the linear layer's bias for each class."),
    ("no_stem", {"stem": False}, "You left out the first layer, from 3 to 16 channels."),
    (
        "projections_normalized",
        {"project_norm": True},
        "Your projections have norms. They have none.",
    ),
):
    wide.mistake(_sentence, _name)(_counter(**_changes))

wide.mistake("You widen nothing: your stages are 16, 32 and 64 channels wide.", "not_widened")(
    lambda depth, widen, classes=10: _counter()(depth, 1, classes)
)
wide.mistake("The number is right, but it is a float: return an `int`.", "a_float")(
    as_floats(_counter())
)
wide.alternative(_counter())


@wide.alternative
def by_formulas(depth, widen, classes=10):
    n, total, reads = (depth - 4) // 6, 3 * 16 * 9, 16
    for w in (16 * widen, 32 * widen, 64 * widen):
        total += reads * w * 10 + 9 * w * w * (2 * n - 1)
        total += 2 * reads + 2 * w * (2 * n - 1)
        reads = w
    return total + 2 * reads + (reads + 1) * classes


@wide.alternative
def from_layers(depth, widen, classes=10):
    layers, reads = [nn.Conv2d(3, 16, 3, bias=False)], 16
    with torch.device("meta"):
        for w in (16 * widen, 32 * widen, 64 * widen):
            layers.append(nn.Conv2d(reads, w, 1, bias=False))
            for _ in range((depth - 4) // 6):
                layers += [nn.BatchNorm2d(reads), nn.Conv2d(reads, w, 3, bias=False)]
                layers += [nn.BatchNorm2d(w), nn.Conv2d(w, w, 3, bias=False)]
                reads = w
        layers += [nn.BatchNorm2d(reads), nn.Linear(reads, classes)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


wide.demand("`depth` layers (6n + 4)", violated_by="six_n_plus_two")
wide.demand("a norm in front of each 3x3", violated_by="norms_behind")
wide.demand("the first block of every stage", violated_by="first_stage_not_projected")
wide.demand("without norm", violated_by="projections_normalized")
wide.demand("-> int", violated_by="a_float")
