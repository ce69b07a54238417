"""Exercises 8.11 to 8.13: where parameters and memory are."""

import itertools

import torch
from torch import nn

from checker.exercise import Choice, Exercise, call
from exercises.nb08.shared import VGG16, VGG19
from utils.shapes import ledger

# 8.11 and 8.12 Where is it?

most_parameters = Choice(
    "8.11",
    "Where are the parameters?",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "A 3 x 3 layer from 512 to 512 channels has 2.4 million. Another has forty times as"
            " many."
        ),
        "c": "4,096 x 1,000 is 4.1 million: much, and not the most.",
        "d": "They are spread most unevenly. How many numbers does the first linear layer read?",
    },
    because="25,088 x 4,096 are 102.8 million weights, 74 % of all, in one of 16 layers.",
    hints=["The last maps are 512 of 7 x 7. Each of their numbers meets each of 4,096 outputs."],
)


most_memory = Choice(
    "8.12",
    "Where is the memory?",
    "a",
    difficulty=2,
    minutes=1,
    why={
        "b": (
            "Channels double, but the maps shrink to a quarter: in the next stage a layer"
            " puts out half as many numbers."
        ),
        "c": (
            "Its maps are 14 x 14, a 256th of the pixels, and only eight times the channels of the"
            " first."
        ),
        "d": "A linear layer puts out 4,096 numbers here. A single map of stage 1 has 50,176.",
    },
    because=(
        "Each of its two layers puts out 64 x 224 x 224 = 3.2 million numbers; the next stage's"
        " half as many each."
    ),
    hints=["Channels times height times width, for one layer of each."],
)


# 8.13 The ledger

by_stage = Exercise(
    "8.13",
    "The ledger by stage",
    difficulty=3,
    minutes=14,
    core=False,
    points=2,
    hints=[
        (
            "For one convolution: `filters * (9 * channels + 1)` parameters, `filters * side**2`"
            " numbers put out. Each of these costs as many multiply-adds as a filter has weights."
        ),
        'Keep three sums. On "M" append them to the result, set them to zero, and halve the side.',
        "Multiply-adds of a convolution: `filters * side**2 * 9 * channels`.",
    ],
)


@by_stage.reference
def ledger_by_stage(config, inputs=3, size=224):
    stages, stage = [], []
    for item in config:
        if item != "M":
            stage.append(nn.Conv2d(inputs, item, 3, padding=1, device="meta"))
            inputs = item
            continue
        rows = ledger(nn.Sequential(*stage), (1, stage[0].in_channels, size, size))
        stages.append((rows.parameters, rows.multiply_adds, rows.activations))
        stage, size = [], size // 2
    return stages


@by_stage.cases
def _(rng):
    yield call([2, "M"], inputs=1, size=2)
    yield call([2, 3, "M"], inputs=1, size=5)
    yield call([2, "M", 4, 4, "M"], inputs=3, size=6)
    yield call([2, "M", 3, "M"], inputs=1, size=5)  # an odd side is halved
    yield call(VGG16)
    yield call(VGG19)
    yield call(
        [*rng.integers(2, 9, 2).tolist(), "M", 5, "M", 7, 6, "M"],
        inputs=2,
        size=int(rng.integers(8, 30)),
    )


def _stages(
    parameters=lambda i, f: f * (9 * i + 1),
    work=lambda i, f, side: 9 * i * f * side**2,
    out=lambda i, f, side: f * side**2,
    side=lambda side: side // 2,
    reset=True,
    carried=True,
):
    """The ledger by other rules."""
    shrink = side

    def ledger_by_stage(config, inputs=3, size=224):
        stages, sums, channels, side = [], [0, 0, 0], inputs, size
        for item in config:
            if item == "M":
                stages, sums, side = (
                    [*stages, tuple(sums)],
                    [0, 0, 0] if reset else sums,
                    shrink(side),
                )
                continue
            counts = (
                parameters(channels, item),
                work(channels, item, side),
                out(channels, item, side),
            )
            sums, channels = [a + b for a, b in zip(sums, counts)], item if carried else channels
        return stages

    return ledger_by_stage


