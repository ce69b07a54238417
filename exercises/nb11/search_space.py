"""Exercises 11.6 and 11.7: how large a space is, and one name for each cell."""

from itertools import combinations_with_replacement
from math import factorial

import numpy as np

from checker import comparison
from checker.exercise import Exercise, call
from exercises.variants import as_floats
from utils.models.search_space import CHOICES, Cell

# 11.6

counting = Exercise(
    "11.6",
    "How large is the space?",
    difficulty=2,
    minutes=10,
    core=False,
    points=2,
    hints=[
        (
            "In pair number p (from 0) there are inputs + p states. So one of its two members is"
            " one of n = operations * (inputs + p)."
        ),
        "Two members out of n, in any order, the same one twice allowed: n * (n + 1) / 2.",
        "The choices of one pair are combined with those of every other: multiply.",
    ],
)


@counting.reference
def count_cells(operations, inputs, pairs):
    total = 1
    for states in range(inputs, inputs + pairs):
        total *= sum(1 for _ in combinations_with_replacement(range(operations * states), 2))
    return total


@counting.cases
def _(rng):
    yield call(2, 1, 1)
    yield call(3, 1, 2)
    yield call(8, 2, 1)
    yield call(4, 1, 2)
    yield call(2, 3, 3)
    yield call(13, 2, 5)
    yield call(int(rng.integers(3, 9)), int(rng.integers(1, 4)), int(rng.integers(2, 5)))


def _product(pair, states=lambda inputs, p: inputs + p):
    def count_cells(operations, inputs, pairs):
        total = 1
        for p in range(pairs):
            total *= pair(operations * states(inputs, p))
        return total

    return count_cells


