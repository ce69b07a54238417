"""Honest changes of solved notebooks, each a small function that changes one in place.

A change takes the notebook 00, or a part of 02, without the cells that take time.
"""

from collections.abc import Callable

from course.cells import cell_id
from tests.submissions import cell, only, solved, where

Change = Callable[[dict], None]
KEPT_00 = ("imports", "batch")
KEPT_02 = ("imports", "drill-questions")
ASKED = {
    "00": ("0.1", "0.2", "0.3", "0.4"),
    "02": ("2.1", "2.2", "2.4", "2.5", "2.15", "2.19", "2.20", "2.25"),
}
CHANGES: dict[str, tuple[str, Change]] = {}
# Where grader and kernel differ, as classroom/README.md says.
DIFFERENT: dict[str, tuple[str, Change]] = {}


def base(number: str) -> dict:
    """A solved notebook without what takes time and nothing here needs."""
    whole = solved(number)
    part = only(whole, *ASKED[number])
    kept = KEPT_02 if number == "02" else KEPT_00
    cells = [one for one in part["cells"] if one["cell_type"] == "code"]
    cells = [one for one in cells if one["id"].startswith("ex-") or one["id"] in kept]
    return {**part, "cells": cells}


def change(name: str, number: str = "00"):
    """Register a change of a notebook, made in place, under a name."""

    def register(function: Change) -> Change:
        CHANGES[name] = number, function
        return function

    return register


def place(notebook: dict, id: str) -> int:
    return next(n for n, one in enumerate(notebook["cells"]) if one["id"] == id)


def put(notebook: dict, *sources: str, before: str = "ex-0-1-solution") -> None:
    """New cells of the learner's."""
    made = [cell(source, f"mine-{len(notebook['cells']) + n}") for n, source in enumerate(sources)]
    at = place(notebook, before)
    notebook["cells"][at:at] = made


def answer(notebook: dict, id: str, source: str) -> None:
    where(notebook, cell_id(id, "solution"))["source"] = source


def text(notebook: dict, id: str) -> str:
    return "".join(where(notebook, cell_id(id, "solution"))["source"])


def scratch(name: str, source: str | list[str], call: str, number: str = "00") -> None:
    """A change: cells of one's own above 0.1, whose solution is one expression."""

    @change(name, number)
    def _(notebook):
        put(notebook, *([source] if isinstance(source, str) else source))
        answer(notebook, "0.1", f"def brightest_pixel(x):\n    return {call}")


def in_cell(name: str, source: str) -> None:
    """A change: the solution cell of 0.1."""
    change(name)(lambda notebook: answer(notebook, "0.1", source))


def above(name: str, *sources: str) -> None:
    """A change: cells of one's own above 0.1 that its solution does not need."""
    change(name)(lambda notebook: put(notebook, *sources))


RIGHT = "def brightest_pixel(x):\n    return x.amax(dim=(2, 3))\n"
WRONG = "def brightest_pixel(x):\n    return x.max()\n"
HELPED = "def brightest_pixel(x):\n    return largest(x)\n"

# What does not compile costs its own cell.
above("twice the same argument", "def f(a, a): return a")
above("global after use", "x = 1\nglobal x")
above("star import in a function", "def f():\n    from math import *\n    return pi")
above("walrus over the loop's name", "[y := 1 for y in range(3)]")
above("return outside a function", "return 5")
above("does not parse", "def f(:\n    pass")
above("a null byte", "x = '\0'")
above("five hundred terms", "total = " + " + ".join(["1"] * 500))
above("eight hundred strings", "text = " + " + ".join(["'a'"] * 800))
above("nested brackets", "x = " + "[" * 150 + "]" * 150)
above("raises", "1 / 0")
above("asks for a package that is not there", "import not_there")
above("an empty cell", "", "\n\n", "# nothing")
in_cell("constant above what does not compile", "AXES = (2, 3)\n" + RIGHT + "def f(a, a): pass")
in_cell("what does not compile above", "def f(a, a): pass\n" + RIGHT)
in_cell("raises above", "print(nowhere)\n" + RIGHT)
in_cell("raises below", RIGHT + "print(nowhere)\n")

