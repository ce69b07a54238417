"""Exercises 14.12 and 14.13: dropout and batch norm in one net."""

from checker.exercise import Exercise, Prediction, call
from exercises.variants import as_floats

# 14.12

unnecessary = Prediction(
    "14.12",
    "Does batch norm make dropout unnecessary?",
    "c",
    "abcd",
    difficulty=2,
    minutes=2,
    hints=["Which of the two keeps the net from knowing a single picture again?"],
)


# 14.13

shift = Exercise(
    "14.13",
    "The variance behind dropout",
    difficulty=4,
    minutes=10,
    core=False,
    points=2,
    hints=[
        "The variance of a number is the mean of its square, minus the square of its mean.",
        "In training a number is 0 with probability p, and x / (1 - p) otherwise. Its mean stays.",
        "The mean of x squared is `var + mean**2`. Behind dropout it is that over 1 - p.",
    ],
)


@shift.recall
def _(rng):
    mean, var, p = float(rng.randint(0, 4)), float(rng.randint(0, 4)), rng.choice([0.2, 0.5])
    text = (
        f"A number has mean {mean}, variance {var}. Which variance has it behind dropout with p = "
        f"{p}? (in training, in evaluation)"
    )
    return text, call(mean, var, p)


@shift.reference
def variances(mean, var, p):
    """Every outcome of a number that is as often a spread above its mean as below."""
    spread = var**0.5
    outcomes = [
        (share, kept * (mean + side * spread) / (1 - p))
        for side in (-1, 1)
        for kept, share in ((0, p / 2), (1, (1 - p) / 2))
    ]
    center = sum(share * value for share, value in outcomes)
    return sum(share * (value - center) ** 2 for share, value in outcomes), float(var)


@shift.cases
def _(rng):
    yield call(0.0, 1.0, 0.5)
    yield call(2.0, 0.0, 0.5)
    yield call(1.0, 2.0, 0.25)
    yield call(-3.0, 0.5, 0.2)
    yield call(1.0, 2.0, 0.0)
    for _ in range(3):
        yield call(float(rng.normal()), float(rng.uniform(0.1, 3)), float(rng.uniform(0.05, 0.9)))


def _variances(training, evaluation=lambda mean, var, p: var):
    return lambda mean, var, p: (training(mean, var, p), evaluation(mean, var, p))


def _right(mean, var, p):
    return (var + mean**2) / (1 - p) - mean**2


shift.mistake(
    "That is so where the mean is 0. What is dropped is missing from the mean's part, too.",
    "mean_forgotten",
)(_variances(lambda mean, var, p: var / (1 - p)))
shift.mistake("You left out the division by 1 - p of what is kept.", "not_scaled")(
    _variances(lambda mean, var, p: (1 - p) * (var + mean**2) - (1 - p) ** 2 * mean**2)
)
shift.mistake("You have p for 1 - p: p is the share that is dropped.", "p_is_kept")(
    _variances(lambda mean, var, p: (var + mean**2) / p - mean**2 if p else float("inf"))
)
shift.mistake("That is the mean of the square. Take the square of the mean off it.", "square")(
    _variances(lambda mean, var, p: (var + mean**2) / (1 - p))
)
shift.mistake(
    "You divide the variance by (1 - p) squared, as if nothing were dropped.", "nothing_dropped"
)(_variances(lambda mean, var, p: var / (1 - p) ** 2))
shift.mistake("Training is right. In evaluation dropout does nothing.", "both_alike")(
    _variances(_right, _right)
)
shift.mistake("You have training and evaluation the wrong way round.", "swapped")(
    _variances(lambda mean, var, p: var, _right)
)
shift.mistake("You give the training one alone. Both are asked for.", "training_only")(_right)
shift.mistake("Those are standard deviations. Give the variances.", "deviations")(
    _variances(lambda *of: _right(*of) ** 0.5, lambda mean, var, p: var**0.5)
)


@shift.alternative
def in_two_parts(mean, var, p):
    of_the_mask = p / (1 - p)
    return var + of_the_mask * (var + mean**2), var


@shift.alternative
def by_the_law_of_total_variance(mean, var, p):
    given_the_mask = (1 - p) * var / (1 - p) ** 2
    between_masks = p * (1 - p) * (mean / (1 - p)) ** 2
    return given_the_mask + between_masks, var


shift.alternative(as_floats(_variances(_right)))
shift.demand("in training", violated_by="not_scaled")
shift.demand("in evaluation", violated_by="both_alike")
shift.demand("with probability p", violated_by="p_is_kept")
