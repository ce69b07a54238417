"""Exercises 5.6 to 5.9: running statistics, the layer, and evaluation."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, call, normal, whole
from exercises.nb05.shared import IMAGES, LIBRARY, dense_layer, per_channel, spread

momentum_repair = Exercise(
    "5.6",
    "Repair the running average",
    difficulty=2,
    minutes=4,
    hints=[
        "With momentum 0.1, which of the two should count for nine tenths?",
        "In torch, momentum is the weight of the new value.",
    ],
)


@momentum_repair.reference
def update(running, new, momentum=0.1):
    return torch.lerp(running, new, momentum)


@momentum_repair.cases
def _(rng):
    yield call(torch.tensor([0.0]), torch.tensor([10.0]))
    yield call(torch.tensor([4.0]), torch.tensor([8.0]), 0.25)
    yield call(whole(rng, 3), whole(rng, 3), 1.0)
    yield call(whole(rng, 3), whole(rng, 3), 0.0)
    for size in rng.integers(1, 6, 3):
        yield call(normal(rng, size), normal(rng, size), 0.3)


@momentum_repair.recall
def _(rng):
    momentum, before, batch = rng.choice([0.1, 0.2]), rng.randint(1, 9), rng.randint(10, 19)
    text = (
        f"A running mean is {before}, momentum {momentum} as in PyTorch. What is it after a batch "
        f"of mean {batch}?"
    )
    right, swapped = (w * batch + (1 - w) * before for w in (momentum, 1 - momentum))
    swap = "That is the other way round: PyTorch's momentum is the weight of the new batch."
    return text, right, {"swapped": (swapped, swap)}


@momentum_repair.mistake(
    "Still the other way round: you give the old value the weight `momentum`. It belongs to the"
    " new one."
)
def other_way_round(running, new, momentum=0.1):
    return momentum * running + (1 - momentum) * new


@momentum_repair.mistake(
    "You add a part of the new value and forget nothing of the old: such an average grows for"
    " ever."
)
def forgets_nothing(running, new, momentum=0.1):
    return running + momentum * new


@momentum_repair.mistake("Yours is the plain average of old and new, whatever the momentum.")
def halfway(running, new, momentum=0.1):
    return (running + new) / 2


@momentum_repair.mistake("Yours is the new value alone. Nothing of the old is remembered.")
def last_batch(running, new, momentum=0.1):
    return new.clone()


@momentum_repair.mistake("Your weights are fixed at 0.1 and 0.9. Use `momentum`.")
def fixed_momentum(running, new, momentum=0.1):
    return 0.9 * running + 0.1 * new


@momentum_repair.mistake(
    "Yours moves away from the new value: look at the sign of the difference."
)
def away(running, new, momentum=0.1):
    return running - momentum * (new - running)


@momentum_repair.mistake(
    "You changed `running` itself. Leave it as it is, and return the new value."
)
def in_place(running, new, momentum=0.1):
    return running.mul_(1 - momentum).add_(momentum * new)


@momentum_repair.alternative
def two_products(running, new, momentum=0.1):
    return (1 - momentum) * running + momentum * new


@momentum_repair.alternative
def a_step(running, new, momentum=0.1):
    return running + momentum * (new - running)


momentum_repair.demand("momentum is the weight of the new value", violated_by="other_way_round")
momentum_repair.demand("Do not change running itself", violated_by="in_place")


layer = Module(
    "5.7",
    "Batch norm as a layer",
    difficulty=4,
    minutes=30,
    core=False,
    points=3,
    forbidden=LIBRARY,
    hints=[
        (
            '`self.register_buffer("running_mean", torch.zeros(channels))` is saved with the layer'
            " and not trained."
        ),
        (
            "`self.training` says which mode it is. In evaluation mode the running numbers take"
            " the place of the batch's."
        ),
        (
            "Normalize with `var(correction=0)`, remember `var(correction=1)`. Both can be had"
            " from one line each."
        ),
        (
            "Update under `with torch.no_grad():`, or with `.detach()`:"
            " `running.lerp_(new.detach(), momentum)`."
        ),
    ],
)


@layer.reference
class BatchNorm2d(nn.BatchNorm2d):
    """torch's own, without its count of batches."""

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__(channels, eps, momentum, affine)
        self.num_batches_tracked = None


@layer.cases
def _(rng):
    yield call(1, inputs=torch.tensor([[[[1.0, 3.0]]]]))
    yield call(2, inputs=whole(rng, 3, 2, 1, 1))
    yield call(2, eps=0.3, momentum=0.25, inputs=spread(rng, 1, 2, 2, 3))
    yield call(3, eps=0.3, inputs=spread(rng, 2, 3, 3, 3))
    yield call(2, eps=0.1, affine=False, inputs=spread(rng, 4, 2, 2, 1))
    yield call(2, inputs=torch.tensor([[[[4.0]], [[7.0]]]]))


