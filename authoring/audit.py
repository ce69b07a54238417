"""What a reader should never meet, one line a finding: `python -m authoring.audit [NN ...]`.

A rule is a function from a page to its findings; to add one, write it and list it in RULES.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from authoring import minutes, stamp, timings
from authoring.minutes import LONGEST_CORE
from authoring.needs import needs
from checker.exercise import Prediction
from course import command_line
from course.notebook_files import exercise_id, read, role, tags
from course.paths import SOLUTIONS, Complaint, number, sources

SLOWEST_CELL, SLOWEST_NOTEBOOK = 20, 90  # seconds
LARGEST = 1_000_000  # bytes
MISTAKES, ALTERNATIVES = 3, 2  # at least, an exercise
UNCOMPARED = 0.2  # of the code cells, at most
LONGEST_CELL = 23  # lines, where more than one thing is defined
FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2", re.M | re.S)
INLINE_CODE = re.compile(r"`[^`\n]+`")
HEADING = re.compile(r"^(#{1,6}) ", re.M)
IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\(|<img(?P<html>[^>]*)>")
HTML_ALT = re.compile(r"""alt=(["'])\s*\S.*?\1""", re.S)
TARGET = re.compile(r"""\]\(\s*<?([^)\s>]+)|(?:href|src)=["']([^"']+)""")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.I)


@dataclass
class Page:
    """What a rule looks at: a solved notebook, the exercises of its module, the stored seconds."""

    path: Path
    notebook: NotebookNode
    exercises: dict
    seconds: dict | None

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def prose(self) -> list[NotebookNode]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "markdown"]


def cell_says(cell: NotebookNode, words: str) -> str:
    return f"cell {cell.id}: {words}"


# Cells


def never_executed(page: Page) -> Iterator[str]:
    for cell in page.code:
        if cell.execution_count is None and cell.source.strip():
            yield cell_says(cell, "was never executed.")


def not_passed(page: Page) -> Iterator[str]:
    """Strict comparison would keep a wrong solution wrong."""
    for cell in page.code:
        shown = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
        if role(cell) == "check" and not any(text.startswith("Passed · ") for text in shown):
            yield cell_says(cell, "does not store a card that says Passed.")


def stored_errors(page: Page) -> Iterator[str]:
    for cell in page.code:
        for output in cell.outputs:
            if output.output_type == "error":
                yield cell_says(cell, f"stores the error {output.ename}.")


def stored_stderr(page: Page) -> Iterator[str]:
    for cell in page.code:
        for output in cell.outputs:
            if output.get("name") == "stderr":
                yield cell_says(cell, f"stores stderr: {output.text.strip().splitlines()[0]}")


def too_many_uncompared(page: Page) -> Iterator[str]:
    ignored = sum("nbval-ignore-output" in tags(cell) for cell in page.code)
    if ignored > UNCOMPARED * len(page.code):
        yield (
            f"{ignored} of {len(page.code)} code cells are tagged nbval-ignore-output; at most a"
            " fifth may be."
        )


def several_things(page: Page) -> Iterator[str]:
    for cell in page.code:
        lines = cell.source.splitlines()
        things = sum(line.startswith(("def ", "class ")) for line in lines)
        if not role(cell) and things > 1 and len(lines) > LONGEST_CELL:
            yield cell_says(cell, f"defines {things} things in {len(lines)} lines; split it.")


# Figures


def figures_without_alt(page: Page) -> Iterator[str]:
    for cell in page.code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and not has_alt(output):
                yield cell_says(
                    cell, 'shows a figure without alt text; use `plots.show(fig, alt="...")`.'
                )


def has_alt(output: NotebookNode) -> bool:
    alt = output.metadata.get("image/png", {}).get("alt", "")
    return (
        bool(alt.strip())
        and alt == output.data.get("text/plain")
        and not alt.startswith("<Figure")
    )


def pictures_without_alt(page: Page) -> Iterator[str]:
    for cell in page.prose:
        for match in IMAGE.finditer(text_only(cell.source)):
            if not (match["alt"] or "").strip() and not HTML_ALT.search(match["html"] or ""):
                yield cell_says(cell, "shows a picture without alt text.")


# Text


def heading_jumps(page: Page) -> Iterator[str]:
    above = 0
    for cell, level in headings(page):
        if level > above + 1:
            yield cell_says(cell, f"jumps from heading level {above} to {level}.")
        above = level


def several_titles(page: Page) -> Iterator[str]:
    for cell, _ in [found for found in headings(page) if found[1] == 1][1:]:
        yield cell_says(cell, "has another heading of level 1; a notebook has one.")


def headings(page: Page) -> list[tuple[NotebookNode, int]]:
    return [
        (cell, len(match[1]))
        for cell in page.prose
        for match in HEADING.finditer(FENCE.sub("", cell.source))
    ]


