"""Mutants judged by the real judge, in processes that may hang or die; survivors and stale entries
named.
"""

import time

import linux_only  # noqa: F401
import pytest
from pages import code, prose, store

import exercises
from authoring import prove, second_solutions
from authoring.mutants import Mutant, mutants
from checker.exercise import Exercise, Number, call
from course.paths import Complaint

CELL = """\
def larger(a, b):
    ### BEGIN SOLUTION
    return a if a > b else b
    ### END SOLUTION"""
LINE = "return a if a > b else b"
EQUAL = "return a if a >= b else b"


def larger(*cases):
    exercise = Exercise("9.1", "Larger", difficulty=1, minutes=1)
    exercise.reference(max)
    exercise.cases(lambda rng: iter(cases))
    exercise.mistake("That is the smaller one.", "smaller")(min)
    exercise.alternative(lambda a, b: sorted([a, b])[1])
    return exercise


def task(exercise, source=CELL, found=None):
    found = mutants(source) if found is None else found
    return prove.Task(exercise, "larger", source, "", found, list(range(len(found))))


def judged(task, capsys, listed=None):
    """The exit status and the lines of the report."""
    status = prove.report([task], prove.prove([task]), {"9.1": listed or {}})
    return status, capsys.readouterr().out


def mutant(body):
    return Mutant("toy", CELL.replace(LINE, body), LINE, body)


STRONG = [call(1, 2), call(2, 1)]


def test_a_strong_exercise_kills_all_but_the_equivalent(capsys):
    status, out = judged(
        task(larger(*STRONG)), capsys, {(LINE, EQUAL): "of two equals either is the larger"}
    )
    assert status == 0 and "100.0 %" in out and "All proven." in out
    assert "survived (" not in out


def test_an_unlisted_survivor_is_shown_with_its_diff(capsys):
    status, out = judged(task(larger(*STRONG)), capsys)
    assert status == 1 and "Not proven: 9.1." in out
    assert (
        "9.1: survived (comparison):\n    @@ -2,3 +2,3 @@\n         ### BEGIN SOLUTION\n    -   "
        f" {LINE}" in out
    )
    assert f"    +    {EQUAL}" in out


def test_a_weak_exercise_is_not_proven(capsys):
    status, out = judged(task(larger(call(2, 1))), capsys, {(LINE, EQUAL): "either"})
    assert status == 1 and f"    -    {LINE}\n    +    return a if True else b" in out


def test_an_entry_that_a_case_tells_apart_or_that_names_no_mutant_is_reported(capsys):
    listed = {
        (LINE, EQUAL): "either",
        (LINE, "return a if a <= b else b"): "wrong",
        (LINE, "return 7"): "gone",
    }
    status, out = judged(task(larger(*STRONG)), capsys, listed)
    assert status == 1 and "9.1: is listed as equivalent, but it is killed:" in out
    assert f"9.1: no mutant makes `{LINE}` into `return 7`; drop it from equivalent.toml." in out


def test_a_reason_is_due(tmp_path):
    (tmp_path / "e.toml").write_text(
        f'[["9.1"]]\nbefore = "{LINE}"\nafter = ["{EQUAL}"]\nreason = "either"\n'
    )
    assert prove.equivalent(tmp_path / "e.toml") == {"9.1": {(LINE, EQUAL): "either"}}
    (tmp_path / "e.toml").write_text(
        f'[["9.1"]]\nbefore = "{LINE}"\nafter = ["{EQUAL}"]\nreason = ""\n'
    )
    with pytest.raises(Complaint, match="gives no reason"):
        prove.equivalent(tmp_path / "e.toml")


@pytest.mark.parametrize(
    "body",
    [
        "return larger(a, b)",
        "raise SystemExit",
        "import os; os._exit(0)",
        "import os; os.kill(os.getpid(), 9)",
        "return bytearray(1 << 40)",
        "\n    while True:\n        pass",
        (
            "\n    import time\n    while True:\n        try: time.sleep(9)\n        except"
            " BaseException: pass"
        ),
    ],
)
def test_a_mutant_that_hangs_or_dies_is_dead_and_the_next_is_judged(body, monkeypatch):
    monkeypatch.setattr(prove, "PATIENCE", 1.0)
    found = [mutant("return b"), mutant(body), mutant(LINE), mutant("return a")]
    start = time.monotonic()
    [result] = prove.prove([task(larger(*STRONG), found=found)])
    assert result.killed == {0: True, 1: True, 2: False, 3: True}
    assert time.monotonic() - start < 30


