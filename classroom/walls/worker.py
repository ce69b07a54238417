"""What runs beside a learner's code, in a process forked for one exercise.

It knows the cases and no right answer. Everything it says is a claim of the learner's code, and is
judged elsewhere.
"""

import json
import os
import types
from dataclasses import replace

import numpy as np
import torch

from checker import own_code
from checker.exercise import Call, Exercise, Module
from checker.judge import try_cases
from checker.sandbox import Deadline, TimeUp, time_limit
from classroom.records.job import ANSWER, CASES, PROBE, Answer, Claim, Job, ParameterShape, Told
from classroom.records.record import dumps
from classroom.walls import alone, order, serialization, shell, walls
from classroom.walls.rerun import NOTHING, Rerun

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
    shell.make()


def work(body: bytes) -> bytes:
    """The claim of a learner's code about one exercise, as JSON."""
    job = Job.of(json.loads(body))
    return dumps(_claim(job)).encode()


def _claim(job: Job) -> Claim:
    rerun = Rerun(job, _earlier(job))
    try:
        with time_limit(_own_time(job)):
            rerun.run()
    except TimeUp:
        return Claim(slow=True)
    if rerun.attempt is NOTHING:
        return Claim(missing=True, trouble=rerun.trouble)
    return replace(_tried(job, rerun.attempt), trouble=rerun.trouble)


def _own_time(job: Job) -> Deadline:
    """More of the processor than an exercise gets, and as long by the clock."""
    deadline = Deadline(job.own_limit)
    deadline.clock = Deadline(job.limit).clock
    return deadline


def _earlier(job: Job) -> dict:
    """Our answers to exercises that were failed."""
    return {one.id: _answer(one.answer) for one in job.earlier}


def _answer(answer: Answer):
    if answer.source is not None:
        return run_trusted(answer.source)[ANSWER]
    return serialization.decode(answer.value)


def run_trusted(source: str, **names) -> dict:
    """What a source that was cut out of our exercises defines; `names` are there before."""
    names["__name__"] = "support"
    exec(compile(source, TRUSTED, "exec"), names)
    return names


def _tried(job: Job, attempt) -> Claim:
    if job.told is None or attempt is Ellipsis:
        return Claim(value=serialization.encode(attempt))
    exercise = stand_in(job.told, job.limit)
    refusal = exercise.refuse(attempt) or (job.told.is_watched and alone.company())
    if refusal:
        return Claim(refusal=str(refusal))
    if job.told.is_watched:
        alone.stay()
    outcomes = try_cases(exercise, attempt, job.told.seed or 0)
    return Claim(outcomes=[serialization.encode_outcome(one) for one in outcomes])


def stand_in(told: Told, limit: float) -> Exercise:
    """An exercise that can put its cases and knows no answer."""
    kind = Module if told.is_module else Exercise
    watched = {"watch"} if told.is_watched else ()
    exercise = kind(told.id, "", difficulty=1, minutes=1, forbidden=watched, limit=limit)
    exercise.answer = answer = EmptyReference(told.name)
    names = run_trusted(told.support.source, **dict.fromkeys(told.support.exercises, exercise))
    if PROBE in names:
        exercise.ask = names[PROBE]
    cases = _cases(told, names)
    exercise.calls = lambda seed: answer.beside(cases, told.shapes)
    return exercise


def _cases(told: Told, names: dict) -> list[Call]:
    if told.cases is not None:
        return [Call(*serialization.decode(case)) for case in told.cases]
    cases = [_anonymous(case) for case in names[CASES](np.random.default_rng(told.seed))]
    return order.shuffled(cases, told.seed)


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


class EmptyReference:
    """Where a reference is built beside the learner's module: names and shapes, no more."""

    def __init__(self, name):
        self.__name__, self.count, self.shapes = name, 0, None

    def beside(self, cases, shapes):
        for place, case in enumerate(cases):
            self.shapes = shapes and shapes[place]
            yield case

    def __call__(self, *args, **kwargs):
        self.count += 1
        return EmptyLayer(self.shapes, self.count)


class EmptyLayer:
    """Parameters and buffers by name. What is random at the start differs from one to the next."""

    def __init__(self, shapes: list[ParameterShape], count: int):
        self._parameters, self._buffers = {}, {}
        for one in shapes:
            if one.is_buffer:
                self._buffers[one.name] = _filled(one, count)
            else:
                self._parameters[one.name] = _parameter(_filled(one, count))

    def named_parameters(self):
        return iter(self._parameters.items())

    def named_buffers(self):
        return iter(self._buffers.items())

    def parameters(self):
        return iter(self._parameters.values())


def _parameter(tensor):
    return torch.nn.Parameter(tensor, requires_grad=tensor.is_floating_point())


def _filled(one: ParameterShape, count: int):
    if one.value is not None:
        return serialization.decode(one.value)
    number = 0.0 if one.fixed else float(count)
    return torch.full(one.shape, number, dtype=serialization.DTYPES[one.dtype])
