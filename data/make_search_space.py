"""Write search_space.csv: every cell of utils/models/search_space.py trained from two seeds. Needs
the course only.

Run it as `python data/make_search_space.py` from the repository's root. It takes about ten minutes
of one processor. A row is written when its net is trained: stopped and run again, it goes on where
it was.
"""

import csv
import os
from pathlib import Path

import torch
from tqdm import tqdm

from utils import data, shapes, train
from utils.data import Labeled
from utils.models.search_space import Cell, CellNet, cells

FILE = Path(__file__).parent / "search_space.csv"
HEADS = (*Cell._fields, "seed", "valid", "test", "parameters", "multiply_adds")
SEEDS = range(2)  # more may follow: rows that are there stay
NOISE = (
    0.3  # standard deviation, ink being 1: clean digits are so easy that most cells come out alike
)
STEPS = 6 * 19  # epochs times batches


def task() -> tuple[Labeled, Labeled, Labeled]:
    """600 noisy 8x8 digits to train on, 600 to choose by, 597 to report: (x, y) each, the same at
    every call.
    """
    (x, y), test = data.digits8(1200, 597)
    source = torch.Generator().manual_seed(0)
    (x, y), test = (
        (x + NOISE * torch.randn(x.shape, generator=source), y) for x, y in ((x, y), test)
    )
    return (x[:600], y[:600]), (x[600:], y[600:]), test


def row(cell: Cell, seed: int, parts: tuple[Labeled, Labeled, Labeled]) -> list[int]:
    """Train one net; `valid` and `test` count the pictures it gets right, multiply-adds are those
    of one picture.
    """
    fit, valid, test = parts
    torch.manual_seed(seed)
    net = CellNet(cell)
    history = train.fit(net, fit, epochs=6, lr=0.02, batch=32, seed=seed)
    if len(history.losses) < STEPS:
        raise KeyboardInterrupt  # `fit` ends quietly at Ctrl-C; half a training is no row
    right = [round(train.accuracy(net, *part) * len(part[0])) for part in (valid, test)]
    return [
        *cell,
        seed,
        *right,
        train.parameters(net),
        shapes.ledger(net, (1, 1, 8, 8)).multiply_adds,
    ]


def done(file: Path) -> set[tuple[int, ...]]:
    """The cells and seeds that are in the file. A last line that was cut off is taken out."""
    if not file.exists():
        file.write_text(",".join(HEADS) + "\n", encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        file.write_text(whole, encoding="utf-8")
    return {
        tuple(int(number) for number in line[:7])
        for line in list(csv.reader(whole.splitlines()))[1:]
    }


def main() -> None:
    parts, there = task(), done(FILE)
    todo = [(cell, seed) for seed in SEEDS for cell in cells() if (*cell, seed) not in there]
    with FILE.open("a", encoding="utf-8") as file:
        for cell, seed in tqdm(todo, ascii=True):
            file.write(",".join(str(number) for number in row(cell, seed, parts)) + "\n")
            file.flush()
            os.fsync(file.fileno())  # a net costs a second, so losing none is worth a millisecond


if __name__ == "__main__":
    main()
