"""Which files and modules are the course's own, and which a learner wrote."""

from pathlib import Path

# Not resolved: behind a link, the rooms are imported by way of the link too.
HOME = Path(__file__).parent.parent
ROOMS = ("utils", "checker", "exercises", "course", "authoring", "classroom")
SHOWN = ("utils", "checker")  # the rooms that a learner's code sees while it is graded
ANSWERS = "exercises"


def is_own_file(name: str) -> bool:
    """Whether a file, by its full path, lies in a room of the course."""
    return any(Path(name).is_relative_to(HOME / room) for room in ROOMS)


def is_own_module(name: str) -> bool:
    """Whether a module, by its dotted name, is the course's: "utils.data"."""
    return name.partition(".")[0] in ROOMS


def is_exercise_module(name: str) -> bool:
    """Whether a module holds exercises, and so right answers."""
    return name.partition(".")[0] == ANSWERS
