"""The way back into a school's system, on files with the headings that Moodle and Canvas write.

The headings are those of the systems' own sources and tests: Moodle's grade/import/csv and
mod/assign/feedback, Canvas' lib/gradebook_exporter.rb and gradebook_importer.rb.
"""

import csv
import json
import zipfile

import linux_only  # noqa: F401
import pytest
from small_class import card, left, mark, rows, submission

from classroom.marks import annotated, marks
from classroom.records.results import Status
from classroom.students import people, roster

PARTICIPANTS = """\
"First name","Last name","ID number",Institution,Department,"Email address","Last downloaded"
Anne,Able,,"Moodle HQ","Rock on!",student7@example.com,1567713827
Bobby,Bunce,007,"Moodle HQ",,student5@example.com,1567713827
"""
WORKSHEET = """\
Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be \
changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 4711","Anne Able",,student7@example.com,"Submitted for grading - ",,5.00,Yes,\
"Tuesday, 1 December 2026, 12:00 PM",-,
"Participant 4712","Bobby Bunce",007,student5@example.com,"No submission",2.00,5.00,Yes,-,-,
"""
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Shapes (901),Other (902),Current Score,Final Score
,,,,,Manual Posting,,,
    Points Possible,,,,,5.00,10.00,(read only),(read only)
