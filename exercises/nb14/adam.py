"""Exercises 14.8 to 14.10: L2 under Adam, decoupled decay, and how far it pulls."""

import torch

from checker.exercise import Choice, Exercise, Number, call, normal

# 14.8

harder = Choice(
    "14.8",
    "Whom does Adam's L2 reach?",
    "b",
    difficulty=3,
    minutes=3,
    core=False,
    why={
        "a": "The pull is part of the gradient, and Adam divides the gradient by its usual size.",
        "c": "That is so when the pull is taken off the weights themselves.",
        "d": "Each weight is pulled; Adam only changes how far.",
    },
    because="Adam divides by the usual size of the whole gradient, the pull along with the rest.",
    hints=["In a step of Adam, what is the pull divided by, in each of the two?"],
)


# 14.9

adam = Exercise(
    "14.9",
    "A step of Adam, with both",
    difficulty=4,
    minutes=20,
    core=False,
    points=3,
    hints=[
        "First the L2 term: `gradient = gradient + l2 * w`. What follows uses this one.",
        "`m = 0.9 * m + 0.1 * gradient`, `v = 0.999 * v + 0.001 * gradient**2`.",
        "Correct both for the start: divide by `1 - 0.9**t` and by `1 - 0.999**t`.",
        "The decay is `w * (1 - lr * decay)`, with the weights as they came.",
    ],
)


