"""Modules as a reference, but for one thing: what mistakes and alternatives are made of."""

from torch import nn


def with_forward(base: type, forward, name: str | None = None) -> type:
    """A module as `base`, with another forward."""
    return type(name or base.__name__, (base,), {"forward": forward})


def renamed(base: type, **names: str) -> type:
    """A module that does what `base` does, its parts under other names: `conv="first"`."""

    def build(self, *args, **kwargs):
        base.__init__(self, *args, **kwargs)
        for name, other in names.items():
            self._modules[other] = self._modules.pop(name)

    aliases = {
        name: property(lambda self, other=other: self._modules[other])
        for name, other in names.items()
    }
    return type(base.__name__, (base,), {"__init__": build, **aliases})


def without_biases(base: type) -> type:
    """A module as `base`, its layers without biases."""

    def build(self, *args, **kwargs):
        base.__init__(self, *args, **kwargs)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                layer.bias = None

    return type(base.__name__, (base,), {"__init__": build})


def as_floats(count):
    """A function as `count`, its whole numbers as floats."""

    def counted(*args, **kwargs):
        value = count(*args, **kwargs)
        return tuple(map(float, value)) if isinstance(value, tuple) else float(value)

    return counted
