"""Which exercises were passed: a small text file beside the notebooks, one id a line, only ever
appended to.

Appending a short line is atomic, so two notebooks may write at once; a damaged line costs that
mark and no more.
"""

import os
import re
from pathlib import Path


def file() -> Path:
    """Where the marks are: COURSE_PROGRESS if set, else `.progress.txt` in the notebook's
    folder.
    """
    return Path(os.environ.get("COURSE_PROGRESS") or ".progress.txt")


def passed() -> tuple[set[str], str | None]:
    """The ids that were passed, and a sentence if something could not be read."""
    try:
        lines = file().read_bytes().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return set(), None
    except OSError as error:
        return (
            set(),
            f"The marks in {file()} cannot be read ({error.strerror}), so none are shown.",
        )
    good = {line for line in lines if re.fullmatch(r"\d+\.\d+", line)}
    bad = sum(bool(line.strip()) for line in lines if line not in good)
    return (
        good,
        (
            f"{bad} unreadable lines in {file()} were skipped; run those checks again."
            if bad
            else None
        ),
    )


def add(id: str) -> str | None:
    """Note that an exercise was passed. Returns a sentence if that cannot be written down."""
    if id in passed()[0]:
        return None
    try:
        with open(file(), "a") as out:
            out.write(f"\n{id}\n")
    except OSError as error:
        return f"This mark cannot be kept: {file()} is not writable ({error.strerror})."
    return None
