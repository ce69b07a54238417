"""Exercises 10.12 and 10.13: the published nets, counted."""

import torch
from torch import nn

from checker.exercise import Exercise, call
from exercises.nb10.shortcuts import changing, narrow
from exercises.variants import as_floats
from utils import train
from utils.models import resnet

# 10.12

counting = Exercise(
    "10.12",
    "ResNet-18 to ResNet-152, counted",
    difficulty=4,
    minutes=30,
    core=False,
    points=3,
    hints=[
        (
            "Two helpers: a convolution without bias has filters * channels * k * k weights; its"
            " norm has 2 * filters."
        ),
        (
            "Go through the stages with a variable for the channels that come in, 64 at first."
            " Only the first block of a stage reads another number than it puts out."
        ),
        (
            "A block projects if it reads another number of channels than it puts out, so with"
            " bottlenecks already the first block of the first stage does: 64 to 256."
        ),
    ],
)


@counting.reference
def resnet_parameters(blocks, bottleneck, classes=1000):
    with torch.device("meta"):
        stem = nn.Sequential(nn.Conv2d(3, 64, 7, bias=False), nn.BatchNorm2d(64))
        kind = resnet.Bottleneck if bottleneck else resnet.Basic
        return train.parameters(resnet.ResNet(stem, kind, blocks, resnet.CHANNELS, classes))


@counting.cases
def _(rng):
    yield call((1, 1, 1, 1), False, classes=1)
    for kind, blocks in resnet.TABLE_1.values():
        yield call(blocks, kind is resnet.Bottleneck)
    yield call((1, 2, 1, 3), True, classes=10)
    for bottleneck in (False, True):
        yield call(
            tuple(rng.integers(1, 6, 4).tolist()), bottleneck, classes=int(rng.integers(2, 50))
        )


def _counter(
    norm=2,
    bias=0,
    stem=49,
    projects=True,
    first=True,
    always=False,
    project_norm=True,
    fc_reads=None,
    fc_bias=1,
    fc=True,
    grows=True,
    updated=True,
):
    """A count with one thing changed."""

    def layer(reads, gives, k):
        return gives * (reads * k * k + bias) + norm * gives

    def resnet_parameters(blocks, bottleneck, classes=1000):
        total, reads = layer(3, 64, 0) + 64 * 3 * stem if stem else 0, 64
        for stage, (count, width) in enumerate(zip(blocks, (64, 128, 256, 512))):
            gives = 4 * width if bottleneck else width
            if projects and (stage or always or first and reads != gives):
                made = layer(reads, gives, 1) - (0 if project_norm else norm * gives)
                total += made if updated else count * made
            for place in range(count):
                start = gives if place and updated or not grows else reads
                if bottleneck:
                    total += (
                        layer(start, width, 1) + layer(width, width, 3) + layer(width, gives, 1)
                    )
                else:
                    total += layer(start, width, 3) + layer(width, width, 3)
            reads = gives
        total += ((fc_reads or reads) + fc_bias) * classes if fc else 0
        return total

    return resnet_parameters


