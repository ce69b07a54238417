"""What several exercises of notebook 09 use."""

import torch.nn.functional as F


def with_forward(base, forward, name=None):
    """A module as `base`, with another forward."""
    return type(name or base.__name__, (base,), {"forward": forward})


def max3(x):
    return F.max_pool2d(x, 3, 1, 1)


def same(x):
    return x
