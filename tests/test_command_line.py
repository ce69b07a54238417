"""Every command says what it does, and answers what makes no sense with one sentence."""

import errno
import importlib
import runpy
import sys
import warnings

import linux_only  # noqa: F401
import pytest
from small_class import left, submission

from course import files
from course.paths import ROOT

COMMANDS = """
authoring.address authoring.audit authoring.bench authoring.carry authoring.kernel_server
authoring.leave_one_out authoring.pins authoring.prove authoring.release authoring.run
authoring.site authoring.stamp authoring.untouched
classroom.alike classroom.assignment classroom.grade classroom.groups classroom.hub
classroom.kubernetes.gather classroom.marking classroom.report classroom.slides
course.my_notebooks course.offline
""".split()
UNTRIED = {  # what other commands start, or what nbgrader's own environment runs
    "classroom.machines.remote",
    "classroom.nbgrader_marks",
    "classroom.submissions.splice",
    "classroom.walls.server",
    "classroom.walls.walls",
}
NONSENSE = [
    "classroom.grade . --out g.csv --jobs 0",
    "classroom.grade . --out g.csv --jobs -1",
    "classroom.grade . --out g.csv --seconds 0",
    "classroom.grade . --out g.csv --seconds nan",
    "classroom.grade . --out g.csv --seconds soon",
    "classroom.grade . --out g.csv --notebooks two",
    "classroom.hub --students 0",
    "classroom.hub --stay -1",
    "classroom.slides two --out s.html",
    "classroom.assignment -- -2 --out a",
    "authoring.run two",
    "authoring.audit 2.4",
    "authoring.prove 99",
    "authoring.prove 0.99",
    "authoring.prove two",
    "authoring.prove 0.1 --jobs 0",
    "authoring.prove 0.1 --sample -1",
    "authoring.carry 0.99",
    "authoring.carry 0.1 --jobs 0",
    "authoring.leave_one_out 0.99",
    "authoring.leave_one_out 99",
    "authoring.leave_one_out 0.1 --mutants -1",
    "authoring.untouched 02",
    "authoring.site 02",
    "course.my_notebooks --mend two",
    "course.offline",
    "course.offline nowhere",
    "authoring.kernel_server",
    "authoring.kernel_server nowhere",
    "classroom.kubernetes.gather nowhere",
    "classroom.nbgrader_marks grades.nbgrader.json shapes",
]


@pytest.fixture
def said(capsys, monkeypatch):
    """What a command typed here answers: its exit status, and all that it prints."""

    def typed(line: str) -> tuple[int, str]:
        command, *words = line.split()
        monkeypatch.setattr(sys, "argv", [command, *words])
        with pytest.raises(SystemExit) as ended, warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # that it is loaded already
            runpy.run_module(command, run_name="__main__")
        return ended.value.code, "".join(capsys.readouterr())

    return typed


def test_none_is_forgotten():
    programs = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for room in ("authoring", "classroom", "course")
        for path in (ROOT / room).rglob("*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert programs - UNTRIED == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_it_says_what_it_does_in_whole_sentences(command, said):
    status, printed = said(f"{command} --help")
    usage, does, *_ = printed.split("\n\n")
    assert status == 0 and usage.startswith("usage: ") and does.endswith("."), printed


@pytest.mark.parametrize("line", NONSENSE)
def test_nonsense_is_refused_in_a_sentence(line, said):
    status, printed = said(line)
    assert status in (1, 2) and printed.strip(), printed


@pytest.mark.parametrize(
    "command",
    [
        "authoring.address anna/course",
        "authoring.pins",
        "classroom.alike {out}",
        "classroom.report {out}",
        "classroom.marking {out}",
        "classroom.assignment 00 --out {out}",
        "classroom.slides 00 --out {out}",
    ],
)
def test_a_full_disk_is_one_sentence(command, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    name, *words = command.format(out=left(tmp_path, submission("anna"))).split()
    module = importlib.import_module(name)
    monkeypatch.setattr(files, "_replace", full)
    monkeypatch.setattr("authoring.pins.differs", lambda *_: True)
    assert module.main(words) in (1, 2)
    assert capsys.readouterr().out.endswith("cannot be written: No space left on device.\n")