@layer.probe
def _(attempt, *args, inputs, **kwargs):
    """As any module; and a lone value must be refused, evaluation leave no trace, and a second
    step be as good as the first.
    """
    made = []

    def build(*args, **kwargs):
        made.append(attempt(*args, **kwargs))
        return made[-1]

    if inputs.numel() == args[0]:
        return _lone_value(build(*args, **kwargs), inputs)
    seen = Module.ask(layer, build, *args, inputs=inputs, **kwargs)
    seen |= _running("after a step in evaluation mode", made[0])
    made[0].train()(2 * inputs + 1)
    seen |= _running("after a second step in training mode", made[0])
    return seen | {"saved with the layer": sorted(made[0].state_dict())}


def _running(when, net):
    return {f"{when} `{name}`": value.detach().clone() for name, value in net.named_buffers()}


def _lone_value(net, x):
    try:
        trained = net.train()(x)
    except ValueError:
        trained = "a ValueError"
    return {
        "with one value a channel, in training mode": trained,
        "in evaluation mode": net.eval()(x),
    }


class _Norm(nn.Module):
    """A right layer in small parts, so that a mistake can change one of them."""

    start_var = torch.ones

    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", type(self).start_var(channels))

    def forward(self, x):
        if self.training:
            self.refuse(x)
            mean, var = self.batch(x)
            self.remember(x, mean)
        else:
            mean, var = self.stored(x)
        return self.affine(self.hat(x, mean, var))

    def refuse(self, x):
        if x.numel() == x.shape[1]:
            raise ValueError("one value a channel")

    def batch(self, x):
        return x.mean(IMAGES), x.var(IMAGES, correction=0)

    def stored(self, x):
        return self.running_mean, self.running_var

    def new_var(self, x):
        return x.var(IMAGES)

    def remember(self, x, mean):
        with torch.no_grad():
            self.running_mean = self.mix(self.running_mean, mean)
            self.running_var = self.mix(self.running_var, self.new_var(x))

    def mix(self, old, new):
        return (1 - self.momentum) * old + self.momentum * new

    def hat(self, x, mean, var):
        return (x - per_channel(mean)) / per_channel(var + self.eps).sqrt()

    def affine(self, x):
        return x if self.weight is None else x * per_channel(self.weight) + per_channel(self.bias)


def _wrong(sentence, name, **parts):
    """Note a mistake: the right layer with other parts."""
    layer.mistake(sentence, name)(type("BatchNorm2d", (_Norm,), parts))


def _start_unsaved(self, *args, **kwargs):
    _Norm.__init__(self, *args, **kwargs)
    for name in ("running_mean", "running_var"):
        self.register_buffer(name, getattr(self, name), persistent=False)


def _always_affine(self, channels, eps=1e-5, momentum=0.1, affine=True):
    _Norm.__init__(self, channels, eps, momentum)


def _count_batches(self, *args, **kwargs):
    _Norm.__init__(self, *args, **kwargs)
    self.register_buffer("num_batches_tracked", torch.tensor(0))


def _by_the_library(self, x):
    return F.batch_norm(
        x,
        self.running_mean,
        self.running_var,
        self.weight,
        self.bias,
        self.training,
        self.momentum,
        self.eps,
    )


def _remember_with_graph(self, x, mean):
    self.running_mean = self.mix(self.running_mean, mean)
    self.running_var = self.mix(self.running_var, self.new_var(x))


def _update_always(self, x):
    self.remember(x, x.mean(IMAGES))
    return self.running_mean, self.running_var


def _remembered(self, x):
    _Norm.remember(self, x, x.mean(IMAGES))
    return self.stored(x)


def _refuse_all():
    raise ValueError("a batch of one")


def _eps_outside(self, x, mean, var):
    return (x - per_channel(mean)) / (per_channel(var).sqrt() + self.eps)


_wrong(
    "You remember the variance that divides by the count, the biased one. It is right for"
    " normalizing; to be remembered, as an estimate for pictures not yet seen, the one that"
    " divides by count - 1 is asked for.",
    "biased_running_variance",
    new_var=lambda self, x: x.var(IMAGES, correction=0),
)


_wrong(
    "You normalize with the variance that divides by count - 1. That one is for the running"
    " variance only.",
    "unbiased_everywhere",
    batch=lambda self, x: (x.mean(IMAGES), x.var(IMAGES)),
)


_wrong(
    "Your momentum is the weight of the old value. In torch it is the weight of the new one.",
    "momentum_other_way_round",
    mix=lambda self, old, new: self.momentum * old + (1 - self.momentum) * new,
)


