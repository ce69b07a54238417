"""What several exercises of notebook 05 use."""

from checker.exercise import normal

LIBRARY = frozenset({"normalization"})


IMAGES = (0, 2, 3)


def per_channel(v):
    """(C,) -> (C, 1, 1), to meet (N, C, H, W)."""
    return v[:, None, None]


def scaled(x, gamma, beta, dims, eps, correction=0):
    """Normalize x (N, C, H, W) over `dims`, then scale and shift each channel."""
    mean, var = x.mean(dims, keepdim=True), x.var(dims, correction=correction, keepdim=True)
    return per_channel(gamma) * (x - mean) / (var + eps).sqrt() + per_channel(beta)


def spread(rng, *shape):
    """Normal numbers, each channel (axis 1) with a center and a scale of its own."""
    ones = [1] * (len(shape) - 2)
    return normal(rng, *shape) * (1 + normal(rng, 1, shape[1], *ones).abs()) + 3 * normal(
        rng, 1, shape[1], *ones
    )


def dense_layer(x, gamma, beta, eps, dim=0, correction=0):
    mean, var = x.mean(dim, keepdim=True), x.var(dim, correction=correction, keepdim=True)
    return gamma * (x - mean) / (var + eps) ** 0.5 + beta