# What a name needs, whatever made it.
for _name, _source, _call in [
    ("lambda", "largest = lambda x: x.amax(dim=(2, 3))", "largest(x)"),
    ("alias", "amax = torch.amax", "amax(x, dim=(2, 3))"),
    ("star import", "from torch import *", "amax(x, dim=(2, 3))"),
    ("annotated", "AXES: tuple = (2, 3)", "x.amax(dim=AXES)"),
    ("unpacked", "H, W = 2, 3", "x.amax(dim=(H, W))"),
    ("starred", "H, *rest = 2, 3", "x.amax(dim=(H, *rest))"),
    ("computed", "FIRST = 1 + 1", "x.amax(dim=(FIRST, 3))"),
    ("try import", "try:\n    import numpy as np\nexcept ImportError:\n    np = None",
     "torch.from_numpy(np.max(x.numpy(), (2, 3)))"),
    ("if def", "if True:\n    def largest(x): return x.amax(dim=(2, 3))", "largest(x)"),
    ("device", "device = 'cuda' if torch.cuda.is_available() else 'cpu'",
     "x.to(device).amax(dim=(2, 3))"),
    ("called", "def make(n): return (n - 1, n)\naxes = make(3)", "x.amax(dim=axes)"),
    ("loop", "n = 1\nfor i in range(1, 3):\n    n *= i", "x.amax(dim=(n, 3))"),
    ("while", "n = 0\nwhile n < 2:\n    n += 1", "x.amax(dim=(n, 3))"),
    ("with", "import io\nwith io.StringIO('2') as file:\n    n = int(file.read())",
     "x.amax(dim=(n, 3))"),
    ("walrus", "print(n := 2)", "x.amax(dim=(n, 3))"),
    ("walrus in a comprehension", "[n := i for i in range(3)]", "x.amax(dim=(n, 3))"),
    ("match", "match (2, 3):\n    case (h, w):\n        pass", "x.amax(dim=(h, w))"),
    ("appended", "axes = []\naxes.append(2)\naxes.append(3)", "x.amax(dim=axes)"),
    ("stored into", "axes = {}\naxes['h'] = 2", "x.amax(dim=(axes['h'], 3))"),
    ("passed on to change", "axes = [3, 2]\ndef sort(a): a.sort()\nsort(axes)",
     "x.amax(dim=axes)"),
    ("global in a function", "def set_up():\n    global axes\n    axes = (2, 3)\nset_up()",
     "x.amax(dim=axes)"),
    ("a function calls it", "def one():\n    global n\n    n = 2\ndef two(): one()\ntwo()",
     "x.amax(dim=(n, 3))"),
    ("next", "found = iter([2, 3])\nfirst = next(found)", "x.amax(dim=(first, next(found) or 3))"
     " if False else x.amax(dim=(first, 3))"),
    ("exec", "exec('axes = (2, 3)')", "x.amax(dim=axes)"),
    ("globals", "globals()['axes'] = (2, 3)", "x.amax(dim=axes)"),
    ("dataclass", "from dataclasses import dataclass\n@dataclass\nclass Axes:\n    h: int = 2\n"
     "    w: int = 3\naxes = Axes()", "x.amax(dim=(axes.h, axes.w))"),
    ("decorated", "import functools\n@functools.cache\ndef axes(): return (2, 3)",
     "x.amax(dim=axes())"),
    ("attribute of a function", "def largest(x): return x.amax(dim=largest.axes)\n"
     "largest.axes = (2, 3)", "largest(x)"),
    ("semicolons", "import math; h = 2; w = int(math.sqrt(9))", "x.amax(dim=(h, w))"),
    ("string over lines", "notes = '''\n%matplotlib inline\n!ls\n'''\naxes = (2, 3)",
     "x.amax(dim=axes) if notes else None"),
    ("deleted and made again", "axes = 5\ndel axes\naxes = (2, 3)", "x.amax(dim=axes)"),
    ("async", "async def give(): return (2, 3)\naxes = await give()", "x.amax(dim=axes)"),
    ("generator", "axes = tuple(n for n in range(2, 4))", "x.amax(dim=axes)"),
    ("partial", "from functools import partial\nlargest = partial(torch.amax, dim=(2, 3))",
     "largest(x)"),
    ("from the course's cell", "side = batch.shape[-1]\naxes = (2, 3) if side == 28 else ()",
     "x.amax(dim=axes)"),
    ("a setting", "import numpy as np\nnp.random.seed(1)\ntorch.manual_seed(0)\naxes = (2, 3)",
     "x.amax(dim=axes)"),
]:  # fmt: skip
    scratch(_name, _source, _call)
