"""Exercises 14.4 to 14.7: the L2 term, its step, and whom it concerns."""

import torch
from torch import nn

from checker.exercise import Choice, Exercise, call, normal, whole

# 14.4

term = Exercise(
    "14.4",
    "The L2 term",
    difficulty=2,
    minutes=6,
    hints=[
        "One number for all tensors together: the sum of all squares, times half the coefficient.",
        "For one tensor: `w.square().sum()`. Leave it a tensor, so that a gradient comes back.",
    ],
)


@term.reference
def penalty(weights, coefficient):
    every = torch.cat([w.reshape(-1) for w in weights])
    return coefficient * torch.dot(every, every) / 2


@term.cases
def _(rng):
    yield call([torch.tensor([3.0, -4.0])], 0.5)
    yield call([torch.tensor([[1.0, -2.0]]), torch.tensor([2.0])], 2.0)
    yield call([whole(rng, 2, 3)], 0.0)
    yield call([normal(rng, 3, 2, 2, 2), normal(rng, 4, 3), normal(rng, 1)], 0.01)
    yield call([normal(rng, 5)], 1.0)


@term.probe
def _(attempt, weights, coefficient):
    weights = [w.clone().requires_grad_() for w in weights]
    value = attempt(weights, coefficient)
    if not isinstance(value, torch.Tensor):
        return {"the type of the penalty": type(value).__name__, "the penalty": value}
    if value.requires_grad and not value.dim():
        value.backward()
    return {
        "the penalty": value.detach(),
        "the gradients that come back": [w.grad for w in weights],
    }


def _penalty(of, half=0.5):
    return lambda weights, coefficient: half * coefficient * sum(of(w) for w in weights)


term.mistake(
    "That is twice the term. With the half in front, its gradient is the coefficient times w.",
    "no_half",
)(_penalty(lambda w: w.square().sum(), 1.0))
term.mistake("Those are the sizes of the weights: L1. The L2 term has their squares.", "l1")(
    _penalty(lambda w: w.abs().sum())
)
term.mistake("You took a root: that is the norm. The term has its square.", "norm")(
    _penalty(lambda w: w.norm())
)
term.mistake("That is a mean of the squares. Take their sum.", "mean")(
    _penalty(lambda w: w.square().mean())
)
term.mistake("You add up the weights themselves, and what is negative cancels.", "plain_sum")(
    _penalty(lambda w: w.sum())
)
term.mistake(
    "The number is right, but no gradient comes back from it, so it changes no weight.", "detached"
)(_penalty(lambda w: w.detach().square().sum()))
term.mistake("The number is right, but a float: no gradient comes back from it.", "a_float")(
    lambda weights, coefficient: coefficient / 2 * sum(w.square().sum().item() for w in weights)
)


@term.mistake("You have the first tensor only. All of them belong to the term.")
def first_only(weights, coefficient):
    return coefficient / 2 * weights[0].square().sum()


@term.mistake("You give one number for each tensor. Add them up.")
def one_each(weights, coefficient):
    return [coefficient / 2 * w.square().sum() for w in weights]


@term.mistake("You left out the coefficient.")
def no_coefficient(weights, coefficient):
    return sum(w.square().sum() for w in weights) / 2


@term.alternative
def in_a_loop(weights, coefficient):
    total = torch.zeros(())
    for w in weights:
        total = total + (w * w).sum()
    return total * coefficient / 2


@term.alternative
def by_norms(weights, coefficient):
    norms = torch.stack([torch.linalg.vector_norm(w) for w in weights])
    return 0.5 * coefficient * norms.pow(2).sum()


term.demand("half the coefficient", violated_by="no_half")
term.demand("the squares of all numbers in all tensors", violated_by="first_only")
term.demand("a tensor without axes", violated_by="a_float")
term.demand("a gradient must come back", violated_by="detached")


# 14.5

momentum_step = Exercise(
    "14.5",
    "A step with momentum and L2",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "The gradient of the L2 term is `l2 * w`. Add it to the gradient first.",
        "Then `velocity = momentum * velocity + whole`, and the weights move by `lr` times that.",
        "Make new tensors: `w - ...`, not `w -= ...`.",
    ],
)


