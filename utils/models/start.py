"""The weights that a net with rectifiers starts from: one without batch normalization has to,
others may.
"""

from torch import nn


def he(net: nn.Module) -> None:
    """Draw every weight from a normal distribution of variance 2/fan-in, in place; biases, if any,
    become zero.

    Source: He et al., Delving Deep into Rectifiers, 2015, equation 10. The weights that PyTorch
    draws by default have a sixth of this variance, so that the signal of a deep net dies out.
    """
    for layer in net.modules():
        if (
            isinstance(layer, nn.Conv2d | nn.Linear) and not layer.weight.is_meta
        ):  # nothing to draw
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
