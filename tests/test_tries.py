"""The card remembers what was tried: a hint more each time, and at the fifth failure a way on."""

import itertools
import linecache
import re
from html import unescape
from pathlib import Path

import pytest
import torch

from checker import marks, notebook, tries
from checker.card import Card
from checker.exercise import Exercise, Number, call
from checker.judge import judge
from checker.notebook import check

RIGHT = "def brightest_pixel(x):\n    return x.amax((2, 3))"
CELLS = itertools.count()
SKIP = "Skip it, and come back whenever you like: later cells use our answer."
LOOK = 'where("0.1")` looks for the line.'
OURS = "solutions/00_start_here.ipynb"


@pytest.fixture(autouse=True)
def learner(monkeypatch, tmp_path):
    """Works in my_notebooks/ of a clone, and has done nothing yet."""
    (tmp_path / "my_notebooks").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / OURS).touch()
    monkeypatch.chdir(tmp_path / "my_notebooks")
    monkeypatch.delenv("COURSE_PROGRESS", raising=False)
    restart()


@pytest.fixture
def shown(monkeypatch):
    """The cards of the checks so far."""
    found = []
    monkeypatch.setattr("IPython.display.display", found.append)
    return found


def restart():
    """The kernel."""
    for memory in (notebook._attempts, notebook._verdicts, tries._here):
        memory.clear()


def answer(cell: str):
    """What a cell defines; its source is known by its file, as in a notebook."""
    file = f"tried-{next(CELLS)}"
    linecache.cache[file] = (len(cell), None, cell.splitlines(True), file)
    namespace = {"torch": torch}
    exec(compile(cell, file, "exec"), namespace)
    return namespace["brightest_pixel"]


def wrong(number: int) -> str:
    return RIGHT.replace("x.amax", f"{number} + x.amin")


def fail(times: int) -> None:
    for number in range(times):
        check("0.1", answer(wrong(number)))


def words(card) -> str:
    """What the HTML of a card says."""
    spaced = re.sub(r"</?(div|summary|details)\b[^>]*>", " ", card._repr_html_())
    return unescape(re.sub(r"<[^>]+>", "", spaced))


def unfolded(card) -> int:
    return card._repr_html_().count("<details open>")


def test_the_first_failure_shows_what_was_found_and_folds_the_hints(shown):
    fail(1)
    text = repr(shown[-1])
    assert "gave [[1]], expected [[5]]" in text.replace(".0", "")
    assert unfolded(shown[-1]) == 0 and "<details><summary>Hint 1" in shown[-1]._repr_html_()
    assert "try" not in text and SKIP not in text and LOOK not in text and OURS not in text


def test_each_failure_after_it_unfolds_a_hint(shown):
    exercise = Exercise("0.1", "Three", difficulty=1, minutes=1, hints=["A.", "B.", "C."])
    assert [tries.said(of(exercise), n, "")[:1] for n in range(1, 5)] == [
        [],
        ["This is try 2; the first hint is unfolded."],
        ["This is try 3; the first 2 hints are unfolded."],
        ["This is try 4; all hints are unfolded."],
    ]
    html = Card(of(exercise), hints_open=tries.hints_open(3))._repr_html_()
    assert html.index("open><summary>Hint 2") < html.index("<details><summary>Hint 3")
    fail(3)
    assert [unfolded(card) for card in shown] == [0, 1, 2]


def of(exercise):
    exercise.reference(lambda x: x)
    exercise.cases(lambda rng: iter([call(1)]))
    return judge(exercise, lambda x: x + 1)


def test_the_third_offers_the_line_and_no_way_on_yet(shown):
    fail(3)
    text = repr(shown[-1])
    assert "This is try 3; all hints are unfolded." in text and "Stuck? `from checker" in text
    assert SKIP not in text and OURS not in text


