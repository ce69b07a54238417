"""`where` puts a finger on the line of a wrong answer that one small change would mend."""

import itertools
import linecache
import random

import numpy as np
import pytest
import torch
from torch import nn

from checker import check, settings, where
from checker.exercise import Choice, Exercise, Module, Number, call, whole
from checker.judge import judge
from checker.notebook import _attempts, _verdicts
from checker.source import source_of
from checker.tries import _here
from checker.where import SECONDS, looked_for, search

OFFER = 'Stuck? `from checker import where; where("0.1")` looks for the line.'
CELLS = itertools.count()


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    for memory in (_attempts, _verdicts, _here):
        memory.clear()


def run(cell: str, **names) -> dict:
    """What a cell leaves behind; its source is known by its file, as in a notebook."""
    file = f"cell-{next(CELLS)}"
    linecache.cache[file] = (len(cell), None, cell.splitlines(True), file)
    namespace = {"__name__": "__main__", "torch": torch, "nn": nn} | names
    exec(compile(cell, file, "exec"), namespace)
    return namespace


def area():
    exercise = Exercise("9.1", "Area", difficulty=1, minutes=1)

    @exercise.reference
    def area(x, k, scale=1):
        return x[k:].sum() * scale + k

    @exercise.cases
    def _(rng):
        yield call(torch.tensor([1.0, 2.0]), 0)
        yield call(whole(rng, 6), 2, scale=3)
        yield call(whole(rng, 9), 3)

    return exercise


def seen(exercise, cell, name, **names) -> list[str]:
    """What the card says, line by line, of the answer of a cell."""
    attempt = run(cell, **names)[name]
    return repr(looked_for(judge(exercise, attempt), attempt)).split("\n")[1:]


ONE = "One change on this line would make it right."
SEVERAL = "One change at any one of these places would make it right."
HEAD = "# my answer\n\ndef area(x, k, scale=1):\n"
WRONG = {  # cell -> what the card says
    HEAD + "    y = x[k:]\n    return y.mean() * scale + k": [
        "In your code, line 5: return y.mean() * scale + k",
        ONE,
    ],
    HEAD + "    y = x[scale:]\n    return y.sum() * scale + k": [
        "In your code, line 4: y = x[scale:]",
        ONE,
    ],
    HEAD + "    y = x[k:] * scale\n    total = y.sum()\n    return total - k": [
        "In your code, line 6: return total - k",
        ONE,
    ],
    HEAD + "    y = 0\n    for one in x[k:]:\n        y = one * scale\n    return y + k": [
        "In your code, line 6: y = one * scale",
        ONE,
    ],
    HEAD + "    y = 0\n    for one in x[k:]:\n        y += one * scale\n        return y + k": [
        "In your code, line 7: return y + k",
        ONE,
    ],
    HEAD + "    y = k + 1\n    y = y + 1\n    return x[k:].sum() * scale + y - 3": [
        "In your code, line 4: y = k + 1",
        "In your code, line 5: y = y + 1",
        "In your code, line 6: return x[k:].sum() * scale + y - 3",
        SEVERAL,
    ],
    HEAD + "    return (x[k:].sum()\n        * scale - k)": [
        "In your code, lines 4 to 5: return (x[k:].sum() …",
        "One change on these lines would make it right.",
    ],
    HEAD + "    return torch.add(\n        x[k:].mean() * scale,\n        k)": [
        "In your code, line 5: x[k:].mean() * scale,",
        ONE,
    ],
    "area = lambda x, k, scale=1: x[k:].sum() * scale - k": [
        "In your code, line 1: area = lambda x, k, scale=1: x[k:].sum() * scale - k",
        ONE,
    ],
    "def tail(x, k):\n    return x[:k]\n\n\ndef area(x, k, scale=1):\n"
    "    return tail(x, k).sum() * scale + k": ["In your code, line 2: return x[:k]", ONE],
    "def area(x, k, scale=1):\n    if k > 0:\n        return area(x[2:], k - 1, scale) + 1\n"
    "    return x.sum() * scale": [
        "In your code, line 3: return area(x[2:], k - 1, scale) + 1",
        ONE,
    ],
}


