"""Ours, done otherwise: each sentence is about what was run, and told only where it shows."""

import functools
import operator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from checker.diagnosis import contrast, evidence, form, layers, magnitude, near_misses, steps
from checker.exercise import Exercise, Module, Number, call, normal, whole
from checker.judge import judge
from checker.sandbox import Deadline
from checker.verdict import State


def exercise_of(answer, *cases) -> Exercise:
    made = Exercise("9.1", "Made up", difficulty=1, minutes=1)
    made.reference(answer)
    made.cases(lambda rng: (make(rng) for make in cases))
    return made


def scaled(x, k=1, shift=0):
    return torch.relu(x * k) + shift


def scaled_exercise() -> Exercise:
    return exercise_of(
        scaled,
        lambda rng: call(whole(rng, 2, 3)),
        lambda rng: call(normal(rng, 3, 3), 2, 1),
        lambda rng: call(normal(rng, 2, 4), 3, 2),
        lambda rng: call(normal(rng, 2, 4), k=2, shift=3),
    )


SAID = {
    "with `k` = 1, whatever it is": lambda x, k=1, shift=0: scaled(x, 1, shift),
    "with `shift` = 0, whatever it is": lambda x, k=1, shift=0: scaled(x, k),
    "with `k` and `shift` exchanged": lambda x, k=1, shift=0: scaled(x, shift, k),
    "with `k` in place of `shift`": lambda x, k=1, shift=0: scaled(x, k, k),
    "with `x` upside down": lambda x, k=1, shift=0: scaled(x.flip(0), k, shift),
    "with `x` negative": lambda x, k=1, shift=0: scaled(-x, k, shift),
    "without the ReLU": lambda x, k=1, shift=0: x * k + shift,
    "without the second term of the sum": lambda x, k=1, shift=0: torch.relu(x * k),
    "with tanh in place of the ReLU": lambda x, k=1, shift=0: torch.tanh(x * k) + shift,
    "rounded": lambda x, k=1, shift=0: scaled(x, k, shift).round(),
}


@pytest.mark.parametrize("words", SAID)
def test_what_was_done_otherwise_is_said(words):
    verdict = judge(scaled_exercise(), SAID[words])
    assert verdict.state == State.NOT_YET
    if words == "without the second term of the sum":  # the same, and an argument is plainer
        words = "with `shift` = 0, whatever it is"
    assert f"What you gave is what our `scaled` gives {words}." in verdict.why


@pytest.mark.parametrize("words", SAID)
def test_an_attempt_that_differs_on_one_call_is_not_said_to_be_it(words):
    """As before, but for calls whose picture has four columns, where it is off by more."""

    def attempt(x, k=1, shift=0):
        return SAID[words](x, k, shift) + 7.5 * (x.shape[1] == 4)

    assert f" {words}." not in judge(scaled_exercise(), attempt).why


def test_every_phrase_is_about_an_argument_that_the_call_has():
    found = near_misses.other_arguments(scaled_exercise())
    phrases = [miss.name for miss in found]
    assert len(phrases) == len(set(phrases)) > 40
    assert all("`x`" in phrase or "`k`" in phrase or "`shift`" in phrase for phrase in phrases)


def test_an_argument_that_is_never_changed_by_it_gives_nothing_new():
    """With `k` always 1, "with `k` = 1" is ours."""
    made = exercise_of(scaled, lambda rng: call(whole(rng, 2, 3), 1))
    miss = next(m for m in near_misses.other_arguments(made) if m.name.startswith("with `k` = 1"))
    outcome = made.run(miss.attempt, made.calls()[0], Deadline(1.0))
    assert made.agrees(outcome, made.expected()[0])


class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.first, self.second = nn.Linear(3, width), nn.Linear(width, 2)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))))


def net_exercise() -> Module:
    made = Module("9.2", "A net", difficulty=1, minutes=1)
    made.reference(Net)
    made.cases(lambda rng: (call(width, inputs=normal(rng, 5, 3)) for width in (4, 6)))
    return made


class WithoutTheFirst(Net):
    def forward(self, x):
        return F.relu(self.second(self.first(x)))


