"""Whatever a learner's process claims, the grader has a verdict on it and a card."""

import copy
import json
import random

import linux_only  # noqa: F401
import pytest

import exercises
from checker.exercise import Choice, Number
from checker.judge import judge, try_cases
from checker.verdict import State
from classroom.judging import claims
from classroom.judging.result import shown
from classroom.records.job import Claim
from classroom.records.record import dumps
from classroom.walls import order, serialization

# A function, a class, a number, a letter.
IDS = ("0.1", "0.2", "0.3", "0.4")
ODD = [
    None, True, -1, 0, 2**63, 10**400, -0.0, float("nan"), float("inf"), "", "\ud800", "\x00",
    "x" * 9_999, "tensor", "float64", [], {}, [[]], {"tensor": "uint4"}, {"odd": "=1"},
    {"list": []}, {"dict": [[1]]}, {"number": "<f8", "bytes": "AA"}, {"array": "|O"},
    {"tensor": "int64", "shape": [1], "grad": True, "bytes": "AAAAAAAAAAA="},
    {"tensor": "float8_e8m0fnu", "shape": [1, 1], "grad": False, "bytes": "AA=="},
    {"tensor": "uint16", "shape": [1, 1, 1, 1], "grad": False, "bytes": "AQA="},
    {"tensor": "complex32", "shape": [1, 1], "grad": False, "bytes": "AAAAAA=="},
    {"name": "SystemExit", "module": "builtins", "text": "x", "line": 3},
    {"name": "TimeUp", "module": "checker.sandbox", "text": [], "line": "l"},
]  # fmt: skip


def honest(id: str, seed: int) -> dict:
    """The claim of our own answer, as a form."""
    exercise = exercises.find(id)
    if isinstance(exercise, Number | Choice):
        return json.loads(dumps(Claim(value=serialization.encode(exercise.answer))))
    outcomes = order.shuffled(try_cases(exercise, exercise.answer, seed), seed)
    return json.loads(dumps(Claim(outcomes=list(map(serialization.encode_outcome, outcomes)))))


def places(form, path=()) -> list[tuple]:
    """The ways to all values in a form."""
    if isinstance(form, list):
        form = dict(enumerate(form))
    pairs = form.items() if isinstance(form, dict) else []
    inner = [one for key, value in pairs for one in places(value, (*path, key))]
    return [path] * bool(path) + inner


def mutated(form: dict, rng: random.Random) -> dict:
    """With one to three values replaced by odd ones, or by values from elsewhere in it."""
    form = copy.deepcopy(form)
    for _ in range(rng.randint(1, 3)):
        *way, last = rng.choice(places(form))
        holder = form
        for key in way:
            holder = holder[key]
        holder[last] = copy.deepcopy(rng.choice([rng.choice(ODD), form]))
    return form


def drawn(rng: random.Random, depth: int = 0):
    """Any form at all."""
    kind = rng.random()
    if depth > 4 or kind < 0.4:
        return rng.choice(ODD)
    if kind < 0.6:
        return [drawn(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    names = [*vars(Claim()), "value", "error", "tensor", "shape", "bytes", "dict", "odd", "text"]
    return {rng.choice(names): drawn(rng, depth + 1) for _ in range(rng.randint(0, 5))}


def fuzz(count: int, seed: int) -> dict[str, list]:
    """The verdicts on as many claims for each exercise."""
    rng, found = random.Random(seed), {}
    for id in IDS:
        exercise, told = exercises.find(id), honest(id, seed)
        replies = [mutated(told, rng) if rng.random() < 0.7 else drawn(rng) for _ in range(count)]
        replies = [json.dumps(reply).encode() for reply in replies]
        replies += [bytes(rng.randrange(256) for _ in range(20)) for _ in range(count // 10)]
        replies += [reply[: rng.randrange(len(reply))] for reply in replies[: count // 10]]
        found[id] = [shown(claims.judged(exercise, one, seed, 1.0)) for one in replies]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_no_claim_ends_the_run(seed):
    for verdicts in fuzz(150, seed).values():
        states = [verdict.state for verdict, _ in verdicts]
        cards = [card.encode() for _, card in verdicts]  # as a file holds them
        assert State.NOT_YET in states and all(b"course-card" in card for card in cards)


@pytest.mark.parametrize("id", IDS)
def test_an_honest_claim_passes(id):
    """Else the claims above would be refused for another reason than theirs."""
    exercise, reply = exercises.find(id), json.dumps(honest(id, 5)).encode()
    assert claims.judged(exercise, reply, 5, 1.0).state == State.PASSED
    assert judge(exercise, exercise.answer, 5).state == State.PASSED


@pytest.mark.parametrize("id", ["0.1", "0.4", "2.12"])
def test_an_answer_by_the_number_of_the_call_is_wrong(id):
    """What is right in the order in which the cases are made is put to others."""
    exercise = exercises.find(id)
    outcomes = try_cases(exercise, exercise.answer, 5)
    claim = Claim(outcomes=list(map(serialization.encode_outcome, outcomes)))
    assert order.places(5, len(outcomes)) != sorted(order.places(5, len(outcomes)))
    assert claims.judged(exercise, dumps(claim).encode(), 5, 1.0).state != State.PASSED


def main() -> None:
    verdicts = [one for found in fuzz(20_000, 7).values() for one in found]
    states = {state.value: sum(v.state == state for v, _ in verdicts) for state in State}
    print(f"{len(verdicts)} claims: {states}")


if __name__ == "__main__":
    main()
