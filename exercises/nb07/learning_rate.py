"""Exercise 7.14: the learning-rate range test."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal
from exercises.nb07.shared import fixed, numbers

rates_test = Exercise(
    "7.14",
    "The learning-rate range test",
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    hints=[
        "Train a copy: `copy.deepcopy(net)`.",
        (
            "For each rate: loss, note it, gradients to zero, backward, and every parameter minus"
            " rate times its gradient."
        ),
        "An optimizer's rate can be changed: `optimizer.param_groups[0]['lr'] = rate`.",
    ],
)


@rates_test.reference
def range_test(net, x, y, rates):
    weights = {name: value.detach().clone() for name, value in net.named_parameters()}
    running = {name: value.clone() for name, value in net.named_buffers()}
    losses = []
    for rate in torch.as_tensor(rates):
        for value in weights.values():
            value.requires_grad_(True)
        loss = F.cross_entropy(torch.func.functional_call(net, (weights, running), (x,)), y)
        gradients = torch.autograd.grad(loss, list(weights.values()))
        weights = {
            name: (w - rate * g).detach() for (name, w), g in zip(weights.items(), gradients)
        }
        losses.append(loss.item())
    return torch.tensor(losses)


@rates_test.cases
def _(rng):
    yield call(normal(rng, 4, 3), torch.tensor([0, 1, 1, 0]), numbers(0.1, 0.2))
    yield call(normal(rng, 6, 3), torch.tensor([1, 1, 0, 0, 1, 0]), numbers(0.01, 0.1, 1, 10, 100))


@rates_test.probe
def _(attempt, x, y, rates):
    net = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2))
    losses = attempt(fixed(net), x, y, rates)
    graph = isinstance(losses, torch.Tensor) and losses.requires_grad
    return {
        "losses": losses,
        "with a graph for gradients": graph,
        **{f"afterwards `{name}`": value for name, value in net.state_dict().items()},
        "in training mode afterwards": net.training,
    }


rates_test.say = lambda case: (
    f"`range_test(net, x {tuple(case.args[0].shape)}, y, rates={case.args[2].tolist()})`"
)


def _ranged(
    *,
    copied=copy.deepcopy,
    after=False,
    anew=False,
    zero=True,
    first_rate=False,
    result=torch.tensor,
):
    """A range test; the options are the usual slips."""

    def range_test(net, x, y, rates):
        start, losses = net, []
        net = copied(start)
        for rate in rates:
            net = copy.deepcopy(start) if anew else net
            loss = F.cross_entropy(net(x), y)
            if zero:
                net.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in net.parameters():
                    p -= (rates[0] if first_rate else rate) * p.grad
                losses.append(F.cross_entropy(net(x), y).item() if after else loss)
        return result(losses)

    return range_test


def _weights_put_back(net, x, y, rates):
    kept = [p.detach().clone() for p in net.parameters()]
    losses = _ranged(copied=lambda net: net)(net, x, y, rates)
    for p, before in zip(net.parameters(), kept):
        p.data = before
    return losses


rates_test.mistake("You trained the net that came in. Train a copy.", "net_changed")(
    _ranged(copied=lambda net: net)
)


rates_test.mistake(
    "You put back the weights of the net, but not the running numbers of its batch norm.",
    "running_numbers_changed",
)(_weights_put_back)


rates_test.mistake(
    "Your losses drag their graph for gradients along. Note each as a number, `loss.item()`.",
    "with_graph",
)(_ranged(result=torch.stack))


rates_test.mistake(
    "You left the net that came in in evaluation mode. It must be unchanged at the end.",
    "left_in_evaluation",
)(_ranged(copied=lambda net: copy.deepcopy(net.eval()).train()))


rates_test.mistake("Yours are the losses after each step. Note the loss before it.", "after")(
    _ranged(after=True)
)


rates_test.mistake(
    "All your losses are those of the first weights: no step is taken, or you begin again for each"
    " rate. It is one training whose rate grows.",
    "anew",
)(_ranged(anew=True))


rates_test.mistake("You never set the gradients to zero, so they add up.", "no_zero_grad_here")(
    _ranged(zero=False)
)


rates_test.mistake("All your steps use the first rate.", "first_rate")(_ranged(first_rate=True))


rates_test.mistake("Yours is the last loss only. One for each rate is asked for.", "last_only")(
    _ranged(result=lambda losses: losses[-1].item())
)


rates_test.alternative(_ranged())


@rates_test.alternative
def by_optimizer(net, x, y, rates):
    net = copy.deepcopy(net)
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=1.0), torch.zeros(len(rates))
    for place, rate in enumerate(rates.tolist()):
        optimizer.param_groups[0]["lr"] = rate
        loss = F.cross_entropy(net(x), y)
        losses[place] = loss.detach()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


@rates_test.alternative
def put_back(net, x, y, rates):
    kept, losses = copy.deepcopy(net.state_dict()), []
    for rate in rates:
        loss = F.cross_entropy(net(x), y)
        gradients = torch.autograd.grad(loss, list(net.parameters()))
        for p, gradient in zip(net.parameters(), gradients):
            p.data -= rate * gradient
        losses.append(loss.detach())
    net.load_state_dict(kept)
    return torch.stack(losses)


rates_test.demand("One training on the whole of (x, y)", violated_by="anew")
rates_test.demand("for each rate in turn", violated_by="first_rate")
rates_test.demand("Return the losses, float64 (rates,)", violated_by="last_only")
rates_test.demand("without a graph", violated_by="with_graph")
rates_test.demand("each from before its step", violated_by="after")
rates_test.demand("must be unchanged at the end", violated_by="net_changed")
rates_test.demand("its running numbers", violated_by="running_numbers_changed")
rates_test.demand("and its mode", violated_by="left_in_evaluation")
