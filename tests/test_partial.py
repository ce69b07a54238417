"""Points by parts: for what is right without the rest, never all of them, never by chance."""

import linux_only  # noqa: F401
import pytest
import submissions
import torch
from submissions import Due, rows

import exercises
from checker.exercise import Choice, Exercise, Number, call
from checker.judge import try_cases
from classroom.judging import partial
from classroom.submissions import outline

FILE, RIGHT = submissions.file_of("01"), exercises.find("1.4").answer
NAME = next(one.name for one in outline.exercises("01") if one.id == "1.4")
EVERY = [exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()]


def share(exercise: Exercise, attempt, seed: int = 5) -> float:
    return partial.share(exercise, try_cases(exercise, attempt, seed), seed)


def test_each_number_of_a_tuple_is_a_part():
    three = Number("9.1", "Three", (1, 2, 3), wrong={}, difficulty=1, minutes=1)
    given = [(1, 2, 4), [1, 0, 0], (0, 0, 0), (1, 2), 1, "123", (1, 2, 3)]
    assert [round(share(three, one), 2) for one in given] == [0.67, 0.33, 0, 0, 0, 0, 0]


def test_a_right_rule_without_one_argument_earns_the_rest():
    def without_dilation(n, k, s=1, p=0, d=1):
        return (n + 2 * p - k) // s + 1

    assert 0.3 < share(exercises.find("2.1"), without_dilation) < 0.9


def doubled() -> Exercise:
    """Tried plain, with `twice`, and at random."""
    exercise = Exercise("9.2", "Doubled", difficulty=1, minutes=1)

    @exercise.reference
    def double(x, twice=False):
        return 4 * x if twice else 2 * x

    @exercise.cases
    def _(rng):
        yield from (call(1), call(3, twice=True), call(4, twice=True))
        yield from (call(int(rng.integers(100))) for _ in range(5))

    return exercise


@pytest.mark.parametrize("seed", [0, 7, 8])
def test_the_kinds_are_the_same_whatever_is_drawn(seed):
    exercise = doubled()
    found = partial.kinds(exercise, seed)
    assert found[:2] == [frozenset(), frozenset({"x", "twice"})]
    assert found[2] == found[1] and found[3:] == [partial.RANDOM] * 5
    assert share(exercise, lambda x, twice=False: 2 * x, seed) == pytest.approx(2 / 3)
    assert share(exercise, lambda x, twice=False: 2 if x == 1 else 0, seed) == pytest.approx(1 / 3)


def test_one_wrong_call_costs_all_of_its_kind():
    found = share(doubled(), lambda x, twice=False: (12 if x == 3 else 0) if twice else 2 * x)
    assert found == pytest.approx(2 / 3)


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
def test_no_wrong_answer_gets_all_and_a_letter_or_a_number_nothing(exercise):
    single = isinstance(exercise, Choice) or (
        isinstance(exercise, Number) and not isinstance(exercise.answer, (tuple, list))
    )
    for mistake in exercise.mistakes[:1]:
        if not exercise.refuse(mistake.attempt):
            found = share(exercise, mistake.attempt)
            assert 0 <= found < 1 and not (single and found)


def test_what_is_forbidden_has_no_parts():
    def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
        return torch.nn.functional.conv2d(x, w, b, stride, padding, dilation, groups)

    assert share(exercises.find("2.8"), conv2d) < 1


def test_parts_count_only_where_the_teacher_asks(tmp_path):
    two_of_three = submissions.answered(
        submissions.untouched("01"), {"1.4": f"{NAME} = {RIGHT[:2] + (0,)}"}
    )
    submissions.write({"anna": Due((), two_of_three)}, tmp_path / "in", FILE)
    for options, points in (((), "0"), (("--partial",), "0.67")):
        out = tmp_path / f"grades{len(options)}.csv"
        done = submissions.grade(tmp_path / "in", out, *options)
        assert done.returncode == 0, done.stderr
        assert rows(out)["anna"]["ex 1.4"] == rows(out)["anna"]["total"] == points
