"""Exercises 8.5 to 8.7: many pictures from one, and dropout."""

import contextlib
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Number, call, normal
from checker.module_comparison import Unfit, asked_for

# 8.5 Crops

crops = Number(
    "8.5",
    "How many pictures in one?",
    2178,
    difficulty=1,
    minutes=3,
    core=False,
    wrong={
        "paper": (
            2048,
            (
                "That is the paper's own number, 32 x 32 x 2. Does a window of 1 pixel in 2 have"
                " one place?"
            ),
        ),
        "unmirrored": (1089, "Each of them can be mirrored as well."),
        "unmirrored_paper": (
            1024,
            "Think of a window of 1 pixel in 2: it has two places. And the mirror is missing.",
        ),
        "one_axis": (66, "The window moves along both axes, and independently."),
        "every_pixel": (
            131072,
            "That lets the window begin at every pixel; it would hang over the edge.",
        ),
    },
    right=[2178.0, 33 * 33 * 2, 2 * (256 - 224 + 1) ** 2],
    hints=[
        "Along one axis it is the rule of 8.1, with stride 1.",
        "Then both axes, then the mirror.",
    ],
)


@crops.recall
def _(rng):
    window = rng.randint(20, 40)
    side = window + rng.randint(2, 12)
    text = (
        f"How many {window} x {window} windows can be cut from {side} x {side} pixels, each as it "
        "is and mirrored?"
    )
    return text, 2 * (side - window + 1) ** 2


# 8.6 Dropout. Judged by statistics: with 200,000 numbers, a share rounded to two digits is
# practically never off, and their count practically never as expected to the last one.

drop = Exercise(
    "8.6",
    "Dropout",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        (
            "`torch.rand(x.shape)` draws numbers from 0 to 1 with equal chance everywhere. Which"
            " share lies below p?"
        ),
        (
            "`torch.rand(x.shape) >= p` is True with probability 1 - p. True counts as 1 in a"
            " product."
        ),
        (
            "In training: `mask = torch.rand(x.shape) >= p`, then `x * mask / (1 - p)`. Otherwise:"
            " `x`."
        ),
    ],
)


@drop.reference
def dropout(x, p, training):
    if not training:
        return x.clone()
    return x * torch.empty_like(x).bernoulli_(1 - p) / (1 - p)


@drop.cases
def _(rng):
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), 0.3, training=False)
    yield call(1 + normal(rng, 500, 400).abs(), 0.3, training=True)
    yield call(1 + normal(rng, 500, 400).abs(), 0.5, training=True)
    yield call(-1 - normal(rng, 40, 20, 10, 25).abs(), 0.75, training=True)
    yield call(normal(rng, 2, 3, 4, 4), 0.8, training=False)
    # last, where a slip with p may end in an error that says little of the slip
    yield call(torch.tensor([[1.0, 2.0, 3.0]]), 0.0, training=True)


LIBRARY = [(place, name) for place in (F, torch) for name in vars(place) if "dropout" in name]


def _library(*args, **kwargs):
    raise Unfit("this calls the library's dropout. The exercise is to write it yourself.")


@drop.probe
def _(attempt, x, p, training):
    with contextlib.ExitStack() as stack:
        for place in LIBRARY:
            stack.enter_context(mock.patch.object(*place, _library))
        given = x.clone()
        y, again = attempt(given, p, training), attempt(x.clone(), p, training)
    if not torch.equal(given, x):
        raise Unfit(
            "this changes its input, which the caller still needs. Write `x * mask`, not `x *="
            " mask`."
        )
    if y is None or p == 0 or not training:
        return y
    asked_for(y, torch.Tensor, "a tensor")
    if y.shape != x.shape:
        raise Unfit(f"your result has shape {tuple(y.shape)}; `x` has {tuple(x.shape)}.")
    return _of_dropout(x, y, again, p)


