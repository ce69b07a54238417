"""What several exercises of notebook 06 use. Drawn weights are judged by statistics of many: the
tolerance is 3 %; 40,000 weights are off by 0.4 %.
"""

import math

import torch

from checker.module_comparison import Unfit


def tensor(value, shape) -> torch.Tensor:
    """What was drawn, if the cells after it can multiply it with their float64 numbers."""
    if not isinstance(value, torch.Tensor) or value.dtype != torch.float64:
        kind = value.dtype if isinstance(value, torch.Tensor) else type(value).__name__
        raise Unfit(f"give back a float64 tensor of shape {shape}; yours is of type {kind}.")
    return value.detach()


def statistics(w) -> dict:
    """What can be said of drawn weights without knowing their numbers."""
    return {
        "the distribution": _distribution(w),
        "the mean, in standard deviations,": round((w.mean() / w.std()).item(), 1),
        "the standard deviation": w.std().item(),
        "the numbers": "some again and again" if 2 * len(w.unique()) < w.numel() else "different",
    }


def _distribution(w) -> str:
    """Which of two shapes values have, by mean magnitude over spread: 0.798 for normal, 0.866 for
    uniform.
    """
    shape = ((w - w.mean()).abs().mean() / w.std()).item()
    near = {"normal": math.sqrt(2 / math.pi), "uniform": math.sqrt(3) / 2}
    return next(
        (name for name, value in near.items() if abs(shape - value) < 0.02),
        "neither normal nor uniform",
    )
