"""What several exercises of notebook 07 use."""

import torch


def fixed(net):
    """The same weights in every call, the global random state untouched."""
    source = torch.Generator().manual_seed(3)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=source) / 2
    return net


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)