for _name, _source, _call in [
    ("the last result", ["(2, 3)", "axes = _"], "x.amax(dim=axes)"),
    ("a builtin's name", "max = 3", "x.amax(dim=(2, max))"),
    ("a builtin's name, and its call", "sum = 3", "x.amax(dim=(sum([1, 1]), 3))"),
    ("written to a file and read", ["open('axes.txt', 'w').write('2 3')",
     "axes = tuple(map(int, open('axes.txt').read().split()))"], "x.amax(dim=axes)"),
    ("made in a thread", "import threading\naxes = []\ndef fill(): axes.extend((2, 3))\n"
     "thread = threading.Thread(target=fill)\nthread.start()\nthread.join()", "x.amax(dim=axes)"),
    ("scripted", "@torch.jit.script\ndef largest(x):\n    return x.amax(dim=(2, 3))",
     "largest(x)"),
    ("leaves Python", "import sys\nsys.exit()\naxes = (2, 3)", "x.amax(dim=axes)"),
    ("asks the reader", "axes = input()", "x.amax(dim=axes)"),
    ("fails its own test", "assert False\naxes = (2, 3)", "x.amax(dim=axes)"),
    ("by way of a property", "class Axes:\n    @property\n    def both(self): return 2, 3",
     "x.amax(dim=Axes().both)"),
    ("in a dict of functions", "ways = {}\ndef way(f):\n    ways[f.__name__] = f\n    return f\n"
     "@way\ndef largest(x): return x.amax(dim=(2, 3))", "ways['largest'](x)"),
    ("a class variable", "class Kept: axes = ()\nKept.axes = (2, 3)", "x.amax(dim=Kept.axes)"),
    ("a module's attribute", "import math\nmath.axes = (2, 3)", "x.amax(dim=math.axes)"),
    ("environment", "import os\nos.environ['AXES'] = '2 3'",
     "x.amax(dim=tuple(map(int, os.environ['AXES'].split())))"),
    ("a default that is kept", "def take(n, kept=[]):\n    kept.append(n)\n    return kept\n"
     "take(2)\ntake(3)\naxes = take.__defaults__[0]", "x.amax(dim=axes)"),
    ("a queue", "from collections import deque\nd = deque()\nd.append(2)\nd.append(3)\n"
     "axes = d.popleft(), d.popleft()", "x.amax(dim=axes)"),
    ("in place", "axes = torch.zeros(2)\naxes += 2\naxes[1].add_(1)",
     "x.amax(dim=axes.int().tolist())"),
    ("windows lines", "H = 2\r\nW = 3\r\n", "x.amax(dim=(H, W))"),
    ("old lines", "H = 2\rW = 3\r", "x.amax(dim=(H, W))"),
    ("form feed", "H = 2\n\x0cW = 3\n", "x.amax(dim=(H, W))"),
    ("tabs", "if True:\n\tH = 2\n\tW = 3\n", "x.amax(dim=(H, W))"),
    ("other letters", "größe = (2, 3); Ａ = größe", "x.amax(dim=A)"),
    ("a line goes on", "axes = \\\n    (2, 3)", "x.amax(dim=axes)"),
    ("private", "__axes = (2, 3)", "x.amax(dim=__axes)"),
    ("overwrites an import", "torch_amax = torch.amax\nnn = None", "torch_amax(x, dim=(2, 3))"),
    ("two on one line after a block", "if True: h = 2; w = 3\naxes = h, w; h = None",
     "x.amax(dim=axes)"),
]:  # fmt: skip
    scratch(_name, _source, _call)
