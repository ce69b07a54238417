"""Exercises 11.13 and 11.14: a NASNet-A cell, and the net counted."""

import torch
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from exercises.variants import as_floats
from utils import train
from utils.models import nasnet
from utils.models.nasnet import NORMAL, OPERATIONS, REDUCTION, Combination, Plan

# 11.13

cell = Module(
    "11.13",
    "A NASNet-A cell",
    difficulty=3,
    minutes=20,
    core=False,
    points=3,
    hints=[
        "`states = [x, older]`, and each pair appends one.",
        (
            "Combination number p has the operations 2p and 2p + 1: the first is"
            " `self.operations[2 * p](states[pair.x])`."
        ),
        "At the end: `torch.cat([states[i] for i in plan.joined], 1)`.",
    ],
)


@cell.reference
class NormalCell(nn.Module):
    def __init__(self, plan, channels):
        super().__init__()
        self.plan = plan
        names = [name for pair in plan.pairs for name in (pair.first, pair.second)]
        self.operations = nn.ModuleList(OPERATIONS[name](channels, channels, 1) for name in names)

    def forward(self, x, older):
        return _built(self, x, older)


def _joined(states, plan):
    return torch.cat([states[place] for place in plan.joined], 1)


def _built(
    self,
    x,
    older,
    add=torch.add,
    join=_joined,
    swap=False,
    second=None,
    chain=False,
    flat=False,
    crossed=False,
):
    """Run the plan with one thing changed."""
    states, layers = [older, x] if swap else [x, older], iter(self.operations)
    inputs = list(states)
    for pair in self.plan.pairs:
        read = (lambda place: inputs[min(place, 1)]) if flat else states.__getitem__
        one = next(layers)(read(pair.y if crossed else pair.x))
        other = next(layers)(one if chain else read(pair.x if second or crossed else pair.y))
        states.append(other if chain else add(one, other))
    return join(states, self.plan)


@cell.cases
def _(rng):
    def pictures(n, c, h, w):
        return normal(rng, n, c, h, w), normal(rng, n, c, h, w)

    yield call(
        Plan((Combination("identity", 0, "average 3x3", 1),), (2,), 1),
        1,
        inputs=pictures(1, 1, 2, 3),
    )
    twice = Combination("max 3x3", 1, "identity", 0), Combination("average 3x3", 2, "identity", 1)
    yield call(Plan(twice, (0, 3), 1), 2, inputs=pictures(2, 2, 3, 4))
    later = (
        Combination("separable 3x3", 0, "identity", 1),
        Combination("max 3x3", 2, "separable 5x5", 2),
    )
    yield call(
        Plan((*later, Combination("identity", 3, "average 3x3", 0)), (4, 1, 2), 1),
        2,
        inputs=pictures(2, 2, 4, 3),
    )
    yield call(NORMAL, 2, inputs=pictures(2, 2, 4, 4))


def _cell(**change):
    return type(
        "NormalCell",
        (cell.answer,),
        {"forward": lambda self, x, older: _built(self, x, older, **change)},
    )


for _name, _change, _sentence in (
    ("multiplied", {"add": torch.mul}, "You multiply the two of a pair. Add them."),
    ("larger", {"add": torch.maximum}, "You take the larger of the two of a pair. Add them."),
    (
        "all_joined",
        {"join": lambda states, plan: torch.cat(states, 1)},
        "You join all states. Join those of `plan.joined`.",
    ),
    (
        "last_only",
        {"join": lambda states, plan: states[-1]},
        "You return the last state alone. Join those of `plan.joined`.",
    ),
    (
        "summed",
        {"join": lambda states, plan: sum(states[place] for place in plan.joined)},
        "You add the states of `plan.joined` up. Join them along the channels.",
    ),
    (
        "in_order",
        {"join": lambda states, plan: torch.cat([states[i] for i in sorted(plan.joined)], 1)},
        "You join in the order of the states' numbers. Join in the order of `plan.joined`.",
    ),
    (
        "without_inputs",
        {"join": lambda states, plan: torch.cat([states[i] for i in plan.joined if i > 1], 1)},
        "You leave out states 0 and 1. They may be in `plan.joined`, too.",
    ),
    (
        "swapped",
        {"swap": True},
        "You take `older` as state 0 and `x` as state 1. It is the other way round.",
    ),
    (
        "crossed",
        {"crossed": True},
        "Your first operation reads `pair.y` and your second `pair.x`. It is the other way round.",
    ),
    (
        "first_twice",
        {"second": True},
        "Both of your operations read `pair.x`. The second reads `pair.y`.",
    ),
    (
        "in_a_row",
        {"chain": True},
        "Your second operation reads what the first gives. It reads state `pair.y`.",
    ),
    (
        "inputs_only",
        {"flat": True},
        "Your pairs read the inputs only. A pair may read what an earlier one gave.",
    ),
):
    cell.mistake(_sentence, _name)(_cell(**_change))