def test_the_fifth_offers_three_ways_on(shown):
    fail(5)
    text = repr(shown[-1])
    assert "This is try 5; all hints are unfolded. You can go on from here:" in text
    for way in (f"- {SKIP}", f"- `from checker import where; {LOOK}", f"0.1 in {OURS}."):
        assert way in text, way
    assert "The notebook goes on with our `brightest_pixel`." in text
    assert f'<a href="../{OURS}#cell-id=ex-0-1-solution">' in shown[-1]._repr_html_()


@pytest.mark.parametrize("times", range(1, 7))
def test_the_plain_text_says_the_same(shown, times):
    fail(times)
    text = re.sub(r"`|(?<=Hint \d):", "", repr(shown[-1]))
    assert words(shown[-1]).split() == ["✗", *text.split()]


def test_a_value_is_offered_what_there_is(shown):
    for value in range(5):
        check("0.2", value)
    text = repr(shown[-1])
    assert SKIP in text and OURS in text and "where(" not in text


def test_without_the_solved_notebooks_nobody_is_sent_there(shown):
    Path("..", OURS).unlink()
    fail(5)
    assert SKIP in repr(shown[-1]) and OURS not in repr(shown[-1])


def test_the_same_answer_is_no_new_try(shown):
    for cell in (wrong(0), wrong(0), f"# again\n{wrong(0)}  # still"):
        check("0.1", answer(cell))
    restart()
    check("0.1", answer(wrong(0)))
    assert [unfolded(card) for card in shown] == [0] * 4 and len(marks.failures("0.1")) == 1


def test_a_helper_that_changed_makes_it_a_new_try(shown):
    for shift in (1, 2):
        mine = answer("def brightest_pixel(x):\n    return x.amax((2, 3)) + shift")
        mine.__globals__["shift"] = shift
        check("0.1", mine)
    assert len(marks.failures("0.1")) == 2


def test_it_remembers_when_the_kernel_is_started_again(shown):
    fail(4)
    restart()
    check("0.1", answer(wrong(9)))
    assert "This is try 5" in repr(shown[-1])


class Unasked:
    """Answers no question about itself."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    __repr__ = __getattr__


@pytest.mark.parametrize("id", ["0.1", "0.2", "0.3", "0.4"])
def test_any_answer_is_counted(shown, id):
    for odd in (Unasked(), print, len, itertools.count(), lambda: 1, {"a": Unasked()}):
        check(id, odd)
    assert len(marks.failures(id)) >= 5


def test_a_pass_ends_the_count(shown):
    fail(3)
    check("0.1", answer(RIGHT))
    assert "try" not in repr(shown[-1]) and marks.failures("0.1") == set()
    check("0.1", answer(wrong(0)))
    assert "try" not in repr(shown[-1])


def test_what_is_still_to_do_is_no_try(shown):
    for _ in range(6):
        check("0.1", ...)
    assert not marks.file().exists() and "try" not in repr(shown[-1])


def test_where_the_marks_cannot_be_written_it_counts_in_the_session(shown, capsys):
    marks.file().mkdir()
    fail(5)
    assert "This is try 5" in repr(shown[-1])
    assert "cannot be kept" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["COURSE_GRADING", "NBGRADER_EXECUTION"])
def test_a_grader_leaves_no_trace_and_meets_none(shown, monkeypatch, variable):
    fail(4)
    before = marks.file().read_bytes()
    restart()
    monkeypatch.setenv(variable, "1")
    for number in (7, 8):
        with pytest.raises(notebook.NotPassed):
            check("0.1", answer(wrong(number)))
    check("0.1", answer(RIGHT))
    assert marks.file().read_bytes() == before
    assert all("try" not in repr(card) for card in shown[-3:])


def test_a_card_of_a_verdict_alone_has_no_memory(shown):
    fail(5)
    verdict = notebook._verdicts["0.1"]
    assert "try" not in repr(Card(verdict)) and unfolded(Card(verdict)) == 0


def test_a_learners_brackets_are_no_link():
    number = Number("9.9", "n", 1, wrong={"x": (2, "No.")}, difficulty=1, minutes=1)
    html = Card(judge(number, "[a](b.ipynb)"))._repr_html_()
    assert "<a " not in html
