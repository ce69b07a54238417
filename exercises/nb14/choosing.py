"""Exercise 14.11: a coefficient chosen from scores over seeds."""

import statistics

import torch

from checker.exercise import Exercise, call

choosing = Exercise(
    "14.11",
    "Choose the coefficient",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        "A mean's standard error: the standard deviation over the root of how many there are.",
        "`scores.std()` divides by n - 1, as it should.",
        "Find the best mean first. Then look at all coefficients, for the largest good enough.",
    ],
)


@choosing.reference
def choose(scores):
    lists = {c: values.tolist() for c, values in scores.items()}
    best = max(lists.values(), key=statistics.fmean)
    error = statistics.stdev(best) / len(best) ** 0.5
    return max(
        c for c, vs in lists.items() if statistics.fmean(vs) >= statistics.fmean(best) - error
    )


@choosing.cases
def _(rng):
    yield call({0.0: torch.tensor([0.8, 0.9]), 0.1: torch.tensor([0.5, 0.6])})
    yield call({0.0: torch.tensor([0.8, 0.9]), 0.1: torch.tensor([0.81, 0.83])})
    yield call({0.3: torch.tensor([0.7, 0.9, 0.8]), 0.1: torch.tensor([0.8, 0.9, 0.85])})
    yield call(  # within a deviation, not within a standard error
        {0.0: torch.tensor([0.7, 0.8, 0.9]), 0.1: torch.tensor([0.72, 0.73, 0.71])}
    )
    yield call(  # its own error is large, the best's is small
        {0.0: torch.tensor([0.80, 0.81, 0.82]), 0.1: torch.tensor([0.5, 0.9, 0.7])}
    )
    yield call(  # within an error by n - 1, not by n
        {0.0: torch.tensor([0.7, 0.9]), 0.1: torch.tensor([0.71, 0.71])}
    )
    yield call(  # one coefficient in the middle is worse than a larger one
        {0.0: torch.tensor([0.8, 0.9, 0.85]), 0.1: torch.tensor([0.5, 0.6, 0.5])}
        | {0.2: torch.tensor([0.84, 0.84, 0.83]), 0.4: torch.tensor([0.1, 0.2, 0.1])}
    )
    yield call(  # a smaller one is good enough, too
        {0.0: torch.tensor([0.82, 0.84, 0.83]), 0.1: torch.tensor([0.8, 0.9, 0.85])}
        | {0.2: torch.tensor([0.3, 0.2, 0.3])}
    )
    for other in (0.745, 0.76):  # the errors by n - 1, by n, and over n lie between these
        yield call({0.0: torch.tensor([0.7, 0.8, 0.9]), 0.1: torch.tensor([other] * 3)})
    yield call({0.0: torch.tensor([0.7, 0.9]), 0.1: torch.tensor([0.68, 0.68])})
    yield call(
        {0.0: torch.tensor([0.75, 0.75]), 0.1: torch.tensor([0.5, 0.75])}
    )  # no error at all
    yield call(  # of four seeds, not of two coefficients
        {0.0: torch.tensor([0.7, 0.7, 0.9, 0.9]), 0.1: torch.tensor([0.73, 0.73, 0.73, 0.73])}
    )
    yield call(  # not as many seeds
        {0.0: torch.tensor([0.8, 0.81, 0.82, 0.8]), 0.1: torch.tensor([0.9, 0.92])}
        | {0.2: torch.tensor([0.81, 0.81, 0.81])}
    )
    yield call(  # the first has fewer seeds than the best, and the next has more
        {0.0: torch.tensor([0.6, 0.62]), 0.2: torch.tensor([0.7, 0.8, 0.8, 0.9, 0.7, 0.9])}
        | {0.4: torch.tensor([0.756] * 8)}
    )
    yield call(  # within a deviation of eight seeds, not within two errors
        {0.0: torch.tensor([0.7, 0.9] * 4), 0.1: torch.tensor([0.71] * 8)}
    )
    yield call(  # not in order
        {
            0.5: torch.tensor([0.8, 0.81]),
            1.0: torch.tensor([0.8, 0.9]),
            0.1: torch.tensor([0.8, 0.82]),
        }
    )
    yield call(  # one lucky seed
        {0.0: torch.tensor([0.80, 0.81, 0.82]), 0.1: torch.tensor([0.5, 0.6, 0.9])}
    )
    for _ in range(3):
        low = rng.uniform(0.6, 0.9, (4, 1)) + rng.normal(0, 0.03, (4, 5))
        yield call(dict(zip((0.0, 0.1, 1.0, 10.0), torch.from_numpy(low))))