@pytest.mark.parametrize("cell", WRONG)
def test_the_line_is_quoted_by_its_number_in_the_cell(cell):
    assert seen(area(), cell, "area") == WRONG[cell]


def test_nothing_is_said_of_a_line_where_no_change_helps():
    said = seen(area(), HEAD + "    return x.prod().cosh()", "area")
    assert said[0].startswith("None of the ") and len(said) == 1
    assert said[0].endswith(
        "small changes tried makes it right: perhaps more than one thing is off, or the way is"
        " another one."
    )


def scale():
    exercise = Module("9.2", "Scale", difficulty=1, minutes=1)

    @exercise.reference
    class Scale(nn.Module):
        def __init__(self, channels, start=1):
            super().__init__()
            self.weight = nn.Parameter(torch.full((channels,), float(start)))

        def forward(self, x):
            return x * self.weight[:, None, None]

    @exercise.cases
    def _(rng):
        yield call(2, inputs=whole(rng, 1, 2, 1, 1))
        yield call(3, 2, inputs=whole(rng, 2, 3, 4, 5))

    return exercise


SCALE = """\
class Scale(nn.Module):
    def __init__(self, channels, start=1):
        {init}
        self.weight = nn.Parameter(torch.zeros(channels) + start)

    @property
    def wide(self):
        return self.weight[:, None, None]

    def forward(self, x):
        return x - self.wide
"""


@pytest.mark.parametrize("init", ["super().__init__()", "super(Scale, self).__init__()"])
def test_of_a_class_every_method_is_looked_at(init):
    said = seen(scale(), SCALE.format(init=init), "Scale")
    assert said == ["In your code, line 11: return x - self.wide", ONE]


def test_what_is_found_does_make_it_right():
    cell = HEAD + "    y = x[k:]\n    return y.mean() * scale + k"
    mended = run(cell.replace("mean", "sum"))["area"]
    assert judge(area(), mended).state == "passed"


def looked_at(cell, **names):
    attempt = run(cell, **names)["area"]
    return search(judge(area(), attempt), source_of(attempt))


def test_a_line_that_only_looks_right_on_the_call_that_failed_is_not_named():
    cell = HEAD + "    y = x[1 - k:] if k == 0 else x[k:]\n    return y.mean() * 0 + k"
    assert looked_at(cell).lines == []


def test_our_answer_in_their_names_makes_nothing_right():
    exercise = area()
    cell = "def area(x, k, scale=1):\n    while True:\n        pass\n    return area(x, k, scale)"
    attempt = run(cell)["area"]
    exercise.limit = 0.2
    verdict = judge(exercise, attempt)
    attempt.__globals__["area"] = exercise.handed_on  # as after a failed check
    found = search(verdict, source_of(attempt), seconds=1.0)
    assert verdict.state == "stopped" and found.lines == []


def test_loops_without_an_end_are_left_and_the_search_goes_on():
    exercise = area()
    exercise.limit = 0.2
    cell = (
        HEAD + "    n = k\n    while n >= 0:\n        n -= 0\n    return x[k:].sum() * scale + k"
    )
    assert seen(exercise, cell, "area")[-1] in (ONE, SEVERAL)


def test_the_search_ends_in_time():
    cell = HEAD + "    for _ in range(10**7):\n        pass\n    return x.prod().cosh()"
    attempt = run(cell)["area"]
    verdict = judge(area(), attempt)
    found = search(verdict, source_of(attempt), seconds=0.5)
    assert not found.complete and found.lines == []


