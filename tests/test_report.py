"""The class report says what was handed in, to everybody who may read it and to nobody else."""

import csv
import json
import math
import re
import sys

import linux_only  # noqa: F401
import numpy as np
import pytest
import simulated_class
import submissions
import torch

import exercises
from checker.exercise import Mistake
from checker.judge import judge
from checker.sandbox import Outcome
from classroom import groups, report
from classroom.judging import outcomes
from classroom.marks.feedback import TITLES
from classroom.records import results
from classroom.records.results import Graded, Result, Status
from classroom.submissions import outline
from classroom.whole_class import report_numbers, report_page, same_answers, tally
from course.paths import Complaint

ANSWER = "Your answer is c."
MARKUP = "<script>alert(1)</script>"


def result(id, status, **told) -> Result:
    points = exercises.find(id).points
    return Result(id, status, points * (status == Status.PASSED), points, "", **told)


def student(name, *found, changed="2026-11-20T18:03:11+00:00") -> Graded:
    return Graded(name, "00", list(found), [], 7, changed)


def wrong(id="0.1", mistake="of_everything", source="def brightest_pixel(x): ...", **told):
    told = {"layer": "catalogue"} | told
    return result(id, Status.WRONG, mistake=mistake, source=source, **told)


CLASS = [
    student("Ann", result("0.1", Status.PASSED), result("0.2", Status.PASSED)),
    student("Ben", wrong(), result("0.2", Status.BLANK)),
    student("Cem", wrong(), result("0.2", Status.STOPPED)),
    student("Dov", wrong(mistake="", group=1, found="gave 3"), result("0.2", Status.UNREADABLE)),
    student("Eve", wrong(mistake="", group=1, found="gave 3"), result("0.2", Status.BLANK)),
]


def text_of(graded, **options) -> str:
    sheets = tally.sheets(graded, TITLES)
    if options.pop("anonymous", False):
        sheets = list(map(report.without_names, sheets))
    return report_page.page(sheets, options.get("changes", []))


# A whole run


def test_a_simulated_class_is_counted_as_it_was_planted(tmp_path):
    """By the command that a teacher types; three exercises that are code, two that are not."""
    ids = ["2.1", "2.3", "2.17", "2.23", "2.25"]
    truth = simulated_class.write(tmp_path / "in", "02", 20, 6, ids, strength=-1.0)
    planted = {(one.status, bool(one.label)) for one in truth}
    assert {(Status.PASSED, False), (Status.WRONG, True), (Status.BLANK, False)} <= planted
    out = tmp_path / "grades.csv"
    options = ("--seconds", "2", "--jobs", "2", "--anonymous")
    done = submissions.grade(tmp_path / "in", out, *options)
    assert done.returncode == 0, done.stderr
    graded = simulated_class.found(out, set(ids))
    assert simulated_class.counts(truth) == simulated_class.counts(list(graded.values()))
    seen = simulated_class.quality(truth, graded)
    assert seen.pairs > 4 and (seen.purity, seen.recall, seen.right) == (1, 1, 0)
    in_report = counts_in(report.numbers_of(out), set(ids))
    assert in_report == simulated_class.counts(truth)
    assert all(one["outcomes"] is None for line in lines(out) for one in line["results"])
    page = report.page_of(out).read_text()
    assert "student 020" in out.read_text() and "student 020" not in page


def lines(out) -> list[dict]:
    return [json.loads(line) for line in results.path_of(out).read_text().splitlines()]


def counts_in(path, ids: set[str]) -> dict:
    """Of the CSV of the report, by exercise, status and mistake, where not zero."""
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["exercise"] in ids]
    found = {
        (row["exercise"], Status(row["name"]), ""): int(row["count"])
        for row in rows
        if row["what"] == "status"
    } | {
        (row["exercise"], Status.WRONG, row["name"]): int(row["count"])
        for row in rows
        if row["what"] == "mistake"
    }
    for id, status, name in list(found):
        if name:
            found[id, status, ""] -= found[id, status, name]
    return {key: count for key, count in found.items() if count}


# Which answers gave the same


X = torch.randn(40, 50, dtype=torch.float64)
OTHERS = {
    "another number": X.clone().index_put(
        (torch.tensor(3), torch.tensor(4)), torch.tensor(9.0).double()
    ),
    "turned round": X.flip(0),
    "another shape": X.reshape(50, 40),
    "another dtype": X.float(),
    "not a number": X.clone().index_fill(0, torch.tensor([1]), math.nan),
    "an array": X.numpy(),
    "a list": X.flatten().tolist(),
    "nothing": None,
    "an object": object(),
}


def there_and_back(value, **told) -> list[Outcome]:
    form = json.loads(json.dumps(outcomes.kept([Outcome(value, **told)])))
    return outcomes.restored(form)