@momentum_step.reference
def step(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    moved = w.clone().requires_grad_()
    moved.grad = gradient.clone()
    optimizer = torch.optim.SGD([moved], lr, momentum=momentum, weight_decay=l2)
    optimizer.state[moved]["momentum_buffer"] = velocity.clone()
    optimizer.step()
    return moved.detach(), (w - moved.detach()) / lr


@momentum_step.cases
def _(rng):
    one = torch.tensor([1.0])
    yield call(2 * one, 0 * one, 0 * one, 0.5, l2=0.5)
    yield call(2 * one, 3 * one, 4 * one, 0.5)
    yield call(2 * one, 3 * one, 4 * one, 0.5, momentum=0.5)
    yield call(2 * one, 3 * one, 4 * one, 0.25, momentum=0.5, l2=0.5)
    yield call(normal(rng, 2, 3), normal(rng, 2, 3), normal(rng, 2, 3), 0.1, 0.9, 0.01)
    yield call(normal(rng, 4), normal(rng, 4), normal(rng, 4), 0.02, 0.5, 0.3)


def _step(
    whole=lambda w, gradient, l2: gradient + l2 * w,
    carry=lambda velocity, momentum: momentum * velocity,
    move=lambda w, velocity, lr: w - lr * velocity,
    shrink=lambda w, lr, l2: w,
    give=lambda w, velocity: (w, velocity),
):
    def step(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
        velocity = carry(velocity, momentum) + whole(w, gradient, l2)
        return give(move(shrink(w, lr, l2), velocity, lr), velocity)

    return step


def _bare(w, gradient, l2):
    return gradient


momentum_step.mistake("You left out the L2 term.", "no_l2")(_step(whole=_bare))
momentum_step.mistake("Your L2 term has the wrong sign: it makes the weights grow.", "wrong_sign")(
    _step(whole=lambda w, gradient, l2: gradient - l2 * w)
)
momentum_step.mistake(
    "Your L2 term is twice as large: its gradient is `l2 * w`, because of the half.", "twice"
)(_step(whole=lambda w, gradient, l2: gradient + 2 * l2 * w))
momentum_step.mistake(
    "You take the L2 term itself, a number with squares. Its gradient is asked for.", "the_term"
)(_step(whole=lambda w, gradient, l2: gradient + l2 / 2 * w.square().sum()))
momentum_step.mistake(
    "You take half of `l2 * w**2`, which is the L2 term itself. Its gradient is `l2 * w`.",
    "squares",
)(_step(whole=lambda w, gradient, l2: gradient + l2 / 2 * w**2))
momentum_step.mistake(
    "You take the pull off the weights and leave it out of the velocity. Here it belongs to the"
    " gradient, and so gathers momentum.",
    "decoupled",
)(_step(whole=_bare, shrink=lambda w, lr, l2: w - lr * l2 * w))
momentum_step.mistake(
    "You multiply the weights by 1 - l2, whatever the rate.", "without_the_rate"
)(_step(whole=_bare, shrink=lambda w, lr, l2: w - l2 * w))
momentum_step.mistake("You left out the momentum.", "no_momentum")(
    _step(carry=lambda velocity, momentum: 0 * velocity)
)
momentum_step.mistake("You keep the old velocity whole. Multiply it by `momentum`.", "all_kept")(
    _step(carry=lambda velocity, momentum: velocity)
)
momentum_step.mistake("You go uphill: subtract.", "uphill")(
    _step(move=lambda w, velocity, lr: w + lr * velocity)
)
momentum_step.mistake("You left out the rate.", "no_rate")(
    _step(move=lambda w, velocity, lr: w - velocity)
)
momentum_step.mistake("Return the weights and the velocity, in this order.", "swapped")(
    _step(give=lambda w, velocity: (velocity, w))
)
momentum_step.mistake("You return the weights alone. The next step needs the velocity.", "w_only")(
    _step(give=lambda w, velocity: w)
)


@momentum_step.mistake(
    "Your gradient counts (1 - momentum) times. Here it is added whole, as PyTorch does."
)
def averaged(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    velocity = momentum * velocity + (1 - momentum) * (gradient + l2 * w)
    return w - lr * velocity, velocity


@momentum_step.mistake(
    "Your velocity has the rate in it. Here it is kept without, and the rate comes in the step."
)
def rate_in_the_velocity(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    velocity = momentum * velocity + lr * (gradient + l2 * w)
    return w - velocity, velocity


@momentum_step.mistake(
    "Your velocity has the rate and the minus sign in it. Here it is kept without them, and both"
    " come in the step."
)
def whole_step_in_the_velocity(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    velocity = momentum * velocity - lr * (gradient + l2 * w)
    return w + velocity, velocity


@momentum_step.mistake(
    "Your `momentum` multiplies the gradient, too. It multiplies the old velocity only."
)
def momentum_for_all(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    velocity = momentum * (velocity + gradient + l2 * w)
    return w - lr * velocity, velocity


@momentum_step.mistake("Your weights move by the old velocity. They move by the new one.")
def moved_by_the_old(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    return w - lr * velocity, momentum * velocity + gradient + l2 * w


@momentum_step.mistake(
    "Your weights move by the whole gradient plus `momentum` times the new velocity, as Nesterov's"
    " do. Here they move by the velocity."
)
def nesterov(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    whole = gradient + l2 * w
    velocity = momentum * velocity + whole
    return w - lr * (whole + momentum * velocity), velocity


@momentum_step.mistake("You give back the old velocity. The new one is asked for.")
def old_velocity(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    return w - lr * (momentum * velocity + gradient + l2 * w), velocity


@momentum_step.alternative
def in_three_lines(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    gradient = gradient + l2 * w
    velocity = momentum * velocity + gradient
    return w - lr * velocity, velocity


@momentum_step.alternative
def by_autograd(w, gradient, velocity, lr, momentum=0.0, l2=0.0):
    at = w.clone().requires_grad_()
    loss = (gradient * at).sum() + l2 / 2 * at.square().sum()
    (whole,) = torch.autograd.grad(loss, at)
    velocity = momentum * velocity + whole
    return w - lr * velocity, velocity


momentum_step.demand("the gradient of the L2 term", violated_by="no_l2")
momentum_step.demand(
    "`momentum` times the old one, plus the whole gradient", violated_by="averaged"
)
momentum_step.demand("the new weights and the new velocity", violated_by="old_velocity")


# 14.6

grouping = Exercise(
    "14.6",
    "Which parameters decay?",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        "`p.dim()` is the number of axes: 2 for a linear layer's weight, 4 for a convolution's.",
        "Go by the axes and not by the names: a norm has a `weight`, too.",
    ],
)


@grouping.reference
def parameter_groups(net, decay):
    spared = {id(p) for layer in net.modules() for p in _spared(layer)}
    found = [[p for p in net.parameters() if (id(p) in spared) is side] for side in (False, True)]
    return [{"params": ps, "weight_decay": d} for ps, d in zip(found, (decay, 0.0))]


def _spared(layer):
    """Biases, and whatever a norm learns."""
    return [
        p
        for name, p in layer.named_parameters(recurse=False)
        if name == "bias" or isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm))
    ]


@grouping.cases
def _(rng):
    yield call([nn.Linear(2, 3)], 0.1)
    yield call([nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3)], 0.01)
    yield call([nn.Linear(4, 3, bias=False), nn.LayerNorm(3), nn.Linear(3, 1)], 0.5)
    yield call([nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU()), nn.Linear(3, 2)], 1.0)
    yield call([nn.Linear(2, 2, bias=False)], 0.3)
    yield call([nn.BatchNorm2d(3)], 0.3)
    width = int(rng.integers(3, 30))
    drawn = [nn.Linear(2, width), nn.LayerNorm(width), nn.Linear(width, 3)]
    yield call(drawn, round(float(rng.uniform(0.01, 0.9)), 3))


@grouping.probe
def _(attempt, layers, decay):
    net = nn.Sequential(*layers)
    names = {id(p): name for name, p in net.named_parameters()}
    given = attempt(net, decay)
    try:
        return [_named(group, names) for group in given]
    except (TypeError, AttributeError):
        return given


def _named(group, names):
    """What it has of the two keys, its parameters by their names."""
    params = sorted(
        names.get(id(p), "not a parameter of the net") for p in group.get("params", ())
    )
    known = dict(group) | {"params": params} if "params" in group else group
    return {key: known[key] for key in ("params", "weight_decay") if key in known}


def _grouping_said(case):
    layers, decay = case.args
    kinds = ", ".join(type(layer).__name__ for layer in layers)
    return f"`parameter_groups(Sequential({kinds}), {decay})`"


grouping.say = _grouping_said


def _groups(decays, coefficients=lambda decay: (decay, 0.0), order=(True, False)):
    def parameter_groups(net, decay):
        named = list(net.named_parameters())
        sides = [[p for name, p in named if decays(name, p) is side] for side in order]
        return [{"params": side, "weight_decay": d} for side, d in zip(sides, coefficients(decay))]

    return parameter_groups


def _axes(name, p):
    return p.dim() > 1


grouping.mistake(
    "You go by the name, and the norms' weights decay. They have one axis.", "by_name"
)(_groups(lambda name, p: name.endswith("weight")))
grouping.mistake("All your parameters decay. Biases and norms should not.", "all_of_them")(
    _groups(lambda name, p: True)
)
grouping.mistake(
    "Your two groups are the wrong way round: the first one decays.", "wrong_way_round"
)(_groups(_axes, order=(False, True)))
grouping.mistake("Only your linear layers decay. Convolutions have weights, too.", "linear_only")(
    _groups(lambda name, p: p.dim() == 2)
)
grouping.mistake(
    "Only your convolutions decay. Linear layers have weights, too.", "convolutions_only"
)(_groups(lambda name, p: p.dim() > 2))
grouping.mistake("Your first group has no decay.", "no_decay")(
    _groups(_axes, lambda decay: (0.0, 0.0))
)
grouping.mistake("Your second group decays as well.", "both_decay")(
    _groups(_axes, lambda decay: (decay, decay))
)


@grouping.mistake("Your groups hold names. An optimizer needs the parameters themselves.")
def names_only(net, decay):
    sides = [[], []]
    for name, p in net.named_parameters():
        sides[p.dim() < 2].append(name)
    return [{"params": side, "weight_decay": d} for side, d in zip(sides, (decay, 0.0))]


@grouping.mistake("You leave out a group that is empty. Two are asked for, always.")
def empty_left_out(net, decay):
    return [group for group in _groups(_axes)(net, decay) if group["params"]]


@grouping.mistake(
    "You look at the net's own layers only. Layers inside others have parameters, too."
)
def top_layers_only(net, decay):
    ps = [p for layer in net.children() for p in layer.parameters(recurse=False)]
    sides = [p for p in ps if p.dim() > 1], [p for p in ps if p.dim() < 2]
    return [{"params": side, "weight_decay": d} for side, d in zip(sides, (decay, 0.0))]


@grouping.alternative
def sorted_in_a_loop(net, decay):
    heavy, light = [], []
    for p in net.parameters():
        (heavy if p.dim() >= 2 else light).append(p)
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]


@grouping.alternative
def by_shapes(net, decay):
    sides = {True: [], False: []}
    for p in net.parameters():
        sides[len(p.shape) > 1].append(p)
    return [
        {"params": sides[True], "weight_decay": decay},
        {"params": sides[False], "weight_decay": 0.0},
    ]


grouping.demand("with two axes or more", violated_by="linear_only")
grouping.demand("The rest", violated_by="both_decay")
grouping.demand("two dicts", violated_by="empty_left_out")
grouping.demand("the parameters themselves", violated_by="names_only")


# 14.7

useless = Choice(
    "14.7",
    "Spot the bug: a price that nobody pays",
    "c",
    difficulty=2,
    minutes=3,
    why={
        "a": "The gradients of the last step have to go. This line is right.",
        "b": "The net is asked, the loss is a tensor with a graph. This line is right.",
        "d": "The formula is right: half the coefficient times the sum.",
        "e": "Both terms are in the sum, and one way back is enough.",
    },
    because="`.data` has no graph: the number is right, but no gradient comes back from it.",
    hints=["The printed loss is what it should be. What comes back from each part of it?"],
)
