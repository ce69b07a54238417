"""Exercises 14.1 to 14.3: two curves, and when to stop."""

from itertools import accumulate

from checker.exercise import Exercise, Number, Prediction, call

# 14.1

wrong_labels = Prediction(
    "14.1",
    "A fifth of the labels are wrong",
    "b",
    "abcd",
    difficulty=1,
    minutes=2,
    hints=["What is true of many digits, and what of a single wrong label only?"],
)


# 14.2

curves = Number(
    "14.2",
    "Read the two curves",
    (4, 5, 6, 8),
    difficulty=2,
    minutes=5,
    wrong={
        "training_loss": (
            (9, 9, 9, 9),
            "That goes by the training loss. It falls to the end, and says nothing of new digits.",
        ),
        "from_zero": ((3, 4, 5, 7), "You count the epochs from 0. The table counts from 1."),
        "last_weights": (
            (5, 5, 8, 8),
            "Those are the epochs that were trained last. The weights kept are of a better one.",
        ),
        "one_more": (
            (6, 8, 9, 9),
            "You wait one epoch longer. With a patience of 1, one epoch without a gain is enough.",
        ),
        "looks_ahead": (
            (6, 9, 6, 9),
            "You have read the whole table. Training does not know what would have come.",
        ),
    },
    right=[[4, 5, 6, 8], (4.0, 5.0, 6.0, 8.0)],
    hints=[
        "Go through the validation losses from the left, with a finger on the lowest so far.",
        "With a patience of 1, epoch 5 is the end: it is no better than epoch 4.",
    ],
)


# 14.3

stopping = Exercise(
    "14.3",
    "Early stopping",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        "Two numbers change as you go along: the lowest loss so far, and the epoch it came from.",
        "It is time to stop when `epoch - kept` has reached `patience`.",
        "`enumerate(losses, 1)` counts from 1. What if the loop ends by itself?",
    ],
)


@stopping.reference
def early_stop(losses, patience):
    lowest = list(accumulate(losses, min))
    best = [losses.index(value) + 1 for value in lowest]
    over = [epoch for epoch, kept in enumerate(best, 1) if epoch - kept == patience]
    last = over[0] if over else len(losses)
    return best[last - 1], last


@stopping.cases
def _(rng):
    yield call([3.0, 2.0, 2.5, 1.0], 1)
    yield call([3.0, 2.0, 2.5, 1.0], 2)
    yield call([5.0], 3)
    yield call([1.0, 2.0, 3.0, 4.0, 0.5], 3)
    yield call([2.0, 1.0, 1.0, 1.0, 0.5], 2)  # as low is no gain
    yield call([4.0, 3.0, 3.5, 2.5, 2.75, 2.6, 2.0], 2)
    yield call([4.0, 3.0, 2.0], 1)
    yield call([1.0, 2.0, 1.5, 1.25, 1.75], 4)
    yield call([0.0, -1.0, -0.5, -2.0], 1)
    for patience in (1, 2, 3):
        yield call(rng.integers(0, 9, 12).astype(float).tolist(), patience)


def _stopped(gain=lambda loss, lowest: loss < lowest, wait=0, first=1, give=None):
    def early_stop(losses, patience):
        lowest, kept = float("inf"), 0
        for epoch, loss in enumerate(losses, first):
            if gain(loss, lowest):
                lowest, kept = loss, epoch
            if epoch - kept >= patience + wait:
                break
        return give(kept, epoch, losses) if give else (kept, epoch)

    return early_stop


stopping.mistake("You count epochs from 0. The first is epoch 1.", "from_zero")(_stopped(first=0))
stopping.mistake(
    "You take a loss as low as the lowest for a gain. Only a lower one is.", "ties_gain"
)(_stopped(gain=lambda loss, lowest: loss <= lowest))
stopping.mistake("You stop one epoch too late.", "one_late")(_stopped(wait=1))
stopping.mistake("You never stop: those are the numbers of the whole list.", "never")(
    _stopped(wait=10**9)
)
stopping.mistake("The two numbers are right, in the wrong order: kept, then last.", "swapped")(
    _stopped(give=lambda kept, epoch, losses: (epoch, kept))
)
stopping.mistake("You give the lowest loss. The epoch it came from is asked for.", "a_loss")(
    _stopped(give=lambda kept, epoch, losses: (losses[kept - 1], epoch))
)
stopping.mistake("You keep the last epoch's weights, not the best's.", "keeps_the_last")(
    _stopped(give=lambda kept, epoch, losses: (epoch, epoch))
)
stopping.mistake("You give the kept epoch alone. The last one trained is asked for, too.", "one")(
    _stopped(give=lambda kept, epoch, losses: kept)
)


@stopping.recall
def _(rng):
    losses = rng.sample([float(n) for n in range(1, 10)], 7)
    patience = rng.randint(1, 2)
    text = (
        f"Validation losses {losses}, patience {patience}, epochs counted from 1. (epoch kept, "
        "last epoch trained)"
    )
    return text, call(losses, patience)


@stopping.mistake(
    "You compare each loss with the one before it. The lowest of all before it is what counts."
)
def with_the_one_before(losses, patience):
    worse, kept = 0, 1
    for epoch, loss in enumerate(losses, 1):
        worse = worse + 1 if epoch > 1 and loss >= losses[epoch - 2] else 0
        kept = kept if losses[kept - 1] <= loss else epoch
        if worse == patience:
            break
    return kept, epoch


@stopping.mistake(
    "You count all epochs without a gain, also those before the last gain. Start anew after each."
)
def not_in_a_row(losses, patience):
    without, kept = 0, 1
    for epoch, loss in enumerate(losses[1:], 2):
        if loss < losses[kept - 1]:
            kept = epoch
        else:
            without += 1
        if without == patience:
            return kept, epoch
    return kept, len(losses)


@stopping.mistake("You keep the best epoch of the whole list, also of those after the stop.")
def looks_ahead(losses, patience):
    _, last = _stopped()(losses, patience)
    return losses.index(min(losses)) + 1, last


@stopping.alternative
def with_a_counter(losses, patience):
    kept, waited = 1, 0
    for epoch in range(2, len(losses) + 1):
        if losses[epoch - 1] < losses[kept - 1]:
            kept, waited = epoch, 0
        else:
            waited += 1
            if waited == patience:
                return kept, epoch
    return kept, len(losses)


@stopping.alternative
def by_trying_each_end(losses, patience):
    for last in range(1, len(losses) + 1):
        seen = losses[:last]
        kept = seen.index(min(seen)) + 1
        if last - kept == patience:
            break
    return kept, last


stopping.demand("`patience` epochs in a row", violated_by="not_in_a_row")
stopping.demand("below the lowest so far", violated_by="ties_gain")
stopping.demand("the first epoch is 1", violated_by="from_zero")
stopping.demand("the epoch whose weights are kept", violated_by="keeps_the_last")
stopping.demand("the last epoch that is trained", violated_by="never")
