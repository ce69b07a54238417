"""The scoreboard of the contest: who is on it, in which order, and what a damaged file costs."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import torch
from matplotlib.transforms import Bbox

from tests.test_capstone import TINY, Global, load, small
from utils import capstone, plots
from utils.capstone import Entry, board, submit
from utils.capstone.scoreboard import add


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_SCOREBOARD", str(tmp_path / "board.txt"))
    return tmp_path / "board.txt"


def entry(name, accuracy, cost=10, rules="tiny"):
    return Entry(name, rules, 100, cost, 1.0, 0.01, (accuracy - 0.01, accuracy, accuracy + 0.01))


def test_a_submission_learns_and_is_on_the_board(capsys):
    report = submit("  my   net ", small, 0.02, replace(TINY, epochs=6))
    assert report and report.entry.mean > 0.4 and len(report.entry.accuracies) == 3
    assert [one.name for one in board("tiny").entries] == ["my net"]
    assert board("tiny").entries[0] == report.entry
    assert "place 1 of 1" in capsys.readouterr().out


def test_the_same_net_gets_the_same_score():
    first, second = (submit("twin", small, 0.02, TINY).entry.accuracies for _ in range(2))
    assert first == second
    assert board("tiny").tries == {"twin": 2}


def test_labels_of_the_held_out_part_are_not_there_while_nets_run():
    def blind(part):
        (x, y), (test_x, _) = load()
        calls.append(1)
        return (x, y), (
            (test_x, torch.zeros(500, dtype=torch.int64)) if len(calls) == 1 else load()[1]
        )

    calls = []
    report = submit("blind", small, 0.02, replace(TINY, load=blind, epochs=6))
    assert len(calls) == 2 and report.entry.mean > 0.4


def test_refused_nets_are_not_on_the_board():
    submit("cheat", Global, 0.01, TINY)
    assert board("tiny").entries == ()


def test_the_best_of_a_name_counts_and_other_rules_do_not():
    for one in (
        entry("a", 0.5),
        entry("b", 0.6),
        entry("a", 0.7),
        entry("a", 0.4),
        entry("c", 0.9, rules="old"),
    ):
        add(one)
    found = board("tiny")
    assert [(one.name, round(one.mean, 2)) for one in found.entries] == [("a", 0.7), ("b", 0.6)]
    assert found.tries == {"a": 3, "b": 1} and found.place("b") == 2
    with pytest.raises(LookupError, match="There is no entry 'c'"):
        found.place("c")


def test_two_processes_lose_nothing():
    entries = [entry(f"net {n}", 0.5) for n in range(200)]
    with ProcessPoolExecutor(2) as pool:
        assert set(pool.map(add, entries, chunksize=1)) == {None}
    assert sorted(board("tiny").tries) == sorted(one.name for one in entries)
    assert board("tiny").trouble is None


def test_damaged_lines_cost_themselves_only(file):
    add(entry("a", 0.5))
    with open(file, "ab") as out:
        out.write(
            b'\xff\xfe{"name": "cut\n{}\n[1]\nnull\n{"name": "b", "rules": "tiny", "accuracies":'
            b" [2, 3]}"
        )
    add(entry("c", 0.6))
    found = board("tiny")
    assert [one.name for one in found.entries] == ["c", "a"] and "5 unreadable lines" in repr(
        found
    )


def test_a_file_that_cannot_be_used_says_so(file, capsys):
    file.mkdir()
    assert submit("mine", small, 0.01, TINY)
    out = capsys.readouterr().out
    assert "This entry cannot be kept" in out and "place 1 of 1" in out
    assert "cannot be read" in board("tiny").trouble


def test_standard_error():
    assert entry("a", 0.5).error == pytest.approx(0.01 / 3**0.5)


def test_front():
    assert capstone.front([1, 2, 3, 2], [5, 7, 6, 7]) == [0, 1, 3]
    assert capstone.front([], []) == []
    with pytest.raises(ValueError, match="no entry to draw"):
        capstone.draw([], "nothing")


CONTEST = [
    Entry("my net", "r", 38_700, 900_000, 1.0, 0.01, (0.85, 0.86, 0.87)),
    Entry("residual", "r", 37_000, 355_000, 1.0, 0.01, (0.72, 0.744, 0.77)),
    Entry("LeNet", "r", 41_600, 397_000, 1.0, 0.01, (0.693, 0.7045, 0.716)),
    Entry("separable", "r", 34_400, 110_000, 1.0, 0.01, (0.683, 0.7025, 0.722)),
]


@pytest.mark.parametrize("entries", [CONTEST[2:3], CONTEST[1:3], CONTEST[1:], CONTEST])
def test_no_name_on_the_figure_is_struck_through(monkeypatch, entries):
    figures = []
    monkeypatch.setattr(plots, "show", lambda figure, alt: figures.append(figure))
    capstone.draw(entries, "four entries")
    figures[0].draw_without_rendering()
    for ax in figures[0].axes:
        names = [text.get_window_extent() for text in ax.texts]
        assert len(names) == len(entries)
        bars = [line for bar in ax.collections for line in bar.get_segments()]
        front = ax.lines[0].get_path().interpolated(1).vertices  # the corners of its steps
        steps = [(front[i], front[i + 1]) for i in range(len(front) - 1)]
        for ends in [
            *bars,
            *steps,
            *([(limit, y) for y in ax.get_ylim()] for limit in budget(ax)),
        ]:
            assert not Bbox(ax.transData.transform(ends)).count_overlaps(names)
        assert [name.count_overlaps(names) for name in names] == [1] * len(names)  # itself


def budget(ax):
    """Where the dotted line is."""
    return {line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"}
