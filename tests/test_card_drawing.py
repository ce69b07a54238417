"""The card of a module exercise offers code that draws the learner's module; it must run."""

import pytest
import torch
from torch import nn

import exercises
from checker.card import Card
from checker.exercise import Module
from checker.judge import judge
from utils import draw

MODULES = [
    exercise
    for notebook in exercises.NOTEBOOKS
    for exercise in exercises.of(notebook).values()
    if isinstance(exercise, Module)
]


def drawn(exercise, case, module):
    names = {"draw": draw, "torch": torch, exercise.answer.__name__: module}
    return eval(exercise.drawing(case), names)


@pytest.mark.parametrize("exercise", MODULES, ids=lambda exercise: exercise.id)
def test_what_a_card_offers_runs(exercise):
    offered = [case for case in exercise.calls()[:3] if exercise.drawing(case)]
    for case in offered:
        assert not drawn(exercise, case, exercise.answer).graph.failed


def test_most_cards_offer_a_drawing():
    offered = [exercise.drawing(exercise.calls()[0]) for exercise in MODULES]
    assert sum(map(bool, offered)) > 0.75 * len(MODULES)


class Block(nn.Module):
    """Of 10.2, without its skip."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return self.norm2(self.conv2(self.norm1(self.conv1(x)).relu())).relu()


def test_a_missing_skip_is_seen():
    exercise = exercises.find("10.2")
    verdict = judge(exercise, Block)
    offer = exercise.drawing(verdict.case)
    assert offer in repr(Card(verdict)) and offer in Card(verdict)._repr_html_()
    assert "ways" not in drawn(exercise, verdict.case, Block).alt
    assert "two ways" in drawn(exercise, verdict.case, exercise.answer).alt


def test_what_passed_and_what_is_no_module_offers_none():
    passed = judge(exercises.find("10.2"), exercises.find("10.2").answer)
    number = judge(exercises.find("10.19"), "a")
    assert "draw." not in repr(Card(passed)) + repr(Card(number))