def _chosen(error=lambda best, values: best.std() / len(best) ** 0.5, pick=max, center=torch.mean):
    def choose(scores):
        best = max(scores.values(), key=center)
        good = [
            c
            for c, values in scores.items()
            if center(values) >= center(best) - error(best, values)
        ]
        return pick(good)

    return choose


choosing.mistake(
    "You took the one with the best mean. A larger one within a standard error is preferred.",
    "best_mean",
)(_chosen(error=lambda best, values: 0.0))
choosing.mistake(
    "You allow a whole standard deviation. The standard error is it over the root of n.",
    "deviation",
)(_chosen(error=lambda best, values: best.std()))
choosing.mistake(
    "You divide by n in the deviation. From a sample, divide by n - 1: `scores.std()`.", "by_n"
)(_chosen(error=lambda best, values: best.std(correction=0) / len(best) ** 0.5))
choosing.mistake("You took the smallest that is good enough. Take the largest.", "smallest")(
    _chosen(pick=min)
)
choosing.mistake(
    "You allow each its own standard error. That of the best is meant, for all.", "own_error"
)(_chosen(error=lambda best, values: values.std() / len(values) ** 0.5))
choosing.mistake("You allow two standard errors. One is meant.", "two_errors")(
    _chosen(error=lambda best, values: 2 * best.std() / len(best) ** 0.5)
)
choosing.mistake("You divide the deviation by n. It is by the root of n.", "over_n")(
    _chosen(error=lambda best, values: best.std() / len(best))
)
choosing.mistake("You give all that are good enough. One is asked for.", "all_good")(
    _chosen(pick=list)
)


@choosing.mistake("You go by the single best score of a seed. Compare the means over seeds.")
def by_the_best_seed(scores):
    return max(scores, key=lambda c: scores[c].max())


@choosing.mistake(
    "Your root is of the number of seeds of the first coefficient. That of the best is meant."
)
def seeds_of_the_first(scores):
    seeds = len(next(iter(scores.values())))
    return _chosen(error=lambda best, values: best.std() / seeds**0.5)(scores)


@choosing.mistake("You took the last one that is good enough. Take the largest, in any order.")
def last_in_order(scores):
    return _chosen(pick=lambda good: good[-1])(scores)


@choosing.mistake("You took the largest coefficient of all, whatever its scores.")
def largest_of_all(scores):
    return max(scores)


@choosing.alternative
def going_down(scores):
    means = {c: values.mean() for c, values in scores.items()}
    best = scores[max(means, key=means.get)]
    least = best.mean() - best.std() / len(best) ** 0.5
    for c in sorted(scores, reverse=True):
        if means[c] >= least:
            return c


@choosing.alternative
def by_hand(scores):
    means = {c: sum(values.tolist()) / len(values) for c, values in scores.items()}
    top = max(means.values())
    (best,) = (values for c, values in scores.items() if means[c] == top)
    squares = sum((value - top) ** 2 for value in best.tolist())
    error = (squares / (len(best) - 1) / len(best)) ** 0.5
    return max(c for c, mean in means.items() if mean >= top - error)


choosing.demand("the largest coefficient", violated_by="smallest")
choosing.demand("one standard error of the best", violated_by="own_error")
choosing.demand("over the root of the number of seeds", violated_by="deviation")
