"""Write contest_trials.csv: seven designs on the glyphs, as they are and changed in three ways,
each from three seeds. It shows which of these tasks tells a good design from a poor one.

Run it as `python data/make_contest_trials.py` from the repository's root. It takes about six
minutes of one processor.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample
from tqdm import tqdm

from utils import capstone, data, train
from utils.capstone.rules import FAMILIES, moved
from utils.data import Labeled
from utils.models.digit_nets import layer, quick

FILE = Path(__file__).parent / "contest_trials.csv"
HEADS = ("task", "design", "seed", "right", "numbers", "multiply_adds")
RULES, CLASSES, LR = capstone.RULES, len(data.GLYPHS), 0.01
NOISE, TURN = 0.3, 0.35  # standard deviation, ink being 1; radians, 20 degrees


def still(x: Tensor, seed: int) -> Tensor:
    return x


def noisy(x: Tensor, seed: int) -> Tensor:
    return x + NOISE * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


def turned(x: Tensor, seed: int) -> Tensor:
    """Each picture turned about its middle, by up to TURN to either side."""
    source = torch.Generator().manual_seed(seed)
    angle = TURN * (2 * torch.rand(len(x), generator=source) - 1)
    zero = torch.zeros(len(x))
    rows = [angle.cos(), -angle.sin(), zero], [angle.sin(), angle.cos(), zero]
    turn = torch.stack([torch.stack(row, 1) for row in rows], 1)  # (N, 2, 3)
    return grid_sample(x, affine_grid(turn, x.shape, False), align_corners=False)


def linear() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, CLASSES))


def hidden() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 57), nn.ReLU(), nn.Linear(57, CLASSES))


def small() -> nn.Module:
    """Two convolutions that cost less than `linear`."""
    first = *layer(1, 6, 3, stride=2, padding=1), nn.MaxPool2d(2)  # (N, 6, 7, 7)
    second = *layer(6, 11, 3, padding=1), nn.MaxPool2d(2)  # (N, 11, 3, 3)
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(99, CLASSES))


def pooled() -> nn.Module:
    """The quick net of notebook 07, cut to the budget."""
    return quick((10, 24, 40, 64), CLASSES)


MADE = {name: make for name, (make, _) in capstone.ENTRIES.items()}
DESIGNS = (linear, hidden, small, MADE["separable"], MADE["LeNet"], MADE["residual"], pooled)
TASKS = (still, noisy, turned, moved)


def task(change: Callable[[Tensor, int], Tensor]) -> tuple[Labeled, Labeled]:
    """The contest's families, (x, y) to learn from and to be scored on, changed."""
    (x, y), (test_x, test_y) = data.glyphs()
    few = FAMILIES * CLASSES
    return (change(x[:few], 0), y[:few]), (change(test_x, 1), test_y)


def right(make: Callable[[], nn.Module], seed: int, parts: tuple[Labeled, Labeled]) -> int:
    """How many of the held-out pictures are right after the contest's training, in float64."""
    pair, (x, y) = parts
    torch.manual_seed(seed)
    net = make()
    train.fit(net, pair, epochs=RULES.epochs, lr=LR, batch=RULES.batch, seed=seed)
    return round(train.accuracy(net, x, y) * len(y))


def costs(make: Callable[[], nn.Module]) -> tuple[int, int]:
    found = capstone.inspect(make).costs
    return found.numbers, found.multiply_adds


def rows():
    for number, change in enumerate(TASKS):
        parts = task(change)
        for design, make in enumerate(tqdm(DESIGNS, change.__name__, ascii=True)):
            for seed in RULES.seeds:
                yield number, design, seed, right(make, seed, parts), *costs(make)


def main() -> None:
    with FILE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEADS)
        table.writerows(rows())


if __name__ == "__main__":
    main()