def same(one, other) -> bool:
    return same_answers.same(exercises.find("2.8"), one, other)


@pytest.mark.parametrize("small", [True, False])
def test_what_differs_by_rounding_is_the_same(small):
    x = X[:2, :3] if small else X
    assert same(there_and_back(x), there_and_back(x * (1 + 1e-9)))
    assert not same(there_and_back(x), there_and_back(x * (1 + 1e-3)))
    assert same(there_and_back(x.tolist()), there_and_back((x + 1e-12).tolist()))


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_other_is_not_the_same(name):
    assert not same(there_and_back(X), there_and_back(OTHERS[name]))
    assert same(there_and_back(OTHERS[name]), there_and_back(OTHERS[name]))


def test_errors_and_side_effects_tell_answers_apart():
    error, other = (there_and_back(None, error=ValueError(text)) for text in ("3 rows", "4 rows"))
    assert same(error, error) and not same(error, other)
    assert not same(there_and_back(X), there_and_back(X, seeded=True))
    assert not same(there_and_back(X), there_and_back(X) * 2)


ODD = {
    "a generator": (one for one in ()),
    "a function": print,
    "no values": {"a": [torch.empty(2, device="meta")]},
    "many of no values": torch.empty(200, device="meta"),
    "half precision": torch.ones(90, dtype=torch.bfloat16),
    "complex": torch.ones(90, dtype=torch.complex64),
    "a set": {3, "four"},
    "bytes": np.zeros(90, dtype=np.int8),
    "huge": [1e308] * 1000,
    "a long text": {3: "x" * 10_000},
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_comes_back_is_kept_small(name):
    assert same(there_and_back(ODD[name]), there_and_back(ODD[name]))
    assert len(json.dumps(outcomes.kept([Outcome(ODD[name])]))) < 3_000


def test_what_is_too_large_is_of_no_group():
    assert outcomes.kept([Outcome([["x" * 500] * 500])]) is None


def test_an_answer_without_a_name_gets_the_number_of_its_group():
    def gave(value):
        return result("2.8", Status.WRONG, outcomes=outcomes.kept([Outcome(value)]))

    graded = [
        student("Ann", gave(X)),
        student("Ben", gave(X.flip(0))),
        student("Cem", gave(X.flip(0) * (1 + 1e-10))),
        student("Dov", result("2.8", Status.PASSED)),
    ]
    assert [one.results[0].group for one in same_answers.numbered(graded)] == [2, 1, 1, 0]


# From a group to a mistake


WRONG_ANSWERS = {
    "0.1": "def brightest_pixel(x):\n    # Ann Smith\n    return x.amax(dim=(2, 3)) + 7\n",
    "0.2": "numbers_in_batch = 1_234",
    "2.1": "output_size = lambda n, k, s=1, p=0, d=1: n + k + s + p + d",
    "0.4": (
        "class Scale(nn.Module):\n    def __init__(self, channels):\n"
        "        super().__init__()\n        self.weight = nn.Parameter(torch.ones(channels))\n"
        "    def forward(self, x):\n        return x * self.weight[:, None, None] + 7\n"
    ),
}


@pytest.mark.parametrize("id", WRONG_ANSWERS)
def test_a_skeleton_names_what_was_given(id, monkeypatch):
    exercise, source = exercises.find(id), WRONG_ANSWERS[id]
    number = submissions.notebook_of(id)
    asked = next(one.name for one in outline.exercises(number) if one.id == id)
    scope = {"torch": torch, "nn": torch.nn}
    exec(source, scope)
    attempt = scope[asked]
    assert judge(exercise, attempt).mistake is None
    group = tally.Alike(id, "", "", 1, (wrong(id, "", source, found="gave\n```\n1\n```"),))
    text = groups.skeleton(group)
    assert "Ann" not in text and text.startswith(f"# Group 1 of {id}, given 1 time: gave\n#")
    monkeypatch.setattr(exercise, "mistakes", list(exercise.mistakes))
    if id == "0.2":
        added = eval(f"{{{text}}}")
        exercise.mistakes += [Mistake(name, said, value) for name, (value, said) in added.items()]
    else:
        exec(text, vars(sys.modules[exercise.answer.__module__]) | scope)
    assert judge(exercise, attempt).mistake == groups.NAME


@pytest.mark.parametrize("asked", [["9.9"], ["0.1", "8"], ["0.2"]])
def test_a_group_that_is_not_there_is_one_sentence(asked, tmp_path, capsys):
    out = tmp_path / "grades.csv"
    assert groups.main([str(out), *asked]) == 2
    assert "There is no" in capsys.readouterr().err
    results.write_all(CLASS, out)
    assert groups.main([str(out), *asked]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    results.write_all([], out)
    assert groups.main([str(out), *asked]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# The page


def test_numbers_of_the_page_are_those_of_the_class():
    [sheet] = tally.sheets(CLASS, TITLES)
    first, second = sheet.tallies
    assert first.statuses == {Status.PASSED: 1, Status.WRONG: 4}
    assert second.statuses == {"passed": 1, "blank": 2, "stopped": 1, "unreadable": 1}
    assert [(one.mistake, one.count) for one in first.mistakes] == [("of_everything", 2)]
    assert [(one.group, one.count) for one in first.groups] == [(1, 2)] and first.alone == 0
    page = text_of(CLASS)
    assert "That is one number for all pictures and channels together." in page
    assert '<td class="number">4 <span class="quiet">(80 %)</span></td>' in page


def test_a_cell_that_does_not_compile_is_not_said_to_be_like_no_other():
    broken = [student(name, wrong(mistake="", layer="cell", source="x = (")) for name in "ab"]
    text = text_of(broken)
    assert "2 students are in no group" in text and "Group" not in text


def test_a_letter_is_explained_once():
    letter = [student(name, wrong("0.3", "c", source="x = 'c'", found=ANSWER)) for name in "ab"]
    topics = text_of(letter).split("<h2")[1]
    assert "answer <code>c</code>" in topics and ANSWER not in topics


def test_who_is_stuck_on_the_same_stands_together_at_the_top():
    order = [one.student for one in tally.ordered(CLASS)]
    assert order[-1] == "Ann" and abs(order.index("Ben") - order.index("Eve")) == 1


def test_names_can_be_left_out_and_examples_have_none():
    commented = wrong(source='def brightest_pixel(x):\n    """By Ben."""\n    return x  # Ben\n')
    graded = [*CLASS[:1], *(student(name, commented) for name in ("Ben", "Cem"))]
    with_names, without = text_of(graded), text_of(graded, anonymous=True)
    assert with_names.count("Ben") == 1 and "return x</code>" in with_names
    assert not re.search("Ann|Ben|Cem", without) and "student 3" in without


def test_nothing_of_a_student_is_markup():
    odd = wrong(
        mistake="", source=f"x = '{MARKUP}'", why=MARKUP, found=f"gave `{MARKUP}`", group=1
    )
    graded = [student(MARKUP, odd), student("Ben", odd)]
    assert text_of(graded).count("<script") == 0 < text_of(graded).count("&lt;script")
    sheets = tally.sheets([student("=1+1", wrong(mistake="=1+1"))], TITLES)
    assert ",'=1+1," in report_numbers.numbers(sheets, [])


@pytest.mark.parametrize(
    "source, left",
    [
        ("def f():\n    '''doc\n    more'''\n    return 1  # why\n", "def f():\n    return 1"),
        ("# me\nx = '# no comment'", "x = '# no comment'"),
        ("x = = 3", "x = = 3"),
        ("x = '''", ""),
        ("", ""),
    ],
)
def test_code_is_shown_without_what_may_name_somebody(source, left):
    assert report_page.bare(source) == left


def test_two_runs_are_compared_on_who_is_in_both(tmp_path, capsys):
    now = [
        student("Ben", result("0.1", Status.PASSED), result("0.2", Status.BLANK)),
        student("Cem", wrong(), result("0.2", Status.BLANK)),
        student("New", wrong(), result("0.2", Status.BLANK)),
    ]
    [change, _] = tally.changes(CLASS, now, TITLES)
    assert (len(change.before), len(change.now)) == (2, 2)
    assert [one[::2] + one[3:] for one in change.mistakes] == [("of_everything", 2, 1)]
    for name, graded in (("before", CLASS), ("now", now)):
        results.write_all(graded, tmp_path / f"{name}.csv")
    given = [str(tmp_path / "now.csv"), "--before", str(tmp_path / "before.csv"), "--anonymous"]
    assert report.main(given) == 0 and "now.html" in capsys.readouterr().out
    page = (tmp_path / "now.html").read_text()
    assert "2 → 1 <code>of_everything</code>" in page and "Ben" not in page
    assert "0.1,mistake before,of_everything,2,2" in (tmp_path / "now.report.csv").read_text()


def test_a_run_of_another_version_is_one_sentence(tmp_path, capsys):
    out = tmp_path / "grades.csv"
    assert report.main([str(out)]) == 2
    results.path_of(out).write_text('{"student": "Ann"}\n')
    assert report.main([str(out)]) == 2
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2 and "Grade again" in said[1]
    with pytest.raises(Complaint):
        results.load(out)


def test_an_empty_class_has_a_page():
    assert "No wrong answer was given twice" in text_of([])
