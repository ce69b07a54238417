"""A check runs under the course's own settings, whatever a cell has set, and says so."""

import numpy as np
import pytest
import torch

import exercises
import utils  # noqa: F401
from checker import settings
from checker.exercise import Exercise, call
from checker.judge import judge
from checker.notebook import check
from checker.verdict import State

SWITCHES = {
    "float32": lambda: torch.set_default_dtype(torch.float32),
    "no gradients": lambda: torch.set_grad_enabled(False),
    "two threads": lambda: torch.set_num_threads(2),
    "no device": lambda: torch.set_default_device("meta"),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "numpy raises": lambda: np.seterr(all="raise"),
}
# Their cases, references or answers make tensors from nothing, or take gradients.
LEANING = ["2.4", "2.5", "2.12", "2.13", "2.18", "2.19", "2.23", "2.24", "2.26", "7.8", "10.7"]


@pytest.fixture(autouse=True)
def back():
    with settings.course():
        yield


def test_what_utils_sets_is_what_the_checks_run_under():
    assert settings.changed() == []


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
@pytest.mark.parametrize("id", LEANING)
def test_a_right_answer_passes_and_a_mistake_is_named(id, switch, monkeypatch):
    exercise = exercises.find(id)
    monkeypatch.setattr(exercise, "_kept", {})
    monkeypatch.setattr(exercise, "limit", 60.0)
    switch()
    before = settings.changed()
    assert judge(exercise, exercise.alternatives[-1]).state == State.PASSED
    assert judge(exercise, exercise.mistakes[0].attempt).mistake == exercise.mistakes[0].name
    assert settings.changed() == before != []


def test_check_puts_a_setting_back_and_says_so_once(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    torch.set_grad_enabled(False)
    check("0.2", 75264)
    assert "A cell had changed the gradient mode. The course's setting is back." in (
        capsys.readouterr().out
    )
    check("0.2", 75264)
    assert "A cell had changed" not in capsys.readouterr().out and torch.is_grad_enabled()


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)
def test_an_answer_that_leaves_a_switch_off_is_not_right(switch):
    exercise = Exercise("9.1", "Double", difficulty=1, minutes=1)
    exercise.reference(lambda x: 2 * x)
    exercise.cases(lambda rng: iter([call(torch.tensor([1.0]))]))

    def leaves(x):
        y = 2 * x
        switch()
        return y

    verdict = judge(exercise, leaves)
    assert verdict.state == State.NOT_YET and "changed for all that comes after" in verdict.message
    assert settings.changed() == []
