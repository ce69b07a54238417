"""One submission, exercise by exercise: the learner's code is tried behind the walls, and judged
here.
"""

import functools
import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import exercises
from checker import own_code
from checker.card import Card
from checker.exercise import Choice, Exercise, Number
from checker.judge import conclude, judge
from checker.sandbox import Outcome
from checker.verdict import State, Verdict
from classroom import frames, outline, own_numbers, serialization, source_cuts, walls
from course import slices
from course.paths import ROOT
from exercises.own_numbers import NUMBER

HIDDEN = ("solutions", "notebooks", own_code.ANSWERS, "authoring", "classroom", "tests", ".git")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
GRACE = 1.0  # seconds between asking code to stop and killing it
ENDS = {
    "time": (
        State.STOPPED,
        (
            "Your code was still running after {limit:g} s and was ended. Is there a loop without"
            " end?"
        ),
    ),
    "memory": (
        State.STOPPED,
        "Your code asked for more than {memory:.1f} GB of memory, and was ended.",
    ),
    "flood": (State.STOPPED, "Your code sent back more than can be read."),
    "crowd": (State.STOPPED, "Your code started process after process, and was ended."),
    "died": (
        State.NOT_YET,
        "Your code ended Python itself, so nothing came back (status {status}).",
    ),
}


@dataclass(frozen=True)
class Terms:
    """What all submissions of a run have in common.

    `seconds` caps the time limit of an exercise.
    """

    seed: int
    seconds: float = 10.0
    memory: int = 2_000_000_000


@dataclass(frozen=True)
class Mark:
    """What became of one exercise; `card` is what its check would show, as HTML."""

    id: str
    state: str
    points: int
    maximum: int
    card: str

    def form(self) -> dict:
        return asdict(self)


class Walled:
    """The process that forks for every exercise; started when first needed, and again after it
    died.
    """

    def __init__(self, scratch: Path):
        self.process, self.scratch = None, scratch

    def start(self):
        self.close()
        root = tempfile.mkdtemp(dir=self.scratch)
        prefix = walls.prefix()
        user = 1_000_000 + os.getpid() % 1_000_000
        arguments = [root if prefix else "-", str(user)]
        self.process = subprocess.Popen(
            [*(prefix or []), sys.executable, "-m", "classroom.server", *arguments],
            cwd=ROOT,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | ONE_THREAD,
        )
        ready = frames.receive(self.process.stdout)
        if ready is None:
            raise RuntimeError(
                "The server does not start. To see why: `python -m classroom.server - 0`"
            )
        self.walled = ready[0]["ready"]

    def ask(self, head: dict, job: dict) -> tuple[dict, bytes]:
        """How the job ended, and its reply."""
        if self.process is None:
            self.start()
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            hidden = [str(ROOT / name) for name in HIDDEN]
            try:
                frames.send(
                    self.process.stdin,
                    {**head, "folder": folder, "hidden": hidden},
                    json.dumps(job).encode(),
                )
                reply = frames.receive(self.process.stdout)
            except BrokenPipeError:
                reply = None
        if reply is None:
            self.start()
            return {"end": "died", "status": "the server died"}, b""
        return reply

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.kill()
            self.process.wait()


@functools.cache
def prepared(id: str, seed: int) -> tuple[Exercise, dict | None]:
    """An exercise with its cases and expectations kept, and what the learner's side gets to know
    of it.
    """
    exercise = exercises.find(id)
    if isinstance(exercise, (Number, Choice)):
        return exercise, None
    exercise.expected(seed)
    return exercise, source_cuts.of(exercise, seed)


def examine(spliced: dict, terms: Terms, walled: Walled, drawn: list[Number] = ()) -> list[Mark]:
    """Judge every exercise of the notebook that a submission is of; in one of own numbers, the
    student's exercises.
    """
    if spliced["number"] == NUMBER:
        examiner = Examiner(
            spliced, terms, walled, {exercise.id: (exercise, None) for exercise in drawn}
        )
        return [examiner.mark(known) for known in own_numbers.outline()]
    examiner = Examiner(spliced, terms, walled)
    return [examiner.mark(known) for known in outline.exercises(spliced["number"])]


