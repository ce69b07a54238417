"""Make the student notebooks in notebooks/ from solutions/: `python -m authoring.release
[--check]`. First it stamps solutions/.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from authoring import stamp
from course import command_line
from course.files import differs, write
from course.nbgrader import points_of
from course.paths import SOLUTIONS, STUDENT, Complaint, sources
from course.student_version import student_version


def report(stale: dict[Path, str], orphans: list[Path]) -> int:
    for path in stale:
        print(f"{path.parent.name}/{path.name} differs from its source.")
    for path in orphans:
        print(f"{path.parent.name}/{path.name} has no source in solutions/.")
    if stale or orphans:
        print("Run `python -m authoring.release`.")
    return int(bool(stale or orphans))


def change(stale: dict[Path, str], orphans: list[Path]) -> int:
    for path, content in stale.items():
        write(path, content)
        print(f"{path.parent.name}/{path.name} written")
    for path in orphans:
        path.unlink()
        print(f"{path.parent.name}/{path.name} removed: it has no source in solutions/")
    return 0


def release(
    solutions: Path, notebooks: Path, check: bool, points: Callable[[str], int] = points_of
) -> int:
    """Bring `notebooks` up to date, or say what is not; writes nothing if a source has a fault."""
    wanted = {notebooks / path.name: student_version(path, points) for path in sources(solutions)}
    stale = {path: content for path, content in wanted.items() if differs(path, content)}
    orphans = sorted(set(notebooks.glob("*.ipynb")) - set(wanted))
    return (report if check else change)(stale, orphans)


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.release", __doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail if a student notebook is stale"
    )
    check = parser.parse_args(arguments).check
    try:
        unstamped = stamp.stamp(check)
        return release(SOLUTIONS, STUDENT, check) or unstamped
    except Complaint as complaint:
        print(complaint)
        return 1


if __name__ == "__main__":
    sys.exit(main())
