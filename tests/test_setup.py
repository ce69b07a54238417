"""The set-up: one set of pins everywhere, a package that works from any folder, one command."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from authoring import pins
from course.paths import ROOT
from install import SUPPORTED
from utils import weights

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = pins.pins((ROOT / "requirements.txt").read_text())
VERSIONS = {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in map(Requirement, PINS)}
ASKED = [Requirement(line) for line in pins.pins((ROOT / "requirements.in").read_text())]
INSTALLED = ("utils", "checker", "exercises")  # what `pip install .` brings, with data
FIRST = [f"{version}.0" for version in SUPPORTED]
CLASSROOM = ROOT / ".venv-classroom"  # has its own Python, perhaps another than this
LISTS = {  # where the packages are
    "requirements.txt": sys.path,
    "book/requirements.txt": sys.path,
    "classroom/requirements.txt": [*map(str, CLASSROOM.glob("lib/python*/site-packages"))],
}
IMPORTED_AS = {"pillow": "pil"}
RANGES = [Requirement(line) for line in PROJECT["project"]["dependencies"]]


def test_every_pin_is_a_name_and_a_version_and_nothing_else():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!]*( ; .+)?", pin) for pin in PINS)
    assert "torch==2.13.0" in PINS


def test_the_pins_hold_no_accelerator_packages_and_not_the_project():
    assert not [name for name in VERSIONS if name.startswith(("nvidia", "cuda", "triton"))]
    assert PROJECT["project"]["name"] not in VERSIONS


@pytest.mark.parametrize("file", LISTS)
def test_every_pin_takes_every_python_that_the_course_takes(file):
    there = {canonicalize_name(one.name): one for one in distributions(path=LISTS[file])}
    wanted = [
        pin for pin in map(Requirement, pins.pins((ROOT / file).read_text())) if applies(pin)
    ]
    if not {canonicalize_name(pin.name) for pin in wanted} & {*there}:
        pytest.skip(f"{file} is not installed: `make site` and `make classroom` do that")
    found = {pin: there[canonicalize_name(pin.name)] for pin in wanted}
    assert not [str(pin) for pin, one in found.items() if one.version not in pin.specifier], (
        "set up anew"
    )
    asked = {
        str(pin): SpecifierSet(one.metadata.get("Requires-Python") or "")
        for pin, one in found.items()
    }
    assert not {
        pin: str(text) for pin, text in asked.items() if not all(first in text for first in FIRST)
    }


def applies(pin):
    return pin.marker is None or pin.marker.evaluate()


def test_one_range_of_pythons_everywhere():
    """The workflow, the README, conda and pip name those of install.py."""
    assert PROJECT["project"]["requires-python"] == pins.PYTHON
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{SUPPORTED[0].replace('.', '')}"
    assert f"- python{pins.PYTHON}\n" in (ROOT / "environment.yml").read_text()
    assert (
        f"Python {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}"
        in (ROOT / "README.md").read_text()
    )


def test_what_is_asked_for_is_pinned():
    assert all(VERSIONS[canonicalize_name(asked.name)] in asked.specifier for asked in ASKED)


def test_what_utils_needs_is_asked_for_and_pinned_within_its_range():
    assert {needed.name for needed in RANGES} <= {asked.name for asked in ASKED}
    assert all(VERSIONS[canonicalize_name(needed.name)] in needed.specifier for needed in RANGES)


def test_every_direct_dependency_says_why():
    lines = (ROOT / "requirements.in").read_text().splitlines()
    assert all(re.search(r"#\s*\w+", line) for line in lines if line.strip())


def test_the_environment_is_in_step_with_the_pins():
    assert pins.main(["--check"]) == 0


def test_a_stale_environment_is_said_and_left_and_then_written(tmp_path, capsys):
    (tmp_path / "requirements.txt").write_text("numpy==2.0\n")
    assert pins.main(["--check"], tmp_path) == 1
    assert "environment.yml differs" in capsys.readouterr().out
    assert not (tmp_path / "environment.yml").exists()
    assert pins.main([], tmp_path) == 0
    assert (tmp_path / "environment.yml").read_text().endswith("/cpu\n      - numpy==2.0\n")
    assert pins.main(["--check"], tmp_path) == 0


def test_the_installed_rooms_import_nothing_but_what_is_declared():
    declared = {IMPORTED_AS.get(needed.name, needed.name) for needed in RANGES}
    allowed = declared | set(INSTALLED) | {name.lower() for name in sys.stdlib_module_names}
    assert {
        name
        for room in INSTALLED
        for path in (ROOT / room).rglob("*.py")
        for name in imported(path)
    } <= allowed


def test_the_extra_for_imagenet_is_what_utils_asks_for_and_pinned():
    extra = PROJECT["project"]["optional-dependencies"]["imagenet"]
    assert {*extra} == {*weights._PACKAGES.values()} <= {*PINS}


def imported(path):
    """Top-level names of the packages a file imports, in lower case."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0].lower() for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0].lower()


def test_every_package_of_the_installed_rooms_is_listed():
    folders = {
        path.parent.relative_to(ROOT) for room in INSTALLED for path in (ROOT / room).rglob("*.py")
    }
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    assert {".".join(folder.parts) for folder in folders} | {"utils._data"} == listed