class WithSoftmax(Net):
    def forward(self, x):
        return super().forward(x).softmax(1)


def test_a_step_of_a_net_is_named_by_the_layer_it_stands_behind():
    said = judge(net_exercise(), WithoutTheFirst).why
    assert said == "What you gave is what our `Net` gives without the ReLU behind `first`."
    assert judge(net_exercise(), WithSoftmax).why.endswith("gives with a softmax behind it.")


def test_the_steps_are_those_that_ours_takes():
    phrases = {miss.name for miss in steps.other_steps(net_exercise())}
    assert {"without any ReLU", "without the ReLU behind `second`"} <= phrases
    assert not any("convolution" in phrase for phrase in phrases)


def test_ours_is_left_as_it_was():
    made = net_exercise()
    before = list(made.expected())
    list(steps.other_steps(made))
    again = [made.run(Net, case, Deadline(1.0)) for case in made.calls()]
    assert all(made.agrees(*pair) for pair in zip(again, before))


def test_a_truth_value_is_no_evidence():
    """Of results that are true or false, near misses agree by chance."""
    made = exercise_of(
        lambda x: bool((x > 0).any()),
        lambda rng: call(torch.tensor([-1.0])),
        lambda rng: call(torch.tensor([1.0, -2.0])),
        lambda rng: call(torch.tensor([3.0])),
    )
    assert "What you gave" not in judge(made, lambda x: bool((x < 0).any())).why
    equal = lambda one, other: one == other  # noqa: E731
    assert evidence.numbers({"a": True, "b": "no"}, {"a": False, "b": "yes"}, equal) == set()
    assert evidence.numbers({"a": 1, "b": 2.5}, {"a": 1, "b": 3.5}, equal) == {2.5}


def test_a_slow_one_is_given_up(monkeypatch):
    """The search ends when its time is over, however many near misses are left."""
    tried = []
    monkeypatch.setattr(layers, "_left", lambda deadline: len(tried) < 3)
    made = scaled_exercise()
    run = made.run

    def noting(attempt, case, deadline, **options):
        tried.append(attempt)
        return run(attempt, case, deadline, **options)

    wrong = [diagnosis_seen(made, lambda x, k=1, shift=0: x * 100.5)]
    monkeypatch.setattr(made, "run", noting)
    assert layers._near_miss(made, wrong[0]) is None
    assert len(tried) < 60


def diagnosis_seen(made, attempt):
    outcomes = [made.run(attempt, case, Deadline(1.0)) for case in made.calls()]
    return layers.seen(made, outcomes, 0)


# Numbers


@pytest.mark.parametrize(
    "got, wanted, words",
    [
        (-5, 5, "But for its sign"),
        (12, 4, "a multiple of the right number"),
        (4, 12, "The right number is a multiple"),
        (101, 100, "too large, by less than 2 %"),
        (70, 100, "too small, by less than a factor of 2"),
        (5.5, 100, "too small, by more than a factor of 10"),
        (-2.5, 7.0, "should be positive"),
    ],
)
def test_how_a_number_lies(got, wanted, words):
    said = magnitude.compared(got, wanted)
    assert words in said and str(wanted) not in said


@pytest.mark.parametrize("odd", [None, True, "7", float("nan"), float("inf"), 10**400, 0])
def test_what_is_no_number_is_not_compared(odd):
    assert magnitude.compared(odd, 7) is None


def test_of_several_numbers_those_that_are_off():
    made = Number("9.3", "Three", (3, 40, 500), difficulty=1, minutes=1, wrong={})
    assert judge(made, (3, 80, 500)).why == (
        "Off: number 2. It is a multiple of the right number. Perhaps a factor is too many."
    )


# Form