cell.alternative(_cell())


@cell.alternative
class TwoAndTwo(nn.Module):
    def __init__(self, plan, channels):
        super().__init__()
        self.pairs, self.joined = plan.pairs, plan.joined
        self.operations = nn.ModuleList()
        for pair in plan.pairs:
            self.operations.append(OPERATIONS[pair.first](channels, channels, 1))
            self.operations.append(OPERATIONS[pair.second](channels, channels, 1))

    def forward(self, x, older):
        states = [x, older]
        for p, (_, one, _, other) in enumerate(self.pairs):
            states.append(
                self.operations[2 * p](states[one]) + self.operations[2 * p + 1](states[other])
            )
        return torch.hstack([states[i] for i in self.joined])


@cell.alternative
class ByADict(cell.answer):
    def forward(self, x, older):
        states = {0: x, 1: older}
        for p, pair in enumerate(self.plan.pairs):
            first, second = self.operations[2 * p : 2 * p + 2]
            states[len(states)] = torch.stack([first(states[pair.x]), second(states[pair.y])]).sum(
                0
            )
        return torch.cat(tuple(map(states.get, self.plan.joined)), dim=1)


cell.demand("State 0 is `x`, state 1 is `older`", violated_by="swapped")
cell.demand("its first operation applied to state `pair.x`", violated_by="crossed")
cell.demand("plus its second applied to state `pair.y`", violated_by="first_twice")
cell.demand("makes the next state", violated_by="inputs_only")
cell.demand("in that order", violated_by="in_order")
cell.demand("joined along the channels", violated_by="summed")


# 11.14

counted = Exercise(
    "11.14",
    "NASNet-A, counted",
    difficulty=5,
    minutes=45,
    core=False,
    points=4,
    hints=[
        (
            "Three helpers: `fit(a, b) = a * b + 2 * b`, `separable(a, b, k) = a * k * k + a * b +"
            " 2 * b + b * k * k + b * b + 2 * b`, and a list of (is it a reduction, channels) for"
            " all cells."
        ),
        (
            "Carry `inputs` and `older` along. After each cell `older` becomes `inputs`, and"
            " `inputs` its output."
        ),
        (
            "A normal cell has three 3x3 and two 5x5 separable convolutions, all c to c. A"
            " reduction cell has one 3x3, all c to c, one 5x5 on state 0, and two 7x7 and one 5x5"
            " on state 1."
        ),
        (
            "In the first cell state 1 is the stem's output as it is: its separable convolutions"
            " lead from `stem` to c, and there is no `fit` for it."
        ),
    ],
)


@counted.reference
def nasnet_parameters(repeats, penultimate, stem, classes):
    with torch.device("meta"):
        return train.parameters(
            nasnet.NASNetA(nasnet.Size(repeats, penultimate, stem, False), classes)
        )


@counted.cases
def _(rng):
    yield call(1, 96, 4, 2)
    yield call(2, 192, 6, 10)
    yield call(4, 1056, 32, 1000)
    repeats, width, stem, classes = rng.integers([1, 1, 3, 2], [4, 5, 20, 50]).tolist()
    yield call(repeats, 96 * width, stem, classes)