def test_an_installed_copy_finds_its_data_from_any_folder(tmp_path):
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    for name in (*INSTALLED, "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE", "LICENSE-text"):
        shutil.copy(ROOT / name, source)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--target", str(site), str(source)], check=True, capture_output=True)
    shutil.rmtree(source)
    asked = (
        "import exercises, utils; from utils import data; print(utils.__file__,"
        " len(data.digits()[0][0]))"
    )
    # PYTHONPATH goes before the editable install that the tests themselves run on
    done = subprocess.run(
        [sys.executable, "-c", asked + "; exercises.of('00')"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(site / "utils" / "__init__.py"), "4000"], done.stderr


@pytest.fixture
def fresh(tmp_path):
    """A folder with the Makefile and what its set-up depends on."""
    for name in ("Makefile", "install.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder, *words):
    return subprocess.run(
        ["make", "--no-print-directory", *words], cwd=folder, capture_output=True, text=True
    )


def stand_in(folder, code):
    """A command that runs the code in place of what Python is asked to."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    python.chmod(0o755)
    return f"PYTHON={python}"


@pytest.mark.parametrize("version", ["3.10.4", "3.15.0"])
def test_another_python_is_refused_in_a_sentence(fresh, version):
    says = f"import platform, sys; platform.python_version = lambda: '{version}'; del sys.argv[0]"
    done = make(fresh, "lab", stand_in(fresh, f"{says}; import install; sys.exit(install.main())"))
    assert done.returncode != 0
    known = f"needs Python {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}, and "
    assert known in done.stderr and f"is {version}: get one (`uv python install" in done.stderr
    assert not (fresh / ".venv").exists()


def test_no_python_at_all_is_said(fresh):
    done = make(fresh, "lab", "PYTHON=no-such-python")
    assert done.returncode != 0 and "No no-such-python found." in done.stdout


@pytest.fixture
def installed(fresh):
    """The folder with an environment in it, as far as make can see."""
    (fresh / ".venv" / "bin").mkdir(parents=True)
    (fresh / ".venv" / "bin" / "python").symlink_to(sys.executable)
    make(fresh, ".venv/.installed", stand_in(fresh, "pass"))
    return fresh


def up_to_date(folder, *words):
    return make(folder, "--question", ".venv/.installed", *words).returncode == 0


def test_a_second_call_installs_nothing_until_the_pins_change(installed):
    assert up_to_date(installed)
    later = (
        installed / ".venv" / ".installed"
    ).stat().st_mtime + 10  # two touches may fall into one tick of the clock
    os.utime(installed / "requirements.txt", (later, later))
    assert not up_to_date(installed)


def test_a_folder_that_was_moved_is_set_up_anew(installed):
    assert not up_to_date(installed.rename(installed.with_name("moved to 어딘가")))


def test_an_environment_whose_python_is_gone_is_set_up_anew(installed):
    (installed / ".venv" / "bin" / "python").unlink()
    (installed / ".venv" / "bin" / "python").symlink_to("no-such-python")
    assert not up_to_date(installed)


def test_another_build_of_torch_stays_until_another_is_asked_for(installed):
    make(installed, ".venv/.installed-cuda", "TORCH=cuda", stand_in(installed, "pass"))
    assert up_to_date(installed)
    assert make(installed, "--question", ".venv/.installed-cuda", "TORCH=cuda").returncode == 0
    assert make(installed, "--question", ".venv/.installed-cpu", "TORCH=cpu").returncode == 1


def test_help_lists_the_commands():
    listed = make(ROOT, "help").stdout
    commands = ("lab", "mend", "fresh", "test", "clean", "help")
    assert all(f"make {target} " in listed for target in commands)


@pytest.mark.parametrize("command", ["mend", "fresh"])
def test_a_notebook_is_mended_or_begun_anew_by_its_number(installed, command):
    done = make(installed, command)
    assert done.returncode != 0 and f"Which notebook? make {command} NOTEBOOK=02" in done.stdout
    planned = make(installed, "--dry-run", command, "NOTEBOOK=02").stdout
    assert f".venv/bin/python -m course.my_notebooks --{command} 02" in planned


WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}
JOBS = {
    f"{name}: {job}": part
    for name, flow in WORKFLOWS.items()
    for job, part in flow["jobs"].items()
}


def test_the_workflow_tests_every_python():
    assert WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"] == SUPPORTED
    steps = [step.get("with", {}) for job in JOBS.values() for step in job["steps"]]
    asked = [given["python-version"] for given in steps if "python-version" in given]
    assert {*asked} <= {*SUPPORTED, "${{ matrix.python }}"}


@pytest.mark.parametrize("job", JOBS)
def test_every_step_of_a_workflow_is_a_target_that_runs_anywhere(job):
    commands = [step["run"].split() for step in JOBS[job]["steps"] if "run" in step]
    assert all(
        make(ROOT, "--dry-run", *words[1:]).returncode == 0
        for words in commands
        if words[0] == "make"
    )
    assert {words[0] for words in commands} <= {"make"}


def test_codespaces_and_commits_call_what_there_is():
    space = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    commits = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for repository in commits for hook in repository["hooks"]]
    called = [words.split() for words in (space["onCreateCommand"], *entries)]
    targets = [words[1] for words in called if words[0] == "make"]
    modules = [words[words.index("-m") + 1] for words in called if words[0] != "make"]
    assert all(make(ROOT, "--dry-run", target).returncode == 0 for target in targets)
    assert all((ROOT / f"{module.replace('.', '/')}.py").exists() for module in modules)
    assert len(targets) == 2 and modules == ["authoring.release"]


def test_ci_installs_a_browser_where_it_can_and_runs_make_test():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert (
        lines[1:3] == ["set -euo pipefail", 'cd "$(dirname "$0")/.."'] and lines[-1] == "make test"
    )
    installs = [line for line in lines[3:-1] if not line.startswith("#")]
    assert (
        installs[0].startswith("if ! command -v chromium")
        and installs[-1] == "fi"
        and len(installs) == 4
    )
