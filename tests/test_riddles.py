"""The drawings to be read: the right one is that of the code in the task, the others are not."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import exercises
from course.notebook_files import read
from course.paths import SOLUTIONS, sources
from utils import draw, riddles
from utils.draw.trace import trace


class LeNet(nn.Module):
    """As the task of 7.20 writes it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2 = nn.Linear(256, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Module(nn.Module):
    """As the task of 9.16 writes it."""

    def __init__(self):
        super().__init__()
        self.one, self.reduce = nn.Conv2d(32, 16, 1), nn.Conv2d(32, 8, 1)
        self.three, self.pool = nn.Conv2d(8, 16, 3, padding=1), nn.MaxPool2d(3, 1, 1)

    def forward(self, x):
        three = self.three(self.reduce(x))
        return torch.cat([self.one(x), three, self.pool(x)], dim=1)


class Block(nn.Module):
    """As the task of 10.20 writes it."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(16), nn.BatchNorm2d(16)
        self.conv1, self.conv2 = (nn.Conv2d(16, 16, 3, padding=1, bias=False) for _ in range(2))

    def forward(self, x):
        change = self.conv1(F.relu(self.norm1(x)))
        return x + self.conv2(F.relu(self.norm2(change)))


class Cell(nn.Module):
    """As the task of 11.19 says it."""

    def __init__(self):
        super().__init__()
        self.fit = riddles.search_space.CellLayer(riddles.search_space.Cell(*[0] * 6), 8, 8).fit
        self.ops = nn.ModuleList(riddles.search_space.operation(n, 8) for n in (1, 3, 2, 3))

    def forward(self, x):
        first, second, third, fourth = self.ops
        zero = self.fit(x)
        one = first(zero) + second(zero)
        return third(zero) + fourth(one)


TASKS = {
    "7.20": (riddles.lenets, LeNet, (1, 1, 28, 28)),
    "9.16": (riddles.modules, Module, (1, 32, 14, 14)),
    "10.20": (riddles.blocks, Block, (1, 16, 8, 8)),
    "11.19": (riddles.cells, Cell, (1, 8, 8, 8)),
}


def seen(net, shape):
    """What a drawing shows, whatever the order in which the ways were called."""
    nodes, names = trace(net, torch.ones(shape)).nodes, []
    for node in nodes:
        reads = sorted(names[read] for read in node.reads)
        names.append(f"{node.lines}{node.shape}({', '.join(reads)})")
    return names[-1]


@pytest.mark.parametrize("id", TASKS)
def test_only_the_answer_is_drawn_as_the_code(id):
    make, written, shape = TASKS[id]
    right = seen(written(), shape)
    same = [letter for letter, net in make().items() if seen(net, shape) == right]
    assert same == [exercises.find(id).answer]


@pytest.mark.parametrize("id", TASKS)
def test_all_four_are_told_apart_by_picture_and_by_words(id):
    make, _, shape = TASKS[id]
    pictures = draw.nets(make(), shape).pictures
    assert len({picture.svg for picture in pictures}) == 4
    assert len({picture.alt for picture in pictures}) == 4


@pytest.mark.parametrize("id", TASKS)
def test_the_notebook_draws_them_before_the_question(id):
    number = id.split(".")[0].zfill(2)
    (path,) = (path for path in sources(SOLUTIONS, [number]))
    sources_of = {cell.id: cell.source for cell in read(path).cells}
    ids = list(sources_of)
    question = ids.index(f"ex-{id.replace('.', '-')}")
    assert f"riddles.{TASKS[id][0].__name__}()" in sources_of[ids[question - 1]]
