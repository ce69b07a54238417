"""The classroom as far as it can be checked without a cluster; `make classroom` runs a whole term
on a real hub.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import types
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from small_class import card, left, mark, submission

from authoring.pins import pins
from classroom.hub import __main__ as trial
from classroom.hub import course, server
from classroom.hub.term import plan
from classroom.kubernetes.gather import gather
from classroom.records.results import Status
from course.paths import ROOT, STUDENT
from exercises import of

PROGRAMS = ROOT / ".venv-classroom" / "bin"
KUBERNETES = ROOT / "classroom" / "kubernetes"
VALUES = yaml.safe_load((KUBERNETES / "values.yaml").read_text())
MISSING = not server.PROGRAM.exists()
needs_classroom = pytest.mark.skipif(
    MISSING, reason="needs .venv-classroom, which `make classroom` makes"
)


def run(name, *arguments, folder=None, **environment):
    told = os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"} | environment
    return subprocess.run(
        [PROGRAMS / name, *arguments], capture_output=True, text=True, env=told, cwd=folder
    )


def test_what_the_classroom_asks_for_is_pinned_exactly():
    asked = map(Requirement, pins((ROOT / "classroom" / "requirements.in").read_text()))
    pinned = pins((ROOT / "classroom" / "requirements.txt").read_text())
    assert all(
        re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*( ; .+)?", pin) for pin in pinned
    )
    versions = dict(pin.split(" ;")[0].split("==") for pin in pinned)
    assert all(versions[one.name] in one.specifier for one in asked)


# The trial


def test_the_simulated_students_are_due_everything_between_nothing_and_all():
    due = {tuple(plan(place).due) for place in range(1, 31)}
    most = sum(exercise.points for exercise in of("00").values())
    assert {points for points, _ in due} >= {0, most} and {own for _, own in due} >= {0, 4}


def test_the_folder_of_a_trial_hands_out_no_key_and_no_solution(tmp_path):
    course.lay_out(tmp_path, ["anna", "ben"], ["00"])
    source = course.root(tmp_path) / "source" / "first"
    assert {path.name for path in source.rglob("*")} == {"00_start_here.ipynb", "README.md"}
    assert (source / "00_start_here.ipynb").read_text() == (
        STUDENT / "00_start_here.ipynb"
    ).read_text()
    assert not [path for path in tmp_path.glob("homes/**/*") if "key" in path.name]


def test_without_the_classrooms_environment_the_command_says_so(monkeypatch, capsys):
    monkeypatch.setattr(server, "PROGRAM", Path("/nowhere"))
    assert trial.main([]) == 2 and "make classroom" in capsys.readouterr().out


@needs_classroom
def test_the_real_hub_loads_the_trials_configuration(tmp_path):
    told = {
        "FOLDER": str(tmp_path),
        "PORTS": "1 2 3",
        "STUDENTS": "anna",
        "PASSWORD": "p",
        "TOKEN": "t" * 32,
    }
    told = {f"CLASSROOM_{name}": value for name, value in told.items()} | {
        "CLASSROOM_SECONDS": "60"
    }
    config = str(ROOT / "classroom" / "hub" / "jupyterhub_config.py")
    done = run("jupyterhub", "--config", config, "--show-config-json", folder=tmp_path, **told)
    shown = json.loads(done.stdout)
    assert (
        shown["Spawner"]["ip"] == "127.0.0.1" and "127.0.0.1" in shown["JupyterHub"]["bind_url"]
    ), done.stderr


@needs_classroom
def test_nbgrader_hands_out_the_stubs_as_they_are(tmp_path):
    (tmp_path / "source" / "first").mkdir(parents=True)
    shutil.copy(STUDENT / "00_start_here.ipynb", tmp_path / "source" / "first")
    shutil.copy(ROOT / "classroom" / "nbgrader_config.py", tmp_path)
    done = run(
        "nbgrader",
        "generate_assignment",
        "first",
        f"--CourseDirectory.root={tmp_path}",
        HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    made = [
        tmp_path / "release" / "first" / "00_start_here.ipynb",
        STUDENT / "00_start_here.ipynb",
    ]
    released, ours = (
        [cell["source"] for cell in json.loads(path.read_text())["cells"]] for path in made
    )
    assert released == ours and any("NotImplementedError" in "".join(source) for source in ours)


SHOWN = """\
import json, sys
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
api = NbGraderAPI(config=Config(CourseDirectory={"root": sys.argv[1]}))
print(json.dumps({one["student"]: [one["autograded"], one["score"], one["max_score"],
    one["needs_manual_grade"]] for one in api.get_submissions("first")}))
