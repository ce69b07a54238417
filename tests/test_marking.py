"""From what the checks found to the marks: the CSV, and what counts in it."""

import csv
import re

import linux_only  # noqa: F401
import pytest
from small_class import left, mark, rows, submission

from checker.judge import judge
from classroom.judging.graded_card import GradedCard
from classroom.marks import marks, sheet
from classroom.marks.feedback import page
from classroom.records.results import Status
from classroom.students import own_numbers
from exercises import of

PASSED, WRONG, BLANK = Status.PASSED, Status.WRONG, Status.BLANK
ALL = sum(exercise.points for exercise in of("00").values())


def test_the_state_of_each_exercise_stands_in_words_beside_its_points(tmp_path):
    out = left(tmp_path, *(submission(status, status=status) for status in Status))
    assert mark(out, students="name,id\npassed,1\nnobody,2\n") == 0
    found = rows(out)
    states = {name: row["ex 0.1 state"] for name, row in found.items()}
    assert states == {status: status for status in Status} | {"nobody": "not handed in"}
    assert {row["ex 0.1"] for name, row in found.items() if name != "passed"} == {"0"}
    assert len(set(states.values())) == len(states)


def test_a_row_a_student_with_the_total_of_all_notebooks(tmp_path):
    out = left(tmp_path, submission("anna"), submission("anna", "01"), submission("ben", "01"))
    assert mark(out) == 0
    found, most = rows(out), sum(exercise.points for exercise in of("01").values())
    assert {name: (row["total"], row["maximum"]) for name, row in found.items()} == {
        "anna": (str(ALL + most), str(ALL + most)),
        "ben": (str(most), str(ALL + most)),
    }
    assert found["ben"]["notebook 00"] == "0" and found["ben"]["notebook 01"] == str(most)


def test_only_what_was_assigned_counts(tmp_path):
    out = left(tmp_path, submission("anna"), submission("anna", "01"))
    assert mark(out, "--notebooks", "0", "2") == 0
    (row,) = rows(out).values()
    assert row["total"] == str(ALL) and "notebook 01" not in row
    assert row["ex 2.1 state"] == "not handed in"


def test_no_heading_is_a_number_and_no_two_are_alike_to_a_spreadsheet(tmp_path):
    out = left(tmp_path, submission("anna", "04"))
    assert mark(out) == 0
    with open(out, newline="") as file:
        heading = next(csv.reader(file))
    assert not [title for title in heading if title[:1].isdigit()]
    assert len(set(heading)) == len(heading) and {"ex 4.1", "ex 4.10"} <= set(heading)


def test_a_bonus_counts_on_top_and_what_is_dropped_does_not_count(tmp_path):
    out = left(tmp_path, submission("anna"), submission("ben", status=WRONG))
    assert mark(out, "--bonus", "0.1", "--drop", "0.4") == 0
    worth = {id: exercise.points for id, exercise in of("00").items()}
    for row in rows(out).values():
        assert int(row["maximum"]) == ALL - worth["0.1"] - worth["0.4"]
        assert row["ex 0.4 state"] == "dropped" and row["ex 0.4"] == "0"
    assert int(rows(out)["anna"]["total"]) == ALL - worth["0.4"]


def test_a_csv_that_somebody_changed_is_not_written_over(tmp_path, capsys):
    out = left(tmp_path, submission("anna"))
    assert mark(out) == mark(out) == 0
    changed = out.read_text().replace("anna", "anna berg")
    out.write_text(changed)
    assert mark(out) == 2 and out.read_text() == changed
    assert "is not as this command wrote it" in capsys.readouterr().out
    out.unlink()
    assert mark(out) == 0 and "anna berg" not in out.read_text()


def test_a_csv_of_another_origin_is_not_written_over(tmp_path):
    out = left(tmp_path, submission("anna"))
    out.write_text("mine")
    assert mark(out) == 2 and out.read_text() == "mine"


