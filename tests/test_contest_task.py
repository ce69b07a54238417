"""What the contest asks: characters that are moved, and the trials by which it was chosen."""

import pytest
import torch

from data import make_contest_trials as script
from utils import capstone, data
from utils.capstone.rules import MOVED, moved


@pytest.fixture(scope="module")
def trials():
    return data.contest_trials()


def steps(x, seed):
    """How far a dot in the middle of each picture was moved, (N, 2)."""
    dots = torch.zeros_like(x)
    dots[:, :, 14, 14] = 1
    places = moved(dots, seed).flatten(1).argmax(1)
    return torch.stack([places // 28, places % 28], 1) - 14


def test_every_picture_has_a_step_of_its_own_that_its_seed_fixes():
    x = torch.rand(1000, 1, 28, 28)
    some = steps(x, 0)
    assert some.abs().max() == MOVED and len(some.unique(dim=0)) == (2 * MOVED + 1) ** 2
    assert torch.equal(some, steps(x, 0)) and not torch.equal(some, steps(x, 1))


def test_the_global_random_state_stays():
    state = torch.get_rng_state()
    capstone.RULES.load("valid")
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("part", ["test", "valid"])
def test_the_contest_shows_the_glyphs_moved(part):
    for (x, y), (still, still_y) in zip(capstone.RULES.load(part), data.glyphs(part), strict=True):
        assert torch.equal(y, still_y[: len(y)]) and not torch.equal(x, still[: len(x)])
        assert x.sum() == pytest.approx(still[: len(x)].sum().item(), rel=0.02)  # of the ink


def test_where_characters_lie_still_one_linear_layer_keeps_up(trials):
    linear, lenet = (trials.right[0, place] for place in (0, data.DESIGNS.index("LeNet")))
    assert linear.mean() > lenet.mean() - 0.03


def test_where_they_are_moved_every_better_design_shows(trials):
    """For each seed: what the course teaches later is ahead, and nothing cheap is near."""
    one, hidden, small, separable, lenet, residual, best = trials.right[-1]
    assert (one < hidden).all() and (one < small).all()
    assert (hidden < separable).all() and (separable < lenet).all() and (lenet < best).all()
    assert (best > residual + 0.05).all() and (best > one + 0.4).all()
    assert trials.multiply_adds[2] < trials.multiply_adds[0]


@pytest.mark.parametrize("design", [0, 2])
def test_a_trial_can_be_made_again(trials, design):
    made = script.right(script.DESIGNS[design], 1, script.task(moved)) / 1736
    assert made == pytest.approx(trials.right[-1, design, 1].item(), abs=0.01)


def test_the_costs_are_those_of_the_contest(trials):
    costs = [script.costs(make) for make in script.DESIGNS]
    assert costs == list(zip(trials.numbers.tolist(), trials.multiply_adds.tolist()))
