"""Exercises 11.8 to 11.11: drawing by a number, the controller, and its baseline."""

from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal

# 11.8

drawing = Exercise(
    "11.8",
    "Draw by a number",
    difficulty=2,
    minutes=8,
    core=False,
    points=2,
    hints=[
        (
            "Lay the probabilities end to end on a line from 0 to 1: `p.cumsum(1)` are the ends."
            " In which piece is u?"
        ),
        "Its number is how many pieces end at or before u.",
        "`(p.cumsum(1) <= u[:, None]).sum(1)`",
    ],
)


@drawing.reference
def pick(p, u):
    rows = [
        next(k for k, end in enumerate(accumulate(row)) if end > at)
        for row, at in zip(p.tolist(), u.tolist())
    ]
    return torch.tensor(rows, dtype=torch.int64)


@drawing.cases
def _(rng):
    yield call(torch.tensor([[0.5, 0.25, 0.25]]), torch.tensor([0.6]))
    yield call(torch.tensor([[0.5, 0.25, 0.25]] * 4), torch.tensor([0.0, 0.25, 0.5, 0.875]))
    yield call(torch.tensor([[0.5, 0.25, 0.25]] * 2), torch.tensor([0.49999, 0.74999]))
    yield call(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0.0, 0.0]))
    yield call(
        torch.tensor([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]), torch.tensor([0.5, 0.0625])
    )
    for n, k in ((3, 3), (20, 4), (20, 5)):
        yield call(normal(rng, n, k).softmax(1), torch.from_numpy(rng.random(n) * 0.999))


@drawing.mistake("You take the most probable option each time, whatever `u` is.")
def most_probable(p, u):
    return p.argmax(1)


@drawing.mistake("Your pieces are all of one length. Each piece is as long as its probability.")
def equal_pieces(p, u):
    return (u * p.shape[1]).long()


@drawing.mistake("You count the pieces from 1. Count from 0.")
def from_one(p, u):
    return (p.cumsum(1) <= u[:, None]).sum(1) + 1


@drawing.mistake("You compare u with the lengths of the pieces. Compare it with where they end.")
def not_summed(p, u):
    return (p <= u[:, None]).sum(1).clamp(max=p.shape[1] - 1)


@drawing.mistake("Your sums go down the rows of the batch. They should go along the options.")
def other_axis(p, u):
    return (p.cumsum(0) <= u[:, None]).sum(1)


@drawing.mistake(
    "Where u lies exactly at an end, you take the piece that ends there. Take the next."
)
def end_included(p, u):
    return (p.cumsum(1) < u[:, None]).sum(1)


@drawing.mistake("You lay the longest pieces first. Lay them in the order of the options.")
def sorted_first(p, u):
    return (p.sort(1, descending=True).values.cumsum(1) <= u[:, None]).sum(1)


@drawing.mistake("You count the pieces from the last one. Count from the first.")
def other_end(p, u):
    return (p.cumsum(1) > u[:, None]).sum(1) - 1


@drawing.mistake("The numbers are right, but not of dtype int64.")
def of_another_dtype(p, u):
    return (p.cumsum(1) <= u[:, None]).sum(1).int()


@drawing.alternative
def by_counting(p, u):
    return (p.cumsum(1) <= u[:, None]).sum(1)


@drawing.alternative
def by_search(p, u):
    return torch.searchsorted(p.cumsum(-1), u[:, None].contiguous(), right=True)[:, 0]


@drawing.alternative
def by_taking_away(p, u):
    result = torch.zeros(len(p), dtype=torch.long)
    for n in range(len(p)):
        k = 0
        left = u[n] - p[n, 0]
        while left >= 0:
            k += 1
            left = left - p[n, k]
        result[n] = k
    return result


drawing.demand("(N,) int64", violated_by="of_another_dtype")
drawing.demand("counted from 0", violated_by="from_one")
drawing.demand("p[n, 0], p[n, 1], ... end to end", violated_by="sorted_first")
drawing.demand("An end belongs to the next piece", violated_by="end_included")


# 11.9

