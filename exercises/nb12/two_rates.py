"""Exercises 12.11 and 12.12: two learning rates."""

import collections

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal
from checker.module_comparison import Unfit, asked_for
from exercises.nb12.freezing import freezing, head
from exercises.nb12.shared import Squeezed, drawn, small, training

# 12.11

groups = Exercise(
    "12.11",
    "Two rates",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        "An optimizer takes a list of dicts, `{'params': [...], 'lr': ...}`: one for each group.",
        (
            "Which parameters are the head's? Exactly those of `net.fc.parameters()`. A name may"
            " mislead."
        ),
        (
            "`own = {id(p) for p in net.fc.parameters()}`, and for the body every p of"
            " `net.parameters()` that needs a gradient and whose `id(p)` is not among them."
        ),
    ],
)


@groups.reference
def two_rates(net, body_lr, head_lr):
    named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    rates = [body_lr, head_lr]
    parts = [
        [p for name, p in named if (name.split(".")[0] == "fc") == is_head]
        for is_head in (False, True)
    ]
    return [{"params": part, "lr": rate} for part, rate in zip(parts, rates)]


@groups.probe
def _(attempt, net, body_lr, head_lr):
    """Which parameter an optimizer would move, and at what rate; not how the groups are cut."""
    made = attempt(net, body_lr, head_lr)
    asked_for(made, (list, tuple), "a list of dicts")
    if made is None:
        return None
    made = [_spelled_out(group) for group in made]
    twice = _twice(net, made)
    if twice:
        raise Unfit(
            f"your groups hold {', '.join(twice)} more than once; no optimizer takes that."
        )
    optimizer = torch.optim.SGD(made, lr=UNNAMED)
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    return {
        f"the rate of `{name}`": _in_words(rates.get(id(p))) for name, p in net.named_parameters()
    }


UNNAMED = 0.123  # the optimizer's own rate, which a group gets that names none


def _in_words(rate) -> str:
    if rate is None:
        return "none: it is in no group"
    return "the optimizer's own" if rate == UNNAMED else f"{rate:g}"


def _spelled_out(group):
    """A group with its parameters in a list: what walks through a net can be read only once."""
    params = group.get("params") if isinstance(group, dict) else None
    if params is None or isinstance(params, torch.Tensor):
        return group
    return {**group, "params": list(params)}


def _twice(net, made):
    """The names of the parameters that stand in the groups more than once."""
    listed = [group["params"] for group in made if isinstance(group, dict) and "params" in group]
    count = collections.Counter(
        id(p) for params in listed for p in (params if isinstance(params, list) else [params])
    )
    return [f"`{name}`" for name, p in net.named_parameters() if count[id(p)] > 1]


@groups.cases
def _(rng):
    yield call(drawn(rng, Squeezed()), 0.01, 0.1)
    yield call(small(rng), 0.001, 0.02)
    body, head = int(rng.integers(2, 7)) / 1000, int(rng.integers(2, 9)) / 100
    yield call(training(small(rng), "stages.1", "fc."), body, head)


def _trainable(net):
    return [p for p in net.parameters() if p.requires_grad]


def _body(net):
    return [
        p for name, p in net.named_parameters() if not name.startswith("fc.") and p.requires_grad
    ]


def _rates(
    body=_body,
    own=lambda net: list(net.fc.parameters()),
    rates=lambda body_lr, head_lr: (body_lr, head_lr),
):
    def two_rates(net, body_lr, head_lr):
        first, second = rates(body_lr, head_lr)
        return [{"params": body(net), "lr": first}, {"params": own(net), "lr": second}]

    return two_rates


def _default_rate(net, body_lr, head_lr):
    return [{"params": _body(net)}, {"params": list(net.fc.parameters()), "lr": head_lr}]