def _count(
    norms=2,
    twice=True,
    middle=None,
    first_fitted=False,
    fit_older=True,
    states=(4, 6),
    stem_norm=2,
    stem_bias=0,
    fc_bias=1,
    kernels=(5, 7, 7, 5, 3),
    normal=(5, 3, 5, 3, 3),
    order=1,
    older_kept=False,
    normals=0,
):
    """A count with one thing changed."""

    def fit(a, b):
        return a * b + norms * b

    def half(a, b, k):
        return a * k * k + a * b + norms * b

    def separable(a, b, k):
        return half(a, b, k) + (half(b, b, k) if twice else 0)

    def one(reduces, c, inputs, older):
        """A cell; without an older input, that is the input itself."""
        total = fit(inputs, c) + (
            fit(older or inputs, c) if (older or first_fitted) and fit_older else 0
        )
        second = c if older or first_fitted else inputs
        if not reduces:
            return total + sum(separable(c, c, k) for k in normal)
        reads = (c, second, second, second, c)
        return total + sum(separable(a, c, k) for a, k in zip(reads, kernels))

    def nasnet_parameters(repeats, penultimate, stem, classes):
        f = penultimate // 24
        many = [(False, f)] * (repeats + normals)
        cells = [(True, f // 4), (True, f // 2), *many]
        for width in (2 * f, 4 * f):
            cells += [(True, width), *[(False, width)] * (repeats + normals)]
        inputs, older, total = stem, None, 27 * stem + stem_norm * stem + stem_bias * stem
        for reduces, c in cells:
            total += one(reduces, c, inputs, older)
            kept = older if older_kept and reduces and older else inputs
            inputs, older = states[0 if reduces else 1] * c, kept
        return total + inputs * classes + fc_bias * classes

    return nasnet_parameters


for _name, _change, _sentence in (
    (
        "no_norms",
        {"norms": 0, "stem_norm": 0},
        "You left out batch normalization: two parameters for each channel.",
    ),
    (
        "one_a_norm",
        {"norms": 1, "stem_norm": 1},
        "You count one parameter a channel for batch normalization. It has two.",
    ),
    (
        "separable_once",
        {"twice": False},
        ("You count each separable convolution once. It is two in a row, the second from b to b."),
    ),
    (
        "all_fitted",
        {"first_fitted": True},
        ("You fit state 1 of the first cell as well. There it is the stem's output as it is."),
    ),
    (
        "older_not_fitted",
        {"fit_older": False},
        "You fit one input of each cell. From the second cell on both are fit.",
    ),
    ("five_joined", {"states": (4, 5)}, "Your normal cells put out 5c channels. They put out 6c."),
    ("all_six", {"states": (6, 6)}, "Your reduction cells put out 6c channels. They put out 4c."),
    (
        "stem_without_norm",
        {"stem_norm": 0},
        "You left out the batch normalization behind the stem's convolution.",
    ),
    ("stem_bias", {"stem_bias": 1}, "You count a bias for the stem's convolution. It has none."),
    ("no_class_bias", {"fc_bias": 0}, "You left out the last layer's bias for each class."),
    (
        "like_normal",
        {"kernels": (5, 3, 5, 3, 3)},
        "Your reduction cells have the windows of the normal ones. They have 5, 7, 7, 5 and 3.",
    ),
    (
        "one_normal_more",
        {"normals": 1},
        "You have one normal cell too many in each of the three rows.",
    ),
    (
        "one_normal_less",
        {"normals": -1},
        "You have one normal cell too few in each of the three rows.",
    ),
    (
        "older_skips",
        {"older_kept": True},
        (
            "Behind a reduction cell your older input is too old by one cell. It is what the"
            " reduction cell read."
        ),
    ),
):
    counted.mistake(_sentence, _name)(_count(**_change))


counted.mistake(
    "The number is right, but it is a float. Parameters are counted: return an `int`.", "a_float"
)(as_floats(_count()))


counted.alternative(_count())


@counted.alternative
def from_its_parts(repeats, penultimate, stem, classes):
    size, total, inputs, older, reduced = (
        nasnet.Size(repeats, penultimate, stem, False),
        29 * stem,
        stem,
        None,
        False,
    )
    with torch.device("meta"):
        for row in nasnet.rows(size):
            part = nasnet.Cell(row.plan, inputs, older, row.channels, halve=reduced)
            total += sum(p.numel() for p in part.parameters())
            inputs, older, reduced = part.outputs, inputs, row.plan is REDUCTION
    return total + (inputs + 1) * classes


counted.demand("No convolution has a bias", violated_by="stem_bias")
counted.demand("batch normalization has two parameters for each channel", violated_by="one_a_norm")
counted.demand("twice in a row", violated_by="separable_once")
counted.demand("puts out **6c** channels", violated_by="five_joined")
counted.demand("puts out **4c**", violated_by="all_six")
counted.demand("linear with bias", violated_by="no_class_bias")
counted.demand("Both inputs of every cell are fit", violated_by="older_not_fitted")
counted.demand("that output as it is, without a fit", violated_by="all_fitted")
counted.demand("Returns: int", violated_by="a_float")
