"""Files and folders: read, written whole or not at all, compared, made and removed; what cannot be
is a Complaint.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from course.paths import Complaint


def write(path: Path, text: str) -> None:
    """Put `text` in the file at once, so that a run that is cut short leaves the old file
    whole.

    A name of a file that is not UTF-8, such as one that was zipped on Windows, keeps its bytes.
    Raises Complaint where nothing can be written.
    """
    content = text.encode("utf-8", "surrogateescape")
    try:
        _replace(path, content)
    except (FileExistsError, NotADirectoryError) as error:
        raise Complaint(
            f"{path} cannot be written: a file is where its folder should be. Give another name."
        ) from error
    except OSError as error:
        raise Complaint(f"{path} cannot be written: {error.strerror}.") from error


def content(path: Path) -> bytes:
    """What a file holds. Raises Complaint where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Complaint(f"{path} cannot be read ({error.strerror}).") from error


def make_folder(path: Path) -> None:
    """With those above it; nothing where it is there. Raises Complaint where it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Complaint(f"{path} cannot be a folder: a file is in its place.") from None
    except OSError as error:
        raise Complaint(f"The folder {path} cannot be made: {error.strerror}.") from error


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        os.remove(name)
        raise


def differs(path: Path, text: str) -> bool:
    """Whether the file is missing or holds anything but `text`."""
    return not path.is_file() or path.read_text(encoding="utf-8") != text


def remove(folder: Path) -> None:
    """A folder and all in it; what cannot be removed stays."""
    # Python's own way is no match for a thousand folders in each other.
    subprocess.run(["rm", "-rf", folder], stderr=subprocess.DEVNULL)
