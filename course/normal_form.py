"""Bring an executed notebook into its one form: an unchanged one gives an empty diff."""

import re

from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
WIDGET = "application/vnd.jupyter.widget-view+json"
PROGRESS = re.compile(r"[^\n]*\r(?!\n)[^\n]*\n?")  # a line that was drawn over itself
KEPT = ("tags", "nbgrader")


def normalize(notebook: NotebookNode) -> None:
    """Drop what changes from run to run, in place: times, widgets, versions, progress bars."""
    notebook.metadata = NotebookNode(
        kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(LANGUAGE)
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        cell.metadata = NotebookNode(
            {key: cell.metadata[key] for key in KEPT if cell.metadata.get(key)}
        )
        if cell.cell_type == "code":
            cell.outputs = outputs(cell.outputs)


def outputs(raw: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs without widget views and progress bars, neighbors of one stream merged."""
    merged = []
    for output in raw:
        if merged and follows(output, merged[-1]):
            merged[-1].text += output.text
        elif WIDGET not in output.get("data", {}):
            merged.append(output)
    return [output for output in map(without_progress, merged) if not is_blank(output)]


def follows(output: NotebookNode, before: NotebookNode) -> bool:
    return output.output_type == before.output_type == "stream" and output.name == before.name


def is_blank(output: NotebookNode) -> bool:
    """Whether nothing is left of a stream; a progress bar ends with an empty line on stderr."""
    return output.output_type == "stream" and not (
        output.text.strip() if output.name == "stderr" else output.text
    )


def without_progress(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        output.text = PROGRESS.sub("", output.text)
    return output