for _name, _changes, _sentence in (
    (
        "no_norms",
        {"norm": 0},
        "You left out the norms: each has a weight and a bias for every channel.",
    ),
    (
        "one_a_norm",
        {"norm": 1},
        "You count one number for each channel of a norm. It learns two, weight and bias.",
    ),
    (
        "four_a_norm",
        {"norm": 4},
        "You count four numbers for each channel of a norm. It learns two, weight and bias.",
    ),
    (
        "biases",
        {"bias": 1},
        "You count biases in the convolutions. With a norm behind them they have none.",
    ),
    (
        "no_stem",
        {"stem": 0},
        "You left out the first layer, 7x7 from 3 to 64 channels, and its norm.",
    ),
    ("no_projections", {"projects": False}, "You left out the projections."),
    (
        "first_stage_not_projected",
        {"first": False},
        "You left out a projection: with bottlenecks the first stage has one too, from 64 to 256.",
    ),
    (
        "first_stage_always_projected",
        {"always": True},
        (
            "You count a projection in the first stage with basic blocks, too. There"
            " 64 channels stay 64, at stride 1."
        ),
    ),
    (
        "projections_not_normalized",
        {"project_norm": False},
        "You left out the norms behind the projections.",
    ),
    (
        "fc_reads_512",
        {"fc_reads": 512},
        "With bottlenecks the last stage puts out 2,048 channels. Your linear layer reads 512.",
    ),
    ("no_bias_in_fc", {"fc_bias": 0}, "You left out the linear layer's bias for each class."),
    ("no_fc", {"fc": False}, "You left out the linear layer at the end."),
    (
        "first_blocks_like_the_others",
        {"grows": False},
        (
            "Your first block of each stage reads as many channels as it puts out. It reads"
            " those of the stage before."
        ),
    ),
    (
        "all_blocks_like_the_first",
        {"updated": False},
        (
            "All blocks of a stage are like its first in your count: they read what the stage"
            " before gives, and project it. Those after the first read what their own stage gives."
        ),
    ),
):
    counting.mistake(_sentence, _name)(_counter(**_changes))


FLOAT = "The number is right, but it is a float. Parameters are counted: return an `int`."


counting.mistake(FLOAT, "a_float")(as_floats(_counter()))


counting.alternative(_counter())


@counting.alternative
def from_built_blocks(blocks, bottleneck, classes=1000):
    kind, widens = (narrow.answer, 4) if bottleneck else (changing.answer, 1)
    layers, reads = [nn.Conv2d(3, 64, 7, bias=False), nn.BatchNorm2d(64)], 64
    with torch.device("meta"):
        for stage, count in enumerate(blocks):
            for place in range(count):
                layers.append(kind(reads, 64 << stage, 2 if stage and not place else 1))
                reads = (64 << stage) * widens
        layers.append(nn.Linear(reads, classes))
    return sum(p.numel() for layer in layers for p in layer.parameters())


@counting.alternative
def by_formulas(blocks, bottleneck, classes=1000):
    total, reads = 3 * 49 * 64 + 128, 64
    for n, w in zip(blocks, [64, 128, 256, 512]):
        out = 4 * w if bottleneck else w
        if bottleneck:
            total += (
                reads * w + (n - 1) * out * w + n * (9 * w * w + w * out) + n * (4 * w + 2 * out)
            )
        else:
            total += 9 * reads * w + (2 * n - 1) * 9 * w * w + 4 * n * w
        total += reads * out + 2 * out if reads != out else 0
        reads = out
    return total + reads * classes + classes


counting.demand("`bottleneck` says of which kind", violated_by="fc_reads_512")
counting.demand("shortcuts are of option B", violated_by="no_projections")
counting.demand("Convolutions have no bias", violated_by="biases")
counting.demand("each has a norm behind it", violated_by="projections_not_normalized")
counting.demand("learns a weight and a bias for each channel", violated_by="one_a_norm")
counting.demand("the linear layer has a bias", violated_by="no_bias_in_fc")
counting.demand("-> int", violated_by="a_float")


# 10.13

small_nets = Exercise(
    "10.13",
    "The nets for small pictures, counted",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        (
            "One layer at the start, one at the end, and n blocks of two layers in each of three"
            " stages: 6n + 2 = depth."
        ),
        (
            "Each stage has 2n convolutions. In the second and third, the first of them reads half"
            " as many channels."
        ),
        "With shortcuts of kind A nothing is added for them: they have no weights.",
    ],
)


@small_nets.reference
def cifar_parameters(depth, classes=10):
    with torch.device("meta"):
        return train.parameters(resnet.cifar(depth, classes))


@small_nets.cases
def _(rng):
    yield call(8, classes=2)
    for depth in (20, 32, 56, 110):
        yield call(depth)
    yield call(6 * int(rng.integers(2, 12)) + 2, classes=int(rng.integers(2, 200)))