for _name, _made, _sentence in (
    (
        "with_order",
        _product(lambda n: n * n),
        (
            "You count a pair and the same pair the other way round as two. It is one: its order"
            " does not matter."
        ),
    ),
    (
        "no_repeats",
        _product(lambda n: n * (n - 1) // 2),
        ("You leave out the pairs of two equal members. They count, too."),
    ),
    (
        "half",
        _product(lambda n: n * n // 2),
        (
            "You take half of n * n. That halves the pairs of two equal members as well, which"
            " n * n counts once."
        ),
    ),
    (
        "no_growth",
        _product(lambda n: n * (n + 1) // 2, lambda inputs, p: inputs),
        ("Your pairs read the inputs only. A later pair may read what earlier ones made."),
    ),
    (
        "sees_itself",
        _product(lambda n: n * (n + 1) // 2, lambda inputs, p: inputs + p + 1),
        "You let a pair read its own output. It reads the inputs and the pairs before it.",
    ),
    (
        "no_states",
        _product(lambda n: n * (n + 1) // 2, lambda inputs, p: 1),
        "You count the operations only. Each member reads one of several states, too.",
    ),
    ("one_choice", _product(lambda n: n), "You count one member a pair. A pair has two."),
):
    counting.mistake(_sentence, _name)(_made)


@counting.recall
def _(rng):
    operations, inputs = rng.randint(2, 5), rng.randint(1, 2)
    text = (
        f"Cells of one pair: {operations} operations, {inputs} input{'s' * (inputs > 1)}, order "
        "within a pair does not matter. How many cells are there?"
    )
    return text, call(operations, inputs, 1)


@counting.mistake(
    "You add up the choices of the pairs. Multiply: each choice goes with all of the others."
)
def added(operations, inputs, pairs):
    return sum(n * (n + 1) // 2 for n in (operations * (inputs + p) for p in range(pairs)))


@counting.mistake(
    "You count pairs of operations and pairs of states, each by themselves. A member is both"
    " together."
)
def apart(operations, inputs, pairs):
    total = 1
    for states in range(inputs, inputs + pairs):
        total *= operations * (operations + 1) // 2 * (states * (states + 1) // 2)
    return total


@counting.mistake("You leave the order of the pairs out of the count. It matters.")
def without_order_of_pairs(operations, inputs, pairs):
    return count_cells(operations, inputs, pairs) // factorial(pairs)


counting.mistake(
    "The number is right, but it is a float. Cells are counted: return an `int`.", "a_float"
)(as_floats(count_cells))


counting.alternative(_product(lambda n: n * (n + 1) // 2))


@counting.alternative
def by_sets(operations, inputs, pairs):
    total = 1
    for p in range(pairs):
        members = [
            (state, operation) for state in range(inputs + p) for operation in range(operations)
        ]
        total *= len({tuple(sorted((one, other))) for one in members for other in members})
    return total


@counting.alternative
def equal_and_unlike(operations, inputs, pairs):
    numbers = [operations * (inputs + p) for p in range(pairs)]
    return int(np.prod([n + n * (n - 1) // 2 for n in numbers], dtype=object))


counting.demand("or what an earlier pair made", violated_by="no_growth")
counting.demand("an operation together with the state it reads", violated_by="apart")
counting.demand("Within a pair order does not matter", violated_by="with_order")
counting.demand("both members may be the same", violated_by="no_repeats")
counting.demand("The order of the pairs does matter", violated_by="without_order_of_pairs")
counting.demand("Returns: int", violated_by="a_float")


# 11.7

order = Exercise(
    "11.7",
    "One name for each cell",
    difficulty=2,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "The first pair is easy: `sorted((a, b))`.",
        (
            "A member of the second pair is a state and an operation together. Keep them together"
            " while you sort."
        ),
        "`sorted([(s, c), (t, d)])` compares states first, then operations.",
    ],
)


@order.reference
def tidy(cell):
    return tuple(Cell(*cell).tidy())


@order.cases
def _(rng):
    yield call((1, 0, 0, 0, 0, 0))
    yield call((0, 0, 1, 0, 0, 3))
    yield call((2, 1, 0, 3, 0, 2))
    yield call((0, 3, 0, 3, 1, 0))
    yield call((3, 2, 1, 2, 1, 1))
    for _ in range(10):
        yield call(tuple(int(rng.integers(n)) for n in CHOICES))


def _tuple_differs(got, wanted):
    """Later cells look a cell up in a dict, so it has to be a tuple of plain numbers."""
    plain = type(got) is type(wanted) and all(isinstance(one, (int, np.integer)) for one in got)
    odd = comparison.difference(got, wanted)
    return (
        odd if odd or plain else f"gave {comparison.short(got)}, which is no tuple of six `int`."
    )


order.miss = _tuple_differs


def _first(a, b):
    return min(a, b), max(a, b)


@order.mistake("You leave the first pair as it is. Put a and b in order, too.")
def second_only(cell):
    return (*cell[:2], *tidy(cell)[2:])


@order.mistake("You leave the second pair as it is. Put its two members in order, too.")
def first_only(cell):
    return (*_first(*cell[:2]), *cell[2:])


@order.mistake(
    "You put the operations c and d in order and leave the states. That makes another cell."
)
def operations_only(cell):
    a, b, s, c, t, d = cell
    return *_first(a, b), s, *_first(c, d)[:1], t, max(c, d)


@order.mistake(
    "You put the states s and t in order and leave the operations. That makes another cell."
)
def states_only(cell):
    a, b, s, c, t, d = cell
    return *_first(a, b), min(s, t), c, max(s, t), d


@order.mistake(
    "You put states and operations in order, each by themselves. That makes another cell."
)
def each_by_itself(cell):
    a, b, s, c, t, d = cell
    return *_first(a, b), min(s, t), min(c, d), max(s, t), max(c, d)


@order.mistake("You compare the operations of two members first. Compare their states first.")
def by_operation(cell):
    a, b, s, c, t, d = cell
    (c, s), (d, t) = sorted([(c, s), (d, t)])
    return *_first(a, b), s, c, t, d


@order.mistake("You put the larger one of each pair first. Put the smaller one first.")
def descending(cell):
    a, b, s, c, t, d = tidy(cell)
    return b, a, t, d, s, c


@order.mistake("You sort all six numbers. Only the two of a pair may change places.")
def all_six(cell):
    return tuple(sorted(cell))


@order.mistake("You compare the states alone, so two members of one state keep their order.")
def ties_kept(cell):
    a, b, s, c, t, d = cell
    return *_first(a, b), *((t, d, s, c) if t < s else (s, c, t, d))


@order.mistake("The six numbers are right, but in a list. Return a tuple.")
def a_list(cell):
    return list(tidy(cell))


@order.alternative
def by_sorting(cell):
    a, b, s, c, t, d = cell
    one, other = sorted([(s, c), (t, d)])
    return (*sorted([a, b]), *one, *other)


@order.alternative
def by_numbers(cell):
    a, b, s, c, t, d = cell
    low, high = _first(4 * s + c, 4 * t + d)
    return min(a, b), max(a, b), *divmod(low, 4), *divmod(high, 4)


@order.alternative
def by_swaps(cell):
    cell = list(cell)
    if cell[0] > cell[1]:
        cell[0], cell[1] = cell[1], cell[0]
    if cell[2] > cell[4] or (cell[2] == cell[4] and cell[3] > cell[5]):
        cell[2:] = cell[4:] + cell[2:4]
    return tuple(cell)


order.demand("Return the tuple", violated_by="a_list")
order.demand("a is not larger than b", violated_by="second_only")
order.demand("if its state is smaller", violated_by="by_operation")
order.demand("at equal states if its operation is smaller", violated_by="ties_kept")