class Examiner:
    """Goes through one submission; remembers which exercises were passed, because later ones may
    use them.
    """

    def __init__(self, spliced, terms, walled, drawn=None):
        self.solutions, self.terms, self.walled = spliced.get("solutions", {}), terms, walled
        self.earlier, self.drawn = [], drawn
        helpers = [slices.Piece(**form) for form in spliced.get("helpers", [])]
        self.available = [*([] if drawn else outline.given(spliced["number"])), *helpers]

    def mark(self, known: dict) -> Mark:
        exercise, beside = self._prepared(known["id"])
        solution = self.solutions.get(known["id"])
        verdict = self._verdict(exercise, beside, known, solution)
        passed = verdict.state == State.PASSED
        self._remember(exercise, known, solution if passed else None)
        points = exercise.points
        return Mark(
            exercise.id, verdict.state, points * passed, points, Card(verdict)._repr_html_()
        )

    def _prepared(self, id):
        return self.drawn[id] if self.drawn else prepared(id, self.terms.seed)

    def _remember(self, exercise, known, solution):
        names = {"id": exercise.id, "name": known["name"]}
        needs = solution["needs"] if solution else []
        answer = {"cell": solution["source"]} if solution else None
        self.earlier.append({**names, "exercise": exercise, "needs": needs, "answer": answer})

    def _verdict(self, exercise, beside, known, solution) -> Verdict:
        if solution is None:
            return Verdict(
                exercise, State.TO_DO, f"There is no cell that defines `{known['name']}`."
            )
        limit = min(exercise.limit, self.terms.seconds)
        head = {"seconds": limit + GRACE, "memory": self.terms.memory}
        job = self._job(solution, limit) | {
            "id": exercise.id,
            "name": solution["name"],
            "exercise": beside,
        }
        how, reply = self.walled.ask(head, job)
        if how["end"] != "done":
            return Verdict(exercise, *_ended(how["end"], limit, self.terms.memory, how["status"]))
        return judged(exercise, reply, self.terms.seed, limit)

    def _job(self, solution, limit) -> dict:
        """The cell, and of all that stands before it what it needs."""
        pieces, earlier, names = [], [], set(solution["needs"])
        while True:
            pieces = slices.needed(self.available, names)
            more = names.union(*(one.needs for one in pieces))
            earlier = [one for one in self.earlier if one["name"] in more]
            more = more.union(*(one["needs"] for one in earlier))
            if more == names:
                break
            names = more
        answers = [
            {**_bare(one), "answer": one["answer"] or source_cuts.reference(one["exercise"])}
            for one in earlier
        ]
        sources = [one.source for one in pieces]
        return {
            "limit": limit,
            "pieces": sources,
            "earlier": answers,
            "solution": solution["source"],
        }


def _ended(end, limit, memory=0, status=0) -> tuple[str, str]:
    state, text = ENDS[end]
    return state, text.format(limit=limit, memory=memory / 1e9, status=status)


def _bare(one) -> dict:
    return {"id": one["id"], "name": one["name"]}


def judged(exercise: Exercise, reply: bytes, seed: int, limit: float) -> Verdict:
    """A verdict on the claim of a learner's code, which may be anything at all."""
    try:
        claim = json.loads(reply)
        verdict = _judged(exercise, claim, seed, limit)
        trouble = claim.get("trouble")
    except (
        serialization.Malformed,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        MemoryError,
    ):
        return Verdict(exercise, State.NOT_YET, "What came back from your code cannot be read.")
    if trouble and verdict.state != State.PASSED:
        line = str(trouble["line"])[:300] if trouble.get("line") else verdict.line
        return replace(
            verdict,
            why=f"Your cell {str(trouble['text'])[:300]}. {verdict.why}".strip(),
            line=line,
        )
    return verdict


def _judged(exercise, claim, seed, limit) -> Verdict:
    if claim.get("slow"):
        return Verdict(exercise, *_ended("time", limit))
    if claim.get("missing"):
        return Verdict(exercise, State.NOT_YET, "Your cell does not define what is asked for.")
    if "refusal" in claim:
        return Verdict(exercise, State.NOT_YET, str(claim["refusal"])[:500])
    if "value" in claim:
        value = serialization.decode(claim["value"])
        if isinstance(exercise, (Number, Choice)) or value is Ellipsis:
            return judge(exercise, value, seed)
    if not claim["outcomes"]:
        raise serialization.Malformed("no outcomes")
    outcomes = [serialization.decode_outcome(form) for form in claim["outcomes"]]
    refuse_a_canary(exercise, seed)
    verdict = conclude(exercise, outcomes, seed)
    if verdict.state == State.PASSED and len(outcomes) != len(exercise.calls(seed)):
        raise serialization.Malformed("not one outcome for every case")
    return verdict


def refuse_a_canary(exercise: Exercise, seed: int) -> None:
    """Before every verdict: a secret that cannot be right must not pass here."""
    canary = [Outcome(secrets.token_hex(8)) for _ in exercise.calls(seed)]
    pairs = zip(canary, exercise.expected(seed))
    if any(exercise.agrees(outcome, wanted) for outcome, wanted in pairs):
        raise RuntimeError(f"The comparison of {exercise.id} lets anything through.")
