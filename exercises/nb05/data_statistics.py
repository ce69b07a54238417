"""Exercise 5.1: the statistics of a data set."""

import numpy as np
import torch

from checker.exercise import Exercise, call, whole
from exercises.nb05.shared import IMAGES, spread

channels = Exercise(
    "5.1",
    "Statistics of a data set",
    difficulty=1,
    minutes=5,
    hints=[
        "One mean a channel: every axis but C goes.",
        "`x.mean(dim=(0, 2, 3))` is the first half of the answer.",
        "`x.std` divides by count - 1 unless it is told `correction=0`.",
    ],
)


@channels.reference
def channel_statistics(x):
    flat = np.moveaxis(x.numpy(), 1, 0).reshape(x.shape[1], -1)
    return torch.from_numpy(flat.mean(1)), torch.from_numpy(flat.std(1))


@channels.cases
def _(rng):
    yield call(torch.tensor([[[[0.0, 2.0]]]]))
    yield call(torch.tensor([[[[1.0, 3.0]], [[0.0, 0.0]]], [[[5.0, 7.0]], [[4.0, 4.0]]]]))
    yield call(whole(rng, 2, 2, 2, 2))
    for n, c, h, w in rng.integers(2, 5, (4, 4)):
        yield call(spread(rng, n, c, h, w))


@channels.mistake("You divide the squares by count - 1. Here the count itself is asked for.")
def count_minus_one(x):
    return x.mean(IMAGES), x.std(IMAGES)


@channels.mistake("Your second is the variance. The standard deviation is its square root.")
def variance(x):
    return x.mean(IMAGES), x.var(IMAGES, correction=0)


@channels.mistake("That is one mean and one spread for all channels together.")
def all_channels_together(x):
    return x.mean().reshape(1), x.std(correction=0).reshape(1)


@channels.mistake(
    "Those are numbers for every picture. The data set has one mean a channel: reduce N too."
)
def every_picture(x):
    return x.mean((2, 3)), x.std((2, 3), correction=0)


@channels.mistake("Those are a mean picture and a spread for every pixel. Reduce H and W too.")
def every_pixel(x):
    return x.mean(0), x.std(0, correction=0)


@channels.mistake(
    "You averaged the spreads of single pictures. How far the pictures lie from each other is lost"
    " that way."
)
def mean_of_spreads(x):
    return x.mean(IMAGES), x.std((2, 3), correction=0).mean(0)


@channels.mistake("You kept axes of size 1. Each of the two should have the shape (C,).")
def axes_kept(x):
    return x.mean(IMAGES, keepdim=True), x.std(IMAGES, correction=0, keepdim=True)


@channels.mistake("Your first is the deviation and your second the mean: the mean comes first.")
def deviation_first(x):
    return x.std(IMAGES, correction=0), x.mean(IMAGES)


@channels.mistake(
    "You measured how far the numbers lie from the mean of all channels. Each channel has its own"
    " mean."
)
def from_the_common_mean(x):
    return x.mean(IMAGES), (x - x.mean()).square().mean(IMAGES).sqrt()


@channels.alternative
def by_variance(x):
    return x.mean(IMAGES), x.var(IMAGES, correction=0).sqrt()


@channels.alternative
def by_squares(x):
    mean = x.mean(IMAGES)
    return mean, ((x * x).mean(IMAGES) - mean**2).clamp(min=0).sqrt()


@channels.alternative
def channel_by_channel(x):
    parts = [x[:, c].flatten() for c in range(x.shape[1])]
    mean = torch.stack([part.sum() / len(part) for part in parts])
    return mean, torch.stack([((part - part.mean()) ** 2).mean() ** 0.5 for part in parts])


channels.demand("return two tensors of shape (C,)", violated_by="axes_kept")
channels.demand("the mean of every channel and its standard deviation", violated_by="variance")
channels.demand("both over all pictures and all places together", violated_by="mean_of_spreads")
channels.demand("divide by the count, not by count - 1", violated_by="count_minus_one")
