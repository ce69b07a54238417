"""Several seeds of a small net trained at once, weights stacked, against one by one."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from authoring.bench.measurement import Measurement, ratios
from utils import data

PAIRS, PICTURES, BATCH, LR = 7, 640, 64, 0.005


def full() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 7), nn.ReLU(), nn.Linear(7, 10))


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 5, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def rows() -> Iterator[Measurement]:
    (x, y), _ = data.digits(PICTURES, 0)
    for name, make in (("fully connected 784-7-10", full), ("two convolutions", convolutional)):
        for seeds in (3, 10):
            if not torch.allclose(stacked(make, seeds, x, y), in_turn(make, seeds, x, y)):
                raise RuntimeError(
                    "Stacked and single nets did not do the same work: their losses differ."
                )
            both = [of(way, make, seeds, x, y) for way in (stacked, in_turn)]
            yield Measurement(f"{seeds} seeds at once / in turn, {name}", ratios(*both, PAIRS))


def of(way: Callable, *arguments) -> Callable[[], Tensor]:
    return lambda: way(*arguments)


def seeded(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return make()


def batches(seed: int) -> tuple[Tensor, ...]:
    return torch.randperm(PICTURES, generator=torch.Generator().manual_seed(seed)).split(BATCH)


def in_turn(make: Callable, seeds: int, x: Tensor, y: Tensor) -> Tensor:
    """The last loss of each seed, (seeds,)."""
    last = []
    for seed in range(seeds):
        net = seeded(make, seed)
        optimizer = torch.optim.Adam(net.parameters(), LR)
        for places in batches(seed):
            loss = cross_entropy(net(x[places]), y[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        last.append(loss.detach())
    return torch.stack(last)


def stacked(make: Callable, seeds: int, x: Tensor, y: Tensor) -> Tensor:
    """The same, in one training of weights (seeds, ...)."""
    nets = [seeded(make, seed) for seed in range(seeds)]
    weights, _ = stack_module_state(nets)
    frame = copy.deepcopy(nets[0]).to("meta")
    losses = vmap(lambda weights, x, y: cross_entropy(functional_call(frame, weights, (x,)), y))
    optimizer = torch.optim.Adam(weights.values(), LR)
    for places in map(torch.stack, zip(*map(batches, range(seeds)))):
        loss = losses(weights, x[places], y[places])
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    return loss.detach()
