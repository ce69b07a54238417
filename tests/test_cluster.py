"""Other machines grade as this one does, and none of them can give a mark that is wrong."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import dask
import linux_only  # noqa: F401
import pytest
import submissions
from distributed import LocalCluster, get_worker
from submissions import ALL, NO_FIRST, NONE, Due, body, untouched, with_first

from classroom import grade
from classroom.judging import examine
from classroom.judging.examine import Terms
from classroom.machines import remote
from classroom.machines.cluster import Cluster
from classroom.machines.pool import Lost
from classroom.machines.remote import Answer, Refused
from classroom.records.record import dumps
from classroom.records.results import Status
from classroom.submissions.collect import Submission
from course.paths import Complaint

FILE = "00_start_here.ipynb"
SLOW = body("import time", "time.sleep(0.1)", "return x.amax(dim=(2, 3))")
CLASS = {
    "blank": Due(NONE, untouched()),
    "died": Due(NO_FIRST, with_first(body("import os", "os._exit(0)"))),
    "unreadable": Due(NONE, b"{"),
    "wrong": Due(NO_FIRST, with_first(submissions.WRONG)),
    **{f"right {n}": Due(ALL, with_first(f"{SLOW}# {n}")) for n in range(2)},
}


def forms(results) -> list[dict]:
    return [one.form() for one in results]


def right() -> list:
    blank = examine.nothing("00")
    return [replace(one, status=Status.PASSED, points=one.maximum) for one in blank]


def wrong() -> list:
    return [replace(one, status=Status.WRONG, points=0) for one in right()]


def answer(**changes) -> dict:
    return replace(Answer(remote.version("00"), forms(right())), **changes).form()


def test_a_whole_answer_is_believed():
    assert remote.read(answer(), "00", "there") == right()
    assert remote.read(answer(results=forms(wrong())), "00", "there") == wrong()


BAD = {
    "no record": {"anything": 1},
    "nothing": answer(results=[]),
    "results of no form": answer(results=[1, 2, 3, 4]),
    "one is missing": answer(results=forms(right()[:-1])),
    "another notebook's": answer(results=forms(examine.nothing("01"))),
    "points without a pass": answer(
        results=forms([replace(one, points=one.maximum) for one in wrong()])
    ),
    "a pass without points": answer(results=forms([replace(one, points=0) for one in right()])),
    "too many points": answer(results=forms([replace(one, points=9) for one in right()])),
    "more to win": answer(results=forms([replace(one, maximum=9) for one in wrong()])),
    "something died": answer(unsure=True),
    "none, and why": answer(results=[], why="OSError: no space left"),
}
REFUSED = {
    "another version": answer(version="course of last year"),
    "misjudges": answer(results=[], amiss="misjudges our own solutions/00"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_result_of_a_comparison_is_lost(kind):
    assert isinstance(remote.read(BAD[kind], "00", "there"), Lost)


@pytest.mark.parametrize("kind", REFUSED)
def test_a_worker_that_must_not_grade_is_refused(kind):
    with pytest.raises(Refused, match="there"):
        remote.read(REFUSED[kind], "00", "there")


def raises():
    raise RuntimeError("the grading process died")


@pytest.mark.parametrize("kind", [*BAD, *REFUSED, "raises"])
def test_one_bad_worker_never_gives_a_mark(kind, monkeypatch, capsys):
    """The other gives all that the bad one does not, or it is lost, to be graded here."""
    bad = []

    def graded(order):
        bad.append(get_worker().address)
        if bad[0] != get_worker().address:
            time.sleep(0.05)  # so that the bad one gets its share
            return answer(results=forms(wrong()))
        return raises() if kind == "raises" else (BAD | REFUSED)[kind]

    monkeypatch.setattr(remote, "graded", graded)
    local = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    every = [Submission(str(n), None, "00") for n in range(8)]
    with (
        LocalCluster(n_workers=2, **local) as workers,
        Cluster(workers.scheduler_address) as cluster,
    ):
        found = dict(cluster.results(every, Terms(1)))
    assert found.keys() == set(range(8)) and bad
    assert all(isinstance(one, Lost) or one == wrong() for one in found.values())
    if kind in REFUSED:
        assert not any(isinstance(one, Lost) for one in found.values())
        assert capsys.readouterr().out.count("Sent away the worker") == 1


def test_workers_that_must_not_grade_are_no_workers(monkeypatch):
    monkeypatch.setattr(remote, "graded", lambda order: REFUSED["another version"])
    local = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        LocalCluster(n_workers=1, **local) as workers,
        Cluster(workers.scheduler_address) as cluster,
    ):
        with pytest.raises(Complaint, match="No worker is left"):
            list(cluster.results([Submission("ann", None, "00")], Terms(1)))


class Deadly(Cluster):
    """Whatever it sends ends its worker."""

    def _send(self, one, terms):
        return self.client.submit(os._exit, 1, pure=False)


def test_what_ends_one_worker_after_the_other_is_lost():
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as workers:
            with Deadly(workers.scheduler_address) as cluster:
                [(_, found)] = cluster.results([Submission("ann", None, "00")], Terms(1))
    assert isinstance(found, Lost) and "died" in found.why


def test_an_order_crosses_as_plain_values_and_another_version_is_told_so(tmp_path):
    order = remote.Order.of(remote.order(remote._of(remote.SOLUTIONS), Terms(1)))
    assert order.terms["seed"] == 1
    told = remote.answer(None, replace(order, version="course of last year"))
    assert told == Answer(remote.version("00"))
    assert dumps(told)


def test_the_same_csv_as_here_though_a_worker_is_killed(tmp_path):
    submissions.write(CLASS, tmp_path / "in", FILE)
    given = [str(tmp_path / "in"), "--seed", "3", "--seconds", "2"]
    here, there = tmp_path / "here" / "grades.csv", tmp_path / "there" / "grades.csv"
    assert grade.main([*given, "--out", str(here)]) == 0
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        run = subprocess.Popen(
            [sys.executable, "-m", "classroom.grade", *given, "--out", str(there)]
            + ["--cluster", cluster.scheduler_address],
            cwd=submissions.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        journal = there.with_name(".grades.csv.unfinished")
        while not journal.exists():
            assert run.poll() is None
            time.sleep(0.05)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        said = run.communicate(timeout=900)[0]
    assert run.returncode == 0 and "graded" in said
    for name in ("grades.csv", "grades.files.csv", "grades.results.jsonl"):
        assert (there.with_name(name)).read_text() == here.with_name(name).read_text()


def test_where_nobody_answers_one_sentence_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("classroom.machines.cluster.PATIENCE", 1)
    submissions.write({"right": CLASS["wrong"]}, tmp_path / "in", FILE)
    given = [str(tmp_path / "in"), "--out", str(tmp_path / "grades.csv")]
    assert grade.main([*given, "--cluster", "tcp://127.0.0.1:9"]) == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().out
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert grade.main([*given, "--cluster", "tcp://127.0.0.1:9"]) == 2
    assert "pip install distributed" in capsys.readouterr().out
    assert not (tmp_path / "grades.csv").exists()
