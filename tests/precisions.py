"""A net learns in float64 and in float32, and says the same in both."""

import torch
from torch import nn
from torch.nn import functional as F


def check_both(net: nn.Module, x: torch.Tensor, classes: int = 7) -> None:
    """x: (2, C, H, W). Forward and backward; the single precision is close to the double."""
    for dtype in (torch.float64, torch.float32):
        net.to(dtype).zero_grad()
        output = net(x.to(dtype))
        assert output.shape == (2, classes) and output.dtype == dtype
        F.cross_entropy(output, torch.tensor([0, 1])).backward()
        assert all(p.grad.dtype == dtype and p.grad.isfinite().all() for p in net.parameters())
        assert sum(p.grad.abs().sum() for p in net.parameters()) > 0
    single = net.eval()(x.float())
    torch.testing.assert_close(single.double(), net.double()(x), rtol=1e-3, atol=1e-4)
