"""Write recipe_curve.csv: how PyTorch's MNIST example learns the course's digits, epoch by epoch,
on five splits.

Run it as `python data/make_recipe_curve.py` from the repository's root. It takes about seven
minutes of one processor.
"""

import csv
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from utils import data, train
from utils.models.digit_nets import recipe

FILE = Path(__file__).parent / "recipe_curve.csv"
SPLITS, EPOCHS, BATCH, LR, DECAY = range(5), 14, 64, 1.0, 0.7
MEAN, STD = 0.1307, 0.3081  # of the pixels of all of MNIST, as the example has them


def curve(split: int) -> list[int]:
    """How many of the 1,000 held-out digits are right after each epoch."""
    (x, y), test = data.digits(seed=split)
    x, u = ((part.float() - MEAN) / STD for part in (x, test[0]))
    torch.manual_seed(split)
    net = recipe().float()
    optimizer = torch.optim.Adadelta(net.parameters(), LR)
    right = []
    for epoch in tqdm(range(EPOCHS), f"split {split}", ascii=True):
        net.train()
        optimizer.param_groups[0]["lr"] = LR * DECAY**epoch
        for places in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            cross_entropy(net(x[places]), y[places]).backward()
            optimizer.step()
        right.append(round(train.accuracy(net, u, test[1]) * len(u)))
    return right


def main() -> None:
    curves = [curve(split) for split in SPLITS]
    with FILE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["epoch", *(f"split {split}" for split in SPLITS)])
        table.writerows([epoch, *right] for epoch, right in enumerate(zip(*curves), 1))


if __name__ == "__main__":
    main()