def test_nothing_is_left_behind(capsys):
    drawn = (
        "    torch.manual_seed(3)\n    torch.set_default_dtype(torch.float32)\n    print('hi')\n"
    )
    helper = "def tail(x, k):\n    return x[:k]\n\n\n"
    namespace = run(helper + HEAD + drawn + "    return tail(x, k).sum() * scale + k")
    before = dict(namespace), torch.get_rng_state(), random.getstate(), np.random.get_state()[1]
    verdict = judge(area(), namespace["area"])
    looked_for(verdict, namespace["area"])
    assert namespace == before[0] and torch.equal(torch.get_rng_state(), before[1])
    assert random.getstate() == before[2] and (np.random.get_state()[1] == before[3]).all()
    assert settings.changed() == [] and capsys.readouterr().out == ""


def test_an_interrupt_ends_the_search():
    cell = HEAD + "    y = stop(k)\n    return x[k:].mean() * scale + k"
    calls = itertools.count()

    def stop(k):
        if next(calls) > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        looked_at(cell, stop=stop)


def nested():
    return lambda x, k, scale=1: k


@pytest.mark.parametrize("attempt", [torch.sum, torch.nn.functional.relu, max, nested()])
def test_a_source_that_is_not_to_be_found_is_one_sentence(attempt):
    said = repr(looked_for(judge(area(), attempt), attempt)).split("\n")[1:]
    assert len(said) == 1 and said[0].startswith("The source of your answer can't be found.")


def test_a_helper_that_was_mended_since_is_told():
    cell = "def area(x, k, scale=1):\n    return tail(x, k).sum() * scale + k"
    attempt = run(cell, tail=lambda x, k: x[:k])["area"]
    verdict = judge(area(), attempt)
    attempt.__globals__["tail"] = lambda x, k: x[k:]
    said = repr(looked_for(verdict, attempt)).split("\n")[1:]
    assert said == ["Your cell passes now. Run it again, then the check."]


VALUES = [
    Number("9.3", "Size", 7, wrong={"no": (8, "No.")}, difficulty=1, minutes=1),
    Choice("9.4", "Which", "a", why={"b": "No."}, because="Yes.", difficulty=1, minutes=1),
]


@pytest.mark.parametrize("exercise", VALUES, ids=["number", "choice"])
def test_a_value_has_no_line(exercise):
    wrong = exercise.mistakes[0].attempt
    said = repr(looked_for(judge(exercise, wrong), wrong)).split("\n")
    assert said[1:] == ["The answer is a value, not a program: there is no line to look for."]


# In a notebook


RIGHT = "def brightest_pixel(x):\n    return x.amax((2, 3))"
DARKEST = RIGHT.replace("amax", "amin")
MEAN = RIGHT.replace("amax", "mean")


def cards(capsys, *answers) -> list[str]:
    shown = []
    for answer in answers:
        check("0.1", run(answer)["brightest_pixel"])
        shown.append(capsys.readouterr().out)
    return shown


def test_the_card_offers_a_look_from_the_second_failure_on(capsys):
    shown = cards(capsys, DARKEST, MEAN, RIGHT, DARKEST, MEAN)
    assert [OFFER in card for card in shown] == [False, True, False, False, True]


def test_nothing_is_offered_for_an_answer_that_is_still_to_do_or_has_no_source(capsys):
    for attempt in (..., ..., torch.amin, torch.amin):
        check("0.1", attempt)
    assert "Stuck?" not in capsys.readouterr().out


def test_where_shows_the_line_of_the_last_attempt(capsys):
    cards(capsys, RIGHT, DARKEST)
    where("0.1")
    shown = capsys.readouterr().out
    assert shown.startswith(
        "Not yet · 0.1 The brightest pixel\nIn your code, line 2: return x.amin"
    )
    assert "amax" not in shown and shown.rstrip().endswith(ONE)


def test_where_says_what_passed(capsys):
    cards(capsys, DARKEST, RIGHT)
    where("0.1")
    assert "Passed · 0.1" in (shown := capsys.readouterr().out) and "It passed" in shown


def test_where_needs_a_check():
    with pytest.raises(LookupError, match=r"Run the check of 0\.1 first"):
        where("0.1")
    with pytest.raises(LookupError):
        where("99.1")


def test_the_time_is_what_the_course_promises():
    assert SECONDS <= 3