for _name, _answer, _sentence in (
    (
        "same_rate",
        _rates(rates=lambda body, own: (own, own)),
        "Your body gets the head's rate. Give it `body_lr`.",
    ),
    (
        "same_low_rate",
        _rates(rates=lambda body, own: (body, body)),
        "Your head gets the body's rate. Give it `head_lr`.",
    ),
    (
        "swapped",
        _rates(rates=lambda body, own: (own, body)),
        ("Your rates are exchanged: the head gets `body_lr` and the body `head_lr`."),
    ),
    (
        "no_rate",
        _default_rate,
        "Your body's group names no rate, so it gets the optimizer's own. Give it `body_lr`.",
    ),
    (
        "head_twice",
        _rates(body=_trainable),
        ("Your head is in both groups. The body is everything but the head."),
    ),
    (
        "frozen_too",
        _rates(body=lambda net: [p for n, p in net.named_parameters() if not n.startswith("fc.")]),
        "Your groups hold frozen parameters. Leave out what needs no gradient.",
    ),
    ("no_body", _rates(body=lambda net: []), "Your groups hold the head alone. Add the body."),
    ("no_head", _rates(own=lambda net: []), "Your groups leave out the head. Add it."),
    (
        "no_biases",
        _rates(own=lambda net: [net.fc.weight]),
        "Your groups leave out the bias of the head. Add it.",
    ),
    (
        "convolutions_only",
        _rates(
            body=lambda net: [
                p
                for m in net.modules()
                if isinstance(m, nn.Conv2d)
                for p in m.parameters()
                if p.requires_grad
            ]
        ),
        ("Your body is its convolutions alone. Add its other layers that train."),
    ),
    (
        "fc_in_the_name",
        _rates(
            body=lambda net: [
                p for n, p in net.named_parameters() if "fc" not in n and p.requires_grad
            ],
            own=lambda net: [p for n, p in net.named_parameters() if "fc" in n],
        ),
        "You give the head's rate to a layer of the body that has `fc` in its name.",
    ),
    (
        "scaled",
        _rates(rates=lambda body, own: (body * own, own)),
        "Your body's rate is the product of both rates. Give it `body_lr`.",
    ),
):
    groups.mistake(_sentence, _name)(_answer)


groups.mistake(
    "You take the last two parameters of the net for the head's. `net.fc` need not come last.",
    "by_place",
)(
    _rates(
        body=lambda net: [p for p in list(net.parameters())[:-2] if p.requires_grad],
        own=lambda net: list(net.parameters())[-2:],
    )
)


@groups.mistake("You leave out a layer of the body that has the shape of the head.")
def by_shape(net, body_lr, head_lr):
    shapes = [p.shape for p in net.fc.parameters()]
    body = [p for p in _trainable(net) if p.shape not in shapes]
    return [{"params": body, "lr": body_lr}, {"params": net.fc.parameters(), "lr": head_lr}]


groups.alternative(_rates())


groups.alternative(
    lambda net, body_lr, head_lr: [
        {"params": [p], "lr": head_lr if name in ("fc.weight", "fc.bias") else body_lr}
        for name, p in net.named_parameters()
        if p.requires_grad
    ]
)


@groups.alternative
def by_identity_of_each(net, body_lr, head_lr):
    own = set(map(id, net.fc.parameters()))
    body = filter(lambda p: p.requires_grad and id(p) not in own, net.parameters())
    return {"params": net.fc.parameters(), "lr": head_lr}, {"params": body, "lr": body_lr}


groups.demand("the parameters of `net.fc` get the rate `head_lr`", violated_by="by_place")
groups.demand("all others that train get `body_lr`", violated_by="by_shape")
groups.demand("Leave out parameters that need no gradient", violated_by="frozen_too")
groups.demand("as `torch.optim` takes it", violated_by="head_twice")


# 12.12

optimizing = Exercise(
    "12.12",
    "Spot the bug: nothing is learned",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "An optimizer keeps the very tensors it is given. Which head did it get?",
        "A new layer has new tensors. The optimizer must be made after them.",
        (
            "In this order: `freeze(net)`, `new_head(net, classes)`, the optimizer with"
            " `net.fc.parameters()`."
        ),
    ],
)


@optimizing.reference
def prepare(net, classes, lr):
    net.fc = nn.Linear(net.fc.in_features, classes)
    freezing.answer(net)
    return torch.optim.SGD([{"params": [net.fc.weight, net.fc.bias], "lr": lr}])


@optimizing.probe
def _(attempt, net, classes, lr, x):
    optimizer = attempt(net, classes, lr)
    asked_for(optimizer, torch.optim.Optimizer, "an optimizer")
    if optimizer is None:
        return None
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    scores = net.eval()(x)
    if scores.requires_grad:
        F.cross_entropy(scores, torch.zeros(len(x), dtype=torch.long)).backward()
    steps = {name: None if p.grad is None else -lr * p.grad for name, p in net.named_parameters()}
    optimizer.step()
    moved = {name: p.detach() - before[name] for name, p in net.named_parameters()}
    still = [name for name, change in moved.items() if not change.any()]
    ratios = [change / steps[name] for name, change in moved.items() if change.any()]
    ratios = torch.cat([ratio.flatten() for ratio in ratios]) if ratios else torch.ones(1)
    ratios = ratios[~ratios.isnan()]  # where no gradient comes, nothing moves
    known = {id(p) for p in net.parameters()}
    held = [p for group in optimizer.param_groups for p in group["params"]]
    return {
        "the classes": scores.shape[1],
        "what trains": [name for name, p in net.named_parameters() if p.requires_grad],
        "what a step leaves unmoved": still,
        "the optimizer": type(optimizer).__name__,
        "its options that are switched on": _options(optimizer),
        "how many tensors it holds that are not the net's:": sum(id(p) not in known for p in held),
        "the smallest step, in units of `lr` times the gradient,": ratios.min().item(),
    }


