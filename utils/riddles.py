"""Nets to be told from each other by their drawings: one is what a text says, three are not.

Each function gives the four by letter. Which is the right one stands in the exercise.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils.models import search_space

Nets = dict[str, nn.Module]


class Steps(nn.Module):
    """A net of named layers and a function of the layers and x: `forward` in one expression."""

    def __init__(self, forward: Callable[["Steps", Tensor], Tensor], **layers: nn.Module):
        super().__init__()
        self.run = forward
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        return self.run(self, x)


def lenets() -> Nets:
    """(N, 1, 28, 28) -> (N, 10): of notebook 07."""

    def net(padding: int = 0, active: bool = True, pool: type[nn.Module] = nn.MaxPool2d):
        side = 4 + padding // 2
        second = [nn.Conv2d(6, 16, 5), *[nn.ReLU()] * active, pool(2)]
        first = nn.Conv2d(1, 6, 5, padding=padding), nn.ReLU(), pool(2), *second
        return nn.Sequential(
            *first, nn.Flatten(), nn.Linear(16 * side**2, 84), nn.ReLU(), nn.Linear(84, 10)
        )

    return {"a": net(padding=2), "b": net(pool=nn.AvgPool2d), "c": net(), "d": net(active=False)}


def modules() -> Nets:
    """(N, 32, H, W) -> (N, channels, H, W): of notebook 09."""

    def net(forward):
        layers = {"one": nn.Conv2d(32, 16, 1), "three": nn.Conv2d(8, 16, 3, padding=1)}
        layers |= {"reduce": nn.Conv2d(32, 8, 1), "pool": nn.MaxPool2d(3, 1, padding=1)}
        return Steps(forward, **layers)

    def branches(s: Steps, x: Tensor) -> list[Tensor]:
        return [s.one(x), s.three(s.reduce(x)), s.pool(x)]

    return {
        "a": net(lambda s, x: torch.cat(branches(s, x), 1)),
        "b": net(lambda s, x: torch.cat([s.one(x), s.three(s.reduce(s.pool(x)))], 1)),
        "c": net(lambda s, x: torch.cat([s.one(x), s.three(s.reduce(x)), s.one(s.pool(x))], 1)),
        "d": net(lambda s, x: torch.cat([s.one(x) + s.three(s.reduce(x)), s.pool(x)], 1)),
    }


def blocks() -> Nets:
    """(N, 16, H, W) -> the same shape: of notebook 10."""

    def net(forward):
        layers = {f"conv{n}": nn.Conv2d(16, 16, 3, padding=1, bias=False) for n in (1, 2)}
        return Steps(forward, norm1=nn.BatchNorm2d(16), norm2=nn.BatchNorm2d(16), **layers)

    def active(s: Steps, x: Tensor) -> Tensor:
        return s.norm1(x).relu()

    def rest(s: Steps, y: Tensor) -> Tensor:
        return s.conv2(s.norm2(s.conv1(y)).relu())

    return {
        "a": net(lambda s, x: (x + rest(s, active(s, x))).relu()),
        "b": net(lambda s, x: (y := active(s, x)) + rest(s, y)),
        "c": net(lambda s, x: x + s.norm2(s.conv2(active(s, s.conv1(x))))),
        "d": net(lambda s, x: x + rest(s, active(s, x))),
    }


def cells() -> Nets:
    """(N, 8, H, W) -> (N, 8 or 16, H, W): of notebook 11."""
    right = search_space.Cell(a=1, b=3, s=0, c=2, t=1, d=3)
    wrong = right._replace(s=1), right._replace(t=0), right._replace(c=0, d=2)
    return {
        letter: search_space.CellLayer(cell, 8, 8)
        for letter, cell in zip("abcd", (wrong[0], right, wrong[1], wrong[2]), strict=True)
    }
