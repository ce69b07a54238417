"""Make an assignment: `python -m classroom.assignment 02 04 --out shapes [--students names.csv]`.

The folder gets the chosen notebooks without solutions and a README for students. It is ready to be
handed out as it is, by nbgitpuller, or as `source/NAME` of nbgrader. With `--core` it asks for the
exercises of the core only; the notebooks go on with our answers to the others. With `--students`
(a name a line, or the first column of a CSV) each student also gets a notebook of questions with
numbers of their own; the key that grades them is written beside the folder, and stays with you.
"""

import argparse
import sys
import tomllib
from pathlib import Path

import jinja2

from classroom.students import own_numbers, roster
from classroom.students.own_numbers_notebook import notebook
from course import command_line
from course.files import write
from course.paths import ROOT, SOLUTIONS, Complaint, number, sources
from course.student_version import student_version
from exercises import NOTEBOOKS, of
from install import SUPPORTED

PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    trim_blocks=True,
    keep_trailing_newline=True,
)


def names(path: Path) -> list[str]:
    """The students of a list: its first column, each once. Raises Complaint."""
    found = roster.load(path).names
    files = [own_numbers.file_name(name).lower() for name in found]
    twice = sorted({name for name, file in zip(found, files) if files.count(file) > 1})
    if twice:
        raise Complaint(f"{path.name}: {', '.join(twice)} cannot be told apart.")
    return found


def make(
    numbers: list[str], out: Path, students: list[str] = (), core: bool = False
) -> list[Path]:
    """Write the folder; the files in it. Raises Complaint before any is written."""
    chosen = sources(SOLUTIONS, numbers)
    if unknown := [number(path) for path in chosen if number(path) not in NOTEBOOKS]:
        raise Complaint(f"Notebook {', '.join(unknown)} is not part of the course yet.")
    texts = {
        path.name: student_version(path, left_out=left_out(number(path), core)) for path in chosen
    }
    if students:
        key = own_numbers.keep(key_file(out), out.name, students)
        texts |= {
            f"{own_numbers.FILE}/{own_numbers.file_name(name)}": notebook(key, name)
            for name in students
        }
    texts["README.md"] = readme(out.name, [number(path) for path in chosen], bool(students), core)
    for name, text in texts.items():
        write(out / name, text)
    return [out / name for name in texts]


def left_out(number: str, core: bool) -> list[str]:
    """The exercises of a notebook that an assignment of the core does without."""
    return [id for id, exercise in of(number).items() if core and not exercise.core]


def refuse_too_early(numbers: list[str]) -> None:
    """Own numbers for students who have not got to what they ask. Raises Complaint."""
    if all(number < own_numbers.TAUGHT for number in numbers):
        raise Complaint(
            f"Own numbers ask what notebook {own_numbers.TAUGHT} teaches, which comes after"
            f" {', '.join(numbers)}: leave out --students, or choose a later notebook too."
        )


def key_file(out: Path) -> Path:
    return out.parent / f"{out.name}.key.json"


def readme(name: str, numbers: list[str], with_own: bool, core: bool = False) -> str:
    """What a student reads first."""
    chosen = [NOTEBOOKS[number] for number in numbers]
    page = PAGES.get_template("assignment.md.jinja")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return page.render(
        name=name,
        notebooks=chosen,
        minutes=[one.core_minutes if core else one.minutes for one in chosen],
        points=[points(number, core) for number in numbers],
        own=own_numbers.FILE if with_own else None,
        questions=len(own_numbers.TITLES),
        source=project["urls"]["Source"],
        pythons=f"{SUPPORTED[0]} to {SUPPORTED[-1]}",
    )


def points(number: str, core: bool) -> int:
    """What the exercises of a notebook that are asked are worth together."""
    without = left_out(number, core)
    return sum(exercise.points for id, exercise in of(number).items() if id not in without)


def arguments() -> argparse.ArgumentParser:
    parser = command_line.parser("classroom.assignment", __doc__)
    parser.add_argument(
        "notebooks", nargs="+", type=command_line.notebook, help='their numbers, "02" or "2"'
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="the folder to make; its name is the assignment's"
    )
    parser.add_argument(
        "--students",
        type=Path,
        help="a file of names: each gets questions with numbers of their own",
    )
    parser.add_argument(
        "--core", action="store_true", help="ask for the exercises of the core only"
    )
    return parser


def main(given: list[str] | None = None) -> int:
    options = arguments().parse_args(given)
    out = options.out.resolve()
    try:
        students = names(options.students) if options.students else []
        if students:
            refuse_too_early(options.notebooks)
        made = make(options.notebooks, out, students, options.core)
    except Complaint as error:
        print(error)
        return 1
    print(f"{len(made)} files in {options.out}.")
    if unasked := [id for nn in options.notebooks for id in left_out(nn, options.core)]:
        print(f"What is left out earns nothing: grade with --drop {' '.join(unasked)}")
    if options.students:
        print(
            f"Keep {key_file(out).name} to yourself and out of what you hand out: the grader needs"
            " it (--own)."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