@adam.reference
def adam_step(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    moved = w.clone().requires_grad_()
    moved.grad = gradient + l2 * w
    optimizer = torch.optim.AdamW([moved], lr, weight_decay=decay, foreach=False)
    state = {"step": torch.tensor(t - 1.0), "exp_avg": m.clone(), "exp_avg_sq": v.clone()}
    optimizer.state[moved].update(state)
    optimizer.step()
    return moved.detach(), state["exp_avg"], state["exp_avg_sq"]


@adam.cases
def _(rng):
    one, none = torch.tensor([1.0]), torch.tensor([0.0])
    yield call(2 * one, 4 * one, none, none, 1, 0.5)
    yield call(2 * one, none, none, none, 1, 0.5, decay=0.5)
    yield call(2 * one, 4 * one, none, none, 1, 0.5, l2=0.25)
    yield call(2 * one, 4 * one, one, 2 * one, 3, 0.5)
    yield call(2 * one, 4e-8 * one, none, none, 1, 0.5)  # eps counts
    for t in (1, 2, 50):
        w, gradient, m = (normal(rng, 2, 3) for _ in range(3))
        yield call(w, gradient, m, normal(rng, 2, 3).square(), t, 0.1, 0.3, 0.2)


def _adam(
    gradient=lambda g, w, l2: g + l2 * w,
    shrink=lambda w, lr, decay: w * (1 - lr * decay),
    betas=(0.9, 0.999),
    square=lambda g: g**2,
    correct=lambda m, v, t: (m / (1 - 0.9**t), v / (1 - 0.999**t)),
    divide=lambda m, v: m / (v.sqrt() + 1e-8),
    give=lambda w, m, v: (w, m, v),
):
    def adam_step(w, g, m, v, t, lr, l2=0.0, decay=0.0):
        g = gradient(g, w, l2)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * square(g)
        return give(shrink(w, lr, decay) - lr * divide(*correct(m, v, t)), m, v)

    return lambda w, gradient, m, v, t, lr, l2=0.0, decay=0.0: adam_step(
        w, gradient, m, v, t, lr, l2, decay
    )


def _plain(m, v, t):
    return m, v


adam.mistake("You left out the L2 term.", "no_l2")(_adam(gradient=lambda g, w, l2: g))
adam.mistake("You left out the decay.", "no_decay")(_adam(shrink=lambda w, lr, decay: w))
adam.mistake(
    "Your decay does not know the rate: each step takes `lr * decay` of the weight.",
    "decay_without_the_rate",
)(_adam(shrink=lambda w, lr, decay: w * (1 - decay)))
adam.mistake(
    "Your L2 term is taken off the weights. It belongs to the gradient; the decay does not.",
    "l2_off_the_weights",
)(
    lambda w, gradient, m, v, t, lr, l2=0.0, decay=0.0: _adam()(
        w, gradient, m, v, t, lr, 0.0, decay + l2
    )
)


@adam.mistake("You shrink the weights after they have moved. Shrink them before.")
def shrunk_afterwards(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    new, m, v = _adam()(w, gradient, m, v, t, lr, l2, 0.0)
    return new * (1 - lr * decay), m, v


adam.mistake(
    "Your decay goes into the gradient, so Adam divides it. Take it off the weights instead.",
    "decay_in_the_gradient",
)(
    lambda w, gradient, m, v, t, lr, l2=0.0, decay=0.0: _adam()(
        w, gradient, m, v, t, lr, l2 + decay, 0.0
    )
)
adam.mistake(
    "Your averages start at zero and are not corrected for it: divide by 1 - beta**t.",
    "not_corrected",
)(_adam(correct=_plain))
adam.mistake("You correct `m` only. `v` starts at zero, too.", "m_corrected_only")(
    _adam(correct=lambda m, v, t: (m / (1 - 0.9**t), v))
)
adam.mistake("You correct `v` only. `m` starts at zero, too.", "v_corrected_only")(
    _adam(correct=lambda m, v, t: (m, v / (1 - 0.999**t)))
)
adam.mistake("You correct as if it were one step later: t counts from 1.", "one_step_later")(
    _adam(correct=lambda m, v, t: (m / (1 - 0.9 ** (t + 1)), v / (1 - 0.999 ** (t + 1))))
)
adam.mistake("You divide by `v` without the root.", "no_root")(
    _adam(divide=lambda m, v: m / (v + 1e-8))
)
adam.mistake("Your 1e-8 is under the root. It is added to the root.", "eps_under_the_root")(
    _adam(divide=lambda m, v: m / (v + 1e-8).sqrt())
)
adam.mistake("You left out the 1e-8.", "no_eps")(_adam(divide=lambda m, v: m / v.sqrt()))
adam.mistake("Your `v` averages the gradient. It averages its square.", "no_square")(
    _adam(square=lambda g: g.abs())
)
adam.mistake("You have the two numbers the wrong way round: 0.9 is for `m`.", "betas_swapped")(
    _adam(betas=(0.999, 0.9), correct=lambda m, v, t: (m / (1 - 0.999**t), v / (1 - 0.9**t)))
)
adam.mistake(
    "Your averages keep 0.1 and 0.001 of the old ones. Keep 0.9 and 0.999 of them.", "keeps_little"
)(_adam(betas=(0.1, 0.001)))
adam.mistake("Your decay has the wrong sign: it makes the weights grow.", "decay_grows")(
    _adam(shrink=lambda w, lr, decay: w * (1 + lr * decay))
)
adam.mistake("You return the weights alone. The next step needs `m` and `v`.", "w_only")(
    _adam(give=lambda w, m, v: w)
)


@adam.mistake(
    "You return the corrected averages. The next step needs them as they are.", "returns_corrected"
)
def returns_corrected(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    new, m, v = _adam()(w, gradient, m, v, t, lr, l2, decay)
    return new, m / (1 - 0.9**t), v / (1 - 0.999**t)


@adam.mistake(
    "Your L2 term is made with weights that have shrunk already. Take them as they came."
)
def l2_of_the_shrunk(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    return _adam()(w * (1 - lr * decay), gradient, m, v, t, lr, l2)


@adam.mistake("Your L2 term is not in `v`. It is part of the gradient everywhere.")
def l2_not_in_v(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    new, m, _ = _adam()(w, gradient, m, v, t, lr, l2, decay)
    v = 0.999 * v + 0.001 * gradient**2
    share = (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return w * (1 - lr * decay) - lr * share, m, v


@adam.alternative
def with_lerp(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    whole = torch.add(gradient, w, alpha=l2)
    m, v = torch.lerp(m, whole, 0.1), torch.lerp(v, whole.square(), 0.001)
    ratio = (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
    return w - lr * (decay * w + ratio), m, v


@adam.alternative
def step_by_step(w, gradient, m, v, t, lr, l2=0.0, decay=0.0):
    g = gradient + l2 * w
    m = m + 0.1 * (g - m)
    v = v + 0.001 * (g * g - v)
    m_now, v_now = m / (1 - 0.9**t), v / (1 - 0.999**t)
    shrunk = w - lr * decay * w
    return shrunk - lr * m_now / (torch.sqrt(v_now) + 1e-8), m, v


adam.demand("the L2 term into the gradient", violated_by="l2_off_the_weights")
adam.demand("the decay off the weights", violated_by="decay_in_the_gradient")
adam.demand("before they move, they shrink", violated_by="shrunk_afterwards")
adam.demand("corrected for their start", violated_by="not_corrected")
adam.demand("`1e-8` outside the root", violated_by="eps_under_the_root")
adam.demand("as they are, not corrected", violated_by="returns_corrected")


# 14.10

half_life = Number(
    "14.10",
    "How long does a weight last?",
    6932,
    difficulty=2,
    minutes=4,
    core=False,
    wrong={
        "one_too_few": (6931, "After 6,931 steps there is still a little more than half."),
        "a_straight_line": (
            5000,
            "You take a ten-thousandth of the *first* weight each time. It is of what is left.",
        ),
        "decay_alone": (7, "You take a tenth each time. Each step takes `lr * decay` of it."),
        "rate_alone": (
            693,
            "You take a thousandth each time. Each step takes `lr * decay` of it.",
        ),
        "all_gone": (
            10_000,
            "That many steps leave more than a third: it shrinks ever more slowly.",
        ),
    },
    right=[6932.0, 6_932],
    hints=["0.9999 to the power of n is one half. Take logarithms: n = log(0.5) / log(0.9999)."],
    tolerance=1e-9,
)
