"""What a card says of a wrong value is so: digits that differ, a matrix with its wrong entries,
one sentence that fits what was seen.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from checker import show
from checker.card import Card
from checker.comparison import difference
from checker.exercise import Exercise, Module, Number, call
from checker.judge import judge


def exercise(answer, *cases, **options):
    made = Exercise("9.1", "Some", difficulty=1, minutes=1, **options)
    made.reference(answer)
    made.cases(lambda rng: iter(cases))
    return made


GRID = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
FAR = [  # two values that print alike at four digits, or differ by their type alone
    (torch.tensor(0.69314718), torch.tensor(0.69318)),
    (0.69314718, 0.69318),
    (62_380_000.0, 62_378_344),
    ((11_990_000.0, 1_774_784), (11_992_448, 1_774_784)),
    ([1 / 3, 0.25], [0.33334, 0.25]),
    (torch.tensor([0.1, 0.2]), torch.tensor([0.1, 0.200002])),
    (torch.tensor([[0.1, 0.2], [0.3, 0.4]]), torch.tensor([[0.1, 0.2], [0.3, 0.400004]])),
    (torch.arange(40.0), torch.arange(40.0) * 1.001),
    (3.0, 3),
    (True, 1),
    (np.float64(2.0), 2),
    ("3", 3),
]


@pytest.mark.parametrize("got, expected", FAR, ids=lambda value: show.short(value))
def test_what_was_given_and_what_was_expected_look_different(got, expected):
    said = difference(got, expected, 1e-6)
    given, wanted = said.replace("\n```\n", " ").split("expected")[:2]
    given = given.split("gave ")[1].split("stands ")[-1].strip(" ,.")
    assert given.split(", a")[0] != wanted.split("(")[0].strip(" .")


def test_large_whole_numbers_are_shown_to_the_last_digit():
    assert show.short(62_378_344.0) == "62378344.0" and show.short(1234.5678) == "1235.0"
    assert show.short(float("inf")) == "inf" and show.short(float("nan")) == "nan"


def test_a_small_matrix_is_shown_as_one_with_what_is_off_in_brackets():
    wrong = GRID.clone()
    wrong[0, 1] = -20
    verdict = judge(exercise(lambda x: x, call(GRID)), lambda x: wrong)
    text, html = repr(Card(verdict)), Card(verdict)._repr_html_()
    assert "gave\n   1 [-20]\n   3    4\nexpected\n" in text
    assert "1 [2]" in text and "```" not in text + html
    assert html.count("<pre>") == html.count("</pre>") == 2


@pytest.mark.parametrize("shape", [(7, 8), (2, 2, 2), (5,), (1, 4), (4, 1)])
def test_what_is_no_small_matrix_is_not_shown_as_one(shape):
    assert show.as_matrix(torch.ones(shape)) is None
    assert "```" not in difference(torch.ones(shape), torch.zeros(shape))


ONE, MANY = call(torch.tensor([[2.0]])), call(GRID)


@pytest.mark.parametrize(
    "answer, attempt, cases, holds",
    [
        (lambda x: x, lambda x: x[None].clone(), [ONE, MANY], True),
        (lambda x: x, lambda x: x.flatten(), [MANY], True),
        (lambda x: x, lambda x: x.mean(), [ONE, MANY], False),  # right for one number only
        (lambda x: x, lambda x: x.mean(), [ONE], False),
        (lambda x: x, lambda x: x.T.flatten(), [ONE, MANY], False),
        (lambda x: x, lambda x: x.flatten() if x.numel() > 1 else x + 1, [ONE, MANY], False),
        (lambda x: x, lambda x: x.flatten()[0], [ONE, MANY], False),
        (torch.zeros_like, lambda x: torch.zeros(4), [MANY], False),  # all zeros say nothing
    ],
)
def test_the_shape_alone_is_wrong_only_where_it_is_so_on_every_case(answer, attempt, cases, holds):
    verdict = judge(exercise(answer, *cases), attempt)
    assert verdict.state == "not yet"
    assert ("numbers are right, only the shape" in verdict.message) == holds


def test_a_named_mistake_is_not_contradicted_by_the_shape():
    largest = exercise(lambda x: x.amax(1), ONE, MANY)
    largest.mistake("That is the largest of all.", "all")(lambda x: x.max())
    verdict = judge(largest, lambda x: x.max())
    assert verdict.mistake == "all" and "numbers are right" not in verdict.message


def clears(x, other):
    other.clear() if hasattr(other, "clear") else other.__imul__(0)
    return x * 2


@pytest.mark.parametrize(
    "other, advice",
    [
        ([1], "`other = list(other)`"),
        ({"a": 1}, "`other = dict(other)`"),
        (torch.ones(2), "`other = other.clone()`"),
        (np.ones(2), "`other = other.copy()`"),
    ],
)
@pytest.mark.parametrize("by_name", [False, True])
def test_the_changed_argument_is_named_with_its_own_way_to_copy(other, advice, by_name):
    given = call(GRID, other=other) if by_name else call(GRID, other)
    verdict = judge(exercise(lambda x, other: x * 2, given), clears)
    assert "changed `other`, which" in verdict.message and advice in verdict.message


def test_a_view_is_no_fault_where_a_right_answer_is_one():
    cut = exercise(lambda x: x[:1].clone(), call(GRID))
    assert "a view of it" in judge(cut, lambda x: x[1:]).message
    cut.alternative(lambda x: x[:1])
    assert "a view of it" not in judge(cut, lambda x: x[1:]).message


@pytest.mark.parametrize(
    "answer, got, there, absent",
    [
        (lambda x: (x, x), lambda x: (x, None), "gave None, expected", "`return`"),
        (lambda x: x, lambda x: None, "Is there a `return` on every way", "nothing"),
        (lambda x: {"a": x, "b": x}, lambda x: {"a": x}, "gave nothing for b.", "gave no b"),
        (lambda x: x.amax(1), lambda x: x.max(1), "tuple, expected a tensor", "return_types"),
    ],
)
def test_parts_and_wholes_get_the_sentence_that_fits(answer, got, there, absent):
    message = judge(exercise(answer, call(GRID)), got).message
    assert there in message and absent not in message


def test_values_with_their_places_are_a_tuple_whatever_torch_calls_them():
    largest = exercise(lambda x: x.amax(1), call(GRID))
    largest.mistake("Those are two.", "two")(lambda x: (x.amax(1), x.argmax(1)))
    assert judge(largest, lambda x: x.max(1)).mistake == "two"


@pytest.mark.parametrize(
    "given, said",
    [((75, 264), "A comma makes a tuple"), ("75", "Leave the quotes out"), (76, "is not it")],
)
def test_a_number_with_a_comma_is_told_so(given, said):
    number = Number("9.2", "N", 75_264, wrong={"one": (1, "One.")}, difficulty=1, minutes=1)
    assert said in judge(number, given).message


def asks(x, b=None):
    if b:
        return x + b
    return x


def asks_whether_equal(x, b=None):
    if x == 1:
        return x + 1
    return x


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, 2)

    def forward(self, x):
        return self.last(x.flatten(1))


class Short(Flat):
    def forward(self, x):
        return self.last(x.mean(1))


class ByHand(Flat):
    def forward(self, x):
        return F.linear(x.mean(1), self.last.weight)


def test_a_question_about_a_tensor_is_answered_by_what_was_asked():
    plain = exercise(lambda x, b=None: x + 1, call(GRID, GRID))
    assert "write `if b is not None`" in judge(plain, asks).message
    assert "is not None" not in judge(plain, asks_whether_equal).message


def test_a_linear_layer_is_spoken_of_where_there_is_one():
    layer = Module("9.3", "Flat", difficulty=1, minutes=1)
    layer.reference(Flat)
    layer.cases(lambda rng: iter([call(inputs=torch.ones(3, 2, 2))]))
    assert "2 numbers meet a linear layer that expects 4" in judge(layer, Short).message
    assert "linear layer" not in judge(layer, ByHand).message
    product = exercise(lambda x: x, call(GRID))
    message = judge(product, lambda x: x @ torch.ones(3, 2)).message
    assert "2 columns, the one on the right 3 rows" in message and "linear" not in message


@pytest.mark.parametrize(
    "text, plain, html",
    [
        ("for *every* one", "for every one", "for <em>every</em> one"),
        (
            "*both* axes, not *one*.",
            "both axes, not one.",
            "<em>both</em> axes, not <em>one</em>.",
        ),
        ("`a * b * c` and 2 * 3 * 4", "`a * b * c` and 2 * 3 * 4", " and 2 * 3 * 4"),
        ("C*KH*KW numbers", "C*KH*KW numbers", "C*KH*KW numbers"),
        ("`f(*a, *b)`", "`f(*a, *b)`", "<code>f(*a, *b)</code>"),
    ],
)
def test_emphasis_is_shown_and_stars_that_multiply_stay(text, plain, html):
    wrong = exercise(lambda x: x, call(GRID))
    wrong.mistake(text, "twice")(lambda x: 2 * x)
    card = Card(judge(wrong, lambda x: x + x))
    assert plain in repr(card) and html in card._repr_html_()


def test_what_a_learner_prints_keeps_its_stars():
    def stars(x):
        print("*so* it is")
        return 2 * x

    assert "It printed: *so* it is" in repr(Card(judge(exercise(lambda x: x, call(GRID)), stars)))
