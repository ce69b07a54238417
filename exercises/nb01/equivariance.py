"""Exercises 1.8 and 1.9: move the picture, and the feature map moves."""

import torch
import torch.nn.functional as F

from checker.exercise import Choice, Exercise, call, normal, whole

# 1.8 and 1.9 Equivariance

equivariance = Exercise(
    "1.8",
    "An equivariance test",
    difficulty=3,
    minutes=12,
    points=2,
    hints=[
        (
            "Two ways lead to a moved output: move first and then apply the layer, or apply the"
            " layer and then move."
        ),
        "`torch.roll(x, (down, right), dims=(2, 3))` moves. Subtract one way from the other.",
    ],
)


def blur(x):
    """Three by three, with the left edge continued at the right one: equivariant to every move."""
    padded = F.pad(x, (1, 1, 1, 1), mode="circular")
    return F.avg_pool2d(padded, 3, stride=1) * 9


def fade(x):
    """Brighter from left to right: it cares for the column."""
    return x * torch.arange(x.shape[3], dtype=x.dtype)


def slant(x):
    """Brighter from the top left to the bottom right: it cares for row and column."""
    return x * torch.arange(x.shape[2] * x.shape[3], dtype=x.dtype).reshape(x.shape[2:])


def mirror(x):
    """Left becomes right: it cares for the column, but not for the row."""
    return x.flip(3)


def brightest(x):
    """Each picture filled with its largest value: invariant."""
    return x.amax((2, 3), keepdim=True).expand_as(x).clone()


def filters(x):
    """Two learned filters with zeros around, so there are more channels, and a gradient."""
    weight = torch.arange(18, dtype=x.dtype).reshape(2, 1, 3, 3).requires_grad_()
    return F.conv2d(x, weight, padding=1)


def _moved(x, down, right):
    return torch.roll(x, (down, right), dims=(2, 3))


@equivariance.reference
def equivariance_gap(layer, x, down, right):
    rows, columns = (
        (torch.arange(x.shape[2]) - down) % x.shape[2],
        (torch.arange(x.shape[3]) - right) % x.shape[3],
    )
    return (
        (layer(x[:, :, rows][..., columns]) - layer(x)[:, :, rows][..., columns])
        .abs()
        .max()
        .item()
    )


@equivariance.cases
def _(rng):
    yield call(fade, torch.tensor([[[[1.0, 2.0, 4.0]]]]), 0, 1)
    yield call(mirror, torch.tensor([[[[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]]]]), 1, 0)
    yield call(mirror, whole(rng, 1, 1, 3, 4), 1, 1)
    yield call(blur, whole(rng, 1, 1, 4, 3), 1, 2)
    yield call(brightest, whole(rng, 2, 1, 3, 3), 2, 1)
    yield call(slant, whole(rng, 2, 3, 4, 5), 2, -1)
    yield call(fade, whole(rng, 1, 2, 4, 5, low=-9, high=9), 3, 2)
    yield call(fade, whole(rng, 1, 2, 5, 5, low=-9, high=0), 1, 3)
    yield call(filters, whole(rng, 2, 1, 3, 4), 1, 2)
    # The largest gap lies in the picture and the channel in the middle.
    loud = torch.tensor([1.0, 5.0, 2.0])
    yield call(slant, normal(rng, 3, 3, 4, 5) * (loud[:, None] * loud)[..., None, None], -1, -2)


@equivariance.mistake(
    "You compare with the output of the picture that did not move, which tests invariance. For"
    " equivariance, move that output along."
)
def invariance_gap(layer, x, down, right):
    return (layer(_moved(x, down, right)) - layer(x)).abs().max().item()


@equivariance.mistake(
    "That is the largest difference with its sign. A large negative one is a difference too."
)
def signed(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).max().item()


@equivariance.mistake(
    "That is the mean difference. A single wrong pixel would nearly vanish in it. Take the"
    " largest one."
)
def mean_gap(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().mean().item()


@equivariance.mistake("You move the output the other way. It should follow the picture.")
def moved_back(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), -down, -right)).abs().max().item()


@equivariance.mistake(
    "You move down by `right` and right by `down`. Axis 2 is the height, axis 3 the width."
)
def axes_swapped(layer, x, down, right):
    return (layer(_moved(x, right, down)) - _moved(layer(x), right, down)).abs().max().item()


@equivariance.mistake(
    "You give a verdict. The size of the gap is asked for: 0 where the layer is equivariant."
)
def verdict(layer, x, down, right):
    return torch.allclose(layer(_moved(x, down, right)), _moved(layer(x), down, right))


@equivariance.mistake(
    "Your gap is 0 for every layer, so both ways are the same one. In one of them the batch is"
    " moved before the layer, along axes 2 and 3."
)
def always_zero(layer, x, down, right):
    return (
        (_moved(layer(x), down, right) - layer(x).roll((down, right), (2, 3))).abs().max().item()
    )


@equivariance.mistake(
    "You compare with the moved batch itself. The second way needs the layer, too."
)
def compared_with_input(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(x, down, right)).abs().max().item()


@equivariance.mistake(
    "That is the sum of all differences. It grows with the picture; take the largest one."
)
def summed(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().sum().item()


@equivariance.mistake("That is the largest difference squared. Take its absolute value.")
def squared(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).pow(2).max().item()


@equivariance.mistake(
    "That is the root of the summed squares. A single number is asked for: the largest difference."
)
def euclidean(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).norm().item()


@equivariance.mistake("Those are the differences of all pixels. Give the largest of them.")
def all_differences(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs()


@equivariance.mistake("That is the gap for a move down alone. Move right as well.")
def down_only(layer, x, down, right):
    return (layer(_moved(x, down, 0)) - _moved(layer(x), down, 0)).abs().max().item()


@equivariance.alternative
def rolled(layer, x, down, right):
    return (layer(_moved(x, down, right)) - _moved(layer(x), down, right)).abs().max()


@equivariance.alternative
def by_distance(layer, x, down, right):
    one, other = layer(_moved(x, down, right)), _moved(layer(x), down, right)
    return torch.dist(one, other, p=float("inf")).item()


@equivariance.alternative
def moved_home(layer, x, down, right):
    """Moving both back by the same amount changes no difference."""
    return (_moved(layer(_moved(x, down, right)), -down, -right) - layer(x)).abs().amax().item()


equivariance.demand("largest absolute difference", violated_by="signed")
equivariance.demand("`down` rows and `right` columns", violated_by="axes_swapped")
equivariance.demand("the layer's output on `x`, moved", violated_by="invariance_gap")
equivariance.demand("the largest absolute difference, a float", violated_by="verdict")


position = Choice(
    "1.9",
    "When the place matters",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": (
            "A cat is a cat in any corner of the photograph, so one detector for all places is"
            " just right."
        ),
        "b": "A spot means the same on any part of the leaf. Sharing one spot detector fits.",
        "d": (
            "The word may begin early or late in the recording and stays the same word. Sharing"
            " over time fits."
        ),
    },
    because=(
        "A heart looks much the same on either side; only its place says whether it is the usual"
        " one."
    ),
    hints=[
        "Move what matters to another place in the picture. In which case should the answer"
        " change?"
    ],
)
