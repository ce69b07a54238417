"""Which exercises were passed: a small text file beside the notebooks, one id a line, only ever
appended to.

Appending a short line is atomic, so two notebooks may write at once; a damaged line costs that
mark and no more.
"""

import errno
import os
import re
from io import FileIO
from pathlib import Path


def file() -> Path:
    """Where the marks are: COURSE_PROGRESS if set, else `.progress.txt` in the notebook's
    folder.
    """
    return Path(os.environ.get("COURSE_PROGRESS") or ".progress.txt")


def passed() -> tuple[set[str], str | None]:
    """The ids that were passed, and a sentence if something could not be read."""
    try:
        text = file().read_text("utf-8-sig", "replace")
    except FileNotFoundError:
        return set(), None
    except OSError as error:
        why = f"cannot be read ({error.strerror}), so none are shown."
        return set(), f"The marks in {file()} {why}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    good = {line for line in lines if re.fullmatch(r"\d+\.\d+", line)}
    bad = len([line for line in lines if line not in good])
    skipped = f"{bad} unreadable lines in {file()} were skipped; run those checks again."
    return good, skipped if bad else None


def add(id: str) -> str | None:
    """Note that an exercise was passed. Returns a sentence if that cannot be written down."""
    if id in passed()[0]:
        return None
    try:
        with open(file(), "ab", buffering=0) as out:
            _append(out, f"\n{id}\n".encode())
    except OSError as error:
        return f"This mark cannot be kept: {file()} cannot be written ({error.strerror})."
    return None


def _append(out: FileIO, line: bytes) -> None:
    """Write the line whole or not at all: half of "1.12" reads as "1.1"."""
    written = out.write(line)
    if written < len(line):
        out.truncate(out.tell() - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
