"""Links to cells of the course's notebooks, as JupyterLab follows them from an output: marked, so
that `checker.card` makes HTML or plain text of them. Where a notebook is not, its text alone.
"""

from pathlib import Path

from checker import registry


def notebook(number: str, text: str) -> str:
    """To the notebook of that number, beside the one that runs."""
    return _link(f"{registry.file(number)}.ipynb", text)


def exercise(id: str) -> str:
    """To the task of an exercise, in a notebook beside the one that runs."""
    return _link(f"{registry.file(registry.number(id))}.ipynb", id, f"#cell-id={_cell(id)}")


def solution(id: str) -> str:
    """To our answer to an exercise, in the solved notebook; "" where there is none."""
    file = f"solutions/{registry.file(registry.number(id))}.ipynb"
    text = f"{id} in {file}"
    linked = _link(f"../{file}", text, f"#cell-id={_cell(id)}-solution")
    return linked if linked != text else ""


def _cell(id: str) -> str:
    return f"ex-{id.replace('.', '-')}"


def _link(file: str, text: str, place: str = "") -> str:
    return f"[{text}]({file}{place})" if Path(file).exists() else text
