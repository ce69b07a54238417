"""Exercises 7.6 to 7.9: softmax and its loss, and one step of training."""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Number, call, normal
from exercises.nb07.shared import fixed

entropy = Exercise(
    "7.6",
    "Softmax and its loss",
    difficulty=3,
    minutes=10,
    points=2,
    forbidden={"cross entropy"},
    hints=[
        "-log softmax is log(sum of exp of all scores) minus the score of the right class.",
        (
            "A score of 1,000 overflows exp. Taking the largest score off all scores of a picture"
            " changes no probability."
        ),
        "`scores[torch.arange(len(y)), y]` are the scores of the right classes.",
    ],
)


@entropy.reference
def cross_entropy(scores, y):
    return F.cross_entropy(scores, y)


@entropy.cases
def _(rng):
    yield call(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    yield call(torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0]))
    yield call(torch.tensor([[1.0, 3.0], [2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0, 1]))
    yield call(torch.tensor([[1000.0, 998.0, 0.0], [-1000.0, 0.0, 2.0]]), torch.tensor([1, 2]))
    yield call(torch.tensor([[-2000.0, -2001.0]]), torch.tensor([1]))
    yield call(torch.tensor([[1000.0, 0.0], [0.0, 0.0]]), torch.tensor([1, 0]))
    yield call(torch.tensor([[1000.0, -2000.0]]), torch.tensor([1]))
    for n, k in rng.integers(2, 7, (4, 2)):
        yield call(normal(rng, n, k), torch.from_numpy(rng.integers(0, k, n)))


def _picked(logs, y):
    return logs[torch.arange(len(y)), y]


@entropy.mistake(
    "Your exponential of a large score overflows. Take the largest score of a picture off first."
)
def overflows(scores, y):
    return -_picked((scores.exp() / scores.exp().sum(1, keepdim=True)).log(), y).mean()


@entropy.mistake(
    "Your probability rounds to 0, whose logarithm is -inf. Do not take the log of the softmax:"
    " simplify it on paper."
)
def log_of_zero(scores, y):
    return -_picked(scores.softmax(1).log(), y).mean()


@entropy.mistake("Yours is the sum over the pictures. Their mean is asked for.")
def summed(scores, y):
    return F.cross_entropy(scores, y, reduction="sum")


@entropy.mistake("Your sign is the other way: a loss is small when the probability is large.")
def positive(scores, y):
    return -F.cross_entropy(scores, y)


@entropy.mistake(
    "Your softmax runs over the pictures. The classes of one picture share its probability:"
    " axis 1."
)
def over_pictures(scores, y):
    return -_picked(scores.log_softmax(0), y).mean()


@entropy.mistake(
    "Yours is one minus the probability of the right class. The loss is minus its logarithm."
)
def without_log(scores, y):
    return (1 - _picked(scores.softmax(1), y)).mean()


@entropy.mistake("You also divided by the number of classes. Only the pictures are averaged.")
def over_classes(scores, y):
    return F.cross_entropy(scores, y) / scores.shape[1]


@entropy.mistake("Your logarithm is to the base 10. The natural one is asked for.")
def base_ten(scores, y):
    return F.cross_entropy(scores, y) / math.log(10)


@entropy.mistake("Your logarithm is to the base 2. The natural one is asked for.")
def base_two(scores, y):
    return F.cross_entropy(scores, y) / math.log(2)


@entropy.mistake("Yours is one loss for each picture. Return their mean.")
def one_each(scores, y):
    return F.cross_entropy(scores, y, reduction="none")


for _places in (5, 6, 7, 8, 9, 10, 12, 15, 16):
    entropy.mistake(
        "You keep the probability from 0 by a small number, so a loss stays small that is large.",
        f"a small number, 1e-{_places}",
    )(lambda scores, y, p=_places: -(_picked(scores.softmax(1), y) + 10.0**-p).log().mean())


def _less(taken_off, joined=True):
    """The loss of scores less something: by the logarithm of a sum, or by that of the softmax."""

    def loss(scores, y):
        scores = scores - taken_off(scores)
        sums = scores.exp().sum(1, keepdim=True)
        logs = scores - sums.log() if joined else (scores.exp() / sums).log()
        return -_picked(logs, y).mean()

    return loss


for _name, _sentence, _taken_off in (
    (
        "largest_of_the_batch",
        "You take the largest score of all pictures off. Where it belongs to another picture, all"
        " exponentials of this one may be 0.",
        lambda scores: scores.max(),
    ),
    (
        "largest_of_the_class",
        "You take the largest score of each class off, which differs from class to class and so"
        " changes the probabilities.",
        lambda scores: scores.amax(0),
    ),
    (
        "smallest",
        "You take the smallest score off, so the largest may still overflow.",
        lambda scores: scores.amin(1, keepdim=True),
    ),
    (
        "mean",
        "You take the mean score off, so the largest may still overflow.",
        lambda scores: scores.mean(1, keepdim=True),
    ),
    (
        "largest_size",
        "You take the largest score without its sign off. Where that one is negative, all"
        " exponentials may be 0.",
        lambda scores: scores.abs().amax(1, keepdim=True),
    ),
):
    entropy.mistake(_sentence, _name)(_less(_taken_off))
    if _name.startswith("largest"):
        entropy.mistake(_sentence, f"{_name}, log of the softmax")(_less(_taken_off, joined=False))


entropy.mistake(
    "Your exponential of a large score overflows. Take the largest score of a picture off first.",
    "overflows, log of a sum",
)(_less(lambda scores: 0.0))


@entropy.mistake(
    "You take the largest score off in the sum, and not off the score of the right class."
)
def taken_off_once(scores, y):
    shifted = scores - scores.amax(1, keepdim=True)
    return (shifted.exp().sum(1).log() - _picked(scores, y)).mean()


@entropy.mistake(
    "Your probability rounds to 0, and 0 times its logarithm, -inf, is NaN. Pick the right class"
    " before the logarithm, and simplify that on paper."
)
def zero_times_infinity(scores, y):
    right = F.one_hot(y, scores.shape[1])
    return -(right * scores.softmax(1).log()).sum(1).mean()


@entropy.mistake("This exercise is to write it yourself.", "library call")
def entropy_by_the_library(scores, y):
    return -_picked(scores.log_softmax(1), y).mean()


@entropy.alternative
def by_logsumexp(scores, y):
    return (scores.logsumexp(1) - scores.gather(1, y[:, None])[:, 0]).mean()


@entropy.alternative
def picture_by_picture(scores, y):
    return sum((row - row[k]).logsumexp(0) for row, k in zip(scores, y)) / len(y)


@entropy.alternative
def shifted(scores, y):
    scores = scores - scores.amax(1, keepdim=True)
    right = (F.one_hot(y, scores.shape[1]) * scores).sum(1)
    return torch.mean(scores.exp().sum(1).log() - right)


@entropy.alternative
def as_a_number(scores, y):
    return shifted(scores, y).item()


entropy.demand("the mean loss over the pictures", violated_by="summed")
entropy.demand("one number", violated_by="one_each")
entropy.demand("without calling the library's loss", violated_by="library call")
entropy.demand("Scores may be as large as 1,000", violated_by="overflows")
entropy.demand("or as small as -2,000", violated_by="log_of_zero")


twice = Number(
    "7.7",
    "Softmax twice",
    -math.log(math.e / (math.e + 9)),
    difficulty=3,
    minutes=5,
    core=False,
    tolerance=1e-3,
    wrong={
        "zero": (
            0.0,
            (
                "That is the smallest loss of plain scores. Here the scores are probabilities, at"
                " most 1."
            ),
        ),
        "guessing": (
            math.log(10),
            "That is the loss of guessing. A net that is sure gets below it.",
        ),
        "ten_others": (
            -math.log(math.e / (math.e + 10)),
            "There are nine other classes, each with a score of 0 and exp(0) = 1.",
        ),
        "others_nothing": (1.0, "The nine others have the score 0. Its exponential is 1, not 0."),
        "probability": (
            math.e / (math.e + 9),
            "That is the probability of the right class. The loss is minus its logarithm.",
        ),
        "base_ten": (
            -math.log10(math.e / (math.e + 9)),
            "That is the logarithm to the base 10. Take the natural one.",
        ),
    },
    right=[1.461, 1.4612, math.log(1 + 9 / math.e), torch.tensor(1.46115)],
    hints=[
        "The best probabilities are 1 for the right class and 0 for nine others.",
        "Now apply softmax to these ten numbers.",
    ],
)


step = Exercise(
    "7.8",
    "One step of training",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "Five things: training mode, loss, gradients set to zero, backward, step.",
        (
            "`.backward()` adds to the gradients that are there already, so they are set to zero"
            " first."
        ),
        "`loss.item()` is the loss as a Python number, without the graph behind it.",
    ],
)


