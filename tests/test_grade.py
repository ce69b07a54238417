"""The grader gives every submission what it must get, by the command that a teacher types."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from multiprocessing import get_context

import linux_only  # noqa: F401
import numpy as np
import pytest
import submissions
from submissions import ALL, NO_FIRST, NONE, Due, body, rows, solved, untouched, with_first

import exercises
from checker import errors
from checker.exercise import Choice, Number
from checker.sandbox import Outcome, TimeUp
from checker.verdict import State
from classroom import grade
from classroom.judging import claims, examine, source_cuts
from classroom.machines.graders import Graders
from classroom.records.job import Claim
from classroom.records.record import dumps
from classroom.submissions import collect, outline
from classroom.walls import serialization
from course import slices
from course.paths import SOLUTIONS, sources

FILE_00, FILE_02 = "00_start_here.ipynb", "02_convolution_shapes.ipynb"


def of_notebook(out, number: str) -> dict[str, dict[str, str]]:
    first = f"ex {next(iter(exercises.of(number)))} state"
    return {
        student: row
        for student, row in rows(out).items()
        if row.get(first, "not handed in") != "not handed in"
    }


def points(out, number: str = "00") -> dict[str, tuple[int, ...]]:
    ids = exercises.of(number)
    return {
        student: tuple(int(row[f"ex {id}"]) for id in ids)
        for student, row in of_notebook(out, number).items()
    }


def total(out, number: str = "00") -> dict[str, int]:
    found = of_notebook(out, number).items()
    return {student: int(row[f"notebook {number}"]) for student, row in found}


def test_every_submission_gets_its_due(tmp_path):
    of_00, of_02 = submissions.of_notebook_00(), submissions.of_notebook_02()
    submissions.write(of_00, tmp_path / "in", FILE_00)
    submissions.write(of_02, tmp_path / "in", FILE_02)
    out, pages = tmp_path / "grades.csv", tmp_path / "pages"
    done = submissions.grade(
        tmp_path / "in", out, "--seconds", "3", "--jobs", "2", "--feedback", str(pages)
    )
    assert done.returncode == 0, done.stderr
    assert points(out) == {name: due.points for name, due in of_00.items()}
    assert total(out, "02") == {name: sum(due.points) for name, due in of_02.items()}
    remarks = {name: row["remarks"] for name, row in rows(out).items()}
    assert {name: due.remark in remarks[name] for name, due in of_00.items()} == dict.fromkeys(
        of_00, True
    )
    assert [path.name for path in tmp_path.glob(".*")] == [".grades.csv.graded"]  # for --seed
    wrong, stuck = (
        (pages / f"{name}.html").read_text()
        for name in ("wrong", "loop that swallows every interrupt")
    )
    assert (
        "That is one number for all pictures and channels together" in wrong
        and "0 of 5 points" in wrong
    )
    assert "was ended. Is there a loop without end?" in stuck


def test_the_solved_notebooks_earn_all_points(tmp_path):
    (tmp_path / "in" / "ann").mkdir(parents=True)
    for path in sources(SOLUTIONS):
        shutil.copy(path, tmp_path / "in" / "ann")
    assert (
        grade.main(
            [
                str(tmp_path / "in"),
                "--out",
                str(tmp_path / "grades.csv"),
                "--jobs",
                "1",
                "--seed",
                "11",
            ]
        )
        == 0
    )
    row = rows(tmp_path / "grades.csv")["ann"]
    for number in exercises.NOTEBOOKS:
        asked = {exercise.id: exercise.points for exercise in exercises.of(number).values()}
        assert {id: int(row[f"ex {id}"]) for id in asked} == asked
    assert row["total"] == row["maximum"]


@pytest.mark.parametrize("option", ["--out", "--feedback", "--by-hand"])
def test_a_place_that_cannot_be_written_to_is_said_before_anything_is_graded(
    tmp_path, capsys, option
):
    submissions.write({"ann": Due((0, 0, 0, 0), b"")}, tmp_path / "in", FILE_00)
    (tmp_path / "file").write_text("")
    given = {"--out": tmp_path / "grades.csv", option: tmp_path / "file" / "x" / "y"}
    words = [str(word) for pair in given.items() for word in pair]
    assert grade.main([str(tmp_path / "in"), *words]) == grade.WRONG
    assert "cannot be a folder: a file is in its place" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"in", "file"}


CHEATS = """
import exercises
from checker.judge import judge
from tests import submissions
for id, source, name in submissions.cheats():
    names = {"torch": __import__("torch")}
    exec(source, names)
    assert judge(exercises.find(id), names[name]).state == "passed", source
