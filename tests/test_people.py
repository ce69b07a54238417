"""Who handed in what, however a platform, a browser or a teacher names it."""

import json
import os
import unicodedata
import zipfile
from pathlib import Path

import linux_only  # noqa: F401
import pytest
from submissions import rows, solved, untouched

from classroom import grade
from classroom.marks import feedback
from classroom.records import tables
from classroom.records.spliced import Spliced
from classroom.students import people, roster
from classroom.students.people import Who
from classroom.students.roster import Roster
from classroom.submissions import collect, fates
from course.paths import Complaint

FILE = "00_start_here.ipynb"
ANNA = Who("anna")


@pytest.mark.parametrize(
    "path, who",
    [
        ("anna/00_start_here.ipynb", ANNA),
        ("anna/deep/00_start_here.ipynb", ANNA),
        ("anna_00_start_here.ipynb", ANNA),
        ("anna_00_start_here (1).ipynb", ANNA),
        ("anna_00_start_here-Copy1.ipynb", ANNA),
        ("anna 00 start here.ipynb", ANNA),
        ("00_start_here-anna.ipynb", ANNA),
        ("00_START_HERE_anna.IPYNB", ANNA),
        ("anna_00_start_here.ipynb.json", ANNA),
        ("own_numbers_anna.ipynb", ANNA),
        ("anna_own_numbers_anna.ipynb", ANNA),
        ("anna_12345_678910_00_start_here.ipynb", Who("anna", "12345")),
        ("anna_LATE_12345_678910_00_start_here-1.ipynb", Who("anna", "12345")),
        ("shapes_anna_attempt_2026-11-01-10-00-00_00_start_here.ipynb", ANNA),
        (f"Anna B_77_assignsubmission_file_/{FILE}", Who("Anna B", "77")),
        ("00_start_here.ipynb", Who("00_start_here")),
        (unicodedata.normalize("NFD", "김서연") + f"/{FILE}", Who("김서연")),
        (os.fsdecode("Müller".encode("cp1252")) + f"/{FILE}", Who("Müller")),
    ],
)
def test_a_path_says_who(path, who):
    assert people.guess(Path(path)) == who


def test_two_of_one_name_are_told_apart_by_their_numbers():
    both = [Who("anna", "1"), Who("anna", "2"), Who("ben", "3")]
    assert list(people.labels(both).values()) == ["anna 1", "anna 2", "ben"]


ROWS = [["Doe, Jane", "jdoe@uni.example", "12345"], ["김서연", "seo", "777"], ["O'Neil", "", ""]]


@pytest.mark.parametrize(
    "who, name",
    [
        (Who("doejane", "12345"), "Doe, Jane"),
        (Who("Jane Doe", "9"), "Doe, Jane"),
        (Who("jdoe"), "Doe, Jane"),
        (Who("doejane", "99999"), None),  # the list has another number of that sort
        (Who(unicodedata.normalize("NFD", "김서연")), "김서연"),
        (Who("seo"), "김서연"),
        (Who("o neil"), "O'Neil"),
        (Who("eve"), None),
        (Who(""), None),
    ],
)
def test_the_list_decides(who, name):
    assert Roster(ROWS).find(who) == name


def test_a_name_that_fits_two_fits_none():
    assert Roster([["Jane Doe"], ["Doe Jane"]]).find(Who("doe, jane")) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("heading", ["", "Étudiant;N°\n", "Vorname Nachname;Nr\n", "Wer;Zahl\n"])
def test_a_list_is_read_in_every_form(tmp_path, encoding, heading):
    (tmp_path / "list.csv").write_bytes(f"{heading}Zoë Müller;1\nJosé;2\n".encode(encoding))
    assert list(roster.load(tmp_path / "list.csv").rows.values()) == [
        ["Zoë Müller", "1"],
        ["José", "2"],
    ]


@pytest.mark.parametrize("heading", ["氏名", "Имя", "नाम", "이름", "Nom et prénom"])
def test_a_heading_of_one_column(tmp_path, heading):
    (tmp_path / "list.csv").write_text(f"{heading.replace(' et ', ' ')}\nanna\n", "utf-8")
    assert roster.load(tmp_path / "list.csv").names == ["anna"]


def test_an_empty_list_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("name\n")
    with pytest.raises(Complaint, match="is empty"):
        roster.load(tmp_path / "list.csv")


def put(folder: Path, name: str, content="{}", age: int = 0) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


def students(folder: Path) -> list[str]:
    return sorted(one.student for one in collect.find(folder)[0])


def test_what_nobody_handed_in_is_not_seen(tmp_path):
    names = ["._" + FILE, ".Trash-1000/" + FILE, ".git/x.ipynb", "__MACOSX/" + FILE]
    for name in [*names, FILE]:
        put(tmp_path, f"anna/{name}")
    found, strays = collect.find(tmp_path)
    assert [one.path.name for one in found] == [FILE] and strays == []


