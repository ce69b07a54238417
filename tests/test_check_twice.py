"""A check that is run again judges the learner's own answer, and says which version that is."""

import pytest
import torch
from torch import nn

import exercises
from checker import ours
from checker.exercise import Choice, Number
from checker.notebook import _attempts, again, check

ALL = [exercise for number in exercises.NOTEBOOKS for exercise in exercises.of(number).values()]
SAME = "No new version was run since the last check"


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    _attempts.clear()
    yield
    _attempts.clear()


def wrong_answer(exercise):
    """Every letter of a prediction passes."""
    return exercise.mistakes[0].attempt if exercise.mistakes else "no letter"


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_what_is_handed_on_is_never_taken_for_the_learners(exercise, capsys):
    handed = check(exercise.id, wrong_answer(exercise))
    assert check(exercise.id, handed) is handed
    assert capsys.readouterr().out.count(f"Not yet · {exercise.id} ") == 2


@pytest.mark.parametrize(
    "exercise", [one for one in ALL if not callable(one.answer)], ids=lambda one: one.id
)
def test_the_right_answer_passes_when_it_is_typed_after_the_card(exercise, capsys):
    check(exercise.id, wrong_answer(exercise))
    typed = eval(repr(exercise.answer))  # an object of its own, where Python makes one
    assert check(exercise.id, typed) is typed
    assert f"Passed · {exercise.id} " in capsys.readouterr().out


@pytest.mark.parametrize("value", [7, 75264, "c", "", 0.5, (4, 1), [4], {"n": 1}, {3}], ids=repr)
def test_what_is_handed_on_is_used_and_shown_as_the_value_itself(value):
    handed = ours.marked(value)
    assert handed == value and hash_of(handed) == hash_of(value)
    assert (repr(handed), str(handed), f"{handed}") == (repr(value), str(value), f"{value}")


def hash_of(value):
    return hash(value) if value.__hash__ else None


def test_a_number_of_ours_counts_and_a_letter_of_ours_chooses():
    three, letter = ours.marked(3), ours.marked("c")
    assert torch.zeros(three, three).shape == (3, 3) and list(range(three)) == [0, 1, 2]
    assert f"{three:03}" == "003" and [5, 6, 7, 8][three] == 8 and {"c": 1}[letter] == 1


def test_small_numbers_and_letters_are_told_from_the_learners_own():
    assert ours.marked(7) is not 7 and ours.marked("c") is not "c"  # noqa: F632


@pytest.mark.parametrize("answer", [True, None])
def test_an_answer_that_nobody_could_know_again_is_refused(answer):
    number = Number("9.9", "Yes", answer, wrong={"no": (0, "No.")}, difficulty=1, minutes=1)
    with pytest.raises(TypeError, match=f"there is only one {answer}. Ask for a number"):
        getattr(number, "handed_on")  # noqa: B009  a property that raises


def test_an_answer_of_ours_with_no_attempt_before_it_is_still_to_do(capsys):
    exercise = next(one for one in ALL if isinstance(one, Choice))
    check(exercise.id, exercise.handed_on)
    assert f"To do · {exercise.id}" in capsys.readouterr().out


def test_the_card_says_when_nothing_new_was_run(capsys):
    right = lambda x: x.amax((2, 3))  # noqa: E731
    check("0.1", right)
    assert SAME not in capsys.readouterr().out
    check("0.1", right)
    assert SAME in capsys.readouterr().out
    check("0.1", lambda x: x.amax((2, 3)))
    assert SAME not in capsys.readouterr().out


class Scale(nn.Module):
    def __init__(self, channels):
        super(Scale, self).__init__()  # noqa: UP008
        self.weight = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.weight[:, None, None]


def brightest_pixel(x, axes=3):
    return x + 1 if axes == 1 else brightest_pixel(x.amax(axes), axes - 1)


@pytest.mark.parametrize("id, name", [("0.4", "Scale"), ("0.1", "brightest_pixel")])
def test_code_that_calls_itself_by_name_meets_itself(id, name, capsys, monkeypatch):
    theirs = globals()[name]
    for _ in range(3):
        monkeypatch.setitem(globals(), name, check(id, globals()[name]))
        assert globals()[name] is exercises.find(id).answer is not theirs
    cards = capsys.readouterr().out.split("Not yet")[1:]
    first = [card.split("\n")[1] for card in cards]
    assert len(cards) == 3 and first[0] == first[1] == first[2]
    again(id)
