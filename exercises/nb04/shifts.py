"""Exercises 4.10 to 4.12: small shifts, and blur pooling."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from checker.exercise import Exercise, Number, call, normal, whole
from checker.module_comparison import Unfit
from utils import data

# 4.10 Shift consistency

shifts = Exercise(
    "4.10",
    "Measure shift consistency",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        (
            "`torch.roll(x, (down, right), dims=(2, 3))` moves it; what leaves on one side comes"
            " in on the other."
        ),
        "A prediction is the class with the largest score: `net(x).argmax(1)`.",
        (
            "Compare the predictions for x and for the moved x. `(a == b).double().mean().item()`"
            " is the share."
        ),
    ],
)


class Brightest(nn.Module):
    """A toy classifier whose class is the brightest row (axis 2) or column (axis 3)."""

    def __init__(self, axis):
        super().__init__()
        self.axis = axis

    def forward(self, x):
        return x.sum(dim=(1, 5 - self.axis))


class Corner(nn.Module):
    """A toy classifier that looks at two places and compares them; like every net, it has
    something to learn.
    """

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.tensor(0.1))

    def forward(self, x):
        return torch.stack([x[:, 0, 0, 0], x[:, 0, -1, -1] + self.bias], dim=1)


class Restless(nn.Module):
    """A net whose scores are random while it is in training mode, as dropout makes them."""

    def forward(self, x):
        scores = Brightest(3)(x)
        return torch.rand_like(scores) if self.training else scores * 0 + torch.tensor([0.0, 1.0])


@shifts.reference
def consistency(net, x, down, right):
    net.eval()
    with torch.no_grad():
        before = net(x).numpy()
        after = net(torch.from_numpy(np.roll(x.numpy(), (down, right), (2, 3)))).numpy()
    return float(np.mean(before.argmax(1) == after.argmax(1)))


@shifts.cases
def _(rng):
    line = torch.tensor([[[[0.0, 1.0, 0.0], [0.0, 2.0, 0.0]]]])
    yield call(Brightest(3), line, 1, 0)
    yield call(Brightest(3), line, 0, 1)
    yield call(Brightest(2), line, 1, 0)
    yield call(Restless(), normal(rng, 6, 1, 3, 2), 0, 1)
    yield call(Corner(), normal(rng, 8, 2, 3, 4), 0, 1)
    yield call(Corner(), normal(rng, 20, 1, 4, 3), -1, 0)
    yield call(Corner(), normal(rng, 20, 3, 4, 5), 2, 3)
    yield call(Corner(), normal(rng, 20, 1, 5, 4), 2, -1)
    yield call(Brightest(2), normal(rng, 10, 1, 4, 4), 4, 4)
    yield call(Corner(), torch.tensor([[[[0.0, 5.0, 0.0]]]]), 0, -1)  # moved right it would stay
    # Gray pictures keep their scores, some others their class alone.
    gray = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.0, 1.0])[:, None, None, None]
    yield call(Corner(), normal(rng, 6, 1, 3, 4) * (1 - gray), 1, 1)


def _agreement(net, x, moved):
    net.eval()
    return (net(x).argmax(1) == net(moved).argmax(1)).double().mean().item()


@shifts.mistake("You give the share of predictions that changed. Give the share that stayed.")
def share_that_changed(net, x, down, right):
    return 1 - consistency(net, x, down, right)


@shifts.mistake(
    "You compare the scores. They may change a little while the predicted class stays."
)
def compares_scores(net, x, down, right):
    net.eval()
    return (net(x) == net(torch.roll(x, (down, right), (2, 3)))).all(1).double().mean().item()


@shifts.mistake(
    "You swap the directions: `down` moves along the height, axis 2, `right` along the width, axis"
    " 3."
)
def directions_swapped(net, x, down, right):
    return consistency(net, x, right, down)


@shifts.mistake(
    "You move the pictures up and left. `torch.roll` moves down and right for positive numbers."
)
def opposite_direction(net, x, down, right):
    return consistency(net, x, -down, -right)


@shifts.mistake(
    "You fill with zeros. The picture is a ring: what leaves comes in on the other side."
)
def filled_with_zeros(net, x, down, right):
    return _agreement(net, x, data.shift(x, down, right))


@shifts.mistake(
    "You roll the flattened batch, so pixels move from row to row. Give `torch.roll` its `dims=(2,"
    " 3)`."
)
def rolled_flat(net, x, down, right):
    return _agreement(net, x, torch.roll(x, down * x.shape[3] + right))


@shifts.mistake("You move along the batch and the channels. Height and width are axes 2 and 3.")
def along_batch_and_channels(net, x, down, right):
    return _agreement(net, x, torch.roll(x, (down, right), (0, 1)))


@shifts.mistake(
    "You leave the net in training mode, where it may answer at random. Call `net.eval()` first."
)
def in_training_mode(net, x, down, right):
    net.train()
    return (
        (net(x).argmax(1) == net(torch.roll(x, (down, right), (2, 3))).argmax(1))
        .double()
        .mean()
        .item()
    )


@shifts.mistake("You count the predictions that stayed. Divide by the number of pictures.")
def a_count(net, x, down, right):
    return consistency(net, x, down, right) * len(x)


@shifts.mistake("You take a negative move for a positive one. It goes up, or to the left.")
def without_sign(net, x, down, right):
    return consistency(net, x, abs(down), abs(right))


@shifts.mistake("You compare the smallest scores. The predicted class has the largest.")
def smallest_score(net, x, down, right):
    net.eval()
    moved = torch.roll(x, (down, right), (2, 3))
    return (net(x).argmin(1) == net(moved).argmin(1)).double().mean().item()


@shifts.mistake("You ask whether all predictions stay. Give their share, from 0 to 1.")
def all_or_nothing(net, x, down, right):
    return float(consistency(net, x, down, right) == 1)


@shifts.mistake("You give one answer for each picture. Give their share, a single float.")
def one_by_one(net, x, down, right):
    net.eval()
    return net(x).argmax(1) == net(torch.roll(x, (down, right), (2, 3))).argmax(1)


@shifts.alternative
def picture_by_picture(net, x, down, right):
    net.eval()
    moved = x.roll(down, 2).roll(right, 3)
    same = [net(a[None]).argmax() == net(b[None]).argmax() for a, b in zip(x, moved)]
    return sum(same).item() / len(same)


@shifts.alternative
def by_joining_two_parts(net, x, down, right):
    down, right = down % x.shape[2], right % x.shape[3]
    rows = torch.cat([x[:, :, x.shape[2] - down :], x[:, :, : x.shape[2] - down]], dim=2)
    moved = torch.cat([rows[..., x.shape[3] - right :], rows[..., : x.shape[3] - right]], dim=3)
    return _agreement(net, x, moved)


@shifts.alternative
def by_indexing(net, x, down, right):
    rows = (torch.arange(x.shape[2]) - down) % x.shape[2]
    columns = (torch.arange(x.shape[3]) - right) % x.shape[3]
    return _agreement(net, x, x[:, :, rows][..., columns])


shifts.demand("as a float from 0 to 1", violated_by="one_by_one")
shifts.demand("the share of the pictures", violated_by="all_or_nothing")
shifts.demand("predicts the same class", violated_by="compares_scores")
shifts.demand("moves `down` and `right` pixels", violated_by="directions_swapped")
shifts.demand("The picture is a ring", violated_by="filled_with_zeros")
shifts.demand("`down` and `right` may be negative", violated_by="without_sign")
shifts.demand(
    "The predicted class is the one with the largest score", violated_by="smallest_score"
)
shifts.demand("Put the net into evaluation mode", violated_by="in_training_mode")


# 4.11 Blur pooling

blur = Exercise(
    "4.11",
    "Blur pooling",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        "The weights are the outer product of [1, 2, 1] with itself, divided by 16.",
        (
            "Pad by one on each side with `F.pad(x, (1, 1, 1, 1), mode=mode)`. Every channel is"
            " blurred alone: `groups=C`, and the weight has shape (C, 1, 3, 3)."
        ),
        "One call does the rest: `F.conv2d(padded, weight, stride=stride, groups=C)`.",
    ],
)


TRIANGLE = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64) / 4


def _depthwise(x, filter, stride, mode="reflect"):
    channels = x.shape[1]
    weight = filter.to(x.dtype).expand(channels, 1, *filter.shape)
    padded = F.pad(x, (1, 1, 1, 1)) if mode == "constant" else F.pad(x, (1, 1, 1, 1), mode=mode)
    return F.conv2d(padded, weight, stride=stride, groups=channels)


@blur.reference
def blur_pool(x, stride=2, mode="reflect"):
    n, c, h, w = x.shape
    filter = torch.outer(TRIANGLE, TRIANGLE).to(x.dtype)
    padded = F.pad(x, (1, 1, 1, 1), mode=mode).reshape(n * c, 1, h + 2, w + 2)
    blurred = F.conv2d(padded, filter[None, None], stride=stride)
    return blurred.reshape(n, c, *blurred.shape[2:])


@blur.probe
def _(attempt, x, *args, **kwargs):
    """Nets are trained through it, so the gradient counts too."""
    with torch.enable_grad():
        leaf = x.clone().requires_grad_()
        output = attempt(leaf, *args, **kwargs)
        seen = {"the output": output}
        if not isinstance(output, torch.Tensor) or not output.is_floating_point():
            return seen
        if not output.requires_grad:
            raise Unfit("no gradient flows through your answer, so nothing before it could learn.")
        (
            output
            * torch.linspace(0.5, 1.5, output.numel(), dtype=output.dtype).reshape(output.shape)
        ).sum().backward()
    return seen | {"the gradient": leaf.grad}


@blur.cases
def _(rng):
    yield call(torch.tensor([[[[0.0, 0.0, 0.0], [0.0, 16.0, 0.0], [0.0, 0.0, 0.0]]]]), stride=1)
    yield call(torch.tensor([[[[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]]]]))
    yield call(whole(rng, 1, 1, 4, 4))
    yield call(whole(rng, 1, 2, 4, 6))
    yield call(whole(rng, 2, 3, 5, 4), mode="circular")
    yield call(whole(rng, 1, 3, 7, 5), stride=3)
    yield call(normal(rng, 2, 2, 6, 6), stride=1, mode="circular")
    yield call(normal(rng, 1, 2, 4, 6))


def _named(filter):
    return lambda x, stride=2, mode="reflect": _depthwise(x, filter, stride, mode)


SQUARE = torch.outer(TRIANGLE, TRIANGLE)


blur.mistake(
    "Your weights add up to 16, so the picture comes out 16 times as bright. Divide by 16.",
    "not_divided",
)(_named(SQUARE * 16))


blur.mistake("Your weights add up to 4. Divide by 4 in both directions.", "divided_once")(
    _named(SQUARE * 4)
)


blur.mistake(
    "You take the plain average of 3x3. Let the weights fall off from the middle: 1, 2, 1.", "box"
)(_named(torch.full((3, 3), 1 / 9)))


blur.mistake(
    "You add row and column weights. Multiply them: the corners of the filter are 1/16.",
    "sum_of_weights",
)(_named((TRIANGLE[:, None] + TRIANGLE) / 6))


blur.mistake(
    "You blur along the width only. Blur along the height as well.", "width_only_blurred"
)(_named(torch.stack([TRIANGLE * 0, TRIANGLE, TRIANGLE * 0])))


@blur.mistake("You pad with zeros, so the edge gets darker. Pad as `mode` says.")
def zero_padded(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, "constant")


@blur.mistake("You pad by reflection, whatever `mode` says.")
def always_reflected(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride)


@blur.mistake("Your output is that for a stride of 1. Keep every `stride`-th pixel.")
def stride_missing(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, 1, mode)


@blur.mistake(
    "You subsample first and blur afterwards. Blur first: what subsampling mixes up, a blur cannot"
    " mend."
)
def blurred_too_late(x, stride=2, mode="reflect"):
    return _depthwise(x[..., ::stride, ::stride], SQUARE, 1, mode)


@blur.mistake("Each of your channels is the sum over all of them. Blur each alone: `groups=C`.")
def channels_mixed(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, mode).sum(1, keepdim=True).expand(-1, x.shape[1], -1, -1)


@blur.mistake(
    "Something cuts the chain of gradients: `.detach()`, `.data`, `torch.no_grad()`, numpy or a"
    " new"
    " tensor."
)
def without_gradient(x, stride=2, mode="reflect"):
    return _depthwise(x.detach(), SQUARE, stride, mode)


@blur.mistake(
    "Your first pixel is not the first of `x`. Keep the pixels 0, `stride`, 2 `stride`, ..."
)
def starting_later(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, 1, mode)[..., stride - 1 :: stride, stride - 1 :: stride]


@blur.alternative
def blur_by_slices(x, stride=2, mode="reflect"):
    x = F.pad(x, (1, 1, 1, 1), mode=mode)
    x = (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :])[..., ::stride, :] / 4
    return (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:])[..., ::stride] / 4


@blur.alternative
def blur_by_two_averages(x, stride=2, mode="reflect"):
    once = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode=mode), 2, stride=1)
    return F.avg_pool2d(once, 2, stride=stride)


@blur.alternative
def blur_by_groups(x, stride=2, mode="reflect"):
    return _depthwise(x, SQUARE, stride, mode)


@blur.alternative
def blur_by_einsum(x, stride=2, mode="reflect"):
    windows = F.pad(x, (1, 1, 1, 1), mode=mode).unfold(2, 3, stride).unfold(3, 3, stride)
    filter = TRIANGLE.to(x.dtype)
    return torch.einsum("ncijab,a,b->ncij", windows, filter, filter)


blur.demand("keep every `stride`-th pixel", violated_by="stride_missing")
blur.demand("starting with the first", violated_by="starting_later")
blur.demand("Every channel alone", violated_by="channels_mixed")
blur.demand("with the 3x3 filter", violated_by="box")
blur.demand('`mode` is "reflect" or "circular"', violated_by="always_reflected")
blur.demand("stay in torch, so that gradients flow", violated_by="without_gradient")


# 4.12 The shift that changes nothing

period = Number(
    "4.12",
    "The shift that changes nothing",
    8,
    difficulty=2,
    minutes=2,
    core=False,
    wrong={
        "one_layer": (
            2,
            "That is the stride of one layer. The second layer's grid is already twice as coarse.",
        ),
        "two_layers": (4, "That satisfies the first two layers. There is a third."),
        "sum_of_strides": (
            6,
            "You added the strides. A step of one on the last grid is 2 x 2 x 2 pixels.",
        ),
        "whole_picture": (
            16,
            "That brings the very same picture back, so it holds. There is a smaller one.",
        ),
        "any_shift": (
            1,
            "A shift of one pixel makes the first pooling meet other pairs of pixels.",
        ),
    },
    right=[2**3, 8.0],
    hints=[
        "After one pooling, a shift of 2 pixels is a shift of 1. What must it be before all three?"
    ],
)


@period.recall
def _(rng):
    times = rng.randint(2, 6)
    text = (
        f"A net halves the picture {times} times by max pooling and treats all places alike. What"
        " is the smallest shift, in pixels, that can change no prediction?"
    )
    return text, 2**times