control = Module(
    "11.9",
    "The controller",
    difficulty=4,
    minutes=40,
    core=False,
    points=4,
    hints=[
        (
            "Start with `state = x = zeros (N, hidden)` and `total = zeros (N,)`, then one loop"
            " over the decisions."
        ),
        (
            "In the loop: `state = self.cell(x, state)`, `scores = self.heads[i](state)`, `choice"
            " = pick(scores.softmax(1), u[:, i])`."
        ),
        (
            "`total` grows by `scores.log_softmax(1)[range(N), choice]`. The next `x` is"
            " `self.embed[i](choice)`."
        ),
        "The last decision has no embedding: stop before `self.embed[i]` there.",
    ],
)


@control.reference
class Controller(nn.Module):
    def __init__(self, choices, hidden):
        super().__init__()
        self.embed = nn.ModuleList(nn.Embedding(n, hidden) for n in choices[:-1])
        self.cell = nn.RNNCell(hidden, hidden)
        self.heads = nn.ModuleList(nn.Linear(hidden, n) for n in choices)

    def forward(self, u):
        return _unrolled(self, u)


def _unrolled(
    self,
    u,
    carry=True,
    feed=True,
    score=None,
    combine=torch.add,
    draw=None,
    column=lambda i: i,
    last=False,
):
    """Draw the decisions one after the other, with one thing changed."""
    score = score or (
        lambda scores, choice: scores.log_softmax(1).gather(1, choice[:, None])[:, 0]
    )
    draw = draw or (lambda p, u: (p.cumsum(1) <= u[:, None]).sum(1))
    blank = u.new_zeros(len(u), self.cell.hidden_size)
    state, x, choices, total = blank, blank, [], None
    for i, head in enumerate(self.heads):
        state = self.cell(x, state if carry else blank)
        scores = head(state)
        choices.append(draw(scores.detach().softmax(1), u[:, column(i)]))
        value = score(scores, choices[-1])
        total = value if total is None or last else combine(total, value)
        if i + 1 < len(self.heads):
            x = self.embed[i](choices[-1]) if feed else blank
    return torch.stack(choices, 1), total


@control.cases
def _(rng):
    yield call((2, 3), 2, inputs=torch.from_numpy(rng.random((2, 2)) * 0.99))
    yield call((4, 2), 3, inputs=torch.from_numpy(rng.random((5, 2)) * 0.99))
    yield call((3, 3, 2), 4, inputs=torch.from_numpy(rng.random((8, 3)) * 0.99))
    yield call((4, 4, 2, 4, 2, 4), 8, inputs=torch.from_numpy(rng.random((12, 6)) * 0.99))


def _controller(**change):
    return type(
        "Controller", (control.answer,), {"forward": lambda self, u: _unrolled(self, u, **change)}
    )


def _of(function):
    return lambda scores, choice: function(scores).gather(1, choice[:, None])[:, 0]


for _name, _change, _sentence in (
    (
        "forgets",
        {"carry": False},
        ("Each of your decisions starts from a state of zeros. Carry the state on."),
    ),
    (
        "never_told",
        {"feed": False},
        ("Your input is zeros each time. The next input is the embedding of what was drawn."),
    ),
    (
        "probabilities_multiplied",
        {"score": _of(lambda s: s.softmax(1)), "combine": torch.mul},
        "You give the probability of the cell. Give its logarithm.",
    ),
    (
        "probabilities_added",
        {"score": _of(lambda s: s.softmax(1))},
        "You add up probabilities. Add up their logarithms.",
    ),
    (
        "scores_added",
        {"score": _of(lambda s: s)},
        "You add up the scores. Add up the logarithms of their softmax.",
    ),
    ("logs_multiplied", {"combine": torch.mul}, "You multiply the logarithms. Add them up."),
    (
        "last_only",
        {"last": True},
        "You give the logarithm for the last decision alone. Add up those of all.",
    ),
    (
        "negative",
        {"score": _of(lambda s: -s.log_softmax(1))},
        "Your logarithm has the wrong sign: that of a probability is negative or zero.",
    ),
    (
        "no_gradient",
        {"score": _of(lambda s: s.detach().log_softmax(1))},
        "The values are right, but no gradient flows back from them.",
    ),
    (
        "greedy",
        {"draw": lambda p, u: p.argmax(1)},
        "You take the most probable option each time. Draw it, by `pick`.",
    ),
    (
        "one_number",
        {"column": lambda i: 0},
        "You draw all decisions by `u[:, 0]`. Draw decision i by `u[:, i]`.",
    ),
):
    control.mistake(_sentence, _name)(_controller(**_change))