def broken_links(page: Page) -> Iterator[str]:
    for cell in page.prose:
        for match in TARGET.finditer(text_only(cell.source)):
            target = match[1] or match[2]
            if (
                not ABSOLUTE.match(target)
                and not (page.path.parent / unquote(target.split("#")[0])).exists()
            ):
                yield cell_says(cell, f"links to {target}, which does not exist.")


def text_only(source: str) -> str:
    """Markdown without what stands in code."""
    return INLINE_CODE.sub("", FENCE.sub("", source))


# Size and time


def too_large(page: Page) -> Iterator[str]:
    size = page.path.stat().st_size
    if size > LARGEST:
        yield f"takes {size / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} MB."


def too_slow(page: Page) -> Iterator[str]:
    if page.seconds is None:
        yield f"has no timings; run `python -m authoring.run {number(page.path)}`."
        return
    for cell, seconds in page.seconds["cells"].items():
        if seconds > SLOWEST_CELL:
            yield f"cell {cell}: takes {seconds:.0f} s; at most {SLOWEST_CELL} s."
    if page.seconds["total"] > SLOWEST_NOTEBOOK:
        yield f"takes {page.seconds['total']:.0f} s; at most {SLOWEST_NOTEBOOK} s."


# Exercises


def thin_catalogue(page: Page) -> Iterator[str]:
    for id, exercise in page.exercises.items():
        if len(exercise.mistakes) < MISTAKES and not isinstance(exercise, Prediction):
            yield f"exercise {id}: has {len(exercise.mistakes)} mistakes; at least {MISTAKES}."
        if len(exercise.alternatives) < ALTERNATIVES:
            yield (
                f"exercise {id}: has {len(exercise.alternatives)} alternatives; at least"
                f" {ALTERNATIVES}."
            )


def other_header(page: Page) -> Iterator[str]:
    for cell in page.prose:
        exercise = page.exercises.get(exercise_id(cell)) if role(cell) == "exercise" else None
        if exercise and not (cell.source + "\n").startswith(exercise.header() + "\n"):
            yield cell_says(cell, f"should start with the lines {exercise.header()!r}.")


def too_long_a_core(page: Page) -> Iterator[str]:
    seconds = page.seconds["total"] if page.seconds else 0
    taken = minutes.minutes(page.notebook.cells, page.exercises, seconds).core
    if taken > LONGEST_CORE:
        yield f"has a core of {taken:.0f} minutes; at most {LONGEST_CORE}."


def core_without_its_section(page: Page) -> Iterator[str]:
    cells = page.notebook.cells
    for cell, out in zip(cells, minutes.left_out(cells)):
        if out and role(cell) == "check" and exercise_id(cell) in core(page):
            yield f"exercise {exercise_id(cell)}: is core and stands behind {minutes.MORE}."


def core_needs_more(page: Page) -> Iterator[str]:
    for id in core(page):
        for other in sorted(needs(page.notebook.cells, id, page.exercises)):
            if not page.exercises[other].core:
                yield f"exercise {id}: is core and needs {other}, which is not."


def core(page: Page) -> list[str]:
    return [id for id, exercise in page.exercises.items() if exercise.core]


def unasked(page: Page) -> Iterator[str]:
    asked = {exercise_id(cell) for cell in page.code if role(cell) == "check"}
    for id in page.exercises:
        if id not in asked:
            yield f"exercise {id}: is in the module, and no cell asks it."


def unknown(page: Page) -> Iterator[str]:
    for cell in page.notebook.cells:
        if role(cell) and exercise_id(cell) not in page.exercises:
            yield cell_says(
                cell, f"belongs to exercise {exercise_id(cell)}, which is not in the module."
            )


RULES: list[Callable[[Page], Iterator[str]]] = [
    never_executed,
    not_passed,
    stored_errors,
    stored_stderr,
    too_many_uncompared,
    several_things,
    figures_without_alt,
    pictures_without_alt,
    heading_jumps,
    several_titles,
    broken_links,
    too_large,
    too_slow,
    thin_catalogue,
    other_header,
    too_long_a_core,
    core_without_its_section,
    core_needs_more,
    unasked,
    unknown,
]


def load(path: Path) -> Page:
    import exercises  # loads torch, so only when asked

    catalogue = exercises.of(number(path)) if number(path) in exercises.NOTEBOOKS else {}
    return Page(path, read(path), catalogue, timings.load(path.parent, number(path)))


def findings(page: Page) -> list[str]:
    return [f"{number(page.path)} {finding}" for rule in RULES for finding in rule(page)]


def audit(paths: list[Path]) -> list[str]:
    return [finding for path in paths for finding in findings(load(path))]


def unstamped() -> list[str]:
    """The files whose header lines or minutes are not what the exercises and the rule say."""
    return [f"{path.name}: run `python -m authoring.stamp`." for path in stamp.stale()]


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.audit", __doc__)
    command_line.add_notebooks(parser, "look at")
    try:
        found = audit(sources(SOLUTIONS, parser.parse_args(arguments).numbers)) + unstamped()
    except Complaint as complaint:
        found = [str(complaint)]
    print("\n".join(found) or "Nothing to complain about.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