def test_mistakes_and_alternatives_that_go_wrong_are_named(capsys):
    exercise = larger(*STRONG)
    exercise.mistake("That is the larger one.", "no mistake")(max)
    exercise.alternative(min)
    status, out = judged(task(exercise), capsys, {(LINE, EQUAL): "either"})
    assert (
        status == 1
        and "the mistake no mistake is not named" in out
        and "the alternative min is not accepted" in out
    )
    assert "1/2" in out


def test_a_number_has_no_mutants(capsys):
    number = Number(
        "9.1", "Seven", 7, wrong={"six": (6, "One more.")}, right=[7.0], difficulty=1, minutes=1
    )
    status, out = judged(prove.Task(number), capsys)
    assert status == 0 and out.splitlines()[1].split() == [
        "9.1",
        "1/1",
        "1/1",
        "0",
        "0",
        "0",
        "0",
        "-",
    ]


ONE_LINE = [lambda a, b: b if a < b else a]


def by_sorting(a, b):
    return sorted([a, b])[1]


def test_second_solutions_are_mutated_and_counted_by_notebook(capsys):
    exercise = larger(*STRONG)
    exercise.alternatives = [*ONE_LINE, by_sorting, max, as_made(), 7]
    found = [second_solutions.mutants_of(one) for one in second_solutions.seconds(exercise)]
    tasks = prove.second_tasks(exercise, found)
    assert [task.label for task in tasks] == ["9.1 answer", "9.1 by_sorting"]
    assert prove.report(tasks, prove.prove(tasks), {}) == 1
    out = capsys.readouterr().out
    assert "9.1 answer: survived (comparison):" in out  # of two equals either is the larger
    assert "9.1 by_sorting: survived (swapped_items):" in out and "(constant)" not in out
    assert "09 second" in out and "all second" in out


def as_made():
    return lambda a, b: max(a, b)


def test_a_solution_that_does_not_pass_is_no_proof():
    with pytest.raises(Complaint, match="9.1: its solution or its catalogue"):
        prove.prove([task(larger(*STRONG), CELL.replace(">", "<"))])


def test_a_sample_is_the_same_for_the_same_seed():
    def chosen(seed):
        both = [task(larger(*STRONG)), task(larger(*STRONG))]
        prove.sample(both, 7, seed)
        return [one.chosen for one in both]

    assert chosen(3) == chosen(3) != chosen(4)
    assert sum(map(len, chosen(3))) == 7


def test_of_a_sample_the_whole_is_judged(capsys):
    def counted(kills):
        found = [mutant("return b")] * kills + [mutant(LINE)]
        died = {place: place < kills for place in range(kills + 1)}
        return prove.Proof(task(larger(*STRONG), found=found), killed=died)

    weak, strong = counted(1), counted(200)
    for sampled in (False, True):
        tasks = [weak.task, strong.task]
        strong.task.exercise.id = "9.2"
        assert prove.report(tasks, [weak, strong], {}, sampled) == int(not sampled)
    assert "Not proven: 9.1." in capsys.readouterr().out


def test_tasks_of_a_notebook(tmp_path):
    solved = (
        "def output_size(n, k, s=1, p=0, d=1):\n    ### BEGIN SOLUTION\n    return helper(n)\n   "
        " ### END SOLUTION"
    )
    path = store(
        tmp_path / "02_a.ipynb",
        code("helper", "def helper(n):\n    return n\nprint(1)"),
        prose("ex-2-1", "", "exercise"),
        code("ex-2-1-solution", solved, "solution"),
        code("ex-2-1-check", 'output_size = check("2.1", output_size)', "check"),
        prose("ex-2-2", "", "exercise"),
        code("ex-2-2-solution", '### BEGIN SOLUTION\nletter = "b"\n### END SOLUTION', "solution"),
        code("ex-2-2-check", 'letter = check("2.2", letter)', "check"),
    )
    one, two = [solved.task() for solved in prove.solved(path)]
    assert (one.exercise.id, one.name, one.needs) == (
        "2.1",
        "output_size",
        "def helper(n):\n    return n",
    )
    assert one.mutants and not two.mutants


def test_the_course_s_own_list_names_exercises_that_exist():
    there = {id for number in exercises.NOTEBOOKS for id in exercises.of(number)}
    assert there > set(prove.equivalent(prove.EQUIVALENT)) > set()
