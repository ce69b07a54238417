"""The weights that a net with rectifiers starts from; with batch normalization others will do."""

from torch import nn


def he(net: nn.Module) -> None:
    """Draw every weight from a normal distribution of variance 2/fan-in; biases become zero.

    Source: He et al., Delving Deep into Rectifiers, 2015, equation 10. By default PyTorch draws
    with a sixth of this variance, so that the signal of a deep net dies out.
    """
    for layer in net.modules():
        # a tensor without values, on the meta device, has nothing to draw
        if isinstance(layer, nn.Conv2d | nn.Linear) and not layer.weight.is_meta:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
