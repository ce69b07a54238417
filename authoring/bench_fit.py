"""What `train.fit` costs beside a bare loop that does the same steps: `python -m authoring.bench_fit`."""

import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from utils import data, train

PAIRS, PICTURES, EPOCHS, LR, BATCH = 41, 640, 2, 0.004, 64
MOST = 1.05  # seconds of `fit` for one of the loop


def lenet() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def bare(net: nn.Module, x: Tensor, y: Tensor) -> list[float]:
    """The loop as one writes it by hand, and nothing else."""
    optimizer = torch.optim.Adam(net.parameters(), LR)
    steps = EPOCHS * -(-len(x) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=steps)
    losses = []
    torch.manual_seed(0)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            loss = cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return losses


def fitted(net: nn.Module, x: Tensor, y: Tensor) -> list[float]:
    """The same by `fit`, with its progress bar."""
    with contextlib.redirect_stdout(io.StringIO()):  # the progress bar is drawn, and not seen
        return train.fit(net, (x, y), epochs=EPOCHS, lr=LR, batch=BATCH, progress="fit").tolist()


def seconds(work: Callable, x: Tensor, y: Tensor) -> tuple[float, list[float]]:
    """Processor time, which other programs on the machine disturb least."""
    net = lenet()
    start = time.process_time()
    losses = work(net, x, y)
    return time.process_time() - start, losses


def main() -> int:
    (x, y), _ = data.digits(PICTURES, 0)
    ratios = []
    for turn in range(PAIRS + 1):
        first, second = (fitted, bare) if turn % 2 else (bare, fitted)
        runs = {work: seconds(work, x, y) for work in (first, second)}
        if runs[bare][1] != runs[fitted][1]:
            sys.exit("fit and the bare loop did not do the same work: their losses differ.")
        ratios.append(runs[fitted][0] / runs[bare][0])
    ratios = ratios[1:]  # the first pair warms up
    median = statistics.median(ratios)
    low, _, high = statistics.quantiles(ratios, n=4)
    print(f"fit / bare loop: median {median:.3f}, the middle half of {PAIRS} pairs from {low:.3f} to {high:.3f}")
    return int(median > MOST)


if __name__ == "__main__":
    sys.exit(main())