by_stage.mistake("The biases are missing from your parameters.", "no_biases")(
    _stages(parameters=lambda i, f: 9 * i * f)
)


by_stage.mistake(
    "You counted adding the bias as a multiply-add. Nothing is multiplied there.", "bias_work"
)(_stages(work=lambda i, f, side: (9 * i + 1) * f * side**2))


by_stage.mistake("You count multiplying and adding as two. A multiply-add is one.", "flops")(
    _stages(work=lambda i, f, side: 18 * i * f * side**2)
)


by_stage.mistake("Your maps never shrink. They do after every stage.", "never_shrunk")(
    _stages(side=lambda side: side)
)


by_stage.mistake("Your sums go on from stage to stage. Start each from zero.", "running_sums")(
    _stages(reset=False)
)


by_stage.mistake(
    "All your filters are as deep as the picture. They are as deep as the layer before is wide.",
    "not_carried",
)(_stages(carried=False))


by_stage.mistake(
    "Your filters have one channel. A filter is as deep as its input: 9 weights for each channel.",
    "flat",
)(_stages(parameters=lambda i, f: 10 * f, work=lambda i, f, side: 9 * f * side**2))


by_stage.mistake("You counted the numbers that go in. Count those that come out.", "numbers_in")(
    _stages(out=lambda i, f, side: i * side**2)
)


by_stage.mistake(
    "Your triples are in another order: parameters, multiply-adds, activations.", "order"
)(lambda *args, **kwargs: [triple[::-1] for triple in _stages()(*args, **kwargs)])


by_stage.mistake(
    "You count what pooling puts out too. Only the convolutions count.", "with_pooling"
)(
    lambda config, inputs=3, size=224: [
        (parameters, work, out + last * (size // 2 ** (place + 1)) ** 2)
        for place, ((parameters, work, out), last) in enumerate(
            zip(
                _stages()(config, inputs, size),
                [a for a, b in itertools.pairwise(config) if b == "M"],
            )
        )
    ]
)


by_stage.mistake("You halve the side without rounding down.", "halves")(
    lambda *args, **kwargs: [
        tuple(int(n) for n in triple)
        for triple in _stages(side=lambda side: side / 2)(*args, **kwargs)
    ]
)


by_stage.alternative(_stages())


@by_stage.alternative
def by_splitting(config, inputs=3, size=224):
    result = []
    stages = [
        list(items)
        for is_pool, items in itertools.groupby(config, lambda item: item == "M")
        if not is_pool
    ]
    for place, filters in enumerate(stages):
        pixels = (size // 2**place) ** 2
        pairs = list(zip([inputs, *filters], filters))
        weights = sum(9 * i * f for i, f in pairs)
        result.append((weights + sum(filters), weights * pixels, sum(filters) * pixels))
        inputs = filters[-1]
    return result


@by_stage.alternative
def with_tensors(config, inputs=3, size=224):
    rows, stage = [], torch.zeros(3, dtype=torch.int64)
    for item in config:
        if item == "M":
            rows.append(tuple(stage.tolist()))
            size, stage = size // 2, torch.zeros_like(stage)
        else:
            weight = torch.empty(item, inputs, 3, 3, device="meta")
            stage = stage + torch.tensor(
                [weight.numel() + item, weight.numel() * size * size, item * size * size]
            )
            inputs = item
    return rows


by_stage.demand("For each stage of the list", violated_by="running_sums")
by_stage.demand("(parameters, multiply_adds, activations)", violated_by="order")
by_stage.demand("Biases count as parameters", violated_by="no_biases")
by_stage.demand("not as multiply-adds", violated_by="bias_work")
by_stage.demand("ReLU and pooling are not counted", violated_by="with_pooling")
by_stage.demand("An odd side is rounded down", violated_by="halves")
