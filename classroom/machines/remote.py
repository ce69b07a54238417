"""What a Dask worker does with a submission: it hands it to a grading process of its own, which
answers in frames.

So the process that holds the cluster's connections forks nothing. The grading process first tries
itself on two notebooks of ours. Run as a program, it is that process.
"""

import functools
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from classroom.judging import examine
from classroom.judging.examine import Terms
from classroom.machines import local
from classroom.machines.pool import Lost, Pool, end_with
from classroom.records.job import End
from classroom.records.record import Record, dumps, receive, send
from classroom.records.results import Result, Status
from classroom.records.spliced import Spliced
from classroom.submissions import outline
from classroom.submissions.splice import splice
from classroom.walls import walls
from course.paths import ROOT, SOLUTIONS, STUDENT, sources
from exercises import NOTEBOOKS

TRIED = "00"  # the shortest notebook
PACKAGES = ("torch", "numpy")
_mine = threading.local()


class Refused(Exception):
    """A worker that must not grade, with its address and the reason."""

    def __init__(self, address: str, why: str):
        super().__init__(f"{address} {why}.")
        self.address = address


@dataclass(frozen=True)
class Order(Record):
    """A submission to grade, as plain values: another version may know other records."""

    version: str
    number: str
    spliced: dict
    terms: dict


@dataclass(frozen=True)
class Answer(Record):
    """What a worker made of an order: results as plain values; else `why` there are none, or what
    is `amiss` with the worker. `unsure` says that something was stopped or died, which may be the
    machine's fault.
    """

    version: str
    results: list[dict] = field(default_factory=list)
    why: str = ""
    amiss: str = ""
    unsure: bool = False
    walls: bool = True


@functools.cache
def version(number: str) -> str:
    """Changes with all that a grade hangs on: the course, Python, torch, numpy."""
    python = ".".join(map(str, sys.version_info[:2]))
    packages = [f"{name} {_public(importlib.metadata.version(name))}" for name in PACKAGES]
    return ", ".join([f"course {outline.version(number)}", f"Python {python}", *packages])


def _public(version: str) -> str:
    """Without what says for which processor a package was built."""
    return version.partition("+")[0]


# On the teacher's machine.


def order(spliced: Spliced, terms: Terms) -> dict:
    number = spliced.number
    return json.loads(dumps(Order(version(number), number, spliced, vars(terms))))


def read(form: dict, number: str, address: str) -> list[Result] | Lost:
    """The results in an answer, where they can be nothing but what a comparison gave.

    Raises Refused where the worker must not grade.
    """
    try:
        answer = Answer.of(form)
        results = list(map(Result.of, answer.results))
    except (TypeError, ValueError, KeyError, AttributeError):
        return Lost("a worker's answer cannot be read")
    if answer.version != version(number):
        raise Refused(address, f"has {answer.version}; here is {version(number)}")
    if answer.amiss:
        raise Refused(address, answer.amiss)
    if answer.unsure or answer.why:
        return Lost(answer.why or "something was stopped or died on a worker")
    return results if _is_whole(results, number) else Lost("a worker's answer is not whole")


def _is_whole(results: list[Result], number: str) -> bool:
    """Whether these are the exercises of the notebook, and all points mean passed."""
    due = [(one.id, one.maximum) for one in examine.nothing(number)]
    return [(one.id, one.maximum) for one in results] == due and all(
        0 <= one.points <= one.maximum
        and (one.points == one.maximum) == (one.status == Status.PASSED)
        for one in results
    )


# In the Dask worker. Each of its threads has a grading process.


def graded(order: dict) -> dict:
    """The answer to an order. Raises RuntimeError where the grading process died."""
    process = _process()
    try:
        send(process.stdin, Order.of(order))
        answer = receive(process.stdout, Answer)
    except OSError:
        answer = None
    if answer is None:
        process.kill()
        raise RuntimeError("the grading process died")
    return answer.form()


def _process() -> subprocess.Popen:
    if not hasattr(_mine, "process") or _mine.process.poll() is not None:
        command = [sys.executable, "-m", "classroom.machines.remote"]
        _mine.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    return _mine.process


# In the grading process.


def main() -> None:
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed is no answer
    for number in NOTEBOOKS:
        version(number)  # of what is loaded now: the files may change later
    with tempfile.TemporaryDirectory(prefix="course-") as name, Pool(1, Path(name)) as pool:
        scratch = Path(name)
        threading.Thread(target=end_with, args=(os.getppid(), scratch), daemon=True).start()
        while order := receive(sys.stdin.buffer, Order):
            send(channel, answer(pool, order))


def answer(pool: Pool, order: Order) -> Answer:
    here = version(order.number)
    if order.version != here:
        return Answer(here)
    if amiss := trouble(pool):
        return Answer(here, amiss=amiss)
    return _graded(pool, Spliced.of(order.spliced), Terms(**order.terms), here)


def _graded(pool: Pool, spliced: Spliced, terms: Terms, version: str) -> Answer:
    task = (spliced, terms, pool.scratch)
    [(_, result)] = pool.results(_in_pool, [task], local.limits(terms))
    if isinstance(result, Lost):
        return Answer(version, why=result.why)
    results, unsure = result
    forms = [one.form() for one in results]
    return Answer(version, forms, unsure=unsure, walls=walls.prefix() is not None)


def _in_pool(spliced: Spliced, terms: Terms, scratch: Path) -> tuple[list, bool]:
    walled = local.walled(scratch)
    walled.ends.clear()
    results = local.graded(spliced, terms, scratch)
    stopped = any(one.status == Status.STOPPED for one in results)
    return results, stopped or bool(walled.ends - {End.DONE})


@functools.cache
def trouble(pool: Pool) -> str:
    """What is amiss with this machine: nothing, where our solved notebook gets all points here,
    and an untouched one none.
    """
    for folder, due in ((SOLUTIONS, True), (STUDENT, False)):
        ours = _graded(pool, _of(folder), Terms(seed=0), "")
        if not ours.results or any(bool(one["points"]) != due for one in ours.results):
            return f"misjudges our own {folder.name}/{TRIED}: {ours.why or 'other points'}"
    return ""


def _of(folder: Path) -> Spliced:
    """Our own notebook, as if it were handed in."""
    known = {TRIED: outline.known(TRIED)}
    return splice(sources(folder, [TRIED])[0], known)


if __name__ == "__main__":
    main()