scratch("several cells", ["H = 2", "W = H + 1", "axes = H, W"], "x.amax(dim=axes)")
scratch(
    "printed shape above the helper",
    "x = torch.rand(2, 3)\nprint(x.shape)\ndef largest(x): return x.amax(dim=(2, 3))",
    "largest(x)",
)
scratch("deleted", "axes = (2, 3)\ndel axes", "x.amax(dim=axes)")
scratch("raised before it was made", "1 / 0\naxes = (2, 3)", "x.amax(dim=axes)")
scratch("raised after it was made", "axes = (2, 3)\n1 / 0", "x.amax(dim=axes)")
scratch("made anew, wrong", ["axes = (2, 3)", "axes = (1, 2)"], "x.amax(dim=axes)")
scratch(
    "kept, as what makes it anew raises", ["axes = (2, 3)", "axes = 1 / 0"], "x.amax(dim=axes)"
)
in_cell("future annotations", "from __future__ import annotations\n" + RIGHT)
in_cell("gradients off", "torch.set_grad_enabled(False)\n" + RIGHT)
in_cell("another dtype", "torch.set_default_dtype(torch.float32)\n" + RIGHT)
in_cell(
    "counts its calls",
    "calls = 0\ndef brightest_pixel(x):\n    global calls\n    calls += 1\n"
    "    return x.amax(dim=(2, 3))",
)
in_cell("prints the shape above", "my_x = torch.rand(2, 3)\nprint(my_x.shape)\n" + RIGHT)
in_cell(
    "tries itself",
    RIGHT + "print(brightest_pixel(batch))\nassert brightest_pixel(batch).ndim == 2",
)
in_cell("shows itself", RIGHT + "display(brightest_pixel(batch))\nbrightest_pixel(batch)")
in_cell("by assignment", "brightest_pixel = lambda x: x.amax(dim=(2, 3))")
in_cell("by annotated assignment", "brightest_pixel: object = lambda x: x.amax(dim=(2, 3))")
in_cell("in an if", "if True:\n    def brightest_pixel(x):\n        return x.amax(dim=(2, 3))")
in_cell("wrapped", RIGHT + "inner = brightest_pixel\ndef brightest_pixel(x): return inner(x)")
in_cell(
    "calls itself",
    "def brightest_pixel(x):\n    if x.shape[2] == 1: return x[:, :, 0].amax(2)\n"
    "    return brightest_pixel(x.amax(2, keepdim=True))",
)
in_cell("the stub's error stays below", RIGHT.rstrip() + "\n    raise NotImplementedError")
in_cell("semicolon at the end", RIGHT.rstrip() + ";")
in_cell("stub, then right", "def brightest_pixel(x):\n    raise NotImplementedError\n" + RIGHT)
in_cell("right, then wrong", RIGHT + WRONG)
in_cell("without gradients", "@torch.no_grad()\n" + RIGHT)
in_cell("windows lines in the solution", RIGHT.replace("\n", "\r\n"))


@change("a course cell that was edited")
def _(notebook):
    where(notebook, "batch")["source"] = "(x, y), _ = data.digits()\nbatch = x[:4]\nAXES = 2, 3"
    answer(notebook, "0.1", "def brightest_pixel(x):\n    return x.amax(dim=AXES)")


@change("a course cell twice")
def _(notebook):
    notebook["cells"].insert(3, dict(where(notebook, "imports")))


@change("a course name made anew")
def _(notebook):
    put(notebook, "data = 5\nplots = None\nbatch = 'x'")


@change("gradients off, for a layer")
def _(notebook):
    answer(notebook, "0.4", "torch.set_grad_enabled(False)\n" + text(notebook, "0.4"))


@change("another dtype, for a layer")
def _(notebook):
    answer(notebook, "0.4", "torch.set_default_dtype(torch.float16)\n" + text(notebook, "0.4"))


@change("gradients off, far above")
def _(notebook):
    put(notebook, "torch.set_grad_enabled(False)\ntorch.set_default_dtype(torch.float32)")


@change("future annotations, far above")
def _(notebook):
    put(notebook, "from __future__ import annotations")
    answer(notebook, "0.1", "def brightest_pixel(x: Pixels) -> Values:\n    return x.amax((2, 3))")


@change("a helper in another solution")
def _(notebook):
    answer(notebook, "0.1", "def largest(x):\n    return x.amax(dim=(2, 3))\n" + HELPED)
    answer(notebook, "0.4", "CHANNEL = 1\n" + text(notebook, "0.4"))
    answer(notebook, "0.2", "AXES = (-1, 1, 1)\nnumbers_in_batch = 32 * 3 * 28 * 28")
    scale = text(notebook, "0.4").replace("reshape(1, -1, 1, 1)", "reshape(*AXES)")
    answer(notebook, "0.4", scale)


