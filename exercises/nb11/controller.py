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
    points=2,
    forbidden=["multinomial"],
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
    yield call(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0.0, 0.0]))
    yield call(
        torch.tensor([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]), torch.tensor([0.5, 0.0625])
    )
    for n, k in ((3, 3), (20, 4), (20, 5)):
        yield call(normal(rng, n, k).softmax(1), torch.from_numpy(rng.random(n) * 0.999))


@drawing.mistake(
    "That is always the most probable one. A search that never draws the others learns nothing of"
    " them."
)
def most_probable(p, u):
    return p.argmax(1)


@drawing.mistake(
    "You divide the line into equal pieces. Each piece is as long as its probability."
)
def equal_pieces(p, u):
    return (u * p.shape[1]).long()


@drawing.mistake("Your number is one too large: pieces are counted from 0.")
def from_one(p, u):
    return (p.cumsum(1) <= u[:, None]).sum(1) + 1


@drawing.mistake(
    "You compare u with the probabilities themselves. Compare it with where the pieces end: their"
    " sums."
)
def not_summed(p, u):
    return (p <= u[:, None]).sum(1).clamp(max=p.shape[1] - 1)


@drawing.mistake("Your sums go down the rows of the batch. They go along the options, axis 1.")
def other_axis(p, u):
    return (p.cumsum(0) <= u[:, None]).sum(1)


@drawing.mistake(
    "Where u lies exactly at an end, the next piece is meant. Yours can draw an option of"
    " probability 0."
)
def end_included(p, u):
    return (p.cumsum(1) < u[:, None]).sum(1)


@drawing.mistake(
    "You sort the probabilities first, and then the number is not that of the option."
)
def sorted_first(p, u):
    return (p.sort(1, descending=True).values.cumsum(1) <= u[:, None]).sum(1)


@drawing.mistake("You count from the other end: your number is how many pieces end *after* u.")
def other_end(p, u):
    return (p.cumsum(1) > u[:, None]).sum(1) - 1


@drawing.alternative
def by_counting(p, u):
    return (p.cumsum(1) <= u[:, None]).sum(1)


@drawing.alternative
def by_search(p, u):
    return torch.searchsorted(p.cumsum(-1), u[:, None], right=True)[:, 0]


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


# 11.9

control = Module(
    "11.9",
    "The controller",
    difficulty=4,
    minutes=18,
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
        (
            "Each decision starts from a state of zeros. Carry the state on, so that later"
            " decisions know of earlier ones."
        ),
    ),
    (
        "never_told",
        {"feed": False},
        (
            "The net is never told what it has drawn: the next input is the embedding of the"
            " last choice."
        ),
    ),
    (
        "probabilities_multiplied",
        {"score": _of(lambda s: s.softmax(1)), "combine": torch.mul},
        "That is the probability. Its logarithm is asked for.",
    ),
    (
        "probabilities_added",
        {"score": _of(lambda s: s.softmax(1))},
        "You add probabilities. It is their logarithms that add up.",
    ),
    (
        "scores_added",
        {"score": _of(lambda s: s)},
        "You add the scores as they are. Take `log_softmax` first.",
    ),
    (
        "logs_multiplied",
        {"combine": torch.mul},
        "You multiply the logarithms. Probabilities multiply, logarithms add.",
    ),
    (
        "last_only",
        {"last": True},
        "That is the logarithm for the last decision alone. Add up those of all.",
    ),
    (
        "negative",
        {"score": _of(lambda s: -s.log_softmax(1))},
        "The sign is turned round. The logarithm of a probability is negative or zero.",
    ),
    (
        "no_gradient",
        {"score": _of(lambda s: s.detach().log_softmax(1))},
        "The values are right, and no gradient flows back from them: do not detach the scores.",
    ),
    (
        "greedy",
        {"draw": lambda p, u: p.argmax(1)},
        "You take the most probable option each time. Draw it, by `pick`.",
    ),
    (
        "one_number",
        {"column": lambda i: 0},
        "All decisions are drawn by the first number. Decision i has `u[:, i]`.",
    ),
):
    control.mistake(_sentence, _name)(_controller(**_change))


control.alternative(_controller())


@control.alternative
class StepByStep(nn.Module):
    def __init__(self, choices, hidden):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.ModuleList([nn.Embedding(n, hidden) for n in choices][:-1])
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


# 11.10