@control.mistake("You give `self.cell` the state first. The input comes first.")
class StateFirst(control.answer):
    def forward(self, u):
        cell = self.cell
        self.cell = _Turned(cell)
        try:
            return super().forward(u)
        finally:
            self.cell = cell


class _Turned(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell, self.hidden_size = cell, cell.hidden_size

    def forward(self, x, state):
        return self.cell(state, x)


@control.mistake(
    "Your decisions have a row for each decision. Give a row for each cell: (N, D). With two cells"
    " of two decisions that does not show by the shape."
)
class DecisionsInRows(control.answer):
    def forward(self, u):
        decisions, logs = super().forward(u)
        return decisions.T, logs


@control.mistake("You give one logarithm for each decision. Give their sum for each cell, (N,).")
class OneForEachDecision(control.answer):
    def forward(self, u):
        logs = []

        def noted(scores, choice):
            logs.append(scores.log_softmax(1).gather(1, choice[:, None])[:, 0])
            return logs[-1]

        decisions, _ = _unrolled(self, u, score=noted)
        return decisions, torch.stack(logs, 1)


@control.mistake("Your decisions are right, but not of dtype int64.")
class FloatDecisions(control.answer):
    def forward(self, u):
        decisions, logs = super().forward(u)
        return decisions.double(), logs


control.alternative(_controller())


@control.alternative
class StepByStep(nn.Module):
    def __init__(self, choices, hidden):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.ModuleList([nn.Embedding(n, hidden) for n in choices[:-1]])
        self.cell = nn.RNNCell(hidden, hidden)
        self.heads = nn.ModuleList([nn.Linear(hidden, n) for n in choices])

    def forward(self, u):
        state = self.cell(torch.zeros(len(u), self.hidden))
        choices, logs = [], 0
        for i in range(u.shape[1]):
            if i:
                state = self.cell(self.embed[i - 1](choices[-1]), state)
            p = F.softmax(self.heads[i](state), dim=-1)
            choices.append(drawing.answer(p.detach(), u[:, i].detach()))
            logs = logs + p[torch.arange(len(u)), choices[-1]].log()
        return torch.stack(choices, dim=1), logs


@control.alternative
class ByCrossEntropy(control.answer):
    def forward(self, u):
        state = x = torch.zeros(len(u), self.cell.hidden_size)
        chosen, total = [], torch.zeros(len(u))
        for i, head in enumerate(self.heads):
            state = self.cell(x, state)
            choice = by_counting(head(state).softmax(1), u[:, i])
            total = total - F.cross_entropy(head(state), choice, reduction="none")
            chosen.append(choice)
            x = self.embed[i](choice) if i < len(self.embed) else None
        return torch.stack(chosen).T, total


control.demand("the decisions of N cells, (N, D) int64", violated_by="FloatDecisions")
control.demand("the logarithm of the probability", violated_by="probabilities_multiplied")
control.demand("the sum of those of its decisions", violated_by="last_only")
control.demand("the new state is `self.cell(input, state)`", violated_by="StateFirst")
control.demand("`pick` draws by `u[:, i]`", violated_by="one_number")
control.demand("The next input is `self.embed[i]` of what was drawn", violated_by="never_told")
control.demand("Gradients must flow", violated_by="no_gradient")


# 11.10

policy = Exercise(
    "11.10",
    "Spot the bug: reward without a baseline",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "What should happen to a cell that did just as well as usual? What does happen to it?",
        "Weigh each log-probability by how much better than the baseline the cell was.",
        "A loss is made small, and the reward shall become large: there is a minus sign.",
    ],
)


@policy.reference
def policy_loss(logp, rewards, baseline):
    return torch.einsum("n,n->", logp, baseline - rewards) / len(logp)


@policy.cases
def _(rng):
    yield call(torch.tensor([-1.0]), torch.tensor([3.0]), 1.0)
    yield call(torch.tensor([-1.0, -2.0]), torch.tensor([1.0, 4.0]), 2.0)
    yield call(torch.tensor([-2.0, -0.5, -1.0]), torch.tensor([0.5, 0.5, 0.5]), 0.5)
    for n in (2, 5):
        yield call(-normal(rng, n).abs(), torch.from_numpy(rng.random(n)), float(rng.random()))


