"""Short questions from earlier notebooks: right, with other numbers each time, and those first
that this learner needs.
"""

import functools
import random
import re
from html import unescape

import pytest
import torch
from torch import nn

import exercises
from checker import marks, review
from checker.exercise import Choice, Prediction
from checker.judge import judge
from checker.review import chosen, question
from checker.verdict import State

ALL = [one for number in exercises.NOTEBOOKS for one in exercises.of(number).values()]
ASKING = [one for one in ALL if one.asks_again]
OPENED = [number for number in exercises.NOTEBOOKS if number > "01"]
DOTS = [..., ..., ...]
LETTERED = [one for one in ALL if isinstance(one, Choice) and not isinstance(one, Prediction)]
by_letter = pytest.mark.parametrize("exercise", LETTERED, ids=lambda exercise: exercise.id)
# Their letters name lines of code, or drawings, that stand above them.
ELSEWHERE = {"2.9", "2.10", "2.11", "14.7", "7.20", "9.16", "10.20", "11.19"}
by_id = pytest.mark.parametrize("exercise", ASKING, ids=lambda exercise: exercise.id)


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks.txt"))
    return tmp_path / "marks.txt"


@functools.cache
def draws(exercise):
    return [question(exercise, random.Random(seed)) for seed in range(6)]


@by_id
def test_its_own_answer_is_right_and_each_named_mistake_is_named(exercise):
    for drawn in draws(exercise):
        assert judge(drawn.exercise, drawn.exercise.answer).state == State.PASSED
        for mistake in drawn.exercise.mistakes:
            verdict = judge(drawn.exercise, mistake.attempt)
            assert verdict.state == State.NOT_YET and mistake.sentence in verdict.message


@by_id
def test_it_asks_briefly_and_with_other_numbers(exercise):
    texts = [drawn.text for drawn in draws(exercise)]
    assert len(set(texts)) > 2 and texts[0] == question(exercise, random.Random(0)).text
    assert all(len(text) < 220 and "\n" not in text for text in texts)


@by_id
def test_its_answer_is_short_to_type(exercise):
    for drawn in draws(exercise):
        values = drawn.exercise.answer
        values = values if isinstance(values, (tuple, list)) else [values]
        assert len(values) <= 6 and all(type(value) in (int, float) for value in values)


def options(drawn) -> dict[str, str]:
    """The options of a question by letter, as they are shown."""
    return dict(line.split(") ", 1) for line in drawn.text.split("\n")[1:])


@by_letter
def test_a_question_with_letters_asks_again_and_each_option_keeps_its_sentence(exercise):
    if exercise.id in ELSEWHERE:
        assert exercise.id not in exercises.CHOICES
        return
    _, known = exercises.CHOICES[exercise.id]
    for seed in range(4):
        drawn = question(exercise, random.Random(seed))
        shown = options(drawn)
        assert sorted(shown) == exercise.letters and set(shown.values()) == set(known.values())
        assert shown[drawn.exercise.answer] == known[exercise.answer]
        assert judge(drawn.exercise, drawn.exercise.answer).state == State.PASSED
        for mistake in exercise.mistakes:
            letter = next(new for new, option in shown.items() if option == known[mistake.name])
            verdict = judge(drawn.exercise, letter)
            assert verdict.state == State.NOT_YET and mistake.sentence in verdict.message


@by_letter
def test_its_options_come_in_other_orders(exercise):
    if exercise.id not in ELSEWHERE:
        orders = {question(exercise, random.Random(seed)).text for seed in range(12)}
        assert len(orders) > 3 and all(len(text) < 600 for text in orders)


def test_no_sentence_or_option_names_a_letter_of_the_task():
    said = [text for asks, known in exercises.CHOICES.values() for text in (asks, *known.values())]
    said += [mistake.sentence for one in LETTERED for mistake in one.mistakes]
    assert not [text for text in said if re.search(r"(^|[ (])[a-e]\)( |$)", text)]


def size(layer) -> int:
    return sum(value.numel() for value in layer.parameters())


def side(n: int) -> int:
    pass_once = nn.Sequential(nn.Conv2d(1, 1, 5), nn.MaxPool2d(2))
    return pass_once(pass_once(torch.ones(1, 1, n, n))).shape[-1]


