"""What was passed, tried and asked: a small text file beside the notebooks, a note a line, only
ever appended to, so that the order of its lines is the order in time.

    2.8                 was passed
    failed 2.8 1f0c9a   this answer to 2.8 was not right
    asked 05            the questions that open notebook 05 were asked anew
    recalled 1.3 05     one of them was answered right, or, with `forgotten`, was not

Appending a short line is atomic, so two notebooks may write at once; a damaged line costs that
note and no more.
"""

import errno
import os
import re
from io import FileIO
from pathlib import Path
from typing import NamedTuple

LINE = re.compile(r"\d+\.\d+|(failed|recalled|forgotten) \d+\.\d+ \w+|asked \w+")


class Note(NamedTuple):
    """One line; `of` is the answer that failed, or the notebook whose opening asked."""

    word: str
    id: str = ""
    of: str = ""

    @property
    def line(self) -> str:
        word = "" if self.word == "passed" else self.word
        return " ".join(part for part in (word, self.id, self.of) if part)


def file() -> Path:
    """Where the notes are: COURSE_PROGRESS if set, else `.progress.txt` in the notebook's
    folder.
    """
    return Path(os.environ.get("COURSE_PROGRESS") or ".progress.txt")


def is_grading() -> bool:
    """Whether a grader runs the notebook: then nothing is read here and nothing written."""
    return bool(os.environ.get("COURSE_GRADING") or os.environ.get("NBGRADER_EXECUTION"))


def notes() -> tuple[list[Note], str | None]:
    """All notes in their order, and a sentence if something could not be read."""
    if is_grading():
        return [], None
    try:
        text = file().read_text("utf-8-sig", "replace")
    except FileNotFoundError:
        return [], None
    except OSError as error:
        why = f"cannot be read ({error.strerror}), so none are shown."
        return [], f"The marks in {file()} {why}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    good = [line for line in lines if LINE.fullmatch(line)]
    bad = len(lines) - len(good)
    skipped = f"{bad} unreadable lines in {file()} were skipped; run those checks again."
    return [_note(*line.split()) for line in good], skipped if bad else None


def _note(first: str, *rest: str) -> Note:
    if not rest:
        return Note("passed", first)
    return Note(first, *rest) if len(rest) == 2 else Note(first, of=rest[0])


def passed() -> tuple[set[str], str | None]:
    """The ids that were passed, and a sentence if something could not be read."""
    found, trouble = notes()
    return {note.id for note in found if note.word == "passed"}, trouble


def tried() -> dict[str, set[str]]:
    """The answers that were not right, by exercise, since it was last passed."""
    found = {}
    for note in notes()[0]:
        if note.word == "passed":
            found.pop(note.id, None)
        elif note.word == "failed":
            found.setdefault(note.id, set()).add(note.of)
    return found


def failures(id: str) -> set[str]:
    """The answers to one exercise that were not right, since it was last passed."""
    return tried().get(id, set())


def add(id: str) -> str | None:
    """Note that an exercise was passed. Returns a sentence if that cannot be written down."""
    done = id in passed()[0] and not failures(id)
    return None if done else write(Note("passed", id))


def fail(id: str, answer: str) -> str | None:
    """Note that an answer was not right. Returns a sentence if that cannot be written down."""
    return None if answer in failures(id) else write(Note("failed", id, answer))


def write(note: Note) -> str | None:
    """Append a note. Returns a sentence if that cannot be done."""
    if is_grading():
        return None
    try:
        with open(file(), "ab", buffering=0) as out:
            _append(out, f"\n{note.line}\n".encode())
    except OSError as error:
        return f"This mark cannot be kept: {file()} cannot be written ({error.strerror})."
    return None


def _append(out: FileIO, line: bytes) -> None:
    """Write the line whole or not at all: half of "1.12" reads as "1.1"."""
    written = out.write(line)
    if written < len(line):
        out.truncate(out.tell() - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