@change("an import in another solution")
def _(notebook):
    answer(notebook, "0.2", "import math\nnumbers_in_batch = math.prod([32, 3, 28, 28])")
    answer(notebook, "0.3", "red_channel = 'abc'[int(math.sqrt(4))]")


@change("a number by way of a name above", "00")
def _(notebook):
    put(notebook, "N, C = 32, 3", before="ex-0-2-solution")
    answer(notebook, "0.2", "numbers_in_batch = N * C * 28 * 28")


@change("a number from what was failed")
def _(notebook):
    answer(notebook, "0.2", "numbers_in_batch = 5")
    answer(notebook, "0.3", "red_channel = 'c' if numbers_in_batch == 32 * 3 * 28 * 28 else 'a'")


@change("a class by a later statement")
def _(notebook):
    source = text(notebook, "0.4")
    head, body = source.split("    def forward(self, x):\n")
    answer(notebook, "0.4", head)
    forward = "def forward(self, x):\n" + body.replace("        ", "    ")
    put(notebook, forward + "\nScale.forward = forward", before="ex-0-4-check")


@change("a class by setattr")
def _(notebook):
    source = text(notebook, "0.4")
    head, body = source.split("    def forward(self, x):\n")
    answer(notebook, "0.4", head)
    forward = "def forward(self, x):\n" + body.replace("        ", "    ")
    put(notebook, forward + "\nsetattr(Scale, 'forward', forward)", before="ex-0-4-check")


@change("a class that goes on")
def _(notebook):
    source = text(notebook, "0.4")
    head, body = source.split("    def forward(self, x):\n")
    answer(notebook, "0.4", head)
    put(notebook, "class Scale(Scale):\n    def forward(self, x):\n" + body, before="ex-0-4-check")


@change("a class with a base of one's own")
def _(notebook):
    base = (
        "class Base(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n"
        "        self.weight = nn.Parameter(torch.ones(c))"
    )
    put(notebook, base)
    forward = "    def forward(self, x):\n        return x * self.weight[:, None, None]"
    answer(notebook, "0.4", "class Scale(Base):\n" + forward)


# The attempt that the check saw.


@change("a wrong first try in its cell")
def _(notebook):
    answer(notebook, "0.1", WRONG)
    put(notebook, RIGHT, before="ex-0-1-check")


@change("a wrong last try")
def _(notebook):
    put(notebook, WRONG, before="ex-0-1-check")


@change("a copied cell with the same id")
def _(notebook):
    at = place(notebook, "ex-0-1-solution")
    notebook["cells"].insert(at, {**notebook["cells"][at], "source": WRONG})


@change("a copied cell with the same id, changed for the worse")
def _(notebook):
    at = place(notebook, "ex-0-1-solution")
    notebook["cells"].insert(at + 1, {**notebook["cells"][at], "source": WRONG})


@change("broken on purpose after the check, without ids")
def _(notebook):
    at = place(notebook, "ex-0-1-check")
    notebook["cells"].insert(at + 1, cell(WRONG))
    for n, one in enumerate(notebook["cells"]):
        one["id"], one["metadata"] = f"cell-{n}", {}


@change("broken on purpose after the check, and checked")
def _(notebook):
    at = place(notebook, "ex-0-1-check")
    notebook["cells"][at + 1 : at + 1] = [cell(WRONG), dict(notebook["cells"][at])]


@change("wrong and checked, then right and checked")
def _(notebook):
    answer(notebook, "0.1", WRONG)
    at = place(notebook, "ex-0-1-check")
    notebook["cells"][at + 1 : at + 1] = [cell(RIGHT), dict(notebook["cells"][at])]


@change("an old try that a magic keeps from running")
def _(notebook):
    put(notebook, "%%script false\n" + WRONG, before="ex-0-1-check")


@change("an old try that is written to a file")
def _(notebook):
    put(notebook, "%%writefile old.py\n" + WRONG, before="ex-0-1-check")


@change("an old try as a comment")
def _(notebook):
    put(notebook, "\n".join(f"# {line}" for line in WRONG.split("\n")), before="ex-0-1-check")


@change("an old try as text")
def _(notebook):
    put(notebook, f'"""\n{WRONG}"""', before="ex-0-1-check")


