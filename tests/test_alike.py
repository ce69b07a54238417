"""Who copies is listed, who writes alone is not; and the list says what it is."""

import re
from dataclasses import replace

import copying
import pytest

from classroom import alike
from classroom.records import results
from classroom.submissions import outline
from classroom.whole_class import shared_passages

NUMBER, STUDENTS = "02", 24


@pytest.fixture(scope="module")
def room():
    return copying.a_class(NUMBER, STUDENTS, pairs=2, seed=5)


def pairs_of(graded) -> set[frozenset[str]]:
    return {frozenset(pair.students) for pair in shared_passages.sheet(NUMBER, graded).pairs}


def test_copies_are_listed_and_nobody_else(room):
    graded, planted = room
    assert pairs_of(graded) == planted


def test_a_class_in_which_nobody_copies_gets_an_empty_list():
    graded, _ = copying.a_class(NUMBER, STUDENTS, pairs=0, seed=6)
    assert pairs_of(graded) == set()


def with_sources(one, sources: dict[str, str]):
    changed = [replace(result, source=sources[result.id]) for result in one.results]
    return replace(one, results=changed)


def test_our_own_solution_makes_no_pair_and_is_named(room):
    graded, planted = room
    alone = [one for one in graded if not any(one.student in pair for pair in planted)]
    ours = outline.solutions(NUMBER)
    two = [with_sources(one, ours) for one in alone[:2]]
    sheet = shared_passages.sheet(NUMBER, [*two, *(one for one in graded if one not in alone[:2])])
    assert frozenset(one.student for one in two) not in {
        frozenset(pair.students) for pair in sheet.pairs
    }
    assert sheet.public.keys() == {one.student for one in two}


def test_blank_answers_and_what_was_handed_out_are_nobodys(room):
    stubs = {one.id: one.stub for one in outline.exercises(NUMBER)}
    same = [with_sources(one, stubs) for one in room[0][:6]]
    blank = [with_sources(one, dict.fromkeys(stubs, "")) for one in room[0][6:12]]
    assert not pairs_of([*same, *blank])


def test_the_page_says_that_it_is_no_proof_and_escapes_what_was_typed(room, tmp_path):
    graded, planted = room
    first = next(iter(planted))
    evil = [
        replace(
            one,
            results=[replace(r, source=f"{r.source}\n'<b>{'x' * 30}</b>'") for r in one.results],
        )
        if one.student in first
        else replace(one, seed=1)
        for one in graded
    ]
    out = tmp_path / "grades.csv"
    results.write_all(evil, out)
    assert alike.main([str(out)]) == 0
    page = alike.path_of(out).read_text()
    assert "This is no proof" in page and "public" in page and "<mark>" in page
    assert "<b>x" not in page
    assert all(name in page for pair in planted for name in pair)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_class_of_hardly_anybody(room, count, tmp_path):
    alike.write_all(room[0][:count], tmp_path / "grades.csv")
    assert not re.search("<details>", (tmp_path / "grades.alike.html").read_text())


def test_without_a_run_one_sentence_says_so(tmp_path, capsys):
    assert alike.main([str(tmp_path / "grades.csv")]) == 2
    assert "There is no" in capsys.readouterr().out
