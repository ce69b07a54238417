"""What every entry has to keep to, and what it is trained on."""

from collections.abc import Callable
from dataclasses import dataclass

from utils import data
from utils.data import Labeled

CODE = 64  # numbers that may stand in a net's code or in fixed buffers, such as a blur filter
FAMILIES = 70  # of the 110 there are to train on


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
    """As `data.glyphs`, with the first `FAMILIES` to train on: enough to rank nets, in seconds."""
    (x, y), other = data.glyphs(held_out)
    few = FAMILIES * len(data.GLYPHS)
    return (x[:few], y[:few]), other


RULES = Rules("glyphs 2", glyphs, classes=62, numbers=50_000, multiply_adds=1_000_000, time=4.0)