@step.reference
def train_step(net, optimizer, x, y):
    net.train()
    for p in net.parameters():
        p.grad = None
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@step.cases
def _(rng):
    yield call(normal(rng, 4, 3), torch.tensor([0, 1, 1, 0]), False)
    yield call(normal(rng, 6, 3), torch.tensor([1, 1, 0, 0, 1, 0]), True)
    # one layer needs its weights for no gradient: who steps first gets through, with old ones
    yield call(normal(rng, 4, 3), torch.tensor([0, 1, 1, 0]), True, 1)


def _tiny(training, depth):
    """A small net with fixed weights and large gradients, others left over from something else."""
    layers = [nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2)]
    net = fixed(nn.Sequential(*layers) if depth > 1 else nn.Linear(3, 2)).train(training)
    last = net[3] if depth > 1 else net
    last.weight.data *= 10
    for p in net.parameters():
        p.grad = torch.ones_like(p)
    return net


@step.probe
def _(attempt, x, y, training, depth=2):
    net = _tiny(training, depth)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.5)
    losses = [attempt(net, optimizer, x, y) for _ in range(3)]
    seen = {f"what step {n} returned": loss for n, loss in enumerate(losses, 1)}
    seen |= {"as a Python number": all(isinstance(loss, float) for loss in losses)}
    seen |= {f"after three steps `{name}`": value for name, value in net.state_dict().items()}
    return seen