@pytest.mark.parametrize(
    "options, said",
    [
        (["--bonus", "0.9"], "There is no exercise 0.9."),
        (["--drop", "x"], "There is no exercise x."),
        (["--notebooks", "77"], "There is no notebook 77."),
        (["--for", "moodle"], "--for moodle needs --students"),
        (["--late", "10"], "--due, which is not given"),
        (["--due", "soon"], "'soon' is no time"),
        (["--due", "02/11/2026"], "may be two days"),
        (["--due", "2026-12-01", "--late", "120"], "a percentage from 0 to 100"),
        (["--due", "2026-12-01", "--handed-in", "when"], "no list is given by --students"),
        (["--overrides", "none.csv"], "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_and_nothing_is_written(
    tmp_path, capsys, options, said
):
    out = left(tmp_path, submission("anna"))
    before = set(tmp_path.iterdir())
    assert mark(out, *options) == 2
    assert said in capsys.readouterr().out and set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "text", ["{}", "[]", "no JSON", "\x00", '{"assignment": "", "secret": "x", "students": []}']
)
def test_what_is_no_key_is_said(tmp_path, capsys, text):
    (tmp_path / "key.json").write_text(text)
    out = left(tmp_path, submission("anna"))
    assert mark(out, "--own", tmp_path / "key.json") == 2
    assert "is no key of own numbers" in capsys.readouterr().out
    assert mark(out, "--own", tmp_path) == 2
    assert "cannot be read (Is a directory)" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--feedback", "--by-hand"])
def test_a_run_that_cannot_write_all_goes_on_the_next_time(tmp_path, option):
    (tmp_path / "file").write_text("")
    out = left(tmp_path, submission("anna"))
    assert mark(out, option, tmp_path / "file" / "in-it") == 2
    assert mark(out) == 0


def test_without_results_the_command_says_so(tmp_path, capsys):
    assert (
        mark(tmp_path / "grades.csv") == 2 and "when a class is graded" in capsys.readouterr().out
    )


def test_a_page_says_what_and_when_and_how_many_points(tmp_path):
    one = marks.of(submission("anna"))
    text = page("anna", [one, one], "Shapes & sizes")
    assert "<h1>anna</h1>" in text and "Shapes &amp; sizes, graded on 20" in text
    assert f"<strong>{2 * ALL} of {2 * ALL} points</strong>" in text


def test_a_remark_names_its_notebook_where_there_are_several():
    ones = {
        number: marks.Marked("anna", number, [marks.Mark("0.1", BLANK, 0, 1)], said)
        for number, said in (("00", ["old", "late"]), ("01", ["late"]))
    }
    assert sheet.remarks(ones) == "00: old; late"


@pytest.mark.parametrize("exercise", [of("02")["2.1"], of("00")["0.2"], of("00")["0.4"]])
def test_a_card_that_is_given_back_speaks_of_no_notebook_and_no_minutes(exercise):
    wrong = exercise.mistakes[0].attempt
    for attempt, word in ((..., "No answer"), (wrong, "Not yet"), (exercise.answer, "Passed")):
        shown = GradedCard(judge(exercise, attempt))._repr_html_()
        assert f"<strong>{word}</strong> · {exercise.id} {exercise.title}" in shown
        assert not re.search(r"goes on with|\d min\b|To do|outside the check", shown)


def test_the_key_of_own_numbers_names_the_class_and_the_assignment(tmp_path):
    own_numbers.keep(tmp_path / "first.key.json", "first", ["anna", "ben"])
    out = left(tmp_path, submission("anna"))
    told = ("--own", tmp_path / "first.key.json", "--feedback", tmp_path / "pages")
    assert mark(out, *told) == 0
    assert rows(out)["ben"]["ex 0.1 state"] == "not handed in"
    pages = [path.name for path in (tmp_path / "pages").iterdir()]
    assert (
        pages == ["anna.html"]
        and "first, graded on" in (tmp_path / "pages" / "anna.html").read_text()
    )
