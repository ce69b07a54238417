"""An assignment gives nothing away, and numbers of a student's own are worth points to that
student alone.
"""

import json
import random
import re
import unicodedata

import linux_only  # noqa: F401
import nbformat
import pytest
import torch
from submissions import rows

from authoring import address
from authoring.carry import piece
from checker.card import Card
from checker.judge import judge
from checker.notebook import NotPassed, check
from checker.verdict import State
from classroom import assignment, grade
from classroom.grade import _read_all
from classroom.machines.pool import Pool
from classroom.students import own_numbers
from classroom.students.own_numbers_notebook import notebook
from classroom.submissions import collect
from course.cells import asked
from course.notebook_files import exercise_id, role
from course.paths import SOLUTIONS, STUDENT, Complaint, sources
from course.stub import solved_lines
from exercises import NOTEBOOKS, of
from exercises.own_numbers import NUMBER, RULES, Own, Sealed, seal
from utils import shapes

KEY = own_numbers.Key("shapes", "ab" * 32, ("anna", "ben"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of an assignment of notebook 00 with own numbers, and its key."""
    out = tmp_path_factory.mktemp("made") / "first"
    # A fixed secret: two students' answers may agree by chance.
    own_numbers.keep(assignment.key_file(out), out.name, [])
    form = json.loads(assignment.key_file(out).read_text())
    assignment.key_file(out).write_text(json.dumps(form | {"secret": "5a" * 32}))
    assignment.make(["00"], out, ["anna", "ben", "Zoë Ng"])
    return out, own_numbers.load(assignment.key_file(out))


def test_the_notebooks_are_those_of_the_course_without_solutions(made):
    out, _ = made
    handed_out, known = out / "00_start_here.ipynb", STUDENT / "00_start_here.ipynb"
    assert handed_out.read_text() == known.read_text()
    solved = nbformat.read(sources(SOLUTIONS, ["00"])[0], 4)
    lines = {
        line
        for cell in solved.cells
        if role(cell) == "solution"
        for line in solved_lines(cell.source)
    }
    lines = {line for line in lines if len(line) > 12}
    everything = "".join(path.read_text() for path in out.rglob("*") if path.is_file())
    assert lines and not [line for line in lines if line in everything]


def test_the_readme_lists_what_there_is(made):
    text = (made[0] / "README.md").read_text()
    points = sum(exercise.points for exercise in of("00").values())
    assert f"| [Start here](00_start_here.ipynb) | {NOTEBOOKS['00'].minutes} | {points} |" in text
    assert "your own numbers" in text
    assert "your own numbers" not in assignment.readme("first", ["00"], False)


@pytest.fixture(scope="module")
def core_of_02(tmp_path_factory):
    """An assignment of the core of notebook 02."""
    out = tmp_path_factory.mktemp("core") / "shapes"
    assert assignment.main(["2", "--core", "--out", str(out)]) == 0
    return out


def test_the_core_only_is_asked(core_of_02):
    cells = nbformat.read(core_of_02 / "02_convolution_shapes.ipynb", 4).cells
    core = {id for id, exercise in of("02").items() if exercise.core}
    for part in ("exercise", "solution", "check"):
        assert {exercise_id(cell) for cell in cells if role(cell) == part} == core
    worth = {cell.metadata.nbgrader.points for cell in cells if role(cell) == "check"}
    assert worth == {of("02")[id].points for id in core}
    points = sum(of("02")[id].points for id in core)
    text = (core_of_02 / "README.md").read_text()
    assert f"| {NOTEBOOKS['02'].core_minutes} | {points} |" in text


def test_what_is_left_out_is_named_for_the_grader(tmp_path, capsys):
    for nn in ("0", "2"):
        assert assignment.main([nn, "--core", "--out", str(tmp_path / nn)]) == 0
    (said,) = [line for line in capsys.readouterr().out.split("\n") if "--drop" in line]
    left_out = [id for id, exercise in of("02").items() if not exercise.core]
    assert said.split("--drop ")[1].split() == left_out


def test_the_notebook_goes_on_with_our_answers_to_the_others(core_of_02):
    cells = nbformat.read(core_of_02 / "02_convolution_shapes.ipynb", 4).cells
    given = {cell.id: cell.source for cell in cells}["ex-2-13-left-out"]
    names = {"check": check}
    exec(given, names)
    assert names["dilate"] is of("02")["2.13"].handed_on
    assert "raise NotImplementedError" not in given


@pytest.mark.parametrize("path", sources(SOLUTIONS), ids=lambda path: path.name[:2])
def test_no_later_cell_needs_more_of_what_is_left_out_than_our_answer(path):
    unasked, gone = assignment.left_out(path.name[:2], True), set()
    for cell in nbformat.read(path, 4).cells:
        if exercise_id(cell) in unasked:
            made = piece(cell.source).defines if role(cell) == "solution" else ()
            gone = gone.union(made) - {*asked(cell.source).values()}
        elif cell.cell_type == "code":
            assert gone.isdisjoint(piece(cell.source).needs), cell.id
            gone = gone.difference(piece(cell.source).defines)


def test_neither_the_secret_nor_an_answer_is_handed_out(made):
    out, key = made
    assert not list(out.rglob("*key*")) and assignment.key_file(out).stat().st_mode & 0o077 == 0
    for student in key.students:
        text = (out / own_numbers.FILE / own_numbers.file_name(student)).read_text()
        assert key.secret not in text
        cells = [
            cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"
        ]
        large = [str(e.answer) for e in own_numbers.exercises(key, student) if e.answer > 999]
        assert large and not [
            n for n in large if re.search(rf"(?<![0-9a-f]){n}(?![0-9a-f])", json.dumps(cells))
        ]


def test_made_again_with_one_more_student_the_others_keep_their_numbers(tmp_path):
    assignment.make(["00"], tmp_path / "first", ["anna"])
    before = (tmp_path / "first" / own_numbers.FILE / "own_numbers_anna.ipynb").read_text()
    assignment.make(["00"], tmp_path / "first", ["ben", "anna"])
    assert (tmp_path / "first" / own_numbers.FILE / "own_numbers_anna.ipynb").read_text() == before
    assert own_numbers.load(tmp_path / "first.key.json").students == ("anna", "ben")


@pytest.mark.parametrize("text", ["anna\nben\n", "Name,id\nanna,1\n\n ben ,2\n"])
def test_names_come_from_a_list_or_the_first_column(tmp_path, text):
    (tmp_path / "names.csv").write_text(text)
    assert assignment.names(tmp_path / "names.csv") == ["anna", "ben"]


@pytest.mark.parametrize(
    "text, said", [("a b\na_b\n", "a b, a_b cannot be told apart"), ("name\n", "is empty")]
)
def test_names_that_cannot_be_told_apart_are_refused(tmp_path, text, said):
    (tmp_path / "names.csv").write_text(text)
    with pytest.raises(Complaint, match=said):
        assignment.names(tmp_path / "names.csv")


def test_what_is_wrong_is_said_in_a_sentence(tmp_path, capsys):
    assert assignment.main(["77", "--out", str(tmp_path / "x")]) == 1
    assert (
        assignment.main(["00", "--out", str(tmp_path / "x"), "--students", str(tmp_path / "none")])
        == 1
    )
    assert "No notebook 77" in capsys.readouterr().out and not (tmp_path / "x").exists()


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path, capsys):
    (tmp_path / "shapes").touch()
    assert assignment.main(["00", "--out", str(tmp_path / "shapes")]) == 1
    said = capsys.readouterr().out
    assert "a file is where its folder should be. Give another name." in said
    assert [path.name for path in tmp_path.iterdir()] == ["shapes"]


def test_students_assignments_and_secrets_all_change_the_questions():
    others = [own_numbers.Key("deep", KEY.secret, ()), own_numbers.Key("shapes", "cd" * 32, ())]
    sets = [
        own_numbers.questions(KEY, "anna"),
        own_numbers.questions(KEY, "ben"),
        *(own_numbers.questions(key, "anna") for key in others),
    ]
    assert all(
        one.text != other.text
        for n, a in enumerate(sets)
        for b in sets[:n]
        for one, other in zip(a, b)
    )
    assert own_numbers.questions(KEY, "anna") == sets[0]


def test_receptive_field_and_multiply_adds_are_what_a_net_of_that_kind_has():
    for seed in range(20):
        field, adds = (
            own_numbers._clear(own_numbers._field, random.Random(seed)),
            own_numbers._clear(own_numbers._multiply_adds, random.Random(seed)),
        )
        windows = [
            (int(k), int(s)) for k, s in re.findall(r"kernel (\d+) with stride (\d+)", field.text)
        ]
        assert field.answer == shapes.receptive_field(windows)
        n, _, c, f, k, _, _, p = map(int, re.findall(r"\d+", adds.text))
        layer = torch.nn.Conv2d(c, f, k, padding=p, bias=False)
        assert adds.answer == shapes.ledger(layer, (1, c, n, n)).multiply_adds
        assert set(field.slips) | set(adds.slips) <= set(RULES)


def sealed(right, slip):
    return Sealed(
        "99.1",
        "Output height",
        "salt",
        seal("salt", "99.1", right),
        {"bias": seal("salt", "99.1", slip)},
    )


@pytest.mark.parametrize("answer", [7, 7.0])
def test_the_card_knows_the_right_number(answer):
    assert judge(sealed(7, 8), answer).state == State.PASSED


@pytest.mark.parametrize("answer", [8, 9, True, "7", None, [7], 7.5, sealed(7, 8).answer[:-1]])
def test_the_card_knows_a_wrong_one(answer):
    verdict = judge(sealed(7, 8), answer)
    assert verdict.state == State.NOT_YET
    assert (RULES["bias"] in repr(Card(verdict))) is (answer == 8)


def test_under_a_grader_only_the_right_number_passes(monkeypatch, capsys):
    check = Own("salt", {"99.1": ("Output height", seal("salt", "99.1", 7), {})}).check
    assert check("99.1", 6) == 6 and "goes on with" not in capsys.readouterr().out
    monkeypatch.setenv("COURSE_GRADING", "1")
    assert check("99.1", 7) == 7
    with pytest.raises(NotPassed):
        check("99.1", ...)


def filled(text: str, answers) -> str:
    """A notebook of own numbers with these answers."""
    for place, answer in enumerate(answers, 1):
        text = text.replace(f'"answer_{place} = ..."', f'"answer_{place} = {answer}"')
    return text


def test_only_a_students_own_numbers_are_worth_points(made, tmp_path):
    out, key = made
    blank = {
        s: (out / own_numbers.FILE / own_numbers.file_name(s)).read_text() for s in key.students
    }
    right = {s: [e.answer for e in own_numbers.exercises(key, s)] for s in key.students}
    slip = [own_numbers.exercises(key, "anna")[0].mistakes[0].attempt, *right["anna"][1:]]
    cases = {
        "anna": {
            "own_numbers_anna.ipynb": filled(blank["anna"], right["anna"]),
            "own_numbers_ben.ipynb": blank["ben"],
        },
        "ben": {"own_numbers_ben.ipynb": blank["ben"]},
        "Zoë Ng": {"own_numbers_anna.ipynb": filled(blank["anna"], right["anna"])},
        "eve": {"own_numbers_eve.ipynb": filled(blank["anna"], slip)},
    }
    for student, files in cases.items():
        for name, text in files.items():
            (tmp_path / "in" / student).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / student / name).write_text(text)
    to = [
        "--out",
        str(tmp_path / "grades.csv"),
        "--feedback",
        str(tmp_path / "pages"),
        "--jobs",
        "1",
    ]
    assert grade.main([str(tmp_path / "in"), "--own", str(assignment.key_file(out)), *to]) == 0
    found = rows(tmp_path / "grades.csv")
    assert {s: int(row["total"]) for s, row in found.items()} == {
        "anna": 5,
        "ben": 0,
        "Zoë Ng": 0,
        "eve": 0,
    }
    assert f"notebook {NUMBER}" in found["eve"] and "not among" in found["eve"]["remarks"]
    assert "Your own numbers: 5 of 5 points" in (tmp_path / "pages" / "anna.html").read_text()


def test_a_name_in_decomposed_form_is_the_same_name(tmp_path):
    assignment.make(["00"], tmp_path / "first", ["김서연"])
    key = own_numbers.load(tmp_path / "first.key.json")
    blank = (tmp_path / "first" / own_numbers.FILE / own_numbers.file_name("김서연")).read_text()
    answers = [one.answer for one in own_numbers.exercises(key, "김서연")]
    home = tmp_path / "in" / unicodedata.normalize("NFD", "김서연")
    home.mkdir(parents=True)
    name = unicodedata.normalize("NFD", own_numbers.file_name("김서연"))
    (home / name).write_text(filled(blank, answers))
    out = tmp_path / "grades.csv"
    told = [str(tmp_path / "in"), "--out", str(out), "--jobs", "1"]
    assert grade.main([*told, "--own", str(tmp_path / "first.key.json")]) == 0
    assert {name: row["total"] for name, row in rows(out).items()} == {"김서연": "5"}


def test_without_the_key_own_numbers_are_no_submission(made, tmp_path):
    (tmp_path / "in" / "ben").mkdir(parents=True)
    (tmp_path / "in" / "ben" / "own_numbers_ben.ipynb").write_text(notebook(made[1], "ben"))
    found, _ = collect.find(tmp_path / "in")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with Pool(1, scratch) as pool:
        assert [one.number for one in _read_all(pool, found, tmp_path, None)] == [""]
        assert [one.number for one in _read_all(pool, found, tmp_path, made[1])] == [NUMBER]


def test_the_readme_says_how_to_get_what_the_notebooks_import(made):
    text = (made[0] / "README.md").read_text()
    assert f"git clone {address.GITHUB}{address.current()} course" in text
    assert "make lab" in text and "No module named 'utils'" in text and "py install.py" in text


def test_own_numbers_are_not_asked_before_they_are_taught(tmp_path, capsys):
    (tmp_path / "names.csv").write_text("anna\n")
    told = ["--out", str(tmp_path / "x"), "--students", str(tmp_path / "names.csv")]
    assert assignment.main(["0", "01", *told]) == 1 and not (tmp_path / "x").exists()
    assert "what notebook 02 teaches, which comes after 00, 01" in capsys.readouterr().out
    assert assignment.main(["00", "04", *told]) == 0
    assert "on what notebook 02 teaches" in (tmp_path / "x" / "README.md").read_text()
