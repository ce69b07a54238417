"""Marks by hand: read before a class is graded, kept through every regrade, never lost."""

import csv
import json

import linux_only  # noqa: F401
import pytest
from small_class import left, mark, rows, submission
from submissions import solved, where

from classroom.marks.hand_marks import CHANGED
from classroom.records import tables
from classroom.records.results import Status
from classroom.submissions import splice, words
from classroom.submissions.notebook_cells import read
from classroom.submissions.outline import outline

FIRST = "student,exercise,points,reason\n"
WRONG = Status.WRONG


def overridden(tmp_path, text: str, encoding: str = "utf-8") -> int:
    (tmp_path / "overrides.csv").write_bytes(text.encode(encoding))
    out = left(tmp_path, submission("Anna Berg", status=WRONG), submission("ben", "04"))
    return mark(out, "--overrides", tmp_path / "overrides.csv")


def test_an_override_with_its_reason_stands_in_the_csv_and_on_the_page(tmp_path):
    text = f"{FIRST}Anna Berg,ex 0.1,0.5,the idea is right\n"
    (tmp_path / "overrides.csv").write_text(text)
    out = left(tmp_path, submission("Anna Berg", status=WRONG))
    pages = tmp_path / "pages"
    for _ in range(2):  # it outlasts a regrade
        assert mark(out, "--overrides", tmp_path / "overrides.csv", "--feedback", pages) == 0
    (row,) = rows(out).values()
    assert row["ex 0.1"] == row["total"] == "0.5" and row["ex 0.1 state"] == "wrong, by hand"
    assert "ex 0.1 by hand: the idea is right" in row["remarks"]
    assert "by your teacher: the idea is right" in (pages / "Anna Berg.html").read_text()
    assert (tmp_path / "overrides.csv").read_text() == text


@pytest.mark.parametrize(
    "text, encoding",
    [
        (f"\ufeff{FIRST}Anna Berg,ex 0.1,1,fair\n", "utf-8"),
        ("Student;Exercise;Points;Reason\r\nBerg Anna;0.1;0,5;fair\r\n\r\n", "cp1252"),
        ("sep=;\nstudent;exercise;points;reason\nanna berg;ex 0.1;1;fair\n", "utf-8"),
        ('reason\tpoints\texercise\tstudent\n"so\nit is"\t1\tex 0.1\tAnna Berg\n', "utf-16"),
    ],
)
def test_a_file_of_overrides_is_read_in_every_form(tmp_path, text, encoding):
    (tmp_path / "list.csv").write_text("name\nAnna Berg\n")
    (tmp_path / "overrides.csv").write_bytes(text.encode(encoding))
    out = left(tmp_path, submission("Anna Berg", status=WRONG))
    options = ("--overrides", tmp_path / "overrides.csv", "--students", tmp_path / "list.csv")
    assert mark(out, *options) == 0
    assert rows(out)["Anna Berg"]["ex 0.1 state"] == "wrong, by hand"


@pytest.mark.parametrize(
    "text, said",
    [
        ("student,exercise,points\nAnna Berg,0.1,1\n", "has no column reason"),
        ("", "has no column student, exercise, points, reason"),
        (f"{FIRST}Anna Berg,ex 0.1,1,\n", "has no reason"),
        (f"{FIRST}Anna Berg,ex 0.9,1,x\n", "there is no exercise '0.9'"),
        (f"{FIRST}Anna Berg,ex 0.1,lots,x\n", "has 'lots' points"),
        (f"{FIRST}Anna Berg,ex 0.1,-1,x\n", "has '-1' points"),
        (f"{FIRST}Anna Berg,ex 0.1,9,x\n", "has 9 of 1 points"),
        (f"{FIRST}Anna,ex 0.1,1,x\nAnna,0.1,1,y\n", "Anna, 0.1 twice"),
        (f"{FIRST}eve,ex 0.1,1,x\n", "'eve' is no student of this class"),
        (f"{FIRST}ben,4.1,1,x\n", "4.1 may have been 4.10"),
        (f'{FIRST}Anna Berg,ex 0.1,1,"x\n', "line 2: not a table"),
        (f'{FIRST}Anna Berg,ex 0.1,1,"x"y\n', "line 2: not a table"),
    ],
)
def test_what_is_wrong_in_it_is_said_in_a_sentence_and_nothing_is_written(
    tmp_path, capsys, text, said
):
    assert overridden(tmp_path, text) == 2
    told = capsys.readouterr().out.strip()
    assert said in told and told.startswith("overrides.csv") and "\n" not in told
    assert not (tmp_path / "grades.csv").exists()


def test_an_override_of_what_does_not_count_is_named(tmp_path, capsys):
    assert overridden(tmp_path, f"{FIRST}ben,ex 2.1,1,x\n") == 0
    assert "Not among what counts here: ben, ex 2.1" in capsys.readouterr().out


