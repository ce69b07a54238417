"""Exercises 13.4 and 13.5: who is beaten by nobody, and whether two entries differ."""

import itertools
import math
import statistics

import numpy as np
import torch

from checker.exercise import Exercise, call
from utils import capstone

# 13.4

unbeaten = Exercise(
    "13.4",
    "Who is beaten by nobody?",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        "Ask it of each entry: is there any other that beats it?",
        (
            "`i` beats `j` if `costs[i] <= costs[j] and scores[i] >= scores[j]`, and one of the"
            " two is not an equality."
        ),
        "A list comprehension over the places `j`, with `not any(...)` over the places `i`.",
    ],
)


@unbeaten.reference
def front(costs, scores):
    return capstone.front(costs, scores)


@unbeaten.cases
def _(rng):
    yield call([3], [50])
    yield call([1, 2], [60, 50])
    yield call([2, 1], [60, 50])
    yield call([2, 1, 3], [50, 60, 70])
    yield call([2, 2], [50, 50])
    yield call([2, 2, 1], [50, 60, 40])
    yield call([1, 2, 3], [60, 60, 60])
    yield call([5, 1, 4, 2, 3], [9, 1, 9, 3, 2])
    for _ in range(4):
        size = int(rng.integers(4, 12))
        yield call(rng.integers(1, 8, size).tolist(), rng.integers(40, 50, size).tolist())


def _front(beats):
    def answer(costs, scores):
        points = list(zip(costs, scores))
        others = [
            [two for place, two in enumerate(points) if place != one] for one in range(len(points))
        ]
        return [
            place
            for place, point in enumerate(points)
            if not any(beats(other, point) for other in others[place])
        ]

    return answer


unbeaten.mistake(
    "Your entries beat others that are equal to them in both. Equal ones do not beat each other.",
    "equals_out",
)(_front(lambda one, two: one[0] <= two[0] and one[1] >= two[1]))


unbeaten.mistake(
    "Your entries have to be better in both to beat. Better in one and as good in the other beats,"
    " too.",
    "strictly_both",
)(_front(lambda one, two: one[0] < two[0] and one[1] > two[1]))


unbeaten.mistake(
    "Your entries have to be cheaper to beat. As cheap and more accurate beats, too.",
    "strictly_cheaper",
)(_front(lambda one, two: one[0] < two[0] and one[1] >= two[1]))


unbeaten.mistake(
    "Your entries have to be more accurate to beat. As accurate and cheaper beats, too.",
    "strictly_better",
)(_front(lambda one, two: one[0] <= two[0] and one[1] > two[1]))


unbeaten.mistake(
    "Your entries beat by being better in one of the two. They may not be worse in the other.",
    "either",
)(_front(lambda one, two: one[0] < two[0] or one[1] > two[1]))


unbeaten.mistake("Your front takes a high cost for good. A low cost is good.", "costly")(
    _front(lambda one, two: one != two and one[0] >= two[0] and one[1] >= two[1])
)


@unbeaten.mistake("You return the places that are beaten. The others are asked for.")
def beaten(costs, scores):
    kept = capstone.front(costs, scores)
    return [place for place in range(len(costs)) if place not in kept]


@unbeaten.mistake(
    "You return the places of the lowest cost and of the highest score. An entry between them may"
    " be beaten by nobody, too, and one of them may be beaten."
)
def both_ends(costs, scores):
    return [
        place
        for place, (cost, score) in enumerate(zip(costs, scores))
        if cost == min(costs) or score == max(scores)
    ]


@unbeaten.mistake("You return the right places, sorted by cost. Return them rising.")
def sorted_by_cost(costs, scores):
    return sorted(capstone.front(costs, scores), key=lambda place: (costs[place], scores[place]))


@unbeaten.mistake("You return the entries. Return their places in the lists, counted from 0.")
def the_entries(costs, scores):
    return [(costs[place], scores[place]) for place in capstone.front(costs, scores)]


@unbeaten.mistake(
    "You return the place of the highest score alone. Cheaper ones belong to the front, too."
)
def the_winner(costs, scores):
    return [scores.index(max(scores))]


@unbeaten.alternative
def by_pairs(costs, scores):
    beaten = set()
    for (_, a), (j, b) in itertools.permutations(enumerate(zip(costs, scores)), 2):
        if a != b and a[0] <= b[0] and a[1] >= b[1]:
            beaten.add(j)
    return sorted(set(range(len(costs))) - beaten)


@unbeaten.alternative
def by_matrices(costs, scores):
    c, s = torch.tensor(costs), torch.tensor(scores)
    as_good = (c[:, None] <= c) & (s[:, None] >= s)
    better = (c[:, None] < c) | (s[:, None] > s)
    return torch.nonzero(~(as_good & better).any(0)).flatten().tolist()


