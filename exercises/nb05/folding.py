"""Exercises 5.11 and 5.12: batch norm folded into the convolution, and a claim to test."""

import torch
from torch import nn

from checker.exercise import Exercise, Prediction, call, normal

folding = Exercise(
    "5.11",
    "Fold it into the convolution",
    difficulty=3,
    minutes=10,
    core=False,
    points=3,
    tolerance=1e-12,
    hints=[
        (
            "In evaluation mode batch norm is `factor * y + shift` with one factor a channel. What"
            " is the factor?"
        ),
        (
            "factor = gamma / sqrt(var + eps). The convolution is linear: multiply its kernels by"
            " the factor instead."
        ),
        "New bias: `factor * (bias - mean) + beta`; a missing bias counts as 0.",
    ],
)


@folding.reference
def fold(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return tuple(
        v.detach()
        for v in nn.utils.fuse_conv_bn_weights(weight, bias, mean, var, eps, gamma, beta)
    )


@folding.cases
def _(rng):
    one = torch.ones(1)
    yield call(3 * one[None, None, None], one, 2 * one, 5 * one, 7 * one, 4 * one, 0.0)
    yield call(3 * one[None, None, None], None, 2 * one, 5 * one, 7 * one, 3 * one, 1.0)
    for out, into, k, with_bias in [
        (2, 3, 2, True),
        (3, 3, 3, True),
        (3, 3, 1, False),
        (4, 1, 3, True),
    ]:
        bias = normal(rng, out) if with_bias else None
        rest = [normal(rng, out) for _ in range(3)]
        yield call(normal(rng, out, into, k, k), bias, *rest, normal(rng, out) ** 2 + 0.1, 0.05)


def _folded(weight, bias, gamma, beta, mean, var, eps, axis=0):
    factor = gamma / (var + eps).sqrt()
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    return weight * factor.reshape(shape), factor * ((0 if bias is None else bias) - mean) + beta


@folding.mistake(
    "Your kernels are right. The old bias goes through batch norm too, so it should be multiplied"
    " by the factor."
)
def bias_unscaled(weight, bias, gamma, beta, mean, var, eps=1e-5):
    w, b = _folded(weight, None, gamma, beta, mean, var, eps)
    return w, b if bias is None else b + bias


@folding.mistake("Your new bias forgets the old one.")
def bias_dropped(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, None, gamma, beta, mean, var, eps)


@folding.mistake(
    "You scaled along the input channels. An output channel is the first axis of the weight."
)
def along_inputs(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, eps, axis=1)


@folding.mistake("Eps is missing under your root: a small error, but not one of rounding.")
def fold_without_eps(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, 0.0)


@folding.mistake("You divided by the variance. Its root is needed.")
def fold_without_root(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, (var + eps) ** 2, 0.0)


@folding.mistake(
    "You subtract the mean as it is. It comes off before the factor does its work, so it should be"
    " multiplied by the factor too."
)
def mean_unscaled(weight, bias, gamma, beta, mean, var, eps=1e-5):
    w, b = _folded(weight, bias, gamma, beta, 0 * mean, var, eps)
    return w, b - mean


@folding.mistake("You add the mean. Batch norm subtracts it.")
def mean_added(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, -mean, var, eps)


@folding.mistake(
    "Yours needs a bias. The convolution may have none: `bias` is None then, and counts as 0."
)
def bias_always_there(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias - mean, gamma, beta, 0 * mean, var, eps)


@folding.mistake("Without a bias you return None. Batch norm leaves one: it is always a tensor.")
def none_stays_none(weight, bias, gamma, beta, mean, var, eps=1e-5):
    w, b = _folded(weight, bias, gamma, beta, mean, var, eps)
    return w, None if bias is None else b


@folding.mistake("You compute in float32, whose rounding is larger than the error allowed.")
def in_float32(weight, bias, gamma, beta, mean, var, eps=1e-5):
    bias = None if bias is None else bias.float()
    rest = (v.float() for v in (gamma, beta, mean, var))
    return tuple(v.double() for v in _folded(weight.float(), bias, *rest, eps))


@folding.alternative
def right_fold(weight, bias, gamma, beta, mean, var, eps=1e-5):
    return _folded(weight, bias, gamma, beta, mean, var, eps)


@folding.alternative
def kernel_by_kernel(weight, bias, gamma, beta, mean, var, eps=1e-5):
    bias = torch.zeros_like(mean) if bias is None else bias
    std = torch.sqrt(var + eps)
    kernels = torch.stack([w * g / s for w, g, s in zip(weight, gamma, std)])
    return kernels, (bias - mean) / std * gamma + beta


@folding.alternative
def as_matrix(weight, bias, gamma, beta, mean, var, eps=1e-5):
    factor = torch.diag(gamma * (var + eps) ** -0.5)
    shift = -mean if bias is None else bias - mean
    return (factor @ weight.flatten(1)).reshape(weight.shape), factor @ shift + beta


folding.demand("bias (O,) or None", violated_by="bias_always_there")
folding.demand("The bias you return is always a tensor", violated_by="none_stays_none")
folding.demand("The error allowed is 1e-12", violated_by="in_float32")


small_rate = Prediction(
    "5.12",
    "At a small learning rate",
    "a",
    "abcd",
    difficulty=2,
    minutes=2,
    hints=[
        "The initialization here is the right one for ReLU and the data are scaled. What is left"
        " to repair?"
    ],
)
