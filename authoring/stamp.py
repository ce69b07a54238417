"""Write down what is counted or follows from the exercises: `python -m authoring.stamp [--check]`.

The header line of every exercise, the minutes in the opening of every notebook, in the table of
the README and in `exercises/minutes.json`, and what `review()` asks in `exercises/choices.json`.
"""

import json
import re
import sys
from pathlib import Path

from nbformat import NotebookNode

import exercises
from authoring import minutes, questions, timings
from authoring.minutes import LONGEST_CORE, Minutes
from course import command_line
from course.files import differs, write
from course.notebook_files import exercise_id, read, role, text
from course.paths import ROOT, SOLUTIONS, Complaint, number, sources

README = ROOT / "README.md"
MINUTES = ROOT / "exercises" / "minutes.json"
CHOICES = ROOT / "exercises" / "choices.json"
HEADER = re.compile(r"\A(### .*\n?)?(`.*\n?)?")
ROW = re.compile(r"^(\| \[.*\]\(notebooks/(.+)\.ipynb\) \|.*\|) \d* \| \d* \|$", re.M)
TOTAL = re.compile(r"^\| in all \|.*$", re.M)


def stamped(path: Path) -> tuple[NotebookNode, Minutes]:
    """A solved notebook with its headers and its opening, and how long it takes."""
    notebook, asked = read(path), exercises.of(number(path))
    set_headers(notebook.cells, asked)
    set_opening(notebook.cells)  # so that what it says is not counted
    taken = minutes.minutes(notebook.cells, asked, timings.total(path))
    set_opening(notebook.cells, opening(notebook.cells, asked, taken))
    return notebook, taken


def set_headers(cells: list[NotebookNode], asked: dict) -> None:
    """Begin the task of every exercise with its header, in place."""
    for cell in cells:
        if role(cell) == "exercise" and exercise_id(cell) in asked:
            rest = HEADER.sub("", cell.source, count=1)
            cell.source = f"{asked[exercise_id(cell)].header()}\n{rest}".rstrip("\n")


def set_opening(cells: list[NotebookNode], *said: str) -> None:
    """What is said of the minutes, as the second paragraph, in place of what was said before."""
    title, *others = cells[0].source.split("\n\n")
    kept = [paragraph for paragraph in others if not paragraph.startswith("**Core")]
    cells[0].source = "\n\n".join([title, *said, *kept])


def opening(cells: list[NotebookNode], asked: dict, taken: Minutes) -> str:
    """Both ways through a notebook, and where to rest on the long one."""
    core, said = [one for one in asked.values() if one.core], taken.rounded()
    short, long = f"{in_words(said.core)}, {several(len(core), 'exercise')}.", in_words(said.all)
    if len(core) == len(asked):
        return f"**Core and all:** {short}"
    ways = f"**Core:** {short} **All:** {long}, {several(len(asked), 'exercise')}."
    left_out = f"What is marked {minutes.MORE} can wait: run it and read on."
    rest = f" A good place to rest: after *{minutes.rest(cells, asked)}*."
    return f"{ways} {left_out}" + rest * (taken.all > LONGEST_CORE)


def in_words(minutes: int) -> str:
    """70 as "70 minutes", 130 as "2 hours 10 minutes"."""
    if minutes <= LONGEST_CORE:
        return f"{minutes} minutes"
    hours, left = divmod(minutes, 60)
    return several(hours, "hour") + f" {left} minutes" * bool(left)


def several(count: int, word: str) -> str:
    return f"{count} {word}" + "s" * (count != 1)


def readme(text: str, taken: dict[str, Minutes]) -> str:
    """The README with the minutes of these notebooks, by file, in its table."""

    def row(found: re.Match) -> str:
        said = taken[found[2]].rounded()
        return f"{found[1]} {said.core} | {said.all} |"

    hours = [several(round(sum(column) / 60), "hour") for column in zip(*taken.values())]
    return TOTAL.sub(f"| in all | | {hours[0]} | {hours[1]} |", ROW.sub(row, text))


def wanted() -> dict[Path, str]:
    """What should stand in each file. Raises Complaint."""
    made = {
        path: stamped(path) for path in sources(SOLUTIONS) if number(path) in exercises.NOTEBOOKS
    }
    taken = {path.stem: count for path, (_, count) in made.items()}
    counted = {file: count.rounded()._asdict() for file, count in taken.items()}
    return {path: text(notebook) for path, (notebook, _) in made.items()} | {
        README: readme(README.read_text(encoding="utf-8"), taken),
        MINUTES: json.dumps(counted, indent=1) + "\n",
        CHOICES: json.dumps(choices(made), indent=1, ensure_ascii=False) + "\n",
    }


def choices(made: dict[Path, tuple[NotebookNode, Minutes]]) -> dict[str, tuple]:
    """The questions with letters that can be asked again, of all notebooks."""
    found = {}
    for path, (notebook, _) in made.items():
        found |= questions.asked_again(notebook.cells, exercises.of(number(path)))
    return found


def stale() -> dict[Path, str]:
    """The files that are not as they should be, each with what should stand in it."""
    return {path: new for path, new in wanted().items() if differs(path, new)}


def stamp(check: bool) -> int:
    """Write what is stale, or say what is. Raises Complaint."""
    found = stale()
    for path, new in found.items():
        if not check:
            write(path, new)
        print(f"{path.relative_to(ROOT)} {'is not stamped' if check else 'stamped'}")
    return int(check and bool(found))


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.stamp", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if one is stale")
    try:
        return stamp(parser.parse_args(arguments).check)
    except Complaint as complaint:
        print(complaint)
        return 1


if __name__ == "__main__":
    sys.exit(main())