@change("under another name")
def _(notebook):
    answer(notebook, "0.1", RIGHT.replace("brightest_pixel", "mine"))
    where(notebook, "ex-0-1-check")["source"] = 'brightest_pixel = check("0.1", mine)'


@change("handed in as an expression")
def _(notebook):
    where(notebook, "ex-0-1-check")["source"] = 'check("0.1", lambda x: x.amax(dim=(2, 3)))'
    where(notebook, "ex-0-2-check")["source"] = "check('0.2', 32 * 3 * 28 * 28)"


@change("checked in the solution's cell")
def _(notebook):
    where(notebook, "ex-0-1-check")["source"] = ""
    answer(notebook, "0.1", RIGHT + 'brightest_pixel = check("0.1", brightest_pixel)\nprint(5)')


@change("checked by another name")
def _(notebook):
    put(notebook, "from checker import check as judge", before="ex-0-1-check")
    where(notebook, "ex-0-1-check")["source"] = 'brightest_pixel = judge("0.1", brightest_pixel)'


@change("checked as an attribute")
def _(notebook):
    where(notebook, "ex-0-1-check")["source"] = (
        'import checker\nbrightest_pixel = checker.check("0.1", attempt=brightest_pixel)'
    )


@change("checked two at once")
def _(notebook):
    where(notebook, "ex-0-2-check")["source"] = ""
    where(notebook, "ex-0-3-check")["source"] = (
        'a, b = check("0.2", numbers_in_batch), check("0.3", red_channel)'
    )


@change("checked again at the end")
def _(notebook):
    notebook["cells"].append(cell('check("0.1", brightest_pixel)\ncheck("0.2", numbers_in_batch)'))


@change("a solution left as it was")
def _(notebook):
    answer(notebook, "0.1", "def brightest_pixel(x):\n    raise NotImplementedError")
    answer(notebook, "0.2", "numbers_in_batch = ...")


@change("one cell for all")
def _(notebook):
    joined = "\n\n".join("".join(one["source"]) for one in notebook["cells"])
    notebook["cells"] = [cell(joined)]


@change("ids and metadata lost")
def _(notebook):
    for n, one in enumerate(notebook["cells"]):
        one["id"], one["metadata"] = f"cell-{n}", {}


# A cell is IPython.
for _name, _source in [
    ("help on a name", "torch.amax?"),
    ("help on a name, above", "?torch.amax"),
    ("source of a name", "data.digits??"),
    ("listing", "files = !ls\nprint(files)"),
    ("timing with a result", "result = %timeit -o -n 1 -r 1 torch.ones(3).sum()"),
    ("a command over two lines", "! echo one \\\n  two"),
    ("a command in an if", "if False:\n    !pip install nothing"),
    ("time of a cell", "%%time\ntorch.ones(3).sum()"),
    ("time of a line", "%time torch.ones(3).sum()"),
    ("captured", "%%capture out\nprint(5)"),
    ("a magic for figures", "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'"),
    ("reloading", "%load_ext autoreload\n%autoreload 2"),
    ("a shell's cell", "%%bash\necho hello"),
    ("markup", "%%html\n<b>x</b>"),
    ("a magic that is none", "%nosuchmagic\nx = 5"),
    ("display", "display(batch.shape)"),
    ("asks where it is", "if get_ipython() is not None:\n    print(type(get_ipython()).__name__)"),
    ("indented", "    a = 1\n    b = 2"),
    ("prompts", ">>> a = 1\n>>> b = 2"),
    ("numbered prompts", "In [3]: a = 1\n   ...: b = 2"),
    ("await", "import asyncio\nawait asyncio.sleep(0)"),
    ("who", "%who"),
    ("a question", "batch.shape?\nx = 1"),
    ("variables in a command", "name = 'x'\n!echo {name} $name"),
]:
    above(_name, _source)
    in_cell(f"{_name}, in the solution's cell", _source + "\n" + RIGHT)
