"""Accuracy for time: notebook 07's quick net against PyTorch's MNIST example, same digits."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from authoring.bench.learner import take
from authoring.bench.measurement import Measurement, seconds
from utils import data, train
from utils.models import digit_nets

SPLITS, EPOCHS, RECIPE_EPOCHS = range(5), 8, 14
SLICE = 1000  # pictures of the recipe's epoch that are timed in each turn


def rows() -> Iterator[Measurement]:
    scores, times = zip(*map(race, SPLITS))
    yield Measurement(
        "accuracy of the quick net, mean of five splits",
        [sum(scores) / len(scores)],
        "%",
        least=99.0,
    )
    yield Measurement("accuracy of the quick net, by split", list(scores), "%")
    yield Measurement(
        "seconds of the quick net / of PyTorch's MNIST example", list(times), most=0.1
    )


def race(split: int) -> tuple[float, float]:
    """Percent right, and the ratio of times.

    The recipe's is that of a quarter epoch, times four, times its epochs.
    """
    shake = take("07", "shake").shake
    (x, y), (u, v) = data.digits(seed=split)
    x, u = 1.275 * x.float() - 0.1, 1.275 * u.float() - 0.1
    net = quick(split)
    ours = seconds(lambda: learn(net, x, y, shake, split))
    theirs = seconds(lambda: recipe(x[:SLICE], y[:SLICE])) * RECIPE_EPOCHS * len(x) / SLICE
    return 100 * train.accuracy(net, u, v), ours / theirs


def quick(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return digit_nets.quick().float()


def learn(net: nn.Module, x: Tensor, y: Tensor, shake, seed: int) -> None:
    smooth = train.Options(nn.CrossEntropyLoss(label_smoothing=0.1), augment=shake)
    train.fit(net, (x, y), epochs=EPOCHS, lr=0.01, seed=seed, options=smooth)


def recipe(x: Tensor, y: Tensor) -> None:
    """As data/make_recipe_curve.py trains it."""
    net = digit_nets.recipe().float()
    optimizer = torch.optim.Adadelta(net.parameters(), 1.0)
    for places in torch.randperm(len(x)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[places]), y[places]).backward()
        optimizer.step()
