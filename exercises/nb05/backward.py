"""Exercise 5.10: the backward pass of batch norm."""

import torch
import torch.nn.functional as F

from checker import sandbox
from checker.exercise import Exercise, call, normal
from exercises.nb05.shared import LIBRARY, dense_layer, spread

backward = Exercise(
    "5.10",
    "The backward pass",
    difficulty=5,
    minutes=35,
    core=False,
    points=4,
    tolerance=1e-9,
    forbidden=LIBRARY | {sandbox.AUTOGRAD},
    hints=[
        (
            "Beta is added to every row, so its gradient is the sum of `grad` over the rows."
            " Gamma's: of `grad * x_hat`."
        ),
        (
            "What arrives at x_hat is g = grad * gamma. x reaches it directly, by the mean, and by"
            " the variance."
        ),
        (
            "The mean takes the average of g off g; the variance takes x_hat times the average of"
            " g * x_hat off."
        ),
        "`grad_x = (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / std`.",
    ],
)


@backward.reference
def batch_norm_backward(grad, x, gamma, eps=1e-5):
    with torch.enable_grad():
        leaves = [v.detach().requires_grad_() for v in (x, gamma, torch.zeros_like(gamma))]
        out = F.batch_norm(leaves[0], None, None, leaves[1], leaves[2], training=True, eps=eps)
        return torch.autograd.grad(out, leaves, grad)


@backward.cases
def _(rng):
    yield call(
        torch.tensor([[1.0], [0.0], [0.0]]), torch.tensor([[1.0], [2.0], [6.0]]), torch.ones(1)
    )
    for n, d in [(2, 1), (3, 3), *rng.integers(3, 7, (3, 2)).tolist()]:
        yield call(normal(rng, n, d), spread(rng, n, d), normal(rng, d), 0.1)


def _parts(grad, x, gamma, eps, correction=0):
    std = (x.var(0, correction=correction) + eps).sqrt()
    hat = (x - x.mean(0)) / std
    return grad * gamma, hat, std, (grad * hat).sum(0), grad.sum(0)


@backward.mistake(
    "Your gradient of x treats mean and variance as constants. They are made of x, so x has"
    " influence through them too."
)
def constants(grad, x, gamma, eps=1e-5):
    g, _, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return g / std, dgamma, dbeta


@backward.mistake("Your gradient of x lacks the way through the variance.")
def no_variance_path(grad, x, gamma, eps=1e-5):
    g, _, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.mean(0)) / std, dgamma, dbeta


@backward.mistake("Your gradient of x lacks the way through the mean.")
def no_mean_path(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.mistake("Your gradient of x lacks the factor gamma.")
def no_gamma(grad, x, gamma, eps=1e-5):
    _, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (grad - grad.mean(0) - hat * (grad * hat).mean(0)) / std, dgamma, dbeta


@backward.mistake(
    "Your gradient of gamma has x in it. Gamma multiplies the normalized x, so that belongs there."
)
def gamma_meets_x(grad, x, gamma, eps=1e-5):
    dx, _, dbeta = right_backward(grad, x, gamma, eps)
    return dx, (grad * x).sum(0), dbeta


@backward.mistake(
    "Gamma and beta act on every row, so their gradients are sums over the rows. Yours are"
    " averages."
)
def averages(grad, x, gamma, eps=1e-5):
    dx, dgamma, dbeta = right_backward(grad, x, gamma, eps)
    return dx, dgamma / len(x), dbeta / len(x)


@backward.mistake(
    "Your gradients of gamma and beta have gamma in them. It belongs to the way to x alone."
)
def gamma_in_its_own(grad, x, gamma, eps=1e-5):
    dx, dgamma, dbeta = right_backward(grad, x, gamma, eps)
    return dx, gamma * dgamma, gamma * dbeta


@backward.mistake(
    "You used sums over the batch where the way through mean and variance gives averages: divide"
    " by N."
)
def sums(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.sum(0) - hat * (g * hat).sum(0)) / std, dgamma, dbeta


@backward.mistake("Your variance divides by N - 1; the forward pass divides by N.")
def unbiased_backward(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps, correction=1)
    return (g - g.mean(0) - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.mistake(
    "Eps is missing from your roots: a small error, but more than nine digits allow."
)
def no_eps_backward(grad, x, gamma, eps=1e-5):
    return right_backward(grad, x, gamma, 0.0)


@backward.mistake(
    "Your gradients of gamma and beta keep an axis of size 1. They have the shape of gamma: (D,)."
)
def axis_kept(grad, x, gamma, eps=1e-5):
    dx, dgamma, dbeta = right_backward(grad, x, gamma, eps)
    return dx, dgamma[None], dbeta[None]


@backward.mistake("Your three are right, in another order: x, then gamma, then beta.")
def gamma_first(grad, x, gamma, eps=1e-5):
    dx, dgamma, dbeta = right_backward(grad, x, gamma, eps)
    return dgamma, dbeta, dx


@backward.mistake("This exercise is to write it yourself.", "library call")
def by_autograd(grad, x, gamma, eps=1e-5):
    leaves = [v.clone().requires_grad_() for v in (x, gamma, torch.zeros_like(gamma))]
    with torch.enable_grad():
        out = dense_layer(*leaves, eps)
    return torch.autograd.grad(out, leaves, grad)


@backward.alternative
def right_backward(grad, x, gamma, eps=1e-5):
    g, hat, std, dgamma, dbeta = _parts(grad, x, gamma, eps)
    return (g - g.mean(0) - hat * (g * hat).mean(0)) / std, dgamma, dbeta


@backward.alternative
def step_by_step(grad, x, gamma, eps=1e-5):
    n, centered = len(x), x - x.mean(0)
    std = (centered.square().mean(0) + eps).sqrt()
    dhat = grad * gamma
    dvar = (dhat * centered).sum(0) * -0.5 * std**-3
    dcentered = dhat / std + dvar * 2 * centered / n
    return dcentered - dcentered.sum(0) / n, (grad * centered / std).sum(0), grad.sum(0)


@backward.alternative
def by_jacobian(grad, x, gamma, eps=1e-5):
    n = len(x)
    std = (x.var(0, correction=0) + eps).sqrt()
    hat = (x - x.mean(0)) / std
    columns = []
    for d in range(x.shape[1]):
        jacobian = (
            torch.eye(n, dtype=x.dtype) - 1 / n - torch.outer(hat[:, d], hat[:, d]) / n
        ) / std[d]
        columns.append(jacobian.T @ (grad[:, d] * gamma[d]))
    return torch.stack(columns, 1), torch.einsum("nd,nd->d", grad, hat), grad.sum(0)


backward.demand("return (grad_x, grad_gamma, grad_beta)", violated_by="gamma_first")
backward.demand("By hand, without autograd", violated_by="library call")
backward.demand("must agree with it to nine digits", violated_by="no_eps_backward")
