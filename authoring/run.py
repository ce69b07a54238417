"""Re-execute solved notebooks and store them in their one form: `python -m authoring.run [NN
...]`.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from authoring import timings
from course import command_line
from course.files import differs, write
from course.nbgrader import points_of, set_metadata
from course.normal_form import normalize
from course.notebook_files import read, set_ids, tags, text
from course.paths import SOLUTIONS, Complaint, number, sources

LIMIT = 120  # seconds a cell may take here; the audit asks for far less
COLORS = re.compile(r"\x1b\[[\d;]*m")
UNSET = ("COURSE_GRADING", "NBGRADER_EXECUTION")


def unheard(cell: str) -> None:
    """Say nothing of a cell that runs."""


def run(
    path: Path, points: Callable[[str], int] = points_of, say: Callable[[str], None] = unheard
) -> bool:
    """Execute, normalize and store one notebook; True if its file changed.

    Calls `say` with the id of every cell before it runs. Raises Complaint where a cell raises, and
    then writes nothing.
    """
    notebook = read(path)
    set_ids(notebook)
    set_metadata(notebook, points)
    seconds = execute(notebook, path, say)
    normalize(notebook)
    keep_unsteady(notebook, committed(path))
    timings.save(path.parent, number(path), sum(seconds.values()), seconds)
    content = text(notebook)
    changed = differs(path, content)
    write(path, content)
    return changed


def execute(notebook: NotebookNode, path: Path, say: Callable[[str], None]) -> dict[str, float]:
    """Run all cells in a fresh kernel, in place; the seconds each took, by cell id."""
    watch = Stopwatch(say)
    client = NotebookClient(
        notebook,
        timeout=LIMIT,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        on_cell_execute=watch.start,
        on_cell_executed=watch.stop,
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            client.execute(env=environment(Path(folder)))
        except (CellControlSignal, DeadKernelError, TimeoutError) as error:
            raise Complaint(f"{number(path)} cell {watch.cell}: {reason(error)}") from error
    return watch.seconds


def environment(folder: Path) -> dict[str, str]:
    """What the kernel sees: no marks, no grading, one thread, no start-up files of the author."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    own = {"COURSE_PROGRESS": str(folder / "progress.txt"), "IPYTHONDIR": str(folder / "ipython")}
    return kept | own | {"OMP_NUM_THREADS": "1"}


class Stopwatch:
    """Notes which cell runs and how long each took."""

    def __init__(self, say: Callable[[str], None]):
        self.say, self.cell, self.seconds = say, "none yet", {}

    def start(self, cell, cell_index):
        self.cell, self.since = cell.id, time.perf_counter()
        self.say(cell.id)

    def stop(self, cell, cell_index, execute_reply):
        self.seconds[cell.id] = time.perf_counter() - self.since


def reason(error: Exception) -> str:
    """One sentence, and the traceback under it where the cell raised."""
    if hasattr(error, "ename"):
        return f"{error.ename}: {error.evalue}\n{COLORS.sub('', error.traceback)}"
    return f"ran over {LIMIT} s." if isinstance(error, TimeoutError) else "the kernel died."


def committed(path: Path) -> dict[str, NotebookNode]:
    """The cells of the last committed version by id; none if there is no such version."""
    command = ["git", "show", f"HEAD:./{path.name}"]
    shown = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, encoding="utf-8"
    )
    if shown.returncode != 0:
        return {}
    return {cell.id: cell for cell in nbformat.from_dict(json.loads(shown.stdout)).cells}


def keep_unsteady(notebook: NotebookNode, stored: dict[str, NotebookNode]) -> None:
    """A cell that is not compared keeps its committed output while its source is the same."""
    for cell in notebook.cells:
        before = stored.get(cell.id)
        if (
            "nbval-ignore-output" in tags(cell)
            and before
            and text_of(before) == cell.source
            and before.execution_count
        ):
            cell.outputs = before.outputs


def text_of(cell: NotebookNode) -> str:
    """The source of a cell, which a file holds as a list of lines."""
    return "".join(cell.source)


def main(arguments: list[str] | None = None) -> int:
    parser = command_line.parser("authoring.run", __doc__)
    command_line.add_notebooks(parser, "run")
    try:
        paths = sources(SOLUTIONS, parser.parse_args(arguments).numbers)
    except Complaint as complaint:
        print(complaint)
        return 1
    with tqdm(paths, unit="notebook", disable=None) as bar:
        done = [run_and_tell(path, bar) for path in bar]
    return int(not all(done))


def run_and_tell(path: Path, bar: tqdm) -> bool:
    try:
        changed = run(path, say=lambda cell: bar.set_description(f"{number(path)} {cell}"))
    except Complaint as complaint:
        tqdm.write(str(complaint))
        return False
    tqdm.write(f"{path.parent.name}/{path.name} {'stored' if changed else 'unchanged'}")
    return True


if __name__ == "__main__":
    sys.exit(main())