policy = Exercise(
    "11.10",
    "Spot the bug: reward without a baseline",
    difficulty=3,
    minutes=8,
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
        (
            "That is how it was: the baseline takes no part, so whatever is"
            " drawn becomes more probable."
        ),
    ),
    (
        "wrong_sign",
        lambda p, r, b: (p * (r - b)).mean(),
        "The sign is wrong: making this small makes good cells less probable.",
    ),
    (
        "baseline_alone",
        lambda p, r, b: (p * b).mean() - r.mean(),
        "Only the baseline weighs the log-probabilities. It is taken off the reward.",
    ),
    (
        "added",
        lambda p, r, b: -(p * (r + b)).mean(),
        "You add the baseline. It is taken off the reward.",
    ),
    (
        "divided",
        lambda p, r, b: -(p * r / b).mean(),
        "You divide by the baseline, so all weights are still positive. Take it off.",
    ),
    (
        "off_the_mean",
        lambda p, r, b: -((p * r).mean() - b),
        (
            "You take the baseline off at the very end, where it is a"
            " constant and changes no gradient."
        ),
    ),
    (
        "probability",
        lambda p, r, b: -(p.exp() * (r - b)).mean(),
        "You weigh the probabilities. It is the log-probability that is weighed.",
    ),
    (
        "sum",
        lambda p, r, b: -(p * (r - b)).sum(),
        "That is the sum over the cells. Their mean is asked for.",
    ),
    (
        "own_mean",
        lambda p, r, b: -(p * (r - r.mean())).mean(),
        (
            "You use the mean of these rewards. The baseline that"
            " you are given comes from earlier ones."
        ),
    ),
    (
        "squared",
        lambda p, r, b: (p * (r - b) ** 2).mean().neg(),
        "A square cannot tell better from worse. Weigh by the difference itself.",
    ),
    (
        "absolute",
        lambda p, r, b: -(p * (r - b).abs()).mean(),
        "The sign of the difference is lost: worse cells must become less probable.",
    ),
    (
        "detached",
        lambda p, r, b: -(p.detach() * (r - b)).mean(),
        "The value is right, and no gradient reaches `logp`.",
    ),
    (
        "apart",
        lambda p, r, b: -p.mean() * (r.mean() - b),
        "You average before you multiply. Each cell's log-probability goes with its own reward.",
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


# 11.11

baseline = Exercise(
    "11.11",
    "A baseline from the past",
    difficulty=3,
    minutes=10,
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
    "Your baseline includes the present reward, and so takes away part of what it should measure."
    " Use it first, then bring it up to date.",
    "present_included",
)(_running(before=False))


baseline.mistake(
    "`keep` is the weight of the old baseline. Yours weighs the newest mean with it.", "traded"
)(_running(update=lambda usual, mean, keep, t: (1 - keep) * usual + keep * mean))


baseline.mistake(
    "Your baseline is the mean of the last step alone. It moves only part of the way.", "last_step"
)(_running(update=lambda usual, mean, keep, t: mean))


baseline.mistake(
    "Your baseline is the plain mean of all past steps. The newer ones weigh more.", "plain_mean"
)(_running(update=lambda usual, mean, keep, t: usual + (mean - usual) / (t + 1)))


baseline.mistake("Your baseline never moves: it is that of the first step.", "fixed")(
    _running(update=lambda usual, mean, keep, t: usual)
)


baseline.mistake(
    "Your baseline starts at zero, so the first cells all look good. It starts as their mean.",
    "zero",
)(_running(first=lambda means: means[0] * 0, zeros=False))


baseline.mistake(
    "The sign is turned round: a reward above the baseline has a positive advantage.", "sign"
)(_running(sign=-1))


baseline.mistake("In step 0 there is nothing to compare with: that row is zeros.", "first_row")(
    _running(zeros=False)
)


@baseline.mistake("Your baseline is the mean of the whole table. It knows the future.")
def the_future(rewards, keep):
    return rewards - rewards.mean()


@baseline.mistake(
    "Each step is compared with its own mean. The baseline comes from the steps before."
)
def own_mean(rewards, keep):
    return rewards - rewards.mean(1, keepdim=True)


@baseline.mistake("Every column has a baseline of its own. One number a step is asked for.")
def a_column_each(rewards, keep):
    rows, usual = [torch.zeros_like(rewards[0])], rewards[0]
    for row in rewards[1:]:
        rows.append(row - usual)
        usual = keep * usual + (1 - keep) * row
    return torch.stack(rows)


@baseline.mistake("These are the baselines. Take them off the rewards.")
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