_wrong(
    "In evaluation mode you still use the statistics of the batch. Then an answer depends on who"
    " else is in the batch.",
    "batch_statistics_in_evaluation",
    stored=lambda self, x: self.batch(x),
)


_wrong(
    "In training mode you normalize with the running numbers. Those are for evaluation; training"
    " uses the batch's own.",
    "running_statistics_in_training",
    batch=lambda self, x: self.stored(x),
    remember=lambda self, x, mean: _Norm.remember(self, x, x.mean(IMAGES)),
)


_wrong(
    "In training mode you update the running numbers and then normalize with them. Those are for"
    " evaluation; training uses the batch's own.",
    "updated_statistics_in_training",
    batch=_remembered,
    remember=lambda self, x, mean: None,
)


_wrong(
    "You refuse every batch of one. A single picture with several places has a spread; one value a"
    " channel has none.",
    "refuses_one_picture",
    refuse=lambda self, x: _refuse_all() if len(x) == 1 else None,
)


_wrong(
    "Your running mean and variance never change.",
    "never_remembers",
    remember=lambda self, x, mean: None,
)


_wrong(
    "Your running numbers move in evaluation mode too. The test pictures must leave no trace.",
    "learns_from_the_test",
    stored=_update_always,
)


_wrong(
    "Your eps stands outside the root. It belongs to the variance: the root of `var + eps`.",
    "eps_outside_layer",
    hat=_eps_outside,
)


_wrong(
    "In evaluation mode your layer leaves out weight and bias.",
    "plain_evaluation",
    affine=lambda self, x: _Norm.affine(self, x) if self.training else x,
)


_wrong(
    "The running variance starts at 1, as if the data had a spread of 1 already. Yours starts"
    " at 0.",
    "starts_at_zero_variance",
    start_var=torch.zeros,
)


_wrong(
    "Your running numbers are part of the gradient's graph, which then grows with every step and"
    " fills the memory.",
    "keeps_the_graph",
    remember=_remember_with_graph,
)


_wrong(
    "You accept one single value a channel. It has no spread, and minus its mean it is 0: in"
    " training mode that should raise a ValueError.",
    "accepts_a_lone_value",
    refuse=lambda self, x: None,
    new_var=lambda self, x: x.var(IMAGES) if x.numel() > x.shape[1] else torch.zeros(x.shape[1]),
)


_wrong(
    "Your mean and variance are constants for the gradient. They are made of x, so x has influence"
    " through them too; only the running numbers take no part in gradients.",
    "constant_statistics",
    batch=lambda self, x: tuple(v.detach() for v in _Norm.batch(self, x)),
)


_wrong(
    "Your running numbers are not saved with the layer: a buffer is, unless it was made with"
    " `persistent=False`.",
    "not_saved",
    __init__=_start_unsaved,
)


_wrong(
    "Your layer has `weight` and `bias` with `affine=False` too.",
    "always_affine",
    __init__=_always_affine,
)


_wrong(
    "Your layer counts the batches, as torch's does. That is left out here.",
    "counts_batches",
    __init__=_count_batches,
)


_wrong("This exercise is to write it yourself.", "library call", forward=_by_the_library)


