"""The notebook of a student's own numbers."""

import json

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from authoring.nbgrader import mark
from authoring.normal import normalize
from authoring.notebooks import text
from classroom import own
from utils.own import seal


def notebook(key: own.Key, student: str) -> str:
    """The notebook of a student as the text of its file. Holds seals and no answer."""
    cells = [new_markdown_cell(_title(key, student), id="title"), new_code_cell(_set_up(key, student), id="set-up")]
    for known, title, question in zip(own.outline(), own.TITLES, own.questions(key, student)):
        cells += _cells(known, title, question)
    made = new_notebook(cells=cells)
    mark(made, lambda id: 1)
    normalize(made)
    return text(made)


def _title(key, student) -> str:
    return (
        f"# Your own numbers\n\nThese questions are {student}'s, for the assignment {key.assignment}; everybody has "
        "other numbers. Paper, or code of your own, both are fine. Answer with whole numbers."
    )


def _set_up(key, student) -> str:
    salt = key.digest("salt", student)[:16]
    lines = [f'    "{e.id}": {json.dumps(_sealed(e, salt))},' for e in own.exercises(key, student)]
    return "\n".join(["from utils.own import Own", "", f'check = Own("{salt}", {{', *lines, "}).check"])


def _sealed(exercise, salt) -> list:
    """The slips in the order of their names, which says nothing about the answer."""
    slips = {mistake.name: seal(salt, exercise.id, mistake.attempt) for mistake in exercise.mistakes}
    return [exercise.title, seal(salt, exercise.id, exercise.answer), dict(sorted(slips.items()))]


def _cells(known, title, question) -> list:
    id, name = f"ex-{known['id'].replace('.', '-')}", known["name"]
    task = f"### {known['id']} {title}\n`difficulty 2/5` · `3 min` · `1 point`\n\n{question.text}"
    return [
        new_markdown_cell(task, id=id, metadata={"tags": ["exercise"]}),
        new_code_cell(known["stub"], id=f"{id}-solution", metadata={"tags": ["solution"]}),
        new_code_cell(f'{name} = check("{known["id"]}", {name})', id=f"{id}-check", metadata={"tags": ["check"]}),
    ]