# Texts to read


def reading(text: str, by: str = "your-words") -> str:
    """What is taken of the capstone with this text in the cell that asks for one."""
    notebook = solved("13")
    where(notebook, "your-words")["source"] = text if by == "your-words" else ""
    if by != "your-words":
        place = notebook["cells"].index(where(notebook, "your-words")) + 1
        own = {"cell_type": "markdown", "id": by, "metadata": {}, "source": text}
        notebook["cells"].insert(place, own)
    return notebook


@pytest.mark.parametrize(
    "text, by, found",
    [
        ("I did less.", "your-words", "I did less."),
        ("*Your text.*", "your-words", ""),
        ("  ", "your-words", ""),
        ("In a cell of mine.", "mine", "In a cell of mine."),
    ],
)
def test_the_words_of_a_learner_are_found(tmp_path, text, by, found):
    (tmp_path / "x.ipynb").write_text(json.dumps(reading(text, by)))
    assert words.own("13", read(tmp_path / "x.ipynb").texts) == found
    assert splice.splice(tmp_path / "x.ipynb", outline()).words == found


def test_the_rubric_of_the_capstone_is_read_from_its_cell():
    items = words.items("13")
    told = "".join(where(solved("13"), "rubric")["source"])
    assert f"Of {sum(item.maximum for item in items)} points." in told and len(items) == 5
    assert all(f"**{item.id.removeprefix('13 ')}** ({item.maximum})" in told for item in items)
    assert words.items("00") == ()


def test_texts_are_listed_marked_and_kept_through_a_regrade(tmp_path):
    listed = tmp_path / "by_hand.csv"
    anna = submission("anna", "13", words="I tried\n\nless, and it was enough.")
    out = left(tmp_path, anna, submission("ben", "13"))
    assert mark(out, "--by-hand", listed) == 0
    table = tables.records(listed, ("student", "exercise", "points", "maximum", "reason", "text"))
    assert [row["exercise"] for row in table if row["student"] == "anna"] == [
        item.id for item in words.items("13")
    ]
    assert {row["text"] for row in table if row["student"] == "anna"} == {anna.words}
    assert rows(out)["anna"]["13 Method state"] == "not marked yet"
    assert rows(out)["ben"]["13 Method state"] == "blank"

    before = int(rows(out)["anna"]["total"])
    marked = [list(row.values()) for row in table]
    marked[1][2:5] = ["4", "5", "one step at a time"]
    tables.write(listed, [list(table[0]), *marked])
    for _ in range(2):
        assert mark(out, "--by-hand", listed) == 0
        row = rows(out)["anna"]
        assert int(row["total"]) == before + 4 and row["13 Method state"] == "by hand"
    assert "one step at a time" in listed.read_text()


def test_a_text_that_was_changed_after_its_mark_is_named_until_the_teacher_has_looked(tmp_path):
    listed = tmp_path / "by_hand.csv"
    listed.write_text(
        "student,exercise,points,maximum,reason,note,text\nanna,13 Method,4,5,good,,first\n"
    )
    out = left(tmp_path, submission("anna", "13", words="second"))
    for _ in range(2):
        assert mark(out, "--by-hand", listed) == 0
        assert rows(out)["anna"]["13 Method"] == "4" and CHANGED in rows(out)["anna"]["remarks"]
    listed.write_text(listed.read_text().replace(CHANGED, ""))
    assert mark(out, "--by-hand", listed) == 0 and CHANGED not in rows(out)["anna"]["remarks"]


def test_a_mark_for_who_handed_in_nothing_is_kept(tmp_path):
    listed = tmp_path / "by_hand.csv"
    first = "student,exercise,points,maximum,reason,note,text\n"
    listed.write_text(f"{first}cleo,13 Result,2,3,told me,,\n")
    out = left(tmp_path, submission("anna", "13"))
    assert mark(out, "--by-hand", listed, students="name\nanna\ncleo\n") == 0
    assert rows(out)["cleo"]["total"] == "2" and "cleo,13 Result,2,3,told me" in listed.read_text()


def test_no_text_of_a_student_is_a_formula_and_its_mark_is_kept(tmp_path):
    listed, who = tmp_path / "by_hand.csv", "=anna"
    out = left(tmp_path, submission(who, "13", words='=HYPERLINK("x")\n- one\n- two'))
    assert mark(out, "--by-hand", listed) == 0
    with open(listed, newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    assert {(row[0], row[-1][:2]) for row in table[1:]} == {("'=anna", "'=")}
    table[1][2] = "3"
    tables.write(listed, table)
    assert mark(out, "--by-hand", listed) == 0
    (row,) = rows(out).values()
    assert row["13 The net"] == "3" and CHANGED not in row["remarks"]