step.say = lambda case: (
    f"Three calls of `train_step(net, optimizer, x {tuple(case.args[0].shape)}, y)`, the net in "
    f"{'training' if case.args[2] else 'evaluation'} mode at first:"
)


def _stepper(*order, result=lambda loss: loss.item(), mode=True):
    """A step that does what `order` names."""

    def train_step(net, optimizer, x, y):
        if mode is not None:
            net.train(mode)
        loss = F.cross_entropy(net(x), y)
        for name in order:
            {"zero": optimizer.zero_grad, "back": loss.backward, "step": optimizer.step}[name]()
        return result(loss)

    return train_step


step.mistake(
    "In yours the gradients of earlier steps are still there, and `backward` adds to them.",
    "no_zero_grad",
)(_stepper("back", "step"))


step.mistake(
    "Your weights never change: the step sees no gradient, or never happens. Are `zero_grad`,"
    " `backward` and `step` all there, and in which order?",
    "no_change",
)(_stepper("back", "zero", "step"))


step.mistake(
    "Your step comes before `backward`, so it uses the gradients left over from before. Compute"
    " those of this batch first.",
    "stale",
)(_stepper("step", "zero", "back"))


step.mistake(
    "You set the gradients to zero after the step, so those left over before the first one count.",
    "zero_after_the_step",
)(_stepper("back", "step", "zero"))


step.mistake(
    "Your step uses the gradients left over from before: there is no `backward`.", "no_backward"
)(_stepper("step"))


step.mistake(
    "Your step comes before `backward`: it uses the gradients left over from before, and changes"
    " weights that `backward` still needs.",
    "stale, zeroed last",
)(_stepper("step", "back", "zero"))


step.mistake(
    "You leave the net in the mode in which it comes. That may be evaluation mode: switch it to"
    " training mode first.",
    "mode_as_it_was",
)(_stepper("zero", "back", "step", mode=None))


step.mistake(
    "Yours trains in evaluation mode: batch norm uses its running statistics, and updates none.",
    "eval_mode",
)(_stepper("zero", "back", "step", mode=False))


step.mistake(
    "You return a tensor. Return the loss as a Python number, `loss.item()`.", "a_tensor"
)(_stepper("zero", "back", "step", result=lambda loss: loss))


step.mistake("You return nothing. Return the loss as a Python number.", "returns_nothing")(
    _stepper("zero", "back", "step", result=lambda loss: None)
)


@step.mistake("Yours is the loss after the step. Return the one that the gradient belongs to.")
def loss_after(net, optimizer, x, y):
    _stepper("zero", "back", "step")(net, optimizer, x, y)
    kept = copy.deepcopy(net.state_dict())
    loss = F.cross_entropy(net(x), y).item()
    net.load_state_dict(kept)
    return loss


@step.mistake("You put a softmax before `F.cross_entropy`, which has its own. Give it the scores.")
def softmax_twice(net, optimizer, x, y):
    return _stepper("zero", "back", "step")(nn.Sequential(net, nn.Softmax(dim=1)), optimizer, x, y)


@step.mistake("You cut the gradients to a largest norm. The step is to use them as they are.")
def clipped(net, optimizer, x, y):
    loss = F.cross_entropy(net.train()(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return loss.item()


step.alternative(_stepper("zero", "back", "step"))


@step.alternative
def zero_first(net, optimizer, x, y):
    optimizer.zero_grad(set_to_none=False)
    net.train()
    log_p = net(x).log_softmax(1)
    loss = -log_p[torch.arange(len(y)), y].mean()
    loss.backward()
    optimizer.step()
    return loss.detach().item()


@step.alternative
def zero_last(net, optimizer, x, y):
    optimizer.zero_grad()
    net.train()
    loss = nn.CrossEntropyLoss()(net(x), y)
    gradients = torch.autograd.grad(loss, list(net.parameters()))
    for p, gradient in zip(net.parameters(), gradients):
        p.grad = gradient
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


step.demand("Switch the net to training mode", violated_by="mode_as_it_was")
step.demand("compute F.cross_entropy", violated_by="softmax_twice")
step.demand("do one step", violated_by="no_change")
step.demand("gradients left over from before; they must not count", violated_by="no_zero_grad")
step.demand("the loss that this gradient belongs to", violated_by="loss_after")
step.demand("as a Python number", violated_by="a_tensor")


forgotten = Choice(
    "7.9",
    "Which line is missing?",
    "c",
    difficulty=2,
    minutes=4,
    why={
        "a": "`torch.randperm` draws a new order in each epoch.",
        "b": "`adam.step()` is there. Look at what it uses.",
        "d": "`net.train()` is there; it switches to training mode.",
    },
    because="Each step used the sum of all gradients so far: old directions, ever larger steps.",
    hints=["The loss falls at first, then jumps about as if the steps became larger and larger."],
)
