"""Exercises 11.13 and 11.14: a NASNet-A cell, and the net counted."""

import torch
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from utils import train
from utils.models import nasnet
from utils.models.nasnet import NORMAL, OPERATIONS, REDUCTION, Combination, Plan

# 11.13

cell = Module(
    "11.13",
    "A NASNet-A cell",
    difficulty=3,
    minutes=12,
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
    self, x, older, add=torch.add, join=_joined, swap=False, second=None, chain=False, flat=False
):
    """Run the plan with one thing changed."""
    states, layers = [older, x] if swap else [x, older], iter(self.operations)
    inputs = list(states)
    for pair in self.plan.pairs:
        read = (lambda place: inputs[min(place, 1)]) if flat else states.__getitem__
        one = next(layers)(read(pair.x))
        other = next(layers)(one if chain else read(pair.x if second else pair.y))
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
    ("multiplied", {"add": torch.mul}, "You multiply the two of a pair. They are added."),
    (
        "larger",
        {"add": torch.maximum},
        "You take the larger of the two of a pair. They are added.",
    ),
    (
        "all_joined",
        {"join": lambda states, plan: torch.cat(states, 1)},
        "You join all states. Only those of `plan.joined` leave the cell.",
    ),
    (
        "last_only",
        {"join": lambda states, plan: states[-1]},
        "Only the last state leaves your cell. Those of `plan.joined` do.",
    ),
    (
        "summed",
        {"join": lambda states, plan: sum(states[place] for place in plan.joined)},
        "You add the states up at the end. They are joined along the channels.",
    ),
    (
        "in_order",
        {"join": lambda states, plan: torch.cat([states[i] for i in sorted(plan.joined)], 1)},
        "You join in the order of the states' numbers. `plan.joined` has an order of its own.",
    ),
    (
        "without_inputs",
        {"join": lambda states, plan: torch.cat([states[i] for i in plan.joined if i > 1], 1)},
        "An input can leave the cell, too: state 0 or 1 may be among those joined.",
    ),
    (
        "swapped",
        {"swap": True},
        "The inputs have traded places: state 0 is `x`, state 1 is `older`.",
    ),
    (
        "first_twice",
        {"second": True},
        "Both operations of a pair read `pair.x`. The second reads `pair.y`.",
    ),
    (
        "in_a_row",
        {"chain": True},
        "Your second operation reads what the first gives. Both read states, and are added.",
    ),
    (
        "inputs_only",
        {"flat": True},
        "Your pairs read the inputs only. A pair can read what an earlier one gave.",
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


# 11.14

counted = Exercise(
    "11.14",
    "NASNet-A, counted",
    difficulty=5,
    minutes=25,
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
        "Batch normalization is missing: two parameters a channel.",
    ),
    (
        "one_a_norm",
        {"norms": 1, "stem_norm": 1},
        "Batch normalization has two parameters a channel: a scale and a shift.",
    ),
    (
        "separable_once",
        {"twice": False},
        (
            "Your separable convolutions come once. Each is done twice, the second time"
            " with b channels in and out."
        ),
    ),
    (
        "all_fitted",
        {"first_fitted": True},
        (
            "You fit the older input in the first cell as well. There it is the stem's"
            " output, taken as it is."
        ),
    ),
    (
        "older_not_fitted",
        {"fit_older": False},
        "Only one input of a cell is fit. From the second cell on both are.",
    ),
    (
        "five_joined",
        {"states": (4, 5)},
        "Your normal cells put out five states. The older input is the sixth.",
    ),
    ("all_six", {"states": (6, 6)}, "Your reduction cells put out six states. Theirs are four."),
    (
        "stem_without_norm",
        {"stem_norm": 0},
        "The batch normalization behind the stem's convolution is missing.",
    ),
    ("stem_bias", {"stem_bias": 1}, "The stem's convolution has no bias."),
    ("no_class_bias", {"fc_bias": 0}, "The last layer has a bias for each class."),
    (
        "like_normal",
        {"kernels": (5, 3, 5, 3, 3)},
        "Your reduction cells have the windows of the normal ones. Theirs are 5, 7, 7, 5 and 3.",
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
            "After a reduction cell your older input is that of the reduction cell. It is"
            " the input of the cell before, whatever that is."
        ),
    ),
):
    counted.mistake(_sentence, _name)(_count(**_change))


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