for _name, _source in [
    ("made in a timed cell", "%%time\naxes = (2, 3)"),
    ("made on a timed line", "%time axes = (2, 3)"),
    ("made in a captured cell", "%%capture\naxes = (2, 3)"),
    ("made beside a magic", "%matplotlib inline\naxes = (2, 3)"),
    ("made beside a command", "!echo hello\naxes = (2, 3)"),
    ("made with a line that looks like a magic", "%matplotlib inline\naxes = (2, (8\n% 5))"),
    ("made with prompts", ">>> axes = (2, 3)"),
    ("made indented", "    axes = (2, 3)"),
    ("made by await", "async def give(): return 2, 3\naxes = await give()"),
    ("made under a magic that does not run it", "%%script false\naxes = (2, 3)"),
    ("made under a magic that forgets it", "%%timeit -n 1 -r 1\naxes = (2, 3)"),
    ("made after a magic that is none", "%nosuchmagic\naxes = (2, 3)"),
    ("made from the last result", "1 + 1\naxes = (2, 3)"),
]:
    scratch(_name, _source, "x.amax(dim=axes)")

# In a notebook where one exercise leans on another.


@change("the name of one check in the next", "02")
def _(notebook):
    where(notebook, "ex-2-1-check")["source"] = 'my_size = check("2.1", output_size)'
    answer(notebook, "2.4", text(notebook, "2.4").replace("output_size", "my_size"))


@change("what was failed is handed on", "02")
def _(notebook):
    answer(notebook, "2.1", "def output_size(n, k, s=1, p=0, d=1):\n    return n")


@change("what was failed stays under another name", "02")
def _(notebook):
    answer(
        notebook, "2.1", "def output_size(n, k, s=1, p=0, d=1):\n    return n\nsize = output_size"
    )
    answer(notebook, "2.4", text(notebook, "2.4").replace("output_size", "size"))


@change("a helper made anew further down", "02")
def _(notebook):
    answer(
        notebook,
        "2.4",
        "def turn(w): return w\n" + text(notebook, "2.4").replace("* w)", "* turn(w))"),
    )
    answer(notebook, "2.5", "def turn(w): return w.flip(0, 1)\ndef convolve(x, w):\n"
           "    h, v = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1\n"
           "    return torch.stack([torch.stack([(x[i:i + w.shape[0], j:j + w.shape[1]]"
           " * turn(w)).sum() for j in range(v)]) for i in range(h)])")  # fmt: skip


@change("a constant made anew further down", "02")
def _(notebook):
    answer(notebook, "2.1", "ONE = 1\n" + text(notebook, "2.1").replace("+ 1", "+ ONE"))
    put(notebook, "ONE = 2", before="ex-2-4-solution")


@change("a later solution breaks an earlier helper", "02")
def _(notebook):
    put(notebook, "def output_size(*a, **k): return 1", before="ex-2-20-solution")


@change("a solution that calls a later one", "02")
def _(notebook):
    answer(notebook, "2.4", "def cross_correlate(x, w):\n    return convolve(x, w.flip(0, 1))")


@change("a layer on a helper class", "02")
def _(notebook):
    put(notebook, "Linear = nn.Linear", before="ex-2-19-solution")
    answer(notebook, "2.19", text(notebook, "2.19").replace("nn.Linear", "Linear"))


@change("a setting above a layer", "02")
def _(notebook):
    answer(notebook, "2.19", "torch.set_grad_enabled(False)\n" + text(notebook, "2.19"))


@change("half of it", "02")
def _(notebook):
    for id in ("2.1", "2.5", "2.20"):
        where(notebook, cell_id(id, "solution"))["source"] = "pass"


@change("a number by way of a helper", "02")
def _(notebook):
    put(notebook, "answers = {}\nanswers['shape'] = 'b'", before="ex-2-2-solution")
    answer(notebook, "2.2", "leftover_shape = answers['shape']")


# Where the grader is kinder, or stricter.


def _below(notebook):
    put(notebook, "def largest(x): return x.amax(dim=(2, 3))", before="ex-0-2-solution")
    answer(notebook, "0.1", HELPED)


def _from_a_program(notebook):
    put(notebook, "out = !echo 3\naxes = (2, int(out[0]))")
    answer(notebook, "0.1", "def brightest_pixel(x):\n    return x.amax(dim=axes)")


DIFFERENT["a helper below its check"] = "00", _below
DIFFERENT["in the reverse order"] = "00", lambda notebook: notebook["cells"].reverse()
DIFFERENT["made from what a program says"] = "00", _from_a_program