@policy.probe
def _(attempt, logp, rewards, baseline):
    logp = logp.clone().requires_grad_()
    loss = attempt(logp, rewards, baseline)
    if not (isinstance(loss, torch.Tensor) and loss.requires_grad and loss.ndim == 0):
        return {"loss": loss, "the gradient of `logp`": torch.zeros_like(logp)}
    return {"loss": loss.detach(), "the gradient of `logp`": torch.autograd.grad(loss, logp)[0]}


for _name, _loss, _sentence in (
    (
        "unchanged",
        lambda p, r, b: -(p * r).mean(),
        ("That is the broken loss: the baseline takes no part in it."),
    ),
    (
        "wrong_sign",
        lambda p, r, b: (p * (r - b)).mean(),
        "Your loss has the wrong sign: making it small makes good cells less probable.",
    ),
    (
        "baseline_alone",
        lambda p, r, b: (p * b).mean() - r.mean(),
        "You weigh the log-probabilities by the baseline. Weigh them by reward less baseline.",
    ),
    (
        "added",
        lambda p, r, b: -(p * (r + b)).mean(),
        "You add the baseline to the rewards. Take it off.",
    ),
    (
        "divided",
        lambda p, r, b: -(p * r / b).mean(),
        "You divide the rewards by the baseline. Take it off.",
    ),
    (
        "off_the_mean",
        lambda p, r, b: -((p * r).mean() - b),
        (
            "You take the baseline off the mean, where it changes no gradient. Take it off each"
            " reward."
        ),
    ),
    (
        "probability",
        lambda p, r, b: -(p.exp() * (r - b)).mean(),
        "You weigh the probabilities. Weigh their logarithms.",
    ),
    (
        "sum",
        lambda p, r, b: -(p * (r - b)).sum(),
        "You take the sum over the cells. Take the mean.",
    ),
    (
        "own_mean",
        lambda p, r, b: -(p * (r - r.mean())).mean(),
        ("Your baseline is the mean of these rewards. Use `baseline`."),
    ),
    (
        "squared",
        lambda p, r, b: (p * (r - b) ** 2).mean().neg(),
        "You weigh by the square of the difference, which cannot tell better from worse.",
    ),
    (
        "absolute",
        lambda p, r, b: -(p * (r - b).abs()).mean(),
        "You weigh by the size of the difference, which cannot tell better from worse.",
    ),
    (
        "detached",
        lambda p, r, b: -(p.detach() * (r - b)).mean(),
        "The value is right, but no gradient reaches `logp`.",
    ),
    (
        "apart",
        lambda p, r, b: -p.mean() * (r.mean() - b),
        "You multiply two means. Multiply each cell's log-probability by its own reward.",
    ),
):
    policy.mistake(_sentence, _name)(_loss)


policy.alternative(lambda logp, rewards, baseline: -(logp * (rewards - baseline)).mean())


policy.alternative(lambda logp, rewards, baseline: logp @ (baseline - rewards) / len(logp))


policy.alternative(
    lambda logp, rewards, baseline: (
        -sum(log * (reward - baseline) for log, reward in zip(logp, rewards)) / len(logp)
    )
)


policy.demand("the mean over the cells", violated_by="sum")
policy.demand("whose gradient makes better cells", violated_by="detached")
policy.demand("more probable and worse ones less", violated_by="absolute")
policy.demand("better cells than usual more probable", violated_by="unchanged")


# 11.11

baseline = Exercise(
    "11.11",
    "A baseline from the past",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        (
            "Go through the steps with one number that you carry along. First use it, then bring"
            " it up to date."
        ),
        (
            "In step 0 there is no past: the row is zeros, and the number becomes the mean of"
            " `rewards[0]`."
        ),
        "Afterwards: `usual = keep * usual + (1 - keep) * rewards[t].mean()`.",
    ],
)


@baseline.reference
def advantages(rewards, keep):
    means, result = rewards.mean(1), torch.zeros_like(rewards)
    for t in range(1, len(rewards)):
        ages = torch.arange(t - 1, -1, -1)
        weights = (1 - keep) * keep ** ages.to(rewards)
        weights[0] = keep ** (t - 1)
        result[t] = rewards[t] - (weights * means[:t]).sum()
    return result