ORACLES = {  # what is no call of a reference, by torch or by one, from the numbers in the text
    "0.2": lambda n, h, w: torch.empty(n, 3, h, w).numel(),
    "1.4": lambda c, h, w, f, *_: c * h * w * f * h * w,
    "2.3": lambda k, n, s: n - int(torch.arange(n).unfold(0, k, s).max()) - 1,
    "2.14": lambda c, n, _, c_in, f, k, *__: tuple(
        nn.Sequential(nn.Conv2d(c_in, f, k), nn.MaxPool2d(2))(torch.ones(1, c, n, n)).shape[1:]
    ),
    "3.8": lambda d, c_in, c_out, k, n: exercises.find("3.8").answer(d, n, k, c_in, c_out),
    "4.9": lambda c, h, w, *_: nn.MaxPool2d(2)(torch.ones(1, c, h, w)).float().nbytes,
    "6.8": lambda c, f, k, _: nn.init._calculate_fan_in_and_fan_out(torch.empty(f, c, k, k))[0],
    "7.1": lambda n, *_: side(n),
    "7.5": lambda f, h, w, classes: size(nn.Linear(f * h * w, classes)),
    "9.7": lambda c, h, w, f, k, _, __, squeeze: exercises.find("9.7").answer(
        h, w, c, squeeze, f, k
    ),
    "12.8": lambda features, classes: size(nn.Linear(features, classes)),
    "13.1": lambda c: sum(value.numel() for value in nn.BatchNorm2d(c).state_dict().values()),
    "13.2": lambda c, h, w, f, k, *_: exercises.find("13.2").answer(h, w, c, f, k, 1),
}


@pytest.mark.parametrize("id, oracle", ORACLES.items(), ids=list(ORACLES))
def test_an_answer_that_is_computed_anew_is_torchs(id, oracle):
    for drawn in draws(exercises.find(id)):
        numbers = map(int, re.findall(r"\b\d+", drawn.text.replace(",", "")))
        numbers = list(numbers)
        assert drawn.exercise.answer == oracle(*numbers), drawn.text


@pytest.mark.parametrize("number", OPENED)
def test_each_notebook_has_three_to_ask_before_it(number):
    found = chosen([], number, random.Random(0))
    assert len(found) >= 3 and all(one.id.split(".")[0].zfill(2) < number for one in found)


@pytest.mark.parametrize("number", exercises.NOTEBOOKS)
def test_each_notebook_can_be_asked_about(number):
    assert any(exercise.asks_again for exercise in exercises.of(number).values())


def noted(*lines):
    found = []
    for line in lines:
        word, *rest = line.split()
        found.append(marks.Note(word, *rest) if rest else marks.Note("passed", word))
    return found


def order(*lines) -> list[str]:
    return [one.id for one in chosen(noted(*lines), "03", random.Random(0))]


def test_what_failed_comes_first_then_what_was_passed_longest_ago():
    found = order("2.1", "1.1", "failed 2.20 a", "0.2", "failed 1.2 a", "2.20")
    assert found[:5] == ["2.20", "1.2", "2.1", "1.1", "0.2"]


def test_what_was_recalled_goes_to_the_end_and_what_was_forgotten_to_the_front():
    found = order("failed 2.1 a", "2.1", "1.1", "0.2", "recalled 2.1 03", "forgotten 0.2 03")
    assert found[:3] == ["0.2", "1.1", "2.1"]


def test_a_question_with_letters_is_asked_once_it_was_missed():
    assert "1.16" not in order("1.16", "2.1") and "2.9" not in order("failed 2.9 a")
    assert order("failed 1.16 a", "1.16", "2.1")[0] == "1.16"
    assert order("failed 1.16 a", "failed 2.1 a", "1.16", "recalled 1.16 02")[0] == "2.1"


def test_a_missed_letter_is_asked_and_judged():
    marks.fail("1.16", "a")
    asked = review(DOTS, before="02")
    text, verdict = asked.verdicts[0]
    assert text.startswith("A convolution of 16 filters") and "\na) " in text
    assert 'in quotes: `"b"`.' in repr(asked) and asked._repr_html_().count("<br>") == 4
    right = verdict.exercise.answer
    wrong = next(letter for letter in verdict.exercise.letters if letter != right)
    assert "✗ Your answer is" in repr(review([wrong, ..., ...], before="02"))
    assert "✓ Right." in repr(review([right, ..., ...], before="02"))


def test_the_questions_stay_until_they_are_asked_anew():
    asked = review(DOTS, before="05")
    again = review([..., 0, ...], before="05")
    assert texts(again) == texts(asked)
    marks.add("4.1")
    assert texts(review([1, 2, 3], before="05")) == texts(asked)
    anew = [tuple(texts(review(DOTS, before="05"))) for _ in range(4)]
    assert len({tuple(texts(asked)), *anew}) == 5


def texts(asked) -> list[str]:
    return [text for text, _ in asked.verdicts]


def answers(asked) -> list:
    return [verdict.exercise.answer for _, verdict in asked.verdicts]


def test_each_place_that_asks_has_its_own():
    first = review(DOTS, before="05")
    review()
    assert texts(review([0, ..., ...], before="05")) == texts(first)