"""


def test_the_cheats_work_where_nothing_guards():
    """Else the table above would prove nothing. In a process of its own, where no other test has
    left functions for the spy to find.
    """
    subprocess.run([sys.executable, "-c", CHEATS], cwd=submissions.ROOT, check=True)
    judged = (
        "import exercises\nfrom checker import judge\nassert judge.conclude(exercises.find('0.1'),"
        " [1]) is True"
    )
    patched = get_context("fork").Process(
        target=exec, args=(f"{submissions.PATCHES}{submissions.WRONG}{judged}", {})
    )
    patched.start()
    patched.join()
    assert patched.exitcode == 0


FEW = {
    "right": Due(ALL, solved()),
    "blank": Due(NONE, untouched()),
    "patched comparisons": Due(NO_FIRST, with_first(submissions.PATCHES + submissions.WRONG)),
    "reads the reference": Due(NO_FIRST, with_first(submissions.SPY)),
    "calls home": Due(NO_FIRST, with_first(submissions.CALLS_HOME)),
    "os._exit": Due(NO_FIRST, with_first(body("import os", "os._exit(0)"))),
    "fork bomb": Due(NO_FIRST, with_first(body("import os", "while True: os.fork()"))),
    "swallows": Due(NO_FIRST, with_first(submissions.STUBBORN)),
}


def test_without_namespaces_the_limits_still_hold(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_NO_NAMESPACES", "1")
    submissions.write(FEW, tmp_path / "in", FILE_00)
    done = submissions.grade(
        tmp_path / "in", tmp_path / "grades.csv", "--seconds", "3", "--jobs", "1"
    )
    assert points(tmp_path / "grades.csv") == {name: due.points for name, due in FEW.items()}
    assert "without walls" in done.stdout


def test_a_stopped_run_leaves_no_csv_and_goes_on(tmp_path):
    slow = body("import time", "time.sleep(0.2)", "return x.amax(dim=(2, 3))")
    cases = {
        "first": solved(),
        "second": with_first(submissions.RIGHT + "# mine"),
        "third": with_first(slow),
    }
    submissions.write(
        {name: Due(ALL, notebook) for name, notebook in cases.items()}, tmp_path / "in", FILE_00
    )
    out, journal = tmp_path / "grades.csv", tmp_path / ".grades.csv.unfinished"
    arguments = [str(tmp_path / "in"), "--out", str(out), "--jobs", "1"]
    run = subprocess.Popen(
        [sys.executable, "-m", "classroom.grade", *arguments],
        cwd=submissions.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # ignored where the tests run in background
    )
    while not (journal.exists() and journal.read_text().count("\n") >= 1):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=30)[0]
    assert run.returncode == 130 and "goes on from there" in said and not out.exists()
    lines = journal.read_text().strip().split("\n")
    first = json.loads(lines[0])
    first["results"][0]["points"] = 77  # would be 1 if it were graded again
    journal.write_text("\n".join([json.dumps(first), *lines[1:], '{"key": "torn']))
    assert grade.main(arguments) == 0
    assert {row["seed"] for row in rows(out).values()} == {str(first["seed"])}
    assert sorted(total(out).values()) == [5, 5, 81] and not journal.exists()


def test_after_a_late_hand_in_only_what_is_new_is_graded(tmp_path, monkeypatch):
    asked, results = [], Graders.results

    def heard(self, waiting, *rest):
        asked.append([one.student for one in waiting])
        return results(self, waiting, *rest)

    monkeypatch.setattr(Graders, "results", heard)
    out = tmp_path / "grades.csv"
    arguments = [str(tmp_path / "in"), "--out", str(out), "--jobs", "1", "--seed"]
    for name in ("anna", "ben"):
        notebook = with_first(f"{submissions.RIGHT}# {name}")
        submissions.write({name: Due(ALL, notebook)}, tmp_path / "in", FILE_00)
        assert grade.main([*arguments, "7"]) == 0
    (tmp_path / "in" / "anna" / FILE_00).write_text(json.dumps(untouched()))
    assert grade.main([*arguments, "7"]) == 0
    assert out.with_name(".grades.csv.graded").read_text().count('"key"') == 2
    assert grade.main([*arguments, "8"]) == 0
    assert asked == [["anna"], ["ben"], ["anna"], ["anna", "ben"]]
    assert total(out) == {"anna": 0, "ben": 5}


def test_a_seed_gives_the_same_cases_and_another_gives_others():
    exercise = exercises.find("0.1")
    cases = [source_cuts.of(exercise, seed).cases for seed in (1, 1, 2)]
    assert cases[0] == cases[1] != cases[2]


SAME_ON_EVERY_SEED = {"2.6", "13.8"}  # all steps there are; a net of one's own


def test_which_functions_could_be_answered_from_a_table():
    """Each of these has a few cases only, the same for everybody.

    A new exercise should draw some.
    """
    found = set()
    for number in outline.outline():
        for id, exercise in exercises.of(number).items():
            if isinstance(exercise, Number | Choice):
                continue
            one, other = (
                repr(tuple(exercise.generate(np.random.default_rng(seed)))) for seed in (1, 2)
            )
            found |= {id} if one == other and "0x" not in one else set()
    assert found <= SAME_ON_EVERY_SEED


def test_students_by_folder_or_file_and_the_newest_counts(tmp_path):
    names = [
        "anna/02_convolution_shapes.ipynb",
        "anna/old/02_convolution_shapes.ipynb",
        "bert-00_start_here.ipynb",
        "00_start_here_cleo.ipynb",
        "dora.ipynb",
        ".ipynb_checkpoints/x.ipynb",
        "notes.txt",
        "anna/plan.pdf",
    ]
    for age, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "dora.ipynb")
    found, strays = collect.find(tmp_path)
    assert [one.student for one in found] == ["cleo", "anna", "anna", "bert", "dora"]
    assert sorted(path.name for path in strays) == ["link.ipynb", "notes.txt", "plan.pdf"]
    kept = collect.newest(collect.placed(found))
    anna = next(one for one in kept if one.student == "anna")
    assert anna.path == tmp_path / names[0] and anna.number == "02"
    assert anna.remarks == (
        "handed in more than once: 02_convolution_shapes.ipynb is older, not graded",
    )
    assert collect.beside("anna", strays, found) == ["not graded: plan.pdf"]
    assert {one.student: one.number for one in kept} == {
        "anna": "02",
        "bert": "00",
        "cleo": "00",
        "dora": "",
    }


def test_of_many_files_of_a_student_the_newest_are_read(tmp_path):
    found = []
    for age in range(collect.MOST + 5):
        path = tmp_path / f"{age}.ipynb"
        path.touch()
        os.utime(path, (10**6 - age, 10**6 - age))
        found.append(collect.Submission("anna", path))
    few, many = collect.few([*found, collect.Submission("ben", tmp_path / "none.ipynb")])
    assert [one.student for one in few] == ["anna"] * collect.MOST + ["ben"]
    assert [one.path for one in many] == [one.path for one in found[collect.MOST :]]
    assert all("newest" in one.trouble for one in many)


def test_needed_statements_in_order_and_no_others():
    parts = slices.pieces(
        "import os\na = 1\ndef f(x):\n    y = a\n    return g(y)\ndef g(a):\n    return os\nb"
        " = a\n"
    )
    assert [one.defines[0] for one in slices.needed(parts, {"f"})] == ["os", "a", "f", "g"]


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 3, -0.5, float("inf"), "text", 1 + 2j, ...),
        *([1, (2, "3")], {"a": [1], 2: None}, {1, 2}, frozenset({"a"})),
    ],
    ids=repr,
)
def test_plain_values_come_back(value):
    back = serialization.decode(json.loads(json.dumps(serialization.encode(value))))
    assert back == value and type(back) is type(value)


def test_a_card_tells_the_limit_that_was_kept():
    late = serialization.encode_outcome(Outcome(error=TimeUp()))
    claim = dumps(Claim(outcomes=[late] * 10)).encode()
    told = claims.judged(exercises.find("0.1"), claim, 5, 3.0)
    assert told.state == State.STOPPED and "still running after 3 s" in told.found


@pytest.mark.parametrize("error", [KeyError("a"), KeyError(3), IndexError(2), OSError(2, "no")])
def test_an_error_says_the_same_beyond_the_wall(error):
    back = serialization.decode_outcome(serialization.encode_outcome(Outcome(error=error))).error
    assert isinstance(back, type(error)) and str(back) == str(error)
    assert errors.same(back, error)


@pytest.mark.parametrize("number", exercises.NOTEBOOKS)
def test_whatever_a_check_takes_for_an_answer_is_right_beyond_the_wall(number):
    for exercise in exercises.of(number).values():
        if isinstance(exercise, Number | Choice):
            for value in (exercise.answer, *exercise.alternatives):
                claim = dumps(Claim(value=serialization.encode(value))).encode()
                told = claims.judged(exercise, claim, 5, 1.0)
                assert told.state == State.PASSED, (exercise.id, value)


def test_tensors_come_back_whole_and_what_is_not_plain_comes_back_odd():
    import torch

    for tensor in (
        torch.randn(2, 0, 3),
        torch.randn(3).half(),
        torch.tensor(5),
        torch.ones(2, dtype=torch.bool),
        torch.randn(2, 3, dtype=torch.complex128).T,
    ):
        back = serialization.decode(json.loads(json.dumps(serialization.encode(tensor))))
        assert back.dtype == tensor.dtype and torch.equal(back, tensor)
    odd = serialization.decode(
        serialization.encode(type("Liar", (), {"__eq__": lambda a, b: True})())
    )
    assert odd != 1 and not (odd == odd) and "Liar" in repr(odd)
    with pytest.raises(TypeError):
        serialization.encode(object(), strict=True)


@pytest.mark.parametrize(
    "form",
    [
        [],
        {"tensor": "float64", "shape": [9], "grad": False, "bytes": "AAAA"},
        {"other": 1},
        {"list": 3},
        {"array": "O", "shape": [1], "bytes": ""},
        {"constant": "exec"},
    ],
)
def test_malformed_values_are_refused(form):
    with pytest.raises(serialization.Malformed):
        serialization.decode(form)


def test_no_reference_goes_to_the_learners_side():
    for number in outline.outline():
        for id, exercise in exercises.of(number).items():
            if isinstance(exercise, Number | Choice):
                continue
            sent = dumps(source_cuts.of(exercise, 3))
            name = exercise.answer.__name__
            assert f"def {name}(" not in sent and f"class {name}(" not in sent, id


def test_a_comparison_that_lets_anything_through_is_noticed(monkeypatch):
    exercise, _ = examine.prepared("0.1", 1)
    monkeypatch.setattr(exercise, "agrees", lambda *_: True)
    with pytest.raises(RuntimeError, match="lets anything through"):
        claims.refuse_a_canary(exercise, 1)
