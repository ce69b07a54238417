"""The notebook of a student's own numbers."""

import json

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from classroom.records.spliced import Asked
from classroom.students import own_numbers
from course.cells import cell_id, check_line
from course.nbgrader import set_metadata
from course.normal_form import normalize
from course.notebook_files import text
from exercises.own_numbers import seal


def notebook(key: own_numbers.Key, student: str) -> str:
    """The notebook of a student as the text of its file. Holds seals and no answer."""
    cells = [
        new_markdown_cell(_title(key, student), id="title"),
        new_code_cell(_set_up(key, student), id="set-up"),
    ]
    for known, title, question in zip(
        own_numbers.outline(), own_numbers.TITLES, own_numbers.questions(key, student)
    ):
        cells += _cells(known, title, question)
    made = new_notebook(cells=cells)
    set_metadata(made, points=lambda id: 1)
    normalize(made)
    return text(made)


def _title(key, student) -> str:
    return (
        f"# Your own numbers\n\nThese questions are {student}'s, for the assignment"
        f" {key.assignment}; everybody has other numbers. Paper, or code of your own, both are"
        " fine. Answer with whole numbers."
    )


def _set_up(key, student) -> str:
    salt = key.digest("salt", student)[:16]
    lines = [
        f'    "{e.id}": {json.dumps(_sealed(e, salt))},'
        for e in own_numbers.exercises(key, student)
    ]
    first = f'from exercises.own_numbers import Own\n\ncheck = Own("{salt}", {{'
    return "\n".join([first, *lines, "}).check"])


def _sealed(exercise, salt) -> list:
    """The slips in the order of their names, which says nothing about the answer."""
    slips = {
        mistake.name: seal(salt, exercise.id, mistake.attempt) for mistake in exercise.mistakes
    }
    return [exercise.title, seal(salt, exercise.id, exercise.answer), dict(sorted(slips.items()))]


def _cells(known: Asked, title: str, question) -> list[NotebookNode]:
    header = f"### {known.id} {title}\n`difficulty 2/5` · `3 min` · `1 point`"
    return [
        _tagged(new_markdown_cell, known.id, "exercise", f"{header}\n\n{question.text}"),
        _tagged(new_code_cell, known.id, "solution", known.stub),
        _tagged(new_code_cell, known.id, "check", check_line(known.id, known.name)),
    ]


def _tagged(make, exercise: str, role: str, source: str) -> NotebookNode:
    return make(source, id=cell_id(exercise, role), metadata={"tags": [role]})
