"""What of a submitted notebook must run, and in which order, until an exercise's check sees the
attempt.

The check of an exercise is looked up; of all that stands above it, what the attempt needs is kept,
in order, whatever kind of statement it is. In a cell of the learner's all that stands above such a
statement is kept too: if it raises, the notebook does not get any further either.

Where no check is found, or nothing above it makes what it hands in, cells were moved or lost: then
the whole notebook counts as above, and cells that raise are tried again. A name that nothing above
makes comes from below, else from the course's own cells, else from the exercise of that name.
"""

from classroom.records.spliced import Asked, Plan
from classroom.submissions.need import Need
from classroom.submissions.notebook import Notebook

TRIES = 3  # checks of one exercise that are looked at, from the last


def plans_of(notebook: Notebook, exercise: Asked, tries: int = TRIES) -> list[Plan]:
    """One for every check of the exercise that can be reached, the last check first."""
    checks = notebook.checks[exercise.id][::-1]
    reached = [place for place in checks if notebook.is_reached(place)]
    if reached:
        return [_plan(notebook, exercise, place) for place in reached[:tries]]
    handed = [name for place in checks for name in notebook.handed(place)]
    for name in handed if checks else [exercise.name]:
        if notebook.is_made(name, len(notebook.parts)):
            return [_plan_without_check(notebook, name)]
    return []


def _plan(notebook: Notebook, exercise: Asked, check: int) -> Plan:
    names = notebook.handed(check)
    need = Need(notebook, check, names)
    need.take(check)
    for name in names:
        need.take_cell_of(name)
    return need.plan(names or [exercise.name], has_check=True)


def _plan_without_check(notebook: Notebook, name: str) -> Plan:
    need = Need(notebook, len(notebook.parts), [name])
    need.take_cell_of(name)
    return need.plan([name], has_check=False)