def _small(
    n=lambda depth: (depth - 2) // 6,
    widths=(16, 32, 64),
    norm=2,
    bias=0,
    stem=True,
    fc_bias=1,
    fc=True,
    project=False,
    halves=True,
    one=False,
    colors=3,
    updated=True,
):
    def layer(reads, gives, k=9):
        return gives * (reads * k + bias + norm)

    def cifar_parameters(depth, classes=10):
        count, reads = n(depth), widths[0]
        total = layer(colors, reads) if stem else 0
        for width in widths:
            before = reads
            for place in range(count if one else 2 * count):
                start = reads if updated or place % 2 else before
                total += layer(start if halves else width, width)
                total += layer(reads, width, 1) if project and reads != width else 0
                reads = width
        return total + ((reads + fc_bias) * classes if fc else 0)

    return cifar_parameters


for _name, _changes, _sentence in (
    (
        "blocks_are_layers",
        {"n": lambda depth: (depth - 2) // 3},
        "You count twice as many blocks as there are. A block has two layers.",
    ),
    ("one_layer_a_block", {"one": True}, "You count one layer in each block. A block has two."),
    (
        "projections",
        {"project": True},
        "You count projections. With option A the shortcuts learn nothing.",
    ),
    ("no_norms", {"norm": 0}, "You left out the norms: a weight and a bias for each channel."),
    (
        "four_a_norm",
        {"norm": 4},
        "You count four numbers for each channel of a norm. It learns two, weight and bias.",
    ),
    (
        "biases",
        {"bias": 1},
        "You count biases in the convolutions. With a norm behind them they have none.",
    ),
    ("no_stem", {"stem": False}, "You left out the first layer, from 3 to 16 channels."),
    ("gray_stem", {"colors": 1}, "Your first layer reads one channel. The pictures have three."),
    ("no_bias_in_fc", {"fc_bias": 0}, "You left out the linear layer's bias for each class."),
    ("no_fc", {"fc": False}, "You left out the linear layer at the end."),
    (
        "stages_like_the_first",
        {"halves": False},
        "Your first layer of each stage reads as many channels as it puts out. It reads those of"
        " the stage before.",
    ),
    (
        "wide",
        {"widths": (64, 128, 256)},
        "Your stages are 64, 128 and 256 channels wide. These nets have 16, 32, 64.",
    ),
    (
        "all_layers_in_blocks",
        {"n": lambda depth: depth // 6 + (depth % 6 > 0)},
        (
            "You count one block too many a stage. Two layers, the first and the last, are in no"
            " block."
        ),
    ),
    (
        "all_blocks_like_the_first",
        {"updated": False},
        (
            "All blocks of a stage read what its first reads in your count. Those after it read"
            " what their own stage gives."
        ),
    ),
):
    small_nets.mistake(_sentence, _name)(_small(**_changes))


small_nets.mistake(FLOAT, "a_float")(as_floats(_small()))


small_nets.alternative(_small())


@small_nets.alternative
def by_a_formula(depth, classes=10):
    n = (depth - 2) // 6
    weights = 9 * (
        3 * 16
        + (2 * n) * 16**2
        + (16 * 32 + (2 * n - 1) * 32**2)
        + (32 * 64 + (2 * n - 1) * 64**2)
    )
    norms = 2 * (16 + 2 * n * (16 + 32 + 64))
    return weights + norms + 65 * classes


@small_nets.alternative
def from_layers(depth, classes=10):
    channels = (
        [3] + [16] * ((depth + 1) // 3) + [32] * ((depth - 2) // 3) + [64] * ((depth - 2) // 3)
    )
    layers = [nn.Conv2d(a, b, 3, bias=False) for a, b in zip(channels, channels[1:])]
    layers += [nn.BatchNorm2d(b) for b in channels[1:]] + [nn.Linear(64, classes)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


small_nets.demand("such a net of `depth` layers (6n + 2)", violated_by="all_layers_in_blocks")
small_nets.demand("Norms and biases as in 10.12", violated_by="no_norms")
small_nets.demand("shortcuts of option A", violated_by="projections")
small_nets.demand("-> int", violated_by="a_float")
