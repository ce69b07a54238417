"""Text is UTF-8 whatever the system's own is, and a terminal that lacks a letter stops nothing."""

import ast
import os
import subprocess
import sys

import pytest

from course import files
from course.paths import ROOT

FOLDERS = ("utils", "checker", "exercises", "course", "authoring", "classroom", "data")
NO_TEXT = ("Image", "wave", "os", "zipfile")  # whose `open` knows no encoding


def names_no_encoding(call):
    """Whether a call reads or writes text as the system likes it."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", None)
    text = name in ("fdopen", "read_text", "write_text") or name == "open" and owner not in NO_TEXT
    words = [str(one.value) for one in ast.walk(call) if isinstance(one, ast.Constant)]
    return text and not any(word in ("rb", "wb", "ab") or word[:5] == "utf-8" for word in words)


def calls(path):
    every = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in every if isinstance(node, ast.Call)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_is_read_and_written_in_an_encoding_that_is_named(folder):
    sources = (ROOT / folder).rglob("*.py")
    assert not [
        f"{path}:{call.lineno}"
        for path in sources
        for call in calls(path)
        if names_no_encoding(call)
    ]


@pytest.mark.parametrize("line", ["open(a)", "open(a, 'w')", "a.read_text()", "os.fdopen(a, 'w')"])
def test_what_names_no_encoding_is_found(line):
    assert names_no_encoding(ast.parse(line).body[0].value)


@pytest.mark.parametrize("line", ["open(a, 'rb')", "path.read_text('utf-8')", "Image.open(a)"])
def test_what_names_one_or_needs_none_is_left(line):
    assert not names_no_encoding(ast.parse(line).body[0].value)


IN_ASCII = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}


def run(*words, folder):
    """A command in a terminal that knows ASCII alone; what it prints."""
    told = os.environ | IN_ASCII
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_card_in_a_terminal_of_ascii(tmp_path):
    shown = run(
        "-c",
        "from checker import check, progress\ncheck('0.3', 'c')\nprint(progress())",
        folder=tmp_path,
    )
    assert "Passed ? 0.3" in shown and "1 of  4" in shown


def test_the_grader_in_a_terminal_of_ascii(tmp_path):
    (tmp_path / "김서연").mkdir()
    (tmp_path / "김서연" / "00_start_here.ipynb").write_text("no notebook")
    shown = run("-m", "classroom.grade", str(tmp_path), "--out", "성적.csv", folder=tmp_path)
    assert "1 graded, in ?" in shown or "1 graded, in /" in shown
    assert "김서연,0,5," in (tmp_path / "성적.csv").read_text(encoding="utf-8")


def test_a_name_that_is_not_utf_8_keeps_its_bytes(tmp_path):
    """As a folder has it that was zipped on a Korean Windows."""
    name = os.fsdecode("김서연".encode("euc-kr"))
    files.write(tmp_path / "grades.csv", f"student\n{name}\n")
    assert (tmp_path / "grades.csv").read_bytes() == "student\n김서연\n".encode("euc-kr")