def _of_dropout(x, y, again, p):
    """What can be said of dropout without knowing the numbers it draws."""
    kept = y != 0
    factors = (y / x)[kept]
    known = factors if len(factors) else factors.new_ones(1)
    return {
        "the axes along which all are dropped or kept together": _together(kept),
        "the share of numbers that are zero": round((~kept).double().mean().item(), 2),
        "the smallest factor on those that are kept": known.min().item(),
        "the largest factor on those that are kept": known.max().item(),
        "the number of zeros": _how_many(~kept, again == 0, p),
        "a second call": "the same zeros" if torch.equal(kept, again != 0) else "new zeros",
    }


def _how_many(dropped, again, p) -> str:
    """Whether their number is left to chance: in each call, and along each axis."""
    off = [abs(zeros.sum() - p * zeros.numel()) for zeros in (dropped, again)]
    counts = [dropped.movedim(axis, 0).flatten(1).sum(1) for axis in range(dropped.dim())]
    fixed = max(off) <= 1 or any(count.max() - count.min() <= 1 for count in counts)
    return "fixed" if fixed else "left to chance"


def _together(kept):
    return [
        axis for axis in range(kept.dim()) if (kept == kept.select(axis, 0).unsqueeze(axis)).all()
    ]


def _scaled(
    draw=lambda x, p: torch.rand(x.shape) >= p,
    training=lambda p: 1 / (1 - p),
    evaluation=lambda p: 1.0,
):
    """Dropout with another mask or other factors."""

    def dropout(x, p, training_mode):
        return x * draw(x, p) * training(p) if training_mode else x * evaluation(p)

    return dropout


OVER_P = "You multiply the kept numbers by 1 / p. A share of 1 - p is kept, so divide by that."
P_KEPT = "You keep a share of p and drop the rest. Here p is the probability of being dropped."


def _kept_below(x, p):
    return torch.rand(x.shape) < p


def _one_over(p):
    return 1 / torch.as_tensor(p)


# At p = 0, one over p is an error, infinite, or thought of.
for _name, _factor in (
    ("", lambda p: 1 / p if p else 1.0),
    (", an error at 0", lambda p: 1 / p),
    (", infinite at 0", _one_over),
):
    drop.mistake(OVER_P, f"over_p{_name}")(_scaled(training=_factor))
    drop.mistake(P_KEPT, f"p_kept{_name}")(_scaled(_kept_below, training=_factor))


drop.mistake(
    "You leave the kept numbers as they are, so the mean falls. Make up for what was dropped.",
    "no_scale",
)(_scaled(training=lambda p: 1.0))


drop.mistake("You multiply by 1 - p what should be divided by it.", "times_kept")(
    _scaled(training=lambda p: 1 - p)
)


drop.mistake(
    "Your factor is right for dropping a share of p, but your mask keeps that share. Turn the"
    " comparison round.",
    "mask_turned",
)(_scaled(_kept_below))


drop.mistake(
    "You keep a share of p, not of 1 - p, and leave what is kept as it is.", "p_kept_no_scale"
)(_scaled(_kept_below, training=lambda p: 1.0))


drop.mistake(
    "Your `training` is the wrong way round: you drop in evaluation mode, and not in training.",
    "mode_turned",
)(lambda x, p, training: x if training else x * (torch.rand(x.shape) >= p) / (1 - p))


drop.mistake("Yours never drops anything, not even in training.", "never")(
    lambda x, p, training: x.clone()
)


drop.mistake(
    "Yours is dropout as of 2012: no factor in training, a factor of 1 - p afterwards. Here all is"
    " settled in training.",
    "of_2012",
)(_scaled(training=lambda p: 1.0, evaluation=lambda p: 1 - p))


drop.mistake(
    "You correct twice: you divide in training and multiply again in evaluation, which should"
    " leave x alone.",
    "twice",
)(_scaled(evaluation=lambda p: 1 - p))


drop.mistake(
    "You compare p with numbers from a bell curve. The share of them below p is not p. Draw with"
    " `torch.rand`.",
    "bell_curve",
)(_scaled(lambda x, p: torch.randn(x.shape) >= p))


