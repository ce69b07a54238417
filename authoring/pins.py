"""Write environment.yml from requirements.txt: `python -m authoring.pins [--check]`."""

import sys
from pathlib import Path

from course import command_line
from course.files import differs, write
from course.paths import ROOT, Complaint
from install import PROCESSORS, SUPPORTED

PYTHON = f">={SUPPORTED[0]},<3.{int(SUPPORTED[-1][2:]) + 1}"
HEAD = f"""\
# Written by `python -m authoring.pins` from requirements.txt: edit that one.
name: course
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python{PYTHON}
  - pip
  - pip:
      - --extra-index-url {PROCESSORS}
"""


def pins(requirements: str) -> list[str]:
    """The lines of a requirements file, `name==version` or `name==version ; marker`."""
    lines = (line.split("#")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line]


def environment(requirements: str) -> str:
    """The conda environment with Python and pip from conda-forge and the same pins."""
    return HEAD + "".join(f"      - {pin}\n" for pin in pins(requirements))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = command_line.parser("authoring.pins", __doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail if environment.yml is stale"
    )
    check = parser.parse_args(arguments).check
    path = root / "environment.yml"
    text = environment((root / "requirements.txt").read_text(encoding="utf-8"))
    if not differs(path, text):
        return 0
    if check:
        print("environment.yml differs from requirements.txt: run `python -m authoring.pins`.")
        return 1
    try:
        write(path, text)
    except Complaint as complaint:
        print(complaint)
        return 1
    print("environment.yml written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