@baseline.cases
def _(rng):
    yield call(torch.tensor([[1.0, 3.0], [4.0, 6.0], [2.0, 2.0]]), 0.5)
    yield call(torch.tensor([[5.0]]), 0.5)
    yield call(
        torch.tensor([[1.0, 2.0, 6.0], [3.0, 3.0, 3.0], [0.0, 8.0, 1.0], [2.0, 4.0, 0.0]]), 0.75
    )
    yield call(torch.from_numpy(rng.random((6, 4))), 0.9)
    yield call(torch.from_numpy(rng.random((5, 2))), 0.0)


def _running(first=lambda means: means[0], update=None, before=True, sign=1, zeros=True):
    update = update or (lambda usual, mean, keep, t: keep * usual + (1 - keep) * mean)

    def advantages(rewards, keep):
        means, rows = rewards.mean(1), []
        usual = first(means)
        for t, row in enumerate(rewards):
            fresh = update(usual, means[t], keep, t) if t else usual
            rows.append(sign * (row - (usual if before else fresh)))
            usual = fresh
        if zeros:
            rows[0] = torch.zeros_like(rows[0])
        return torch.stack(rows)

    return advantages


baseline.mistake(
    "Your baseline of a step includes the rewards of that step. Use it first, then bring it up to"
    " date.",
    "present_included",
)(_running(before=False))


baseline.mistake(
    "You give the newest mean the weight `keep`. That is the weight of the old baseline.", "traded"
)(_running(update=lambda usual, mean, keep, t: (1 - keep) * usual + keep * mean))


baseline.mistake(
    "Your baseline is the mean of the step before, alone. It keeps part of the older ones.",
    "last_step",
)(_running(update=lambda usual, mean, keep, t: mean))


baseline.mistake(
    "Your baseline is the plain mean of all past steps. Move it by 1 - `keep` of the way.",
    "plain_mean",
)(_running(update=lambda usual, mean, keep, t: usual + (mean - usual) / (t + 1)))


baseline.mistake("Your baseline stays the mean of `rewards[0]`. It moves at each step.", "fixed")(
    _running(update=lambda usual, mean, keep, t: usual)
)


baseline.mistake("Your baseline starts at zero. It starts as the mean of `rewards[0]`.", "zero")(
    _running(first=lambda means: means[0] * 0, zeros=False)
)


baseline.mistake(
    "You take the rewards off the baseline. Take the baseline off the rewards.", "sign"
)(_running(sign=-1))


baseline.mistake("Your first row is not zeros. In step 0 there is no past.", "first_row")(
    _running(zeros=False)
)


@baseline.mistake("Your baseline is the mean of the whole table, so it knows the future.")
def the_future(rewards, keep):
    return rewards - rewards.mean()


@baseline.mistake("Your baseline of a step is its own mean. It comes from the steps before.")
def own_mean(rewards, keep):
    return rewards - rewards.mean(1, keepdim=True)


@baseline.mistake("Your baseline is another one in each column. It is one number for each step.")
def a_column_each(rewards, keep):
    rows, usual = [torch.zeros_like(rewards[0])], rewards[0]
    for row in rewards[1:]:
        rows.append(row - usual)
        usual = keep * usual + (1 - keep) * row
    return torch.stack(rows)


@baseline.mistake("You return the baselines. Take them off the rewards.")
def baselines_only(rewards, keep):
    return rewards - _running(zeros=False)(rewards, keep)


baseline.alternative(_running())


@baseline.alternative
def by_loop(rewards, keep):
    result, usual = rewards.new_zeros(rewards.shape), rewards[0].mean().item()
    for t in range(1, len(rewards)):
        result[t] = rewards[t] - usual
        usual += (1 - keep) * (rewards[t].mean().item() - usual)
    return result


@baseline.alternative
def by_accumulating(rewards, keep):
    usual = list(accumulate(rewards.mean(1), lambda old, new: keep * old + (1 - keep) * new))
    return torch.cat([rewards[:1] * 0, rewards[1:] - torch.stack(usual)[:-1, None]])


baseline.demand("The baseline of step 1 is the mean of `rewards[0]`", violated_by="zero")
baseline.demand("it becomes `keep` times itself", violated_by="traded")
baseline.demand("the rewards minus the baseline of their step", violated_by="present_included")
baseline.demand("that row is zeros", violated_by="first_row")