drop.mistake(
    "You draw one mask for the whole batch. Every picture needs its own: draw as many numbers as x"
    " has.",
    "one_mask",
)(_scaled(lambda x, p: torch.rand(x.shape[1:]) >= p))


drop.mistake(
    "You draw one mask for the last two axes, and all pictures and channels share it. Draw as many"
    " numbers as x has.",
    "one_mask_for_the_maps",
)(_scaled(lambda x, p: torch.rand(x.shape[-2:]) >= p))


drop.mistake(
    "You drop whole pictures. Every number is dropped or kept by itself.", "whole_pictures"
)(_scaled(lambda x, p: torch.rand(len(x), *[1] * (x.dim() - 1)) >= p))


drop.mistake(
    "You drop whole feature maps. Every number is dropped or kept by itself.", "whole_maps"
)(_scaled(lambda x, p: torch.rand(*x.shape[:2], *[1] * (x.dim() - 2)) >= p))


@drop.mistake("You drop in evaluation mode too. Look at `training`.")
def always(x, p, training):
    return x * (torch.rand(x.shape) >= p) / (1 - p)


@drop.mistake(
    "You multiply every number by a random one. A number is kept or dropped, so compare with p"
    " first."
)
def not_compared(x, p, training):
    return x * torch.rand(x.shape) / (1 - p) if training else x


@drop.mistake(
    "You drop exactly a share of p. Every number should be dropped by itself, so that their count"
    " varies."
)
def exact_count(x, p, training):
    if not training:
        return x
    mask = torch.ones(x.numel())
    mask[torch.randperm(x.numel())[: int(p * x.numel())]] = 0
    return x * mask.reshape(x.shape) / (1 - p)


@drop.mistake(
    "You divide by the share that was kept in this draw. Divide by 1 - p, which is the same in"
    " every draw."
)
def by_the_kept_share(x, p, training):
    mask = (torch.rand(x.shape) >= p).to(x.dtype)
    return x * mask / mask.mean() if training else x


@drop.mistake("You changed x itself. Leave it as it is, and return another tensor.")
def x_changed(x, p, training):
    return x.mul_(torch.rand(x.shape) >= p).div_(1 - p) if training else x


@drop.mistake("You set a random seed, so every call drops the same numbers.")
def seeded(x, p, training):
    torch.manual_seed(0)
    return dropout(x, p, training)


@drop.mistake("You called the library's dropout. This exercise is to write it yourself.")
def library_dropout(x, p, training):
    return torch.dropout(x, p, training)


@drop.alternative
def by_comparison(x, p, training):
    if training:
        mask = torch.rand_like(x) >= p
        return x * mask / (1 - p)
    return x


@drop.alternative
def with_numpy(x, p, training):
    if not training:
        return x
    mask = (np.random.rand(*x.shape) < 1 - p) / (1 - p)
    return x * torch.from_numpy(mask)


@drop.alternative
def by_filling(x, p, training):
    y = x.clone()
    if training:
        y[torch.rand(x.shape) < p] = 0
        y /= 1 - p
    return y


@drop.alternative
def by_where(x, p, training):
    dropped = torch.bernoulli(torch.full(x.shape, float(p))).bool()
    return torch.where(dropped, torch.zeros_like(x), x / (1 - p)) if training else x.clone()


drop.demand("the probability that a number is dropped", violated_by="mask_turned")
drop.demand("every number is dropped by itself", violated_by="one_mask")
drop.demand("independently of all others", violated_by="exact_count")
drop.demand("what is kept is scaled so that the mean stays", violated_by="no_scale")
drop.demand("Otherwise return x as it is", violated_by="always")
drop.demand("Do not change x", violated_by="x_changed")
drop.demand("set no seed", violated_by="seeded")
drop.demand("do not call the library's dropout", violated_by="library_dropout")


# 8.7 Spot the bug

switch = Module(
    "8.7",
    "Spot the bug: the switch",
    difficulty=2,
    minutes=6,
    hints=[
        (
            "`net.eval()` sets `training` to False on the net and on all its parts. Who reads it"
            " here?"
        ),
        "`F.dropout` has a third argument, `training`. What is it if you do not give it?",
    ],
)