def _options(optimizer):
    names = ("momentum", "weight_decay", "nesterov", "maximize")
    return [name for name in names if any(group.get(name) for group in optimizer.param_groups)]


@optimizing.cases
def _(rng):
    yield call(drawn(rng, Squeezed()), 3, 0.1, normal(rng, 4, 1, 3, 3))
    yield call(small(rng), 4, 0.02, normal(rng, 3, 1, 4, 4))
    yield call(training(small(rng, 5), "stem"), 2, 0.05, normal(rng, 3, 1, 4, 4))


def _prepared(first=None, second=None, third=None):
    """`prepare` as three steps on a net; the one that makes an optimizer is what comes back."""

    def prepare(net, classes, lr):
        results = [step(net, classes, lr) for step in (first, second, third) if step]
        return next(
            (result for result in results if isinstance(result, torch.optim.Optimizer)), None
        )

    return prepare


def _freeze(net, classes, lr):
    freezing.answer(net)


def _replace(net, classes, lr):
    head.answer(net, classes)


def _optimize(net, classes, lr):
    return torch.optim.SGD(net.fc.parameters(), lr)


def _optimize_all(net, classes, lr):
    return torch.optim.SGD(net.parameters(), lr)


def _freeze_all(net, classes, lr):
    net.requires_grad_(False)


for _name, _answer, _sentence in (
    (
        "unchanged",
        _prepared(_freeze, _optimize, _replace),
        ("Your optimizer does not hold the head that is now in the net. Make it after that head."),
    ),
    (
        "not_frozen",
        _prepared(_replace, _optimize),
        ("The right head moves, but the body is not frozen. Freeze it."),
    ),
    (
        "all_move",
        _prepared(_replace, _optimize_all),
        "The body is not frozen and moves, too. Freeze it.",
    ),
    (
        "frozen_last",
        _prepared(_replace, _optimize, _freeze_all),
        "You froze the new head as well. It should train.",
    ),
    ("no_new_head", _prepared(_freeze, _optimize), "The old head is still in place. Replace it."),
    (
        "fixed_rate",
        _prepared(
            _replace, _freeze, lambda net, classes, lr: torch.optim.SGD(net.fc.parameters(), 0.01)
        ),
        "Your optimizer has a rate of its own. Give it `lr`.",
    ),
    (
        "adam",
        _prepared(
            _replace, _freeze, lambda net, classes, lr: torch.optim.Adam(net.fc.parameters(), lr)
        ),
        "You return another optimizer than `torch.optim.SGD`.",
    ),
    (
        "weight_only",
        _prepared(
            _replace, _freeze, lambda net, classes, lr: torch.optim.SGD([net.fc.weight], lr)
        ),
        "Your optimizer leaves out the bias of the new head.",
    ),
):
    optimizing.mistake(_sentence, _name)(_answer)


optimizing.mistake("Your SGD has momentum. A plain one has none.", "momentum")(
    _prepared(
        _replace,
        _freeze,
        lambda net, classes, lr: torch.optim.SGD(net.fc.parameters(), lr, momentum=0.9),
    )
)


@optimizing.mistake("Your optimizer holds the old head as well. Give it the new one alone.")
def both_heads(net, classes, lr):
    optimizer = torch.optim.SGD(net.fc.parameters(), lr)
    _replace(net, classes, lr)
    _freeze(net, classes, lr)
    optimizer.add_param_group({"params": net.fc.parameters()})
    return optimizer


optimizing.alternative(_prepared(_freeze, _replace, _optimize))


optimizing.alternative(_prepared(_replace, _freeze, _optimize_all))


@optimizing.alternative
def group_swapped_in(net, classes, lr):
    net.requires_grad_(False)
    net.fc = nn.Linear(net.fc.in_features, classes)
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=lr)
    return optimizer


optimizing.demand(
    "replaced by a fresh linear layer for `classes` classes", violated_by="no_new_head"
)
optimizing.demand("only that layer trains", violated_by="not_frozen")
optimizing.demand("a plain `torch.optim.SGD`", violated_by="momentum")
optimizing.demand("of rate `lr`", violated_by="fixed_rate")
optimizing.demand("whose step moves the head", violated_by="unchanged")
optimizing.demand("and nothing else", violated_by="both_heads")