@pytest.mark.parametrize("before", ["02", "15", "all"])
def test_without_marks_it_is_the_same_in_every_run(before, file):
    shown = []
    for _ in range(2):
        file.unlink(missing_ok=True)
        shown.append(review(DOTS, before=before))
    assert repr(shown[0]) == repr(shown[1])
    assert shown[0]._repr_html_() == shown[1]._repr_html_()


def test_the_first_answer_is_noted_and_what_was_missed_comes_again():
    asked = review(DOTS, before="05")
    right = answers(asked)
    review([right[0], -1, ...], before="05")
    review([right[0], right[1], ...], before="05")
    ids = [verdict.exercise.id for _, verdict in asked.verdicts]
    found = [(note.word, note.id) for note in marks.notes()[0]]
    assert found == [("asked", ""), ("recalled", ids[0]), ("forgotten", ids[1])]
    assert review(DOTS, before="05").verdicts[0][1].exercise.id == ids[1]


def test_it_says_what_became_of_each_answer():
    asked = review(DOTS, before="02")
    assert repr(asked).startswith("To do · 3 questions from before\n1. ")
    assert "in place of the dots" in repr(asked)
    right = answers(asked)
    some = review([right[0], 0, ...], before="02")
    assert repr(some).startswith("Not yet · ") and repr(some).count("✓ Right.") == 1
    assert re.search(r"✗ Your answer is 0\. .*It is exercise [01]\.\d\.", repr(some))
    done = review(right, before="02")
    assert repr(done).startswith("Passed · ") and repr(done).count("✓ Right.") == 3


def test_the_exercise_is_a_link_where_its_notebook_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in ("00", "01"):
        (tmp_path / f"{exercises.NOTEBOOKS[number].file}.ipynb").touch()
    review([..., ...], before="02")
    html = review([0, 0], before="02")._repr_html_()
    assert re.search(r'<a href="0[01]_\w+\.ipynb#cell-id=ex-[01]-\d">[01]\.\d</a>', html)


def test_the_plain_text_says_the_same():
    review(DOTS, before="02")
    for given in (DOTS, [0, 0, 0]):
        asked = review(given, before="02")
        spaced = re.sub(r"</?(div|strong)\b[^>]*>", " ", asked._repr_html_())
        html = unescape(re.sub(r"<[^>]+>", "", spaced)).split()
        assert html[1:] == repr(asked).replace("`", "").split()


def test_review_gives_ten_from_what_was_begun():
    for id in ("0.1", "1.2", "3.1"):
        marks.add(id)
    asked = review()
    assert len(asked.verdicts) == 10 and "Answer with `review([" in repr(asked)
    assert all(verdict.exercise.id.split(".")[0] in "0123" for _, verdict in asked.verdicts)


def test_few_exercises_are_asked_about_more_than_once():
    marks.add("0.1")
    asked = texts(review())
    assert len(asked) == 10 and len(set(asked)) > 5


@pytest.mark.parametrize("before", ["00", "77", 0, "x"])
def test_what_nothing_comes_before_is_one_sentence(before):
    with pytest.raises(LookupError, match="is no notebook that others come before"):
        review(DOTS, before=before)


@pytest.mark.parametrize("before", ["5", 5, "05"])
def test_a_number_is_taken_in_any_form(before):
    assert review(DOTS, before=before).before == "05"


@pytest.mark.parametrize(
    "given", ["a", None, [[]], {1: 2}, object(), torch.ones(3), (1,), [1] * 40]
)
def test_any_answer_gets_a_card(given):
    asked = review(given, before="02")
    assert repr(asked).startswith("Not yet") and asked._repr_html_()


def test_a_damaged_line_costs_nothing_else(file):
    asked = review(DOTS, before="02")
    right = answers(asked)
    file.write_bytes(file.read_bytes() + b"\nrecalled 1.\xff\nasked\n")
    assert repr(review(right, before="02")).startswith("Passed")


def test_where_marks_cannot_be_written_it_says_so_and_asks(file):
    file.mkdir()
    asked = review(DOTS, before="02")
    assert "cannot be kept" in repr(asked) and repr(asked).count("?") >= 3
    assert repr(review(answers(asked), before="02")).startswith("Passed")


@pytest.mark.parametrize("variable", ["COURSE_GRADING", "NBGRADER_EXECUTION"])
def test_a_grader_leaves_no_trace(file, monkeypatch, variable):
    before = texts(review(DOTS, before="02"))
    file.unlink()
    monkeypatch.setenv(variable, "1")
    assert texts(review(DOTS, before="02")) == before
    review([0, 0, 0], before="02")
    assert not file.exists()
