"""The trusted notebooks: their exercises, what an untouched answer looks like, what the other cells define."""

import ast
import functools
import hashlib
import json

from authoring import stub
from authoring.paths import ROOT, SOLUTIONS, sources
from classroom import slices
from classroom.splice import CHECK, ID

GRADED_BY = ("utils/*.py", "utils/models/*.py", "utils/exercises/nb{}*.py", "classroom/*.py", "solutions/{}_*.ipynb")


@functools.cache
def cells(number: str) -> list[dict]:
    """The code cells of a solved notebook."""
    path = sources(SOLUTIONS, [number])[0]
    found = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    return [{"id": cell["id"], "source": "".join(cell["source"])} for cell in found]


@functools.cache
def exercises(number: str) -> list[dict]:
    """In order: {"id": "2.8", "name": "conv2d", "stub": what the learner gets, as plain code}."""
    names = dict(pair for cell in cells(number) for pair in CHECK.findall(cell["source"]))
    solved = {ID.fullmatch(cell["id"]): cell["source"] for cell in cells(number) if cell["id"].endswith("-solution")}
    return [
        {"id": f"{m[1]}.{m[2]}", "name": names[f"{m[1]}.{m[2]}"], "stub": ast.unparse(ast.parse(stub.stub(source)))}
        for m, source in solved.items()
    ]


def outline() -> dict[str, list[dict]]:
    """The exercises of every notebook."""
    return {path.name[:2]: exercises(path.name[:2]) for path in sources(SOLUTIONS)}


@functools.cache
def given(number: str) -> list[slices.Piece]:
    """The statements of the trusted cells that are neither a solution nor a check."""
    plain = [cell["source"] for cell in cells(number) if not ID.fullmatch(cell["id"])]
    return [one for source in plain for one in slices.pieces(source)]


@functools.cache
def version(number: str) -> str:
    """Changes with every file that a grade in this notebook depends on."""
    paths = [path for pattern in GRADED_BY for path in ROOT.glob(pattern.format(number))]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
