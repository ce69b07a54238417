"""What stands above a check is run as a notebook runs it."""

from dataclasses import replace

import linux_only  # noqa: F401
import pytest

from classroom.records.job import Answer, Earlier, Job
from classroom.records.spliced import Step
from classroom.walls.rerun import NOTHING, Rerun


def job(*sources: str, **told) -> Job:
    """The steps are cells of their own; the last is the check of 9.1."""
    *cells, last = sources
    steps = [Step(n, source) for n, source in enumerate(cells)]
    steps.append(Step(len(cells), last, checks=["9.1"]))
    return replace(Job("9.1", "f", 0, True, 2.0, 6.0, steps, [], None), **told)


def rerun(*sources: str, ours: dict | None = None, **told) -> Rerun:
    made = Rerun(job(*sources, **told), ours or {})
    made.run()
    return made


def test_the_attempt_is_what_the_check_is_handed():
    assert rerun("f = 1", "f = f + 1", 'f = check("9.1", f * 10)').attempt == 20


def test_a_check_of_ones_own_making_is_not_asked():
    assert rerun("check = lambda id, attempt: 5\nf = 1", 'check("9.1", f)').attempt == 1


def test_a_cell_stops_where_it_raises_and_the_next_runs():
    done = rerun("f = 1\n1 / 0\nf = 2", "f += 5", 'check("9.1", f)')
    assert done.attempt == 6
    assert "ZeroDivisionError" in done.trouble.text and done.trouble.line == "line 2: 1 / 0"


def test_the_trouble_of_another_cell_is_said_to_be_above():
    done = rerun("f = 1", "import not_there", 'check("9.1", f)')
    assert done.trouble.above and "not_there" in done.trouble.text


def test_a_failed_exercise_hands_on_ours():
    told = [Earlier("9.0", "g", False, Answer())]
    cells = 'g = check("9.0", 1)', 'check("9.1", g)'
    assert rerun(*cells).attempt == 1
    assert rerun(*cells, earlier=told, ours={"9.0": 7}).attempt == 7


def test_what_raises_for_want_of_a_name_waits_where_cells_were_moved():
    steps = [Step(0, "f = g + 1", patient=True), Step(1, "g = 1", patient=True)]
    made = Rerun(Job("9.1", "f", 0, False, 2.0, 6.0, steps, [], None), {})
    made.run()
    assert made.attempt == 2 and made.trouble is None


@pytest.mark.parametrize("cell", ["exit()", "quit()"])
def test_after_exit_no_cell_runs(cell):
    assert rerun("f = 1", cell, 'check("9.1", f)').attempt is NOTHING


@pytest.mark.parametrize(
    "cell",
    [
        "await __import__('asyncio').sleep(0)",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().system('pip install nothing')",
        "files = get_ipython().getoutput('echo 1')\nassert files == []",
        "display(5)",
        "from __future__ import annotations\ndef g(x: nowhere): pass",
    ],
)
def test_a_cell_is_ipython(cell):
    done = rerun(cell + "\nf = 1", 'check("9.1", f)')
    assert done.attempt == 1, done.trouble
