"""Exercise 15.14: the parameters that a framework lists."""

from torch import nn

from checker.exercise import Exercise, call

listed = Exercise(
    "15.14",
    "As Keras lists them",
    difficulty=2,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "What a module keeps and does not learn are its buffers: `net.buffers()`.",
        "A norm has three buffers: mean, variance, and how many batches it has seen.",
        "Only buffers with an axis count: `b.dim() > 0`.",
    ],
)


@listed.reference
def listed_parameters(net):
    norms = [m for m in net.modules() if getattr(m, "running_var", None) is not None]
    running = {id(m): 2 * m.num_features for m in norms}
    return sum(p.numel() for p in set(net.parameters())) + sum(running.values())


@listed.cases
def _(rng):
    yield call([nn.Linear(2, 3)])
    yield call([nn.BatchNorm2d(4)])
    yield call([nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Linear(8, 2)])
    yield call([nn.BatchNorm1d(5), nn.BatchNorm1d(5, affine=False)])
    yield call([nn.BatchNorm2d(3, track_running_stats=False), nn.LayerNorm(4)])
    frozen = nn.Linear(3, 3)
    yield call([frozen.requires_grad_(False), nn.BatchNorm2d(2)])
    width = int(rng.integers(3, 60))
    yield call([nn.Linear(2, width), nn.BatchNorm1d(width)])


@listed.probe
def _(attempt, layers):
    return attempt(nn.Sequential(*layers))


def _listed_said(case):
    kinds = ", ".join(type(layer).__name__ for layer in case.args[0])
    return f"`listed_parameters(Sequential({kinds}))`"


listed.say = _listed_said


def _learned(net):
    return sum(p.numel() for p in net.parameters())


listed.mistake(
    "You count what is learned. The running mean and variance are listed, too.", "learned_only"
)(_learned)
listed.mistake("You count the numbers of batches seen. They are not listed.", "batches_seen")(
    lambda net: _learned(net) + sum(b.numel() for b in net.buffers())
)
listed.mistake(
    "You count one running number for each channel. There are two, mean and variance.",
    "one_running",
)(
    lambda net: (
        _learned(net)
        + sum(b.numel() for name, b in net.named_buffers() if name.endswith("running_mean"))
    )
)
listed.mistake("You leave out what is frozen. It is listed as well.", "trainable_only")(
    lambda net: (
        sum(p.numel() for p in net.parameters() if p.requires_grad)
        + sum(b.numel() for b in net.buffers() if b.dim())
    )
)
listed.mistake("You count tensors. The numbers in them are asked for.", "tensors")(
    lambda net: len(list(net.parameters())) + len([b for b in net.buffers() if b.dim()])
)
listed.mistake(
    "You count two running numbers for each number a norm learns. Some norms learn none.",
    "by_the_weights",
)(
    lambda net: (
        _learned(net)
        + sum(2 * m.weight.numel() for m in net.modules() if getattr(m, "affine", False))
    )
)


@listed.alternative
def by_the_state(net):
    return sum(t.numel() for t in net.state_dict().values() if t.dim() > 0)


@listed.alternative
def by_the_norms(net):
    total = sum(p.numel() for p in net.parameters())
    for layer in net.modules():
        mean = getattr(layer, "running_mean", None)
        if mean is not None:
            total += mean.numel() + layer.running_var.numel()
    return total


listed.demand("mean and variance", violated_by="one_running")
listed.demand("not how many batches", violated_by="batches_seen")
listed.demand("frozen or not", violated_by="trainable_only")
