"""What runs beside a learner's code, in a process forked for one exercise.

It knows the cases and no right answer. Everything it says is a claim of the learner's code, and is
judged elsewhere.
"""

import json
import linecache
import os
import types

import numpy as np
import torch

import checker.notebook
from checker import errors, own_code
from checker.exercise import Call, Exercise, Module
from checker.judge import try_cases
from checker.sandbox import Deadline, TimeUp, time_limit
from classroom import serialization, walls

# What notebooks import is loaded once, before the forks.
from utils import data, plots, train  # noqa: F401

# A file name that is not the learner's.
TRUSTED = str(own_code.HOME / own_code.ANSWERS / "support.py")


def warm_up() -> None:
    """Load what torch and others load late, so that no fork has to."""
    exercise = Exercise("0.0", "", difficulty=1, minutes=1, forbidden={"nothing"})
    exercise.answer = torch.relu
    exercise.calls = lambda seed: [Call((torch.ones(2),), {})]
    try_cases(exercise, torch.relu)
    # Loads torch's compiler: from a cold disk, in many seconds.
    torch.optim.SGD([torch.ones(1, requires_grad=True)])
    os.environ.update(dict.fromkeys(("HOME", "MPLCONFIGDIR", "TMPDIR"), walls.WRITABLE))
    os.environ["COURSE_PROGRESS"] = f"{walls.WRITABLE}/progress.txt"
    checker.check = checker.notebook.check = lambda id, attempt: attempt


def work(body: bytes) -> bytes:
    """The claim of a learner's code about one exercise, as JSON."""
    job = json.loads(body)
    cell = Cell(job)
    try:
        with time_limit(Deadline(job["limit"])):
            trouble = cell.run()
    except TimeUp:
        return json.dumps({"slow": True}).encode()
    return json.dumps(_claim(job, cell, trouble)).encode()


class Cell:
    """The solution cell, run after all that it needs."""

    def __init__(self, job):
        self.job = job
        self.names = {"__name__": "__main__", "__builtins__": __builtins__}

    def run(self) -> dict | None:
        """What the cell itself raised, if so. The name it defines is then there or is not."""
        waiting = list(self.job["pieces"])
        for earlier in self.job["earlier"]:
            waiting = self._settle(waiting)
            self._run_earlier(earlier)
        self._settle(waiting)
        return self._try(self.job["solution"], self.job["id"])

    def _settle(self, waiting) -> list[str]:
        """Definitions that need a later one wait for it."""
        return [source for source in waiting if self._try(source, "your other cells")]

    def _run_earlier(self, earlier):
        if "source" in earlier["answer"]:
            names = {"__name__": "support"}
            exec(compile(earlier["answer"]["source"], TRUSTED, "exec"), names)
            self.names[earlier["name"]] = names["course_answer"]
        elif "value" in earlier["answer"]:
            self.names[earlier["name"]] = serialization.decode(earlier["answer"]["value"])
        else:
            self._try(earlier["answer"]["cell"], earlier["id"])

    def _try(self, source, label) -> dict | None:
        file = f"<{label}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        try:
            exec(compile(source, file, "exec"), self.names)
        except TimeUp:
            raise
        except BaseException as error:
            return {"text": said(error), "line": errors.line_of(error)}


def said(error: BaseException) -> str:
    text = errors.what_raised(error)
    return text + (f" (line {error.lineno})" if isinstance(error, SyntaxError) else "")


def _claim(job, cell, trouble) -> dict:
    if job["name"] not in cell.names:
        return {"missing": True, "trouble": trouble}
    attempt = cell.names[job["name"]]
    if job["exercise"] is None or attempt is Ellipsis:
        return {"value": serialization.encode(attempt), "trouble": trouble}
    exercise = stand_in(job["exercise"], job["limit"])
    refusal = exercise.refuse(attempt)
    if refusal:
        return {"refusal": str(refusal), "trouble": trouble}
    outcomes = try_cases(exercise, attempt, job["exercise"]["seed"] or 0)
    claims = [
        serialization.encode_outcome(o, o.error and errors.line_of(o.error)) for o in outcomes
    ]
    return {"outcomes": claims, "trouble": trouble}


def stand_in(known: dict, limit: float) -> Exercise:
    """An exercise that can put its cases and knows no answer."""
    kind = Module if known["module"] else Exercise
    watched = {"watch"} if known["forbidden"] else ()
    exercise = kind(known["id"], "", difficulty=1, minutes=1, forbidden=watched, limit=limit)
    exercise.answer = answer = Answer(known["name"])
    names = {"__name__": "support"} | dict.fromkeys(known["support"]["exercises"], exercise)
    exec(compile(known["support"]["source"], TRUSTED, "exec"), names)
    if "course_probe" in names:
        exercise.ask = names["course_probe"]
    if known["cases"] is None:
        cases = [
            _anonymous(case)
            for case in names["course_cases"](np.random.default_rng(known["seed"]))
        ]
    else:
        cases = [Call(*serialization.decode(case)) for case in known["cases"]]
    exercise.calls = lambda seed: answer.beside(cases, known["shapes"])
    return exercise


def _anonymous(case: Call) -> Call:
    """A function among the arguments goes without its name, which may say what it does."""
    return Call(
        tuple(map(_nameless, case.args)),
        {name: _nameless(value) for name, value in case.kwargs.items()},
    )


def _nameless(value):
    if not isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return value

    def function(*args, **kwargs):
        return value(*args, **kwargs)

    return function


class Answer:
    """Where a reference is built beside the learner's module: the same names and shapes, and
    nothing that computes.
    """

    def __init__(self, name):
        self.__name__, self.count, self.shapes = name, 0, None

    def beside(self, cases, shapes):
        for place, case in enumerate(cases):
            self.shapes = shapes and shapes[place]
            yield case

    def __call__(self, *args, **kwargs):
        self.count += 1
        return Shapes(self.shapes, self.count)


class Shapes:
    """Parameters and buffers by name. What is random at the start differs from one to the next."""

    def __init__(self, shapes, count):
        tensors = {one["name"]: (one["parameter"], _tensor(one, count)) for one in shapes}
        self._parameters = {
            n: torch.nn.Parameter(t, t.is_floating_point())
            for n, (own, t) in tensors.items()
            if own
        }
        self._buffers = {name: t for name, (own, t) in tensors.items() if not own}

    def named_parameters(self):
        return iter(self._parameters.items())

    def named_buffers(self):
        return iter(self._buffers.items())

    def parameters(self):
        return iter(self._parameters.values())


def _tensor(one, count):
    if one["value"] is not None:
        return serialization.decode(one["value"])
    return torch.full(
        one["shape"],
        0.0 if one["fixed"] else float(count),
        dtype=serialization.DTYPES[one["dtype"]],
    )
