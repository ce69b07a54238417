"""Exercises 7.10 and 7.11: evaluation, and the confusion matrix."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal
from exercises.nb07.shared import fixed

score = Exercise(
    "7.10",
    "Repair the evaluation",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "`mode = net.training` remembers the mode; `net.train(mode)` puts it back.",
        (
            "If the last batch is smaller, the mean of the batches' accuracies is not the"
            " accuracy. Count right answers."
        ),
        "Inside `with torch.no_grad():` nothing is recorded for gradients.",
    ],
)


class Watched(nn.Module):
    """A small net with batch norm that notes whether gradients were recorded, and how many
    pictures came at once.
    """

    def __init__(self):
        super().__init__()
        self.norm, self.linear = nn.BatchNorm1d(3), fixed(nn.Linear(3, 3))
        self.norm.running_mean[:] = torch.tensor([0.5, -0.5, 0.0])
        self.recorded, self.largest = False, 0

    def forward(self, x):
        self.recorded |= torch.is_grad_enabled()
        self.largest = max(self.largest, len(x))
        return self.linear(self.norm(x))


@score.reference
def accuracy(net, x, y, batch=100):
    before = {name: part.training for name, part in net.named_modules()}
    with torch.no_grad():
        guesses = torch.cat([net.eval()(some).argmax(1) for some in x.split(batch)])
    for name, part in net.named_modules():
        part.training = before[name]
    return (guesses == y).sum().item() / len(y)


@score.cases
def _(rng):
    for count, batch, training in (
        (4, 4, True),
        (7, 3, False),
        (10, 4, True),
        (11, 5, False),
        (30, 7, True),
        (101, None, True),
    ):
        yield call(
            normal(rng, count, 3), torch.from_numpy(rng.integers(0, 3, count)), batch, training
        )


@score.probe
def _(attempt, x, y, batch, training):
    net = Watched().train(training)
    value = attempt(net, x, y, batch) if batch else attempt(net, x, y)
    return {
        "accuracy": float(value) if isinstance(value, torch.Tensor) and value.ndim == 0 else value,
        "in training mode afterwards": net.training,
        "recorded for gradients": net.recorded,
        "largest batch": net.largest,
        "running mean afterwards": net.norm.running_mean.clone(),
    }


def _by(case) -> str:
    return f", batch={case.args[2]}" if case.args[2] else ""


score.say = lambda case: (
    f"`accuracy(net, x {tuple(case.args[0].shape)}, y{_by(case)})`, the net in "
    f"{'training' if case.args[3] else 'evaluation'} mode:"
)


def _guesses(net, x, batch):
    return torch.cat([net(some).argmax(1) for some in x.split(batch)])


@score.mistake(
    "Your net stays in training mode, so batch norm uses the statistics of each batch, and changes"
    " its own."
)
def no_eval(net, x, y, batch=100):
    with torch.no_grad():
        return (_guesses(net, x, batch) == y).double().mean().item()


@score.mistake("You leave the net in evaluation mode. Put it back as it was.")
def left_in_eval(net, x, y, batch=100):
    net.eval()
    return no_eval(net, x, y, batch)


@score.mistake("You always leave the net in training mode. Put it back as it was before.")
def always_train(net, x, y, batch=100):
    value = left_in_eval(net, x, y, batch)
    net.train()
    return value


def _kept(value):
    """The same computed in evaluation mode, the mode put back."""

    def accuracy(net, x, y, batch=100):
        mode = net.training
        net.eval()
        result = value(net, x, y, batch)
        net.train(mode)
        return result

    return accuracy


score.mistake(
    "You record everything for gradients that nobody asks for. Use `torch.no_grad()`.", "records"
)(_kept(lambda net, x, y, batch=100: (_guesses(net, x, batch) == y).double().mean().item()))


def _mean_of_batches(net, x, y, batch=100):
    pairs = zip(x.split(batch), y.split(batch))
    return torch.stack([(net(a).argmax(1) == b).double().mean() for a, b in pairs]).mean().item()


score.mistake(
    "Yours is the mean of the batches' shares, which counts the smaller last batch as much as the"
    " others.",
    "mean_of_means",
)(torch.no_grad()(_kept(_mean_of_batches)))


score.mistake("Yours is the number of right answers. Their share is asked for, 0 to 1.", "count")(
    torch.no_grad()(
        _kept(lambda net, x, y, batch=100: (_guesses(net, x, batch) == y).double().sum().item())
    )
)


score.mistake("Yours is the share of wrong answers.", "error")(
    torch.no_grad()(
        _kept(lambda net, x, y, batch=100: (_guesses(net, x, batch) != y).double().mean().item())
    )
)


score.mistake(
    "You put in all pictures at once. `batch` at a time is asked for, so that any number fits the"
    " memory.",
    "at_once",
)(
    torch.no_grad()(
        _kept(lambda net, x, y, batch=100: (_guesses(net, x, len(x)) == y).double().mean().item())
    )
)


score.mistake("You leave out the last, smaller batch. Every picture counts.", "drops_the_rest")(
    torch.no_grad()(
        _kept(
            lambda net, x, y, batch=100: no_eval(
                net, x[: len(x) // batch * batch], y[: len(x) // batch * batch], batch
            )
        )
    )
)


@score.mistake(
    "You switch gradients off and leave them off for all that comes after. `torch.no_grad()` puts"
    " them back."
)
def gradients_left_off(net, x, y, batch=100):
    torch.set_grad_enabled(False)
    return _kept(no_eval)(net, x, y, batch)


score.alternative(
    torch.no_grad()(_kept(lambda net, x, y, b: (_guesses(net, x, b) == y).double().mean().item()))
)


@score.alternative
def by_index(net, x, y, batch=100):
    mode, right = net.training, 0
    net.eval()
    with torch.inference_mode():
        for start in range(0, len(x), batch):
            rows = slice(start, start + batch)
            right += int((net(x[rows]).max(1).indices == y[rows]).sum())
    net.train(mode)
    return right / len(x)


@score.alternative
def one_by_one(net, x, y, batch=100):
    mode, right = net.training, []
    try:
        net.eval()
        for some, answers in zip(x.split(batch), y.split(batch)):
            with torch.no_grad():
                right += [
                    int(row.argmax()) == int(answer) for row, answer in zip(net(some), answers)
                ]
    finally:
        net.train(mode)
    return sum(right) / len(right)


@score.alternative
def as_a_tensor(net, x, y, batch=100):
    mode = net.training
    with torch.no_grad():
        right = sum((net.eval()(a).argmax(1) == b).sum() for a, b in _batches(x, y, batch))
    net.train(mode)
    return right / len(x)


def _batches(x, y, batch):
    return zip(x.split(batch), y.split(batch))


score.demand("In evaluation mode", violated_by="no_eval")
score.demand("the mode put back afterwards", violated_by="left_in_eval")
score.demand("as it was", violated_by="always_train")
score.demand("batch pictures at a time", violated_by="at_once")
score.demand("the last batch as many as are left", violated_by="drops_the_rest")
score.demand("nothing recorded for gradients", violated_by="records")
score.demand("gradients switched on again afterwards", violated_by="gradients_left_off")
score.demand("the share of all pictures that is right, 0 to 1", violated_by="mean_of_means")


matrix = Exercise(
    "7.11",
    "Who is taken for whom",
    difficulty=2,
    minutes=8,
    core=False,
    hints=[
        "Row: the truth. Column: what the net said.",
        "`m[y, guesses] += 1` adds 1 once to each place, however often it stands there.",
        "`torch.bincount(y * classes + guesses, minlength=classes**2)` counts pairs.",
    ],
)


@matrix.reference
def confusion(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    return table.index_put((y, guesses), torch.ones_like(y), accumulate=True)


@matrix.cases
def _(rng):
    yield call(torch.tensor([0]), torch.tensor([1]), 2)
    yield call(torch.tensor([0, 0, 1]), torch.tensor([0, 0, 0]), 2)
    yield call(torch.tensor([0, 1, 1, 1]), torch.tensor([1, 1, 1, 0]), 3)
    for n, k in ((20, 4), (50, 10)):
        yield call(
            torch.from_numpy(rng.integers(0, k, n)), torch.from_numpy(rng.integers(0, k, n)), k
        )


@matrix.mistake("Your rows and columns are swapped: the truth chooses the row.")
def swapped(y, guesses, classes):
    return confusion(guesses, y, classes)


@matrix.mistake(
    "You count a pair once, however often it occurs. Indexing with `+=`, for example, adds once to"
    " each place."
)
def counted_once(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    table[y, guesses] += 1
    return table


@matrix.mistake("Yours are floating-point numbers. Counts are whole: `dtype=torch.int64`.")
def floats(y, guesses, classes):
    return confusion(y, guesses, classes).double()


@matrix.mistake("Yours are shares of each row. Counts are asked for.")
def shares(y, guesses, classes):
    table = confusion(y, guesses, classes).double()
    return table / table.sum(1, keepdim=True)


@matrix.mistake("Your table has as many rows as classes occur. It should have `classes` rows.")
def as_large_as_needed(y, guesses, classes):
    return confusion(y, guesses, int(torch.max(y.max(), guesses.max())) + 1)


@matrix.mistake("Your table lacks the right answers: they belong on the diagonal.")
def no_diagonal(y, guesses, classes):
    return confusion(y, guesses, classes) - torch.diag(
        torch.bincount(y[y == guesses], minlength=classes)
    )


@matrix.alternative
def by_loop(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    for truth, guess in zip(y, guesses):
        table[truth, guess] += 1
    return table


@matrix.alternative
def by_bincount(y, guesses, classes):
    return torch.bincount(y * classes + guesses, minlength=classes**2).reshape(classes, classes)


@matrix.alternative
def by_product(y, guesses, classes):
    return F.one_hot(y, classes).T @ F.one_hot(guesses, classes)


matrix.demand("row i, column j holds how many pictures of class i", violated_by="swapped")
matrix.demand("Return int64", violated_by="floats")
matrix.demand("also where a class does not occur", violated_by="as_large_as_needed")
