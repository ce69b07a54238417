"""Train a classifier, score it, and do both over several seeds."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm


def fit(
    net: nn.Module, train: tuple[Tensor, Tensor], *, epochs: int, lr: float, batch: int = 64, seed: int = 0
) -> Tensor:
    """Train `net` in place on (x, y) with Adam, a one-cycle rate that peaks at `lr`, and cross-entropy.

    x is (N, ...), y is int64 (N,). `seed` fixes the order of the pictures and what layers such as dropout draw;
    the global random state is left as it was. Returns the loss of every step, (steps,).
    Raises FloatingPointError if the loss stops being a number.
    """
    x, y = train
    steps = epochs * math.ceil(len(x) / batch)
    optimizer = Adam(net.parameters(), lr)
    schedule = OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    losses = []
    net.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for rows in _batches(len(x), batch, epochs):
            loss = cross_entropy(net(x[rows]), y[rows])
            _demand_finite(loss, len(losses) + 1, steps, lr)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return torch.tensor(losses)


def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of pictures, 0 to 1, whose largest output is the right class. The net's mode is left as it was."""
    mode = net.training
    net.eval()
    with torch.no_grad():
        right = net(x).argmax(1) == y
    net.train(mode)
    return right.double().mean().item()


def repeat(run: Callable[[int], object], seeds: Iterable[int], label: str = "seeds"):
    """Call `run(seed)` for every seed, each after `torch.manual_seed(seed)`, under a progress bar.

    `run` returns a number, a tensor, or a dict of these. Returns the same, stacked: a number becomes (seeds,), a
    tensor (d, ...) becomes (seeds, d, ...). The global random state is left as it was.
    """
    results = []
    for seed in tqdm(list(seeds), desc=label, ascii=True, file=sys.stdout, leave=False):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            results.append(run(seed))
    return _stack(results)


def parameters(net: nn.Module) -> int:
    """How many numbers `net` learns."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def _batches(count: int, batch: int, epochs: int) -> Iterator[Tensor]:
    """Row numbers, batch by batch, each epoch in a new order."""
    for _ in range(epochs):
        yield from torch.randperm(count).split(batch)


def _demand_finite(loss: Tensor, step: int, steps: int, lr: float) -> None:
    if not torch.isfinite(loss):
        raise FloatingPointError(
            f"The loss became {loss.item()} at step {step} of {steps}, so training stopped: "
            f"try a smaller learning rate than {lr:g}, and look for a division by zero or a log of zero."
        )


def _stack(results: list):
    if isinstance(results[0], dict):
        return {key: _stack([result[key] for result in results]) for key in results[0]}
    return torch.stack([torch.as_tensor(result) for result in results])
