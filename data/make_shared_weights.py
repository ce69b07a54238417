"""Write shared_weights.csv: how many digits every cell of utils/models/search_space.py gets right
with weights that all cells share, after trainings of three lengths, each from three seeds.

Run it as `python data/make_shared_weights.py` from the repository's root. It takes about five
minutes of one processor.
"""

import csv
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from utils import train
from utils.models.search_space import Cell, cells
from utils.models.shared_cells import SharedCells, right

sys.path.append(str(Path(__file__).parents[1]))
from data.make_search_space import task

FILE = Path(__file__).parent / "shared_weights.csv"
EPOCHS = (6, 24, 96)  # as long as 1, 4 and 16 of the trainings behind search_space.csv
SEEDS = range(3)
LR, BATCH = 0.02, 32  # as there


def trained(epochs: int, seed: int) -> SharedCells:
    torch.manual_seed(seed)
    shared = SharedCells()
    train.fit(shared, task()[0], epochs=epochs, lr=LR, batch=BATCH, seed=seed)
    return shared


def column(epochs: int, seed: int) -> list[int]:
    """One number a cell: pictures right of the 600 to choose by."""
    shared, (_, valid, _) = trained(epochs, seed), task()
    return [right(shared, cell, *valid) for cell in cells()]


def main() -> None:
    runs = [(epochs, seed) for epochs in EPOCHS for seed in SEEDS]
    columns = [column(*run) for run in tqdm(runs, ascii=True)]
    with FILE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(
            [*Cell._fields, *(f"{epochs} epochs, seed {seed}" for epochs, seed in runs)]
        )
        table.writerows((*cell, *row) for cell, row in zip(cells(), zip(*columns), strict=True))


if __name__ == "__main__":
    main()