def test_the_solutions_of_a_clone_are_no_submission(tmp_path):
    for name in ("solutions", "notebooks"):
        put(tmp_path, f"anna/course/{name}/{FILE}")
    found, strays = collect.find(tmp_path)
    assert [one.path.parent.name for one in found] == ["notebooks"]
    assert "course's own solutions" in collect.beside("anna", strays, found)[0]
    put(tmp_path, f"ben/solutions/{FILE}")  # a folder of that name is no clone
    assert students(tmp_path) == ["anna", "ben"]


def test_below_one_folder_that_holds_all_the_students_are_found(tmp_path):
    for name in ("anna", "ben"):
        put(tmp_path, f"export/{name}/{FILE}")
    assert students(tmp_path) == ["anna", "ben"]


def test_one_student_alone_stays_one(tmp_path):
    put(tmp_path, f"anna/{FILE}")
    put(tmp_path, f"anna/old/{FILE}")
    assert students(tmp_path) == ["anna", "anna"]


def best(*tries: tuple[int, Spliced]) -> str:
    """The file that counts of some, each with its age and what was read of it."""
    found = [
        collect.Submission("anna", put(FOLDER[0], f"{n}.ipynb", age=age), "00", read.trouble, read)
        for n, (age, read) in enumerate(tries)
    ]
    (kept,) = collect.newest(found)
    return kept.path.name


FOLDER = []
WORKED, BLANK, BROKEN = (
    Spliced("00", is_worked_on=True),
    Spliced("00"),
    Spliced(trouble="is not a notebook"),
)


def test_which_of_several_files_counts(tmp_path):
    FOLDER[:] = [tmp_path]
    assert best((9, WORKED), (1, WORKED)) == "1.ipynb"
    assert best((9, WORKED), (1, BLANK)) == "0.ipynb"
    assert best((9, BLANK), (1, BROKEN)) == "0.ipynb"


def test_pages_have_names_of_their_own():
    names = ["O'Neil", "O_Neil", "anna?", "anna_", "Anna", "anna", "कि", "की", "..", "x" * 300]
    files = feedback.file_names(names)
    assert len({name.casefold() for name in files.values()}) == len(names)
    assert all(len(name.encode()) < 255 and "/" not in name for name in files.values())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_no_cell_of_a_table_begins_a_formula(start):
    assert tables.cell(f"{start}1").startswith("'")
    assert "\n" not in tables.cell("a\nb")


def test_nothing_odd_stops_a_run_and_every_file_has_its_fate(tmp_path):
    right, folder = json.dumps(solved()), tmp_path / "in"
    put(folder, f"anna/{FILE}", right)
    put(folder, f"ben/{FILE}", right, age=9)
    put(folder, "ben/00_start_here (1).ipynb", "broken")
    put(folder, os.fsdecode(b"M\xfcller/" + FILE.encode()), json.dumps(untouched()))
    put(folder, "dir.ipynb/plan.txt", "x")
    put(folder, f"=1/{FILE}.txt", "[]")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "link.ipynb").symlink_to("/dev/zero")
    with zipfile.ZipFile(folder / "cleo.zip", "w") as packed:
        packed.writestr(FILE, right)
    out = tmp_path / "new" / "grades.csv"
    assert grade.main([str(folder), "--out", str(out), "--jobs", "1"]) == 0
    given = {student: int(row["total"]) for student, row in rows(out).items()}
    assert given == {"anna": 5, "ben": 5, "Müller": 0, "'=1": 0}
    listed = {line.split(",")[0]: line for line in fates.path_of(out).read_text().splitlines()}
    assert "unpack it" in listed["cleo.zip"] and "pipe" in listed["pipe.ipynb"]
    assert "a link" in listed["link.ipynb"]
    assert "not a notebook" in listed["ben/00_start_here (1).ipynb"]
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
    assert len(listed) == len(files) + 2  # and the heading, and the CSV


@pytest.mark.parametrize("out", ["", "in", "plan.txt/grades.csv"])
def test_a_place_that_cannot_be_written_to_is_found_out_first(tmp_path, out, capsys):
    put(tmp_path / "in", f"anna/{FILE}")
    put(tmp_path, "plan.txt")
    assert grade.main([str(tmp_path / "in"), "--out", str(tmp_path / out)]) == grade.WRONG
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    "name, said",
    [
        ("class", "There is no folder"),
        ("class.zip", "Unpack it, and give the folder"),
        (FILE, "Give the folder"),
    ],
)
def test_what_is_no_folder_is_said_in_a_sentence(tmp_path, capsys, name, said):
    put(tmp_path, "class.zip")
    put(tmp_path, FILE)
    assert grade.main([str(tmp_path / name), "--out", str(tmp_path / "x.csv")]) == grade.WRONG
    (told,) = capsys.readouterr().out.splitlines()
    assert said in told


def test_a_folder_without_submissions_says_so_and_why(tmp_path, capsys):
    put(tmp_path / "in", "class.zip")
    out = str(tmp_path / "grades.csv")
    assert grade.main([str(tmp_path / "in"), "--out", out]) == grade.NOTHING
    told = capsys.readouterr().out
    assert "no notebook of this course in" in told
    assert "Not a submission: class.zip (a zip: unpack it, then grade again)." in told
