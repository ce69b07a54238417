"""A sample of the hostile submissions gets its due, and neighbours lose nothing; `python -m
tests.hostile` tries all of them.
"""

import random

import hostile
import linux_only  # noqa: F401
import pytest
import submissions
import torch
from submissions import ALL, Due, solved
from torch import nn
from torch.nn import functional as F

import exercises
from checker.judge import judge
from checker.verdict import State

SAMPLE = 30
WAYS = [(id, source, call) for id, source, calls in hostile.WAYS for call in calls.values()]


def sample(number: str, count: int) -> dict[str, Due]:
    """A few, the same in every run."""
    every = hostile.by_notebook()[number]
    names = random.Random(29).sample(sorted(every), min(count, len(every)))
    return {name: every[name] for name in names}


def test_a_sample_gets_its_due_and_neighbours_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SECRET", "the teacher's")
    cases = sample("00", SAMPLE) | hostile.of_others()
    cases |= {name: Due(ALL, solved()) for name in ("a neighbour", "z neighbour")}
    submissions.write(cases, tmp_path / "in", "00_start_here.ipynb")
    out, pages = tmp_path / "grades.csv", tmp_path / "pages"
    done = submissions.grade(tmp_path / "in", out, "--seconds", "2", "--feedback", str(pages))
    assert done.returncode == 0, done.stderr
    given = {name: int(row["total"]) for name, row in submissions.rows(out).items()}
    assert given == {name: sum(due.points) for name, due in cases.items()}
    assert len(list(pages.iterdir())) == len(cases)


@pytest.mark.parametrize("id, source, call", WAYS)
def test_a_way_around_is_right_where_nothing_watches(id, source, call, monkeypatch):
    """Else it would earn nothing for another reason than it should."""
    exercise, names = exercises.find(id), {"torch": torch, "nn": nn, "F": F}
    exec(source.replace("{call}", call), names)
    monkeypatch.setattr(exercise, "forbidden", frozenset())
    assert judge(exercise, names[exercise.answer.__name__]).state == State.PASSED


def test_ways_around_earn_nothing(tmp_path):
    cases = {number: few for number, few in hostile.by_notebook().items() if number != "00"}
    for number, few in cases.items():
        submissions.write(few, tmp_path / "in", submissions.file_of(number))
    done = submissions.grade(tmp_path / "in", tmp_path / "grades.csv", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    given = submissions.rows(tmp_path / "grades.csv")
    assert {row["total"] for row in given.values()} == {"0"}
    assert given.keys() == {name for few in cases.values() for name in few}


def test_a_right_answer_earns_its_points_beside_them(tmp_path):
    ids = [id for id, *_ in hostile.WAYS]
    for number in sorted(set(map(submissions.notebook_of, ids))):
        only = submissions.only(solved(number), *ids)
        submissions.write({"right": Due((), only)}, tmp_path / number, submissions.file_of(number))
        out = tmp_path / f"{number}.csv"
        submissions.grade(tmp_path / number, out, "--seconds", "5")
        row = submissions.rows(out)["right"]
        own = [id for id in dict.fromkeys(ids) if submissions.notebook_of(id) == number]
        assert {id: int(row[f"ex {id}"]) for id in own} == {
            id: exercises.find(id).points for id in own
        }


def test_no_test_leaves_shared_memory_behind():
    """What the canary leaves is in a namespace that is gone with it."""
    keys = [line.split()[0] for line in open("/proc/sysvipc/shm")][1:]
    assert str(hostile.KEY) not in keys