Y = torch.tensor([[1.0, 2.0, 4.0], [-3.0, 5.0, 7.0]])
FORMS = {
    "what differs is its type: a float instead of an int": (5.0, 5),
    "their dtype is float32 where float64 is asked for": (Y.float(), Y),
    "The right result is the sum of yours along its first axis": (Y, Y.sum(0)),
    "The right result is the mean of yours along its first axis": (Y, Y.mean(0)),
    "Yours is the maximum of all numbers": (Y.max(), Y),
    "Yours is the sum of the right result along its first axis": (Y.sum(0), Y),
    "Yours holds the right result, from row 1 and column 0 on": (F.pad(Y, (0, 2, 1, 1)), Y),
    "Yours is a part of the right result, from row 0 and column 1 on": (Y[:1, 1:], Y),
    "an axis too many: the first": (torch.zeros(1, 2, 3), Y),
    "lacks an axis: the second": (torch.zeros(2), Y),
    "in another order": (torch.zeros(3, 2), Y),
    "The size of the second axis is off, 1 too large": (torch.zeros(2, 4), Y),
    "others, too": ([*range(9), 20], list(range(9))),
    "some items are missing": ([1, 3], list(range(9))),
    "A list or tuple came back where a whole number is asked for": ([3], 3),
}


@pytest.mark.parametrize("words", FORMS)
def test_the_form_that_is_off(words):
    assert words in form.off([FORMS[words]], 1e-9)


@pytest.mark.parametrize("words", FORMS)
def test_one_call_of_another_form_and_it_is_not_said(words):
    said = form.off([FORMS[words], (torch.zeros(2, 2, 2, 2), torch.ones(3, 3, 3))], 1e-9)
    assert said is None or words not in said


# One thing at a time


def tried(function, *calls):
    return [contrast.Tried(call, function(**call) == sum(call.values())) for call in calls]


CALLS = [{"n": 7, "p": 0}, {"n": 8, "p": 0}, {"n": 7, "p": 1}, {"n": 9, "p": 2}]


def retry_of(function):
    def retry(place, others):
        call = CALLS[place] | others
        return function(**call) == sum(call.values())

    return retry


def test_a_cause_is_told_and_a_chance_is_not():
    """`n` is more than 7 in no right call either, but changing it heals nothing."""
    without_p = lambda n, p: n  # noqa: E731
    said = contrast.contrast(tried(without_p, *CALLS), retry_of(without_p))
    assert said == "Wrong in all 2 calls where `p` is not 0, right in all 2 others."


def test_what_two_calls_share_by_chance_is_found_out():
    """Wrong for n = 9 only. That call alone has p = 2; but p = 2 is right with another n."""
    at_nine = lambda n, p: n + p + (n == 9)  # noqa: E731
    assert contrast.contrast(tried(at_nine, *CALLS), retry_of(at_nine)) is None
    assert "`p` is more than 1" in contrast.contrast(tried(at_nine, *CALLS), lambda *_: True)


def test_a_search_that_runs_out_of_time_leaves_no_mode_behind(monkeypatch):
    """A limit that rings while a mode is taken off would leave it on for all that follows."""
    monkeypatch.setattr(steps, "LONGEST", 0.0)
    for _ in range(20):
        judge(net_exercise(), WithSoftmax)
    assert torch.overrides._get_current_function_mode_stack() == []
    made = net_exercise()
    assert judge(made, Net).state == State.PASSED


def in_a_row() -> Exercise:
    """The product of x and all factors, and how many they are."""
    made = Exercise("9.1", "Row", difficulty=1, minutes=1)

    @made.reference
    def row(factors, x):
        return functools.reduce(operator.mul, factors, x), len(factors)

    made.cases(lambda rng: (call([2.0, n, 5.0], torch.arange(4.0) + n) for n in (3.0, 7.0, 9.0)))
    made.probe(lambda attempt, *given: dict(zip(("the net", "the number"), attempt(*given))))
    return made


def test_what_is_off_is_compared_by_itself_where_the_rest_is_right():
    def first_two(factors, x):
        return x * factors[0] * factors[1], 3

    said = "The net is what our `row` gives without the last item of `factors`."
    assert judge(in_a_row(), first_two).why == said
    assert "last item" not in judge(in_a_row(), lambda *given: (first_two(*given)[0] + 1, 3)).why
    assert "What you gave is" in judge(in_a_row(), lambda *given: (first_two(*given)[0], 2)).why