@layer.alternative
class InPlace(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1, affine=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        if affine:
            self.weight, self.bias = (
                nn.Parameter(torch.ones(channels)),
                nn.Parameter(torch.zeros(channels)),
            )
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        rows = x.movedim(1, -1).flatten(0, 2)
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(rows) < 2:
                raise ValueError("a single value has no spread")
            var, mean = torch.var_mean(rows, 0, correction=0)
            count = len(rows)
            self.running_mean.lerp_(mean.detach(), self.momentum)
            self.running_var.lerp_(var.detach() * count / (count - 1), self.momentum)
        rows = (rows - mean) * torch.rsqrt(var + self.eps)
        if hasattr(self, "weight"):
            rows = torch.addcmul(self.bias, rows, self.weight)
        return rows.unflatten(0, (x.shape[0], *x.shape[2:])).movedim(-1, 1)


@layer.alternative
class Fused(_Norm):
    """One factor and one shift a channel."""

    def forward(self, x):
        if self.training:
            self.refuse(x)
        mean, var = self.batch(x) if self.training else self.stored(x)
        if self.training:
            self.remember(x, mean)
        factor = (var + self.eps).rsqrt()
        factor = factor if self.weight is None else factor * self.weight
        shift = -mean * factor if self.bias is None else self.bias - mean * factor
        return x * per_channel(factor) + per_channel(shift)


@layer.alternative
class Parts(_Norm):
    """The same in parts, the update by `copy_`."""

    def remember(self, x, mean):
        self.running_mean.copy_(self.mix(self.running_mean, mean.detach()))
        self.running_var.mul_(1 - self.momentum).add_(self.momentum * x.detach().var(IMAGES))


layer.demand("With affine=False there are none", violated_by="always_affine")
layer.demand("(ones) are buffers", violated_by="starts_at_zero_variance")
layer.demand("saved with the layer", violated_by="not_saved")
layer.demand("torch also counts batches; leave that out", violated_by="counts_batches")
layer.demand("its variance divided by the count", violated_by="unbiased_everywhere")
layer.demand("update both running numbers as in 5.6", violated_by="momentum_other_way_round")
layer.demand("takes in the unbiased one", violated_by="biased_running_variance")
layer.demand("take no part in gradients", violated_by="keeps_the_graph")
layer.demand("normalize with the running numbers", violated_by="batch_statistics_in_evaluation")
layer.demand("change nothing", violated_by="learns_from_the_test")
layer.demand("raise a ValueError", violated_by="accepts_a_lone_value")


lone_picture = Choice(
    "5.8",
    "A batch of one",
    "b",
    difficulty=2,
    minutes=2,
    why={
        "a": "The lone picture's own statistics are used in training mode only.",
        "c": "That error belongs to training mode, and there only to a single value a channel.",
        "d": (
            "For that, the mean would have to be the lone picture's own. Evaluation mode does not"
            " look at the batch."
        ),
    },
    because=(
        "In evaluation mode the layer is a fixed scaling a channel; who else is in the batch does"
        " not matter."
    ),
    hints=["What does the layer read in evaluation mode: the batch, or its buffers?"],
)


test_statistics = Exercise(
    "5.9",
    "Repair the evaluation",
    difficulty=2,
    minutes=5,
    core=False,
    forbidden=LIBRARY,
    hints=[
        "Which two lines look at x and should not?",
        "`running_var` is a variance: its root is still to be taken, after eps was added.",
    ],
)


@test_statistics.reference
def evaluate(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return F.batch_norm(x, running_mean, running_var, gamma, beta, training=False, eps=eps)


@test_statistics.cases
def _(rng):
    one = torch.ones(1)
    yield call(torch.tensor([[5.0]]), one, 0 * one, torch.tensor([1.0]), torch.tensor([4.0]))
    yield call(
        torch.tensor([[5.0], [9.0]]),
        2 * one,
        3 * one,
        torch.tensor([1.0]),
        torch.tensor([4.0]),
        0.3,
    )
    for n, d in [(3, 3), *rng.integers(2, 6, (3, 2)).tolist()]:
        yield call(
            spread(rng, n, d),
            normal(rng, d),
            normal(rng, d),
            normal(rng, d),
            normal(rng, d) ** 2 + 0.1,
            0.2,
        )


@test_statistics.mistake(
    "Your mean and variance still come from the test batch. Use the ones that were remembered."
)
def test_batch(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return dense_layer(x, gamma, beta, eps)


@test_statistics.mistake(
    "Your mean is the remembered one, but your variance is still that of the test batch."
)
def only_the_mean(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (x.var(0, correction=0) + eps).sqrt() + beta


@test_statistics.mistake("Your root is missing: `running_var` is a variance.")
def no_root_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (running_var + eps) + beta


@test_statistics.mistake(
    "Your eps stands outside the root. In training it was inside, so it is here too."
)
def eps_outside_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / (running_var.sqrt() + eps) + beta


@test_statistics.mistake(
    "You left eps out. Training had it under the root, so evaluation needs it too."
)
def no_eps_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / running_var.sqrt() + beta


@test_statistics.mistake(
    "You left gamma and beta out. They were learned with the net and are needed in evaluation too."
)
def no_gamma_beta_in_evaluation(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return (x - running_mean) / (running_var + eps).sqrt()


@test_statistics.mistake("You only subtracted the mean. The division is missing.")
def no_division(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) + beta


@test_statistics.mistake(
    "Your variance is the remembered one, but your mean is still that of the test batch."
)
def only_the_variance(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - x.mean(0)) / (running_var + eps).sqrt() + beta


@test_statistics.mistake("This exercise is to write it yourself.", "library call")
def evaluated_by_the_library(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return F.batch_norm(x, running_mean, running_var, gamma, beta, eps=eps)


@test_statistics.alternative
def one_line(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return gamma * (x - running_mean) / torch.sqrt(running_var + eps) + beta


@test_statistics.alternative
def one_factor(x, gamma, beta, running_mean, running_var, eps=1e-5):
    factor = gamma * (running_var + eps).rsqrt()
    return x @ torch.diag(factor) + (beta - running_mean * factor)


test_statistics.demand("normalized with what was remembered in training", violated_by="test_batch")
test_statistics.demand(
    "eps is added to it before the root", violated_by="eps_outside_in_evaluation"
)
test_statistics.demand("running_var is a variance", violated_by="no_root_in_evaluation")
