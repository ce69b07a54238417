"""What passes carries the notebook on: alternatives are put in place of the solution, and later
cells are run and compared.
"""

import pytest
from pages import code, store

from authoring import carry
from checker.exercise import Exercise, call

SOLUTION = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
CHECK = 'double = check("9.1", double)'
NOTEBOOK = [
    code("before", "three = 3\nfour = 1 / 0"),
    code("ex-9-1-solution", SOLUTION, "solution"),
    code("ex-9-1-check", CHECK, "check"),
    code("five", "five = 5"),
    code("mine", "print(double(three)); print(double.__name__)"),
    code("aside", "print('never run', 1 / 0)"),
    code("fifth", "sixth = double(five)"),
    code("shown", "sixth + 1"),
    code("unsteady", "print(double)", "nbval-ignore-output"),
    code("drawn", "print(id(double))", "own-drawing"),
    code("other", "double = 1"),
    code("not-mine", "double + 1 / 0"),
]


@pytest.fixture
def double(monkeypatch):
    exercise = Exercise("9.1", "Double", difficulty=1, minutes=1)
    exercise.reference(lambda x: x + x)
    exercise.cases(lambda rng: iter([call(1)]))
    monkeypatch.setattr(carry.exercises, "find", lambda id: exercise)
    return exercise


def carried(exercise, folder, attempt):
    exercise.alternatives = [attempt]
    [way] = carry.ways(store(folder / "09_a.ipynb", *NOTEBOOK))
    return carry.carry([(way, 0)])


def test_only_what_leans_on_the_answer_is_run_with_what_it_needs(tmp_path):
    [way] = carry.ways(store(tmp_path / "09_a.ipynb", *NOTEBOOK))
    assert [cell.id for cell in way.cells] == [
        "five",
        "mine",
        "fifth",
        "shown",
        "unsteady",
        "drawn",
    ]
    assert "three = 3" in way.before and "def double" in way.before and "four" not in way.before


def test_a_right_answer_of_another_look_carries_the_notebook_on(double, tmp_path):
    assert carried(double, tmp_path, lambda x: x + x) == []


@pytest.mark.parametrize(
    "attempt, found",
    [
        (lambda x: x / (x - 3), "9.1 <lambda>: cell mine raised ZeroDivisionError"),
        (lambda x: 2.0 * x, "9.1 <lambda>: cell mine shows\n6.0\ndouble"),
        (
            lambda x: 2 * x + (x > 4),
            "9.1 <lambda>: cell shown shows\nOut[0]: 12\n\nand after the solution",
        ),
    ],
    ids=["raises", "prints", "shows"],
)
def test_one_that_passes_and_breaks_a_later_cell_is_named(double, tmp_path, attempt, found):
    findings = carried(double, tmp_path, attempt)
    assert findings and found in findings[0]


def test_a_name_bound_in_the_cell_itself_is_no_need():
    one = carry.piece("for i in range(n):\n    j = i + k\n    print(j)\nm += 1")
    assert (set(one.needs), set(one.defines)) == ({"n", "k", "m"}, {"i", "j", "m"})
    assert carry.piece("with f() as g:\n    a = g()\n    print(a)").needs == ("f",)


def test_a_list_that_grows_is_bound_by_what_makes_it_grow():
    pieces = [carry.piece(text) for text in ("rows.append(f())", "print(g)", "print(rows)")]
    assert carry.onward(pieces, "f") == ([0, 2], {"f", "rows"})


def test_a_loop_variable_of_another_cell_is_not_leant_on():
    pieces = [carry.piece(text) for text in ("for x in f(): pass", "for x in (1, 2): print(x)")]
    assert carry.onward(pieces, "f") == ([0], {"f"})


def test_a_sample_of_the_course():
    pairs = carry.sample(carry.pairs([]), 4, seed=0)
    assert carry.carry(pairs) == []


def test_a_listed_one_may_show_other_numbers_and_must(monkeypatch):
    def found(seen, **listed):
        monkeypatch.setattr(carry, "other_numbers", lambda: {"9.1": listed})
        way = carry.Way("9.1", "f", "", ())
        monkeypatch.setattr(
            carry.Way, "attempts", [test_a_listed_one_may_show_other_numbers_and_must]
        )
        monkeypatch.setattr(carry, "showing", lambda way, seen, wanted: iter(seen.values()))
        return list(carry.differences(way, 0, seen, {}))

    name = "test_a_listed_one_may_show_other_numbers_and_must"
    assert found({"cell": "3"}) == [f"9.1 {name}: 3"]
    assert found({"cell": "3"}, **{name: "drawn otherwise"}) == []
    assert "errs" in found({}, **{name: "drawn otherwise"})[0]
    assert "raised" in found({"cell": "raised ValueError: no"}, **{name: "drawn"})[0]