"Able, Anne",501,s7,anne7,Biology 1,,9.00,90.00,90.00
"Bunce, Bobby",502,s5,bobby5,Biology 1,,,,
"Student, Test",599,,5f3a,Biology 1,,,,
"""
NAMES = {"moodle": ["Anne Able", "Bobby Bunce"], "canvas": ["Able, Anne", "Bunce, Bobby"]}


@pytest.mark.parametrize("text, system", [(PARTICIPANTS, "moodle"), (WORKSHEET, "moodle")])
@pytest.mark.parametrize("end, encoding", [("\n", "utf-8-sig"), ("\r\n", "utf-16")])
def test_an_export_of_moodle_is_a_list_of_students(tmp_path, text, system, end, encoding):
    (tmp_path / "list.csv").write_bytes(text.replace("\n", end).encode(encoding))
    assert roster.load(tmp_path / "list.csv").names == NAMES[system]


def test_neither_the_points_possible_nor_the_test_student_is_a_student(tmp_path):
    for text in (CANVAS, CANVAS.replace(",", ";").replace("Able; ", "Able, ")):
        (tmp_path / "list.csv").write_text(text.replace("; ", ", "))
        assert roster.load(tmp_path / "list.csv").names == NAMES["canvas"]


def test_canvas_may_write_first_and_last_names_apart(tmp_path):
    (tmp_path / "list.csv").write_text(
        "LastName,FirstName,ID,SIS Login ID,Section,Shapes (901)\n    Points Possible,,,,,5\n"
        "Able,Anne,501,anne7,Biology 1,\n"
    )
    assert roster.load(tmp_path / "list.csv").names == ["Anne Able"]


@pytest.mark.parametrize("text, who", [(WORKSHEET, "4711"), (CANVAS, "501")])
def test_the_number_in_a_file_name_finds_the_student(tmp_path, text, who):
    (tmp_path / "list.csv").write_text(text)
    listed = roster.load(tmp_path / "list.csv")
    assert (
        "Anne" in listed.find(people.Who("a", who)) and listed.find(people.Who("a", "9")) is None
    )


def test_two_of_one_name_are_told_apart_by_what_the_list_says_of_them(tmp_path):
    (tmp_path / "list.csv").write_text("Vorname;Nachname;Nr\nAnna;Berg;1\nAnna;Berg;2\nBo;Ek;3\n")
    assert roster.load(tmp_path / "list.csv").names == ["Anna Berg 1", "Anna Berg 2", "Bo Ek"]


def imported(tmp_path, text: str, system: str, *options, **more):
    name = more.get("name", "Anne Able")
    one = submission(name, status=Status.PASSED, **{"file": more.get("file", name)})
    out = left(tmp_path, one)
    assert mark(out, "--for", system, "--assignment", "Shapes", *options, students=text) == 0
    name = "import" if system == "csv" else system
    with open(tmp_path / f"grades.{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_columns_for_moodles_gradebook_with_its_ids(tmp_path):
    assert imported(tmp_path, PARTICIPANTS, "moodle") == [
        ["First name", "Last name", "ID number", "Email address", "Shapes"],
        ["Anne", "Able", "", "student7@example.com", "5"],
        ["Bobby", "Bunce", "007", "student5@example.com", ""],
    ]


def test_moodles_grading_worksheet_is_filled_in_and_nothing_else_changes(tmp_path):
    found = imported(tmp_path, WORKSHEET, "moodle")
    given = list(csv.reader(WORKSHEET.splitlines()))
    assert found[0] == given[0] and found[1][5] == "5" and found[2][5] == ""
    for row, other in zip(found, given):
        assert row[:5] + row[6:] == [cell.strip() for cell in other[:5] + other[6:]]


def test_another_maximum_in_moodle_is_named(tmp_path, capsys):
    imported(tmp_path, WORKSHEET.replace("5.00", "100.00"), "moodle")
    assert "In Moodle the maximum is 100.00: set it to 5, as here." in capsys.readouterr().out


def test_a_gradebook_as_canvas_exports_it(tmp_path):
    assert imported(tmp_path, CANVAS, "canvas", name="Able, Anne") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Shapes (901)"],
        ["    Points Possible", "", "", "", "", "5"],
        ["Able, Anne", "501", "s7", "anne7", "Biology 1", "5"],
        ["Bunce, Bobby", "502", "s5", "bobby5", "Biology 1", ""],
    ]


def test_for_any_other_system_the_list_as_it_was_with_two_columns_more(tmp_path):
    found = imported(tmp_path, "name;id\nAnne Able;007\nBo;=1\n", "csv")
    assert found == [
        ["name", "id", "Shapes", "Shapes maximum"],
        ["Anne Able", "007", "5", "5"],
        ["Bo", "=1", "", "5"],
    ]


def test_who_is_not_on_the_list_is_left_out_and_named(tmp_path, capsys):
    found = imported(tmp_path, PARTICIPANTS, "moodle", name="eve")
    assert [row[-1] for row in found] == ["Shapes", "", ""]
    assert "Not on the list, and left out: eve." in capsys.readouterr().out


@pytest.mark.parametrize(
    "system, text, said",
    [
        ("moodle", "name,nr\nanna,1\n", "needs a column Email address, ID number or Identifier"),
        ("canvas", "name,ID\nanna,1\n", "needs the CSV that Canvas exports"),
        ("csv", "anna\nben\n", "needs a list of students with a line of headings"),
        ("csv", "name\n", "is empty"),
    ],
)
def test_a_list_that_lacks_the_ids_is_refused_before_anything_is_written(
    tmp_path, capsys, system, text, said
):
    out = left(tmp_path, submission("anna"))
    assert mark(out, "--for", system, students=text) == 2
    assert said in capsys.readouterr().out and not out.exists()
    assert not list(tmp_path.glob("grades.*.csv")) + list(tmp_path.glob("*.zip"))


# Feedback


def taken_by_moodle(name: str) -> tuple[str, str, str] | None:
    """Participant, plugin and file, as `is_valid_filename_for_import` of Moodle reads a name."""
    parts = name.split("_", 4)
    if len(parts) < 4 or not parts[1].isdigit():
        return None
    return parts[1], f"{parts[2]}_{parts[3]}", parts[4]


@pytest.mark.parametrize(
    "text, file", [(WORKSHEET, "a/b"), (PARTICIPANTS, "Anne_4711_assignsubmission_file_/x.ipynb")]
)
def test_moodles_archive_names_the_participant(tmp_path, text, file):
    imported(tmp_path, text, "moodle", file=file)
    with zipfile.ZipFile(tmp_path / "grades.moodle.feedback.zip") as packed:
        (name,) = packed.namelist()
        assert taken_by_moodle(name) == ("4711", "assignsubmission_file", "feedback.html")
        assert "5 of 5 points" in packed.read(name).decode()


def test_who_has_no_number_in_moodle_is_named(tmp_path, capsys):
    imported(tmp_path, PARTICIPANTS, "moodle")
    assert "Without a number of Moodle, so without feedback: Anne Able." in capsys.readouterr().out
    assert not list(tmp_path.glob("*.zip"))


def test_canvas_gets_the_files_it_gave_out_with_the_cards_in_them(tmp_path):
    file = "ableanne_LATE_501_7001_00_start_here.ipynb"
    imported(tmp_path, CANVAS, "canvas", name="Able, Anne", file=file)
    with zipfile.ZipFile(tmp_path / "grades.canvas.feedback.zip") as packed:
        assert packed.namelist() == [file]
        notebook = json.loads(packed.read(file))
    shown = "".join(
        "".join(output["data"]["text/html"])
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    )
    assert card("0.1") in shown and "<p>1 of 1 points</p>" in shown
    assert notebook["cells"][0]["source"][0].startswith("# 5 of 5 points")


def test_what_was_dropped_is_not_in_the_notebook_that_goes_back():
    one = marks.count(marks.of(submission("anna")), set(), {"0.2"})
    cells = {cell["id"] for cell in json.loads(annotated.notebook(one))["cells"]}
    assert not [id for id in cells if id.startswith("ex-0-2")] and "ex-0-1-check" in cells


def test_the_same_feedback_has_the_same_bytes(tmp_path):
    packed = []
    for _ in range(2):
        imported(tmp_path, WORKSHEET, "moodle")
        packed.append((tmp_path / "grades.moodle.feedback.zip").read_bytes())
        (tmp_path / "grades.csv").unlink()
    assert packed[0] == packed[1]


def test_an_empty_cell_and_not_a_zero_for_who_handed_in_nothing(tmp_path):
    out = left(tmp_path, submission("Anne Able", status=Status.WRONG))
    assert mark(out, "--for", "csv", students="name,id\nAnne Able,1\nBo,2\n") == 0
    found = rows(tmp_path / "grades.import.csv")
    assert found["Anne Able"]["grades"] == "0" and found["Bo"]["grades"] == ""