@switch.reference
class Head(nn.Module):
    def __init__(self, inputs, hidden, classes, p=0.5):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.fc1(x))))


@switch.cases
def _(rng):
    yield call(2, 8, 2, inputs=normal(rng, 2, 2))
    yield call(5, 40, 3, p=0.2, inputs=normal(rng, 6, 5))
    yield call(4, 30, 3, p=0.8, inputs=normal(rng, 5, 4))


def _head(drop):
    """A Head that drops in another way; `drop(self, h)`."""

    def init(self, inputs, hidden, classes, p=0.5):
        nn.Module.__init__(self)
        self.fc1, self.fc2, self.p = nn.Linear(inputs, hidden), nn.Linear(hidden, classes), p

    return type(
        "Head",
        (nn.Module,),
        {"__init__": init, "forward": lambda self, x: self.fc2(drop(self, F.relu(self.fc1(x))))},
    )


switch.mistake(
    "Yours still drops in evaluation mode. `F.dropout` cannot know the mode of your net, and an"
    " `nn.Dropout` made inside `forward` is new each time, so `eval()` never reached it.",
    "still_on",
)(_head(lambda self, h: F.dropout(h, self.p)))


switch.mistake("Yours never drops, not even in training.", "never")(_head(lambda self, h: h))


switch.mistake("Your switch is the wrong way round: it drops in evaluation mode only.", "turned")(
    _head(lambda self, h: F.dropout(h, self.p, not self.training))
)


switch.mistake(
    "You switch it right, but p is lost: 0.5 is the default of `F.dropout` and `nn.Dropout`.",
    "p_lost",
)(_head(lambda self, h: F.dropout(h, training=self.training)))


switch.mistake(
    "You correct in evaluation mode. PyTorch's dropout has done that in training already: the"
    " numbers stay as they are.",
    "twice",
)(_head(lambda self, h: F.dropout(h, self.p) if self.training else h * (1 - self.p)))


switch.mistake(
    "You drop what `fc2` puts out, the scores themselves. Drop the hidden numbers.", "scores"
)(
    type(
        "Head",
        (_head(None),),
        {
            "forward": lambda self, x: F.dropout(
                self.fc2(F.relu(self.fc1(x))), self.p, self.training
            )
        },
    )
)


switch.mistake(
    "You drop by hand, so other numbers are drawn. PyTorch's own dropout is asked for.", "by_hand"
)(_head(lambda self, h: by_comparison(h, self.p, self.training)))


@switch.mistake("Your layers have other names. The task asks for `fc1` and `fc2`.")
class OtherNames(nn.Module):
    def __init__(self, inputs, hidden, classes, p=0.5):
        super().__init__()
        self.l1, self.l2, self.p = nn.Linear(inputs, hidden), nn.Linear(hidden, classes), p

    def forward(self, x):
        return self.l2(F.dropout(F.relu(self.l1(x)), self.p, self.training))


switch.mistake("Your ReLU is missing.", "no_relu")(
    type(
        "Head",
        (_head(None),),
        {"forward": lambda self, x: self.fc2(F.dropout(self.fc1(x), self.p, self.training))},
    )
)


switch.alternative(_head(lambda self, h: F.dropout(h, self.p, self.training)))


switch.alternative(_head(lambda self, h: F.dropout(h, self.p) if self.training else h))


@switch.alternative
class InASequence(nn.Module):
    def __init__(self, inputs, hidden, classes, p=0.5):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
        self.rest = nn.Sequential(nn.ReLU(), nn.Dropout(p))

    def forward(self, x):
        return self.fc2(self.rest(self.fc1(x)))


switch.demand("Keep the names fc1 and fc2", violated_by="OtherNames")
switch.demand("ReLU and dropout between them", violated_by="no_relu")
switch.demand("PyTorch's own dropout", violated_by="by_hand")
switch.demand("dropped with probability p, in training mode only", violated_by="still_on")
