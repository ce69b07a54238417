"""What every entry has to keep to, and what it is trained on."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from utils import data
from utils.data import Labeled

CODE = 64  # numbers that may stand in a net's code or in fixed buffers, such as a blur filter
FAMILIES = 70  # of the 110 there are to train on
MOVED = 3  # pixels at most, each way: where pictures lie still, one linear layer is nearly as good


@dataclass(frozen=True)
class Rules:
    """The budget and the training, under a `name`: only entries of the same rules are compared.

    `numbers` is what a net may keep between two calls; `multiply_adds` what it may spend on a
    picture in either mode; `time` the processor time of a training step, as a multiple of the
    reference net's. `load("test")` returns (x, y) to train on and (x, y) to be scored on,
    `load("valid")` others to practice on.
    """

    name: str
    load: Callable[[str], tuple[Labeled, Labeled]]
    classes: int
    numbers: int
    multiply_adds: int
    time: float
    epochs: int = 2
    batch: int = 64
    seeds: tuple[int, ...] = (0, 1, 2)


def glyphs(held_out: str = "test") -> tuple[Labeled, Labeled]:
    """As `data.glyphs`, with the first `FAMILIES` to train on: enough to rank nets, in seconds.

    Each picture is moved by up to `MOVED` pixels, always by the same.
    """
    (x, y), (other_x, other_y) = data.glyphs(held_out)
    few = FAMILIES * len(data.GLYPHS)
    return (moved(x[:few], seed=0), y[:few]), (moved(other_x, seed=1), other_y)


def moved(x: Tensor, seed: int) -> Tensor:
    """x, (N, C, H, W), each picture by whole pixels of its own, drawn by `seed`."""
    source = torch.Generator().manual_seed(seed)
    steps = torch.randint(-MOVED, MOVED + 1, (len(x), 2), generator=source)
    result = torch.empty_like(x)
    for step in steps.unique(dim=0):
        rows = (steps == step).all(1)
        result[rows] = data.shift(x[rows], *step.tolist())
    return result


RULES = Rules("glyphs 3", glyphs, classes=62, numbers=50_000, multiply_adds=1_000_000, time=4.0)