@unbeaten.alternative
def by_sweeping(costs, scores):
    order, best, found = sorted(range(len(costs)), key=lambda j: (costs[j], -scores[j])), None, []
    for j in order:
        if best is None or scores[j] > best[1] or (costs[j], scores[j]) == best:
            found.append(j)
            best = costs[j], scores[j]
    return sorted(found)


unbeaten.demand("a low cost is good", violated_by="costly")
unbeaten.demand("Return the list of the places", violated_by="the_entries")
unbeaten.demand("counted from 0 and rising", violated_by="sorted_by_cost")
unbeaten.demand("equal in both do not beat each other", violated_by="equals_out")


# 13.5

apart = Exercise(
    "13.5",
    "Are two entries different?",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "The error of one mean: the standard deviation, with n - 1, over the square root of n.",
        (
            "Two independent errors add up as the sides of a right angle: the root of the sum of"
            " squares."
        ),
        "`math.hypot(one, other)` is that root. The last step is `abs(difference) > 3 * error`.",
    ],
)


@apart.reference
def compare(first, second):
    difference = statistics.fmean(first) - statistics.fmean(second)
    error = math.sqrt(sum(statistics.variance(runs) / len(runs) for runs in (first, second)))
    return difference, error, abs(difference) > 3 * error


@apart.cases
def _(rng):
    yield call([91, 92, 93], [88, 89, 90])
    yield call([88, 89, 90], [91, 92, 93])
    yield call([88, 90, 92], [89, 91, 93])
    yield call([80, 81], [84, 86, 88, 90])
    yield call([90, 91, 92], [92, 93, 94])
    yield call([90, 91, 92], [88, 89, 90, 91, 92])
    yield call([60, 70], [89.0, 89.5])
    yield call([60, 66, 72], [72, 73, 74])
    yield call([90, 92], [94, 94])
    for _ in range(3):
        yield call((90 + rng.standard_normal(3)).tolist(), (88 + rng.standard_normal(4)).tolist())


def _compared(
    spread=statistics.stdev, root=True, join=math.hypot, judge=lambda d, e: abs(d) > 3 * e, sign=1
):
    def answer(first, second):
        difference = sign * (sum(first) / len(first) - sum(second) / len(second))
        errors = [spread(runs) / (len(runs) ** 0.5 if root else 1) for runs in (first, second)]
        return difference, join(*errors), judge(difference, join(*errors))

    return answer


apart.mistake("Your standard deviations divide by n. Divide by n - 1.", "divided_by_n")(
    _compared(spread=statistics.pstdev)
)


apart.mistake(
    "You take the spread of single runs for the error of a mean. Divide it by the root of n.",
    "spread_of_runs",
)(_compared(root=False))


apart.mistake("You add the two errors. Take the root of the sum of their squares.", "added")(
    _compared(join=lambda a, b: a + b)
)


apart.mistake("You give the squared error. Give its root.", "no_root")(
    _compared(join=lambda a, b: a * a + b * b)
)


apart.mistake(
    "Your verdict is never True for a difference below zero. It counts in either direction.",
    "one_side",
)(_compared(judge=lambda d, e: d > 3 * e))


apart.mistake("Your verdict asks for more than one error. Ask for more than three.", "one_error")(
    _compared(judge=lambda d, e: abs(d) > e)
)


apart.mistake("Your verdict is True at exactly three errors. Ask for more.", "at_least_three")(
    _compared(judge=lambda d, e: abs(d) >= 3 * e)
)


apart.mistake(
    "Your verdict asks for more than two errors. Ask for more than three.", "two_errors"
)(_compared(judge=lambda d, e: abs(d) > 2 * e))


apart.mistake("Your difference is second minus first. It is first minus second.", "turned")(
    _compared(sign=-1)
)


apart.alternative(_compared())


@apart.alternative
def by_tensors(first, second):
    first, second = torch.tensor(first).double(), torch.tensor(second).double()
    difference = first.mean() - second.mean()
    error = (first.var() / len(first) + second.var() / len(second)).sqrt()
    return difference.item(), error.item(), bool(difference.abs() > 3 * error)


@apart.alternative
def by_hand(first, second):
    means, squares = [], []
    for runs in (first, second):
        mean = sum(runs) / len(runs)
        means.append(mean)
        squares.append(sum((run - mean) ** 2 for run in runs) / (len(runs) - 1) / len(runs))
    difference, error = means[0] - means[1], sum(squares) ** 0.5
    return difference, error, (difference / error) ** 2 > 9


@apart.alternative
def by_numpy(first, second):
    difference = np.mean(first) - np.mean(second)
    error = np.sqrt(np.var(first, ddof=1) / len(first) + np.var(second, ddof=1) / len(second))
    return difference, error, abs(difference) > 3 * error


apart.demand("the mean of the first minus the mean of the second", violated_by="turned")
apart.demand("the root of the sum of the two squared standard errors", violated_by="added")
apart.demand("with n - 1", violated_by="divided_by_n")
apart.demand("in either direction", violated_by="one_side")
apart.demand("**more than three** errors", violated_by="at_least_three")
