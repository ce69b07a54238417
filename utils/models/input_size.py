"""The sentence for a picture that a net cannot take."""

from torch import Tensor


def demand(x: Tensor, name: str, smallest: int, largest: int | None = None) -> None:
    """Raise ValueError unless x, (N, C, H, W), has `smallest` to `largest` pixels a side."""
    height, width = x.shape[-2:]
    if smallest <= min(height, width) and (largest is None or max(height, width) <= largest):
        return
    least = f"pictures of at least {smallest}x{smallest} pixels"
    if largest is None:
        raise ValueError(f"{name} needs {least}; these are {height}x{width}.")
    most = f"at most {largest}x{largest}, for its fully connected layers"
    raise ValueError(f"{name} needs {least} and {most}; these are {height}x{width}.")
