"""Exercises 13.6 and 13.7: a leak, and cheats."""

import statistics

import torch

from checker.exercise import Choice, Exercise, call, normal

# 13.6

choosing = Exercise(
    "13.6",
    "Spot the leak: the best of many",
    difficulty=2,
    minutes=6,
    points=1,
    hints=[
        "Which of the two tables may decide, and which may only report?",
        "`valid.mean(1).argmax()` is the chosen net. Its row of `test` gives the score.",
    ],
)


@choosing.reference
def choose(valid, test):
    rows = [statistics.fmean(row) for row in valid.tolist()]
    best = max(range(len(rows)), key=rows.__getitem__)
    return best, statistics.fmean(test[best].tolist())


@choosing.cases
def _(rng):
    yield call(
        torch.tensor([[80.0, 82.0], [84.0, 84.0]]), torch.tensor([[85.0, 87.0], [80.0, 84.0]])
    )
    yield call(
        torch.tensor([[90.0, 70.0], [82.0, 84.0]]), torch.tensor([[81.0, 82.0], [79.0, 83.0]])
    )
    yield call(torch.tensor([[70.0], [71.0], [72.0]]), torch.tensor([[75.0], [79.0], [68.0]]))
    for nets, seeds in ((5, 3), (8, 2), (6, 4)):
        yield call(80 + 3 * normal(rng, nets, seeds), 82 + 3 * normal(rng, nets, seeds))


@choosing.mistake("You choose by `test` and report on it, too. Choose by `valid`.")
def chosen_by_test(valid, test):
    best = test.mean(1).argmax().item()
    return best, test[best].mean().item()


@choosing.mistake(
    "You report on `valid`, by which you chose, so the score is too good. Report on `test`."
)
def reported_on_valid(valid, test):
    best = valid.mean(1).argmax().item()
    return best, valid[best].mean().item()


@choosing.mistake("You report the score of the best net on `test`. Report that of the chosen net.")
def best_of_test(valid, test):
    return valid.mean(1).argmax().item(), test.mean(1).max().item()


@choosing.mistake("You choose by the best single run. Choose by the mean of the seeds.")
def luckiest_run(valid, test):
    best = valid.amax(1).argmax().item()
    return best, test[best].mean().item()


@choosing.mistake("You report the best seed of the chosen net. Report the mean of its seeds.")
def best_seed(valid, test):
    best = valid.mean(1).argmax().item()
    return best, test[best].max().item()


@choosing.mistake("You choose by both tables together. Choose by `valid` alone.")
def both_tables(valid, test):
    best = (valid.mean(1) + test.mean(1)).argmax().item()
    return best, test[best].mean().item()


@choosing.alternative
def in_two_lines(valid, test):
    best = valid.mean(1).argmax()
    return best.item(), test.mean(1)[best].item()


@choosing.alternative
def by_sorting(valid, test):
    best = int(torch.argsort(valid.sum(1), descending=True)[0])
    return best, float(test[best].sum()) / test.shape[1]


@choosing.alternative
def by_a_loop(valid, test):
    best = 0
    for net in range(1, len(valid)):
        if sum(valid[net]) > sum(valid[best]):
            best = net
    return best, float(sum(test[best]) / len(test[best]))


choosing.demand("Choose one net and report it honestly", violated_by="chosen_by_test")
choosing.demand("the score to report", violated_by="reported_on_valid")
choosing.demand("A net is as good as the mean of its seeds", violated_by="luckiest_run")


# 13.7

cheats = Choice(
    "13.7",
    "Spot the cheats",
    "c",
    difficulty=2,
    minutes=4,
    core=False,
    why={
        "a": (
            "The matrix is no parameter, but it is there, and the net computes with it: numbers"
            " that nobody counts."
        ),
        "b": "In training mode it is a larger net. What runs is counted in both modes.",
        "d": (
            "Its answer for a picture depends on which others are in the batch: no net to be used"
            " on one picture."
        ),
    },
    because=(
        "One convolution used twice has its weights counted once and its work twice. That is a"
        " fair idea."
    ),
    hints=["Which of them keeps all its numbers in parameters, and does the same whoever asks?"],
)
