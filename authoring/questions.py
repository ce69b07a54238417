"""The questions with letters, in the words of their tasks, by which `review()` asks them again."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

from checker.exercise import Choice, Exercise, Prediction
from course.notebook_files import exercise_id, role

OPTION = re.compile(r"^- (\w)\) (.*)$", re.M)
THINK = "Think before you run on. "  # said where the next cells tell


def asked_again(
    cells: list[NotebookNode], asked: dict[str, Exercise]
) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
    """Each question that stands alone by its id: what it asks, and its options by letter.

    Letters that name lines of code or drawings mean nothing elsewhere.
    """
    for cell in cells:
        exercise = asked.get(exercise_id(cell)) if role(cell) == "exercise" else None
        asks, options = in_words(cell.source)
        if is_known(exercise) and "\n" not in asks and sorted(options) == exercise.letters:
            yield exercise.id, (asks, options)


def is_known(exercise: Exercise | None) -> bool:
    """Whether an exercise is a question with letters of which one is right."""
    return isinstance(exercise, Choice) and not isinstance(exercise, Prediction)


def in_words(task: str) -> tuple[str, dict[str, str]]:
    said = task.partition("\n\n")[2].replace("**", "")
    return said.partition("\n- ")[0].strip().removeprefix(THINK), dict(OPTION.findall(said))
