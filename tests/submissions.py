"""Submissions of every kind, honest and not, each with the points it must get. Built from notebook
00, a few from 02.

`python -m tests.submissions` grades them and prints the table "submission, due, given".
"""

import copy
import csv
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from course.cells import cell_id, parse_id

ROOT = Path(__file__).parent.parent
ALL = (1, 1, 1, 2)  # the points of 0.1 to 0.4
NONE = (0, 0, 0, 0)
NO_FIRST = (0, 1, 1, 2)


def solved(number: str = "00") -> dict:
    return json.loads(next((ROOT / "solutions").glob(f"{number}_*.ipynb")).read_text())


def untouched(number: str = "00") -> dict:
    return json.loads(next((ROOT / "notebooks").glob(f"{number}_*.ipynb")).read_text())


def cell(source: str, id: str = "mine") -> dict:
    return {
        "cell_type": "code",
        "id": id,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


def with_first(source: str, base: dict | None = None) -> dict:
    """Everything right but exercise 0.1, whose cell is `source`."""
    return answered(base or solved(), {"0.1": source})


def answered(notebook: dict, answers: dict[str, str]) -> dict:
    notebook = copy.deepcopy(notebook)
    for id, source in answers.items():
        where(notebook, cell_id(id, "solution"))["source"] = source
    return notebook


def where(notebook: dict, id: str) -> dict:
    return next(one for one in notebook["cells"] if one["id"] == id)


def sources(notebook: dict, *ids: str) -> dict[str, str]:
    return {id: "".join(where(notebook, cell_id(id, "solution"))["source"]) for id in ids}


def only(notebook: dict, *ids: str) -> dict:
    """The notebook without the cells of exercises other than these."""
    known = [(one, parse_id(one["id"])) for one in notebook["cells"]]
    cells = [one for one, cell in known if cell is None or cell.exercise in ids]
    return {**notebook, "cells": cells}


def has_role(cell: dict, role: str) -> bool:
    known = parse_id(cell["id"])
    return known is not None and known.role == role


def changed(notebook: dict, change) -> dict:
    notebook = copy.deepcopy(notebook)
    change(notebook)
    return notebook


def extended(source: str) -> dict:
    """The solved notebook with one more cell near its top."""
    return changed(solved(), lambda notebook: notebook["cells"].insert(1, cell(source)))


RIGHT = "def brightest_pixel(x):\n    return x.amax(dim=(2, 3))\n"
WRONG = "def brightest_pixel(x):\n    return x.max()\n"


def body(*lines: str) -> str:
    """The function of 0.1 with these lines."""
    return "def brightest_pixel(x):\n" + "".join(f"    {line}\n" for line in lines)


ASK = "large = torch.empty(10**9, dtype=torch.uint8)"


@dataclass(frozen=True)
class Due:
    """A submission: a notebook, or the bytes of a file; what it must get; files that lie beside
    it.
    """

    points: tuple[int, ...]
    notebook: dict | bytes
    beside: dict[str, str] | None = None
    remark: str = ""


PATCHES = """\
import torch, numpy, builtins, sys
import checker.comparison, checker.exercise, checker.judge, checker.sandbox, checker.notebook
yes = lambda *a, **k: True
torch.allclose = torch.equal = torch.isclose = numpy.allclose = numpy.array_equal = yes
torch.Tensor.equal = torch.Tensor.allclose = torch.Tensor.__eq__ = yes
checker.comparison.difference = checker.comparison._close = lambda *a, **k: None
checker.exercise.Exercise.agrees = yes
checker.judge.conclude = checker.judge.judge = yes
"""
LIAR = """\
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    shape, dtype, ndim = (1, 1), None, 2
    def __getattr__(self, name): return lambda *a, **k: self
"""
SPY = """\
def brightest_pixel(x):
    import gc, importlib, inspect, sys, types
    from pathlib import Path
    found = [o for o in gc.get_objects() if isinstance(o, types.FunctionType)]
    found = [f for f in found if f.__name__ == "brightest_pixel"]
    found = [f for f in found if f is not brightest_pixel]
    for name in ("exercises", "exercises.nb00"):
        try:
            module = importlib.import_module(name)
            by_id = hasattr(module, "find")
            found.append(module.find("0.1").answer if by_id else module.brightest_pixel)
        except Exception:
            pass
    for frame in inspect.stack():
        for value in list(frame.frame.f_locals.values()):
            answer = getattr(value, "answer", None)
            found += [answer] if isinstance(answer, types.FunctionType) else []
    for place in (THE COURSE, "/", *sys.path):
        for path in Path(place or ".").glob("exercises/nb00.py"):
            names = {"__name__": "stolen"}
            exec(path.read_text(), names)
            found.append(names["brightest_pixel"])
        for path in Path(place or ".").glob("solutions/00*.ipynb"):
            found.append(lambda x: x.amax(dim=(2, 3)))
    return found[0](x)
""".replace("THE COURSE", repr(str(ROOT)))
SPY_CLASS = """\
import gc
from torch import nn
classes = [c for c in gc.get_objects() if isinstance(c, type) and issubclass(c, nn.Module)]
Scale = next((c for c in classes if c.__name__ == "Scale"), None)
if Scale is None:
    class Scale(nn.Module):
        def __init__(self, channels):
            super().__init__()
            import gc
            others = [o for o in gc.get_objects() if type(o).__name__ == "Scale" and o is not self]
            self.weight = others[0].weight
        def forward(self, x):
            return x
"""
FORGER = """\
def brightest_pixel(x):
    import json, os
    for claim in ({"outcomes": []}, {"value": {"odd": "x", "callable": True}}, {"refusal": None}):
        for channel in range(3, 64):
            try:
                os.write(channel, json.dumps(claim).encode())
                os.close(channel)
            except OSError:
                pass
        os._exit(0)
"""
FORGED_PASS = """\
def brightest_pixel(x):
    import json, os
    for channel in range(3, 64):
        try:
            claim = {"state": "passed", "points": 1, "outcomes": [None] * 8}
            os.write(channel, json.dumps(claim).encode())
        except OSError:
            pass
    os._exit(0)
"""
DAEMON = """\
def brightest_pixel(x):
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(3600)
    return x.amax(dim=(2, 3))
"""
STRIPPER = """\
import ast, builtins
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
real = builtins.compile
builtins.compile = lambda source, *a, **k: real(Strip().visit(ast.parse(source)), *a, **k)
try:
    get_ipython().ast_transformers.append(Strip())
except NameError:
    pass
"""
MODULES = """\
import sys, types
fake = types.ModuleType("checker.notebook")
fake.check = lambda id, attempt: attempt
ours = "notebook comparison exercise judge sandbox".split()
for name in (*(f"checker.{one}" for one in ours), "json", "classroom.walls.serialization"):
    sys.modules[name] = fake
sys.modules["__main__"] = fake
"""
LEAVE = """\
def brightest_pixel(x):
    import os, signal
    for pid in (os.getppid(), 1, -1):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return x.max()
"""
CALLS_HOME = """\
def brightest_pixel(x):
    import socket
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    return x.amax(dim=(2, 3))
"""


NAME_TELLER = "def works(conv):\n    return conv.__name__.startswith('right')"


def cheats():
    """Each passes in a notebook: exercise, source, name."""
    for source in (SPY, hard_coded()):
        yield "0.1", source, "brightest_pixel"
    yield "2.12", NAME_TELLER, "works"


def hard_coded() -> str:
    """Right on the cases that the notebook's check uses, by looking the answers up."""
    import exercises

    exercise = exercises.find("0.1")
    known = {str(c.args[0].tolist()): exercise.answer(*c.args).tolist() for c in exercise.calls(0)}
    return f"known = {known!r}\n" + body(
        "return torch.tensor(known.get(str(x.tolist()), 0), dtype=x.dtype)"
    )


def duplicated(notebook):
    """A stub of every cell with the same id stands before and after the right one."""
    stubs = {one["id"]: one for one in untouched()["cells"] if has_role(one, "solution")}
    cells = [
        [stubs[o["id"]], o, stubs[o["id"]]] if o["id"] in stubs else [o] for o in notebook["cells"]
    ]
    notebook["cells"] = [one for group in cells for one in group]


def anonymous(notebook):
    for place, one in enumerate(notebook["cells"]):
        one["id"], one["metadata"] = f"cell-{place}", {}


def bragging(notebook):
    """Metadata that promises points, and names other cells as the solutions."""
    for one in notebook["cells"]:
        one["metadata"] = {
            "nbgrader": {
                "points": 100,
                "grade": True,
                "solution": True,
                "grade_id": cell_id("0.2", "check"),
            }
        }
    notebook["metadata"]["score"] = 100


def claiming(notebook):
    """Check cells that say they passed."""
    for one in notebook["cells"]:
        if has_role(one, "check"):
            one["source"] = "check = lambda id, attempt: print('Passed')\n" + "".join(
                one["source"]
            )


def merged(notebook):
    """All solutions in one cell with an id of its own."""
    together = "\n\n".join(
        "".join(o["source"]) for o in notebook["cells"] if has_role(o, "solution")
    )
    notebook["cells"] = [o for o in notebook["cells"] if not has_role(o, "solution")] + [
        cell(together)
    ]


HELPED = answered(
    untouched(),
    {
        "0.1": "def brightest_pixel(x):\n    return largest(x, AXES)",
        "0.4": (
            "class Scale(Base):\n    def forward(self, x):\n        return x * self.weight[:,"
            " None, None]"
        ),
    },
)
SCRATCH = "%matplotlib inline\nimport torch as T\nAXES = (2, 3)\nlargest(batch, 0)\n1 / 0"
HELPED["cells"].insert(3, cell(SCRATCH, "scratch-1"))
HELPED["cells"].append(cell("def largest(x, axes):\n    return T.amax(x, dim=axes)", "scratch-2"))
HELPED["cells"].append(
    cell(
        "class Base(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
        "        self.weight = nn.Parameter(T.ones(c))",
        "scratch-3",
    )
)
TESTED = RIGHT + "print(brightest_pixel(batch[:1]).shape)\nassert brightest_pixel(no_such_name)\n"
FLOOD = body("for _ in range(1_000):", "    print('x' * 1_000_000)", "return x.amax(dim=(2, 3))")
FILES = body(
    "with open('big', 'wb') as out:",
    "    for _ in range(10**9): out.write(bytes(10**6))",
    "return x",
)
RAW = body(
    "import os",
    "for _ in range(1_000): os.write(1, bytes(1_000_000))",
    "return x.amax(dim=(2, 3))",
)
SWALLOWS = body(
    "import time", "while True:", "    try: time.sleep(1)", "    except BaseException: pass"
)
STUBBORN = (
    "try:\n    import signal\n    signal.signal = lambda *a: None\nexcept BaseException: pass\n"
    + SWALLOWS
)
SUBCLASS = (
    "import torch\nclass Same(torch.Tensor):\n    def __eq__(self, other): return torch.ones(1,"
    " dtype=bool)\n    @classmethod\n    def __torch_function__(cls, *a, **k): return"
    " torch.ones(1, 1, dtype=bool)\n" + body("return x.max().as_subclass(Same)")
)
BIG = 100_000_000


def heavy() -> bytes:
    """A right notebook of 100 MB: somebody printed a lot."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * BIG}
    notebook = changed(solved(), lambda n: where(n, "imports").update(outputs=[output]))
    return json.dumps(notebook).encode()


def of_notebook_00() -> dict[str, Due]:
    right = sources(solved(), "0.1", "0.2", "0.3", "0.4")
    half = answered(untouched(), {id: right[id] for id in ("0.1", "0.3")})
    lies = {"0.1": LIAR + body("return Liar()"), "0.4": LIAR + "Scale = Liar()"}
    lies["0.2"] = (
        "class Any(int):\n    def __eq__(self, other): return True\nnumbers_in_batch = Any(3)"
    )
    lies["0.3"] = (
        "class Any(str):\n    def __eq__(self, other): return True\nred_channel = Any('a')"
    )
    wrong = {"0.1": WRONG, "0.2": "numbers_in_batch = 5", "0.3": "red_channel = 'a'"}
    wrong["0.4"] = right["0.4"].replace("ones", "zeros")
    fake = {
        "checker/__init__.py": "",
        "checker/notebook.py": "def check(id, attempt):\n    return attempt\n",
    }
    return {
        "right": Due(ALL, solved()),
        "blank": Due(NONE, untouched()),
        "half right": Due((1, 0, 1, 0), half),
        "wrong": Due(NONE, answered(solved(), wrong)),
        "crash on import in a solution cell": Due(
            NO_FIRST, with_first("import not_there\n" + RIGHT)
        ),
        "crash on import in another cell": Due(ALL, extended("import nope")),
        "syntax error": Due(NO_FIRST, with_first("def brightest_pixel(x:\n    return x")),
        "syntax error in another cell": Due(ALL, extended("def (")),
        "endless loop": Due(NO_FIRST, with_first(body("while True: pass"))),
        "endless loop in the cell itself": Due(
            NO_FIRST, with_first(RIGHT + "import time\nwhile True: time.sleep(1)")
        ),
        "loop that swallows every interrupt": Due(NO_FIRST, with_first(STUBBORN)),
        "sleeps": Due(NO_FIRST, with_first(body("import time", "time.sleep(3600)"))),
        "os._exit": Due(NO_FIRST, with_first(body("import os", "os._exit(0)"))),
        "os._exit in the cell itself": Due(NO_FIRST, with_first(RIGHT + "import os\nos._exit(0)")),
        "crash of the interpreter": Due(
            NO_FIRST, with_first(body("import ctypes", "ctypes.string_at(0)"))
        ),
        "fork bomb": Due(NO_FIRST, with_first(body("import os", "while True: os.fork()"))),
        "leaves a process behind": Due(NO_FIRST, with_first(DAEMON)),
        "kills its parents": Due(NO_FIRST, with_first(LEAVE)),
        "memory hog": Due(
            NO_FIRST, with_first(body("hog = []", "while True: hog.append(bytearray(10**8))"))
        ),
        "asks for a gigabyte, as it may": Due(ALL, with_first(body(ASK, "return x.amax((2, 3))"))),
        "returns far too much": Due(NO_FIRST, with_first(body("return torch.zeros(10**8)"))),
        "prints 1 GB, then right": Due(ALL, with_first(FLOOD)),
        "writes 1 GB to standard output": Due(ALL, with_first(RAW)),
        "writes 1 GB to a file": Due(NO_FIRST, with_first(FILES)),
        "deleted cells": Due((0, 1, 0, 2), only(solved(), "0.2", "0.4")),
        "all but the solutions deleted": Due(
            ALL,
            changed(
                solved(),
                lambda n: n.update(cells=[one for one in n["cells"] if has_role(one, "solution")]),
            ),
        ),
        "reordered cells": Due(ALL, changed(solved(), lambda n: n["cells"].reverse())),
        "duplicated ids": Due(ALL, changed(solved(), duplicated)),
        "ids and metadata lost": Due(ALL, changed(solved(), anonymous)),
        "all solutions in one cell": Due(ALL, changed(solved(), merged)),
        "edited metadata, right": Due(ALL, changed(solved(), bragging)),
        "edited metadata, blank": Due(NONE, changed(untouched(), bragging)),
        "edited check cells, right": Due(ALL, changed(solved(), claiming)),
        "edited check cells, blank": Due(NONE, changed(untouched(), claiming)),
        "patched check": Due(
            NO_FIRST,
            with_first(
                "import checker.notebook\nchecker.check = checker.notebook.check = check = print\n"
                + WRONG
            ),
        ),
        "patched comparisons": Due(NO_FIRST, with_first(PATCHES + WRONG)),
        "lying __eq__": Due(NONE, answered(solved(), lies)),
        "lying subclass of a tensor": Due(NO_FIRST, with_first(SUBCLASS)),
        "transformer that strips asserts": Due(NO_FIRST, with_first(STRIPPER + WRONG)),
        "sys.modules games": Due(NO_FIRST, with_first(MODULES + WRONG)),
        "fake checker beside the notebook": Due(
            NONE, untouched(), beside=fake, remark="__init__.py, notebook.py"
        ),
        "reads the reference: inspect, gc, files": Due(NO_FIRST, with_first(SPY)),
        "reads the reference class: gc": Due((1, 1, 1, 0), answered(solved(), {"0.4": SPY_CLASS})),
        "hard-coded answers for the public cases": Due(NO_FIRST, with_first(hard_coded())),
        "forges the reply": Due(NO_FIRST, with_first(FORGER)),
        "forges a pass": Due(NO_FIRST, with_first(FORGED_PASS)),
        "calls home": Due(NO_FIRST, with_first(CALLS_HOME)),
        "honest helpers in other cells": Due((1, 0, 0, 2), HELPED),
        "tests of one's own that fail": Due(ALL, with_first(TESTED)),
        "not JSON": Due(NONE, b"PK\x03\x04 this is no notebook", remark="is not a notebook"),
        "JSON, but no notebook": Due(NONE, b'{"cells": {"a": 1}}', remark="is not a notebook"),
        "nested beyond all bounds": Due(NONE, b"[" * 1_000_000, remark="is not a notebook"),
        "empty file": Due(NONE, b"", remark="is empty"),
        "100 MB": Due(ALL, heavy()),
    }


def of_notebook_02() -> dict[str, Due]:
    """The exercises named, in the order of the notebook; all others are missing."""
    base = solved("02")
    stubs = sources(untouched("02"), "2.21")
    names = {
        "right, some of 02": {},
        "forbidden operation by another name": {
            "2.4": (
                "from torch.nn.functional import conv2d as c\ndef cross_correlate(x, w):\n   "
                " return getattr(torch, 'con' + 'v2d')(x[None, None], w[None, None])[0, 0]"
            ),
            "2.8": (
                "def conv2d(x, w, b=None, stride=1, padding=0):\n    none = [0, 0]\n    return"
                " torch.ops.aten.convolution(x, w, b, [stride] * 2, [padding] * 2, [1, 1], False,"
                " none, 1)"
            ),
        },
        "an earlier exercise undone, a later one right": stubs,
        "tells functions by their names": {"2.12": NAME_TELLER},
    }
    kept = ("2.4", "2.8", "2.12", "2.19", "2.21", "2.22")
    due = {"2.4": 2, "2.8": 3, "2.12": 2, "2.19": 2, "2.21": 2, "2.22": 2}
    return {
        name: Due(
            tuple(0 if id in answers else due[id] for id in kept),
            only(answered(base, answers), *kept),
        )
        for name, answers in names.items()
    }


def write(cases: dict[str, Due], folder: Path, file: str) -> None:
    """A folder a student, as the students' names say what they try."""
    for name, due in cases.items():
        place = folder / name.replace("/", " ")
        place.mkdir(parents=True)
        content = (
            due.notebook if isinstance(due.notebook, bytes) else json.dumps(due.notebook).encode()
        )
        (place / file).write_bytes(content)
        for path, text in (due.beside or {}).items():
            (place / path).parent.mkdir(exist_ok=True)
            (place / path).write_text(text)


def grade(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess:
    """One job unless told otherwise: to start another takes longer than these few submissions."""
    command = [
        sys.executable,
        "-m",
        "classroom.grade",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        "1",
        *options,
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def rows(out: Path) -> dict[str, dict[str, str]]:
    with open(out, newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def notebook_of(id: str) -> str:
    """Of an exercise: "2.8" stands in "02"."""
    return id.split(".")[0].zfill(2)


def file_of(number: str) -> str:
    """The name of a notebook's file."""
    return next((ROOT / "solutions").glob(f"{number}_*.ipynb")).name


def table(number: str, cases: dict[str, Due], *options: str) -> None:
    """Grade submissions of one notebook, and print what each was due and was given."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "in", Path(scratch) / "grades.csv"
        write(cases, folder, file_of(number))
        done = grade(folder, out, "--seconds", "2", *options)
        print(done.stderr[-2000:] if done.returncode else done.stdout.splitlines()[-1])
        for name, row in rows(out).items():
            due, given = sum(cases[name].points), int(row["total"])
            print(f"{name:46} due {due:2}  given {given:2}" + "  DIFFERS" * (due != given))


def main() -> None:
    table("00", of_notebook_00(), *sys.argv[1:])
    table("02", of_notebook_02(), *sys.argv[1:])


if __name__ == "__main__":
    main()
