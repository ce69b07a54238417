"""Say where the course is published, or set it: `python -m authoring.address [OWNER/REPOSITORY]`.

`Source` in pyproject.toml is the address. The badges, the cell for Colab and the citation carry
it too.
"""

import re
import sys
import tomllib
from pathlib import Path

from course import command_line
from course.files import write
from course.paths import ROOT, Complaint

FILES = ("pyproject.toml", "README.md", "CITATION.cff")
GITHUB = "https://github.com/"


def current(root: Path = ROOT) -> str:
    """OWNER/REPOSITORY, as pyproject.toml says."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return project["project"]["urls"]["Source"].removeprefix(GITHUB)


def move(address: str, root: Path = ROOT) -> None:
    """Put the address in place of the one before, in all files."""
    before = current(root)
    for path in (root / name for name in FILES):
        write(path, path.read_text(encoding="utf-8").replace(before, address))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = command_line.parser("authoring.address", __doc__)
    parser.add_argument("address", nargs="?", help="as in anna/cnn-course")
    address = parser.parse_args(arguments).address
    if address and not re.fullmatch(r"[\w.-]+/[\w.-]+", address):
        parser.error(f"{address} is no OWNER/REPOSITORY, as anna/cnn-course is one")
    try:
        if address:
            move(address, root)
    except Complaint as complaint:
        print(complaint)
        return 1
    print(f"The course is at {GITHUB}{current(root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