"""


@needs_classroom
def test_marks_in_nbgraders_database_are_what_the_formgrader_the_feedback_and_the_export_show(
    tmp_path,
):
    (tmp_path / "source" / "first").mkdir(parents=True)
    shutil.copy(STUDENT / "00_start_here.ipynb", tmp_path / "source" / "first")
    shutil.copy(ROOT / "classroom" / "nbgrader_config.py", tmp_path)
    told = (f"--CourseDirectory.root={tmp_path}",)

    def nbgrader(*words):
        done = run("nbgrader", *words, *told, HOME=str(tmp_path))
        assert done.returncode == 0, done.stderr

    nbgrader("generate_assignment", "first")
    for name in ("anna", "ben"):
        home = tmp_path / "submitted" / name / "first"
        home.mkdir(parents=True)
        shutil.copy(STUDENT / "00_start_here.ipynb", home)
        (home / "timestamp.txt").write_text("2026-12-01 12:00:00.000000 UTC")
    (tmp_path / "overrides.csv").write_text(
        "student,exercise,points,reason\nben,ex 0.4,1.5,close enough\n"
    )
    out = left(tmp_path, submission("anna"), submission("ben", status=Status.WRONG))
    assert mark(out, "--for", "nbgrader", "--overrides", tmp_path / "overrides.csv") == 0
    for _ in range(2):  # it may be done again
        command = ("-m", "classroom.nbgrader_marks", str(tmp_path / "grades.nbgrader.json"))
        done = run("python", *command, "first", "--course", str(tmp_path), folder=ROOT)
        assert done.returncode == 0 and "2 notebooks" in done.stdout, done.stderr
    shown = json.loads(run("python", "-c", SHOWN, str(tmp_path)).stdout)
    assert shown == {"anna": [True, 5, 5, False], "ben": [True, 1.5, 5, False]}
    nbgrader("generate_feedback", "first")
    page = (tmp_path / "feedback" / "ben" / "first" / "00_start_here.html").read_text()
    assert card("0.4") in page and "close enough" in page and "1.5" in page
    nbgrader("export", f"--to={tmp_path / 'exported.csv'}")
    exported = {row["student_id"]: row["score"] for row in csv_rows(tmp_path / "exported.csv")}
    assert exported == {"anna": "5.0", "ben": "1.5"}


def csv_rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@needs_classroom
def test_marks_for_an_assignment_that_nbgrader_does_not_know_say_so(tmp_path):
    (tmp_path / "marks.json").write_text("[]")
    command = ("-m", "classroom.nbgrader_marks", str(tmp_path / "marks.json"), "none")
    done = run("python", *command, "--course", str(tmp_path), folder=ROOT)
    assert done.returncode == 1 and done.stdout.startswith("Nothing was written:")


# Kubernetes


def hook():
    """The hub's extra configuration, run as the hub runs it: what it gives the spawner of a
    user.
    """
    spawner_class = types.SimpleNamespace()
    names = {"c": types.SimpleNamespace(KubeSpawner=spawner_class)}
    exec(compile(VALUES["hub"]["extraConfig"]["course.py"], "course.py", "exec"), names)

    def started(name, mounted=()):
        user = types.SimpleNamespace(name=name)
        spawner = types.SimpleNamespace(user=user, volume_mounts=mounted, init_containers=[])
        spawner_class.pre_spawn_hook(spawner)
        return spawner

    return started


def test_a_student_sees_only_their_own_submissions_and_writes_nowhere_else():
    for name in ("anna", "ben"):
        mounted = hook()(name).volume_mounts
        writable = [mount["subPath"] for mount in mounted if not mount.get("readOnly")]
        assert writable == [f"cnn/by-student/{name}"]
        assert {mount["subPath"] for mount in mounted} == {
            *writable,
            "cnn/outbound",
            "cnn/feedback",
        }
    assert (
        hook()("TEACHER").volume_mounts[0]["subPath"] == "cnn"
        and "teacher" in hook()("TEACHER").image
    )
    assert not hasattr(hook()("anna"), "image")


def test_what_the_chart_mounts_stays():
    home = {"name": "home", "mountPath": "/home/jovyan"}
    for mounted in ([home], {"00-home": home}):
        assert hook()("anna", mounted).volume_mounts[0] == home


@pytest.mark.parametrize("name", ["../ben", "a b", "$(id)", "", "ben/"])
def test_a_name_that_is_no_folder_is_refused(name):
    with pytest.raises(ValueError, match="letters"):
        hook()(name)


@needs_classroom
def test_the_real_hub_loads_the_extra_configuration(tmp_path):
    (tmp_path / "config.py").write_text(
        "c = get_config()\n" + VALUES["hub"]["extraConfig"]["course.py"]
    )
    done = run(
        "jupyterhub",
        "--config",
        str(tmp_path / "config.py"),
        "--show-config-json",
        folder=tmp_path,
    )
    assert "pre_spawn_hook" in done.stdout, done.stderr


def test_students_have_limits_and_no_network():
    student = VALUES["singleuser"]
    assert (
        student["networkPolicy"]["egress"] == []
        and student["memory"]["limit"]
        and student["cpu"]["limit"]
    )
    allowed = {name for name, yes in student["networkPolicy"]["egressAllowRules"].items() if yes}
    assert allowed == {"dnsPortsKubeSystemNamespace"}
    claim = student["storage"]["extraVolumes"][0]["persistentVolumeClaim"]["claimName"]
    assert claim == yaml.safe_load((KUBERNETES / "exchange.yaml").read_text())["metadata"]["name"]


@needs_classroom
def test_the_students_image_holds_no_solution_and_no_grader():
    code = (
        "import sys, json, dockerfile_parse as d;"
        " print(json.dumps(d.DockerfileParser(sys.argv[1]).structure))"
    )
    done = run("python", "-c", code, str(KUBERNETES / "Dockerfile"))
    stages, copied = [], {}
    for line in json.loads(done.stdout):
        if line["instruction"] == "FROM":
            stages.append(line["value"].split(" AS ")[1])
        elif line["instruction"] == "COPY":
            *sources, _ = [word for word in line["value"].split() if not word.startswith("--")]
            copied.setdefault(stages[-1], []).extend(sources)
    assert (
        stages == ["base", "student", "teacher", "worker"]
        and copied["teacher"][-1] == "."
        and "student" not in copied
    )
    assert all((ROOT / source).exists() for sources in copied.values() for source in sources)
    course_own = [
        source for source in copied["base"] if "." not in source and "LICENSE" not in source
    ]
    assert course_own == ["utils", "checker", "exercises", "data"]


def test_gathering_links_each_submission_and_names_those_in_anothers_name(tmp_path):
    for folder in (
        "anna/anna+first+2026-01-01",
        "ben/ben+first+2026-01-01",
        "ben/anna+first+2026-01-02",
    ):
        (tmp_path / "by-student" / folder).mkdir(parents=True)
    for _ in range(2):
        count, foreign = gather(tmp_path)
        assert count == 2 and [path.parent.name for path in foreign] == ["ben"]
    assert {path.name.split("+")[0] for path in (tmp_path / "inbound").iterdir()} == {
        "anna",
        "ben",
    }
