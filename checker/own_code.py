"""Which files and modules are the course's own, and which a learner wrote."""

from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
ROOMS = ("utils", "checker", "exercises", "course", "authoring", "classroom")
ANSWERS = "exercises"  # the room that a learner's code must not see while it is graded


def is_own_file(name: str) -> bool:
    """Whether a file, by its full path, lies in a room of the course."""
    path = Path(name)
    return path.is_relative_to(HOME) and path.relative_to(HOME).parts[:1] in {
        (room,) for room in ROOMS
    }


def is_own_module(name: str) -> bool:
    """Whether a module, by its dotted name, is the course's: "utils.data"."""
    return name.partition(".")[0] in ROOMS


def is_exercise_module(name: str) -> bool:
    """Whether a module holds exercises, and so right answers."""
    return name.partition(".")[0] == ANSWERS
