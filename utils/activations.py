"""Activations and gradients of every layer of a net, by hooks; the net is left as it was."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

EDGE = 0.01  # an output this close to a bound of the activation counts as saturated
BOUNDS = dict.fromkeys((nn.Tanh, nn.Hardtanh, nn.Softsign), (-1, 1))
BOUNDS |= dict.fromkeys((nn.Sigmoid, nn.Hardsigmoid), (0, 1))


@dataclass(frozen=True)
class Layer:
    """What one layer put out in one forward pass.

    `name` is the layer's name in the net, `kind` its class; `values` is its output, (N, ...), and
    `gradient`, of the same shape, that of the loss with respect to it: None where none arrives.
    """

    name: str
    kind: str
    values: Tensor = field(repr=False)
    gradient: Tensor | None = field(default=None, repr=False)
    bounds: tuple[float, float] | None = field(default=None, repr=False)

    @property
    def mean(self) -> float:
        return self.values.mean().item()

    @property
    def std(self) -> float:
        """Over all values of all pictures, divided by their number (not by one less)."""
        return self.values.std(correction=0).item()

    @property
    def zero(self) -> float:
        """The share of values that are exactly zero."""
        return _share(self.values == 0)

    @property
    def saturated(self) -> float:
        """The share of values within 0.01 of a bound of the activation; 0 where it has none."""
        if self.bounds is None:
            return 0.0
        low, high = self.bounds
        return _share((self.values < low + EDGE) | (self.values > high - EDGE))

    @property
    def gradient_std(self) -> float | None:
        """As `std`, of the gradient."""
        return None if self.gradient is None else self.gradient.std(correction=0).item()


def collect(
    net: nn.Module,
    x: Tensor,
    loss: Callable[[Tensor], Tensor] | None = None,
    only: type | tuple[type, ...] = nn.Module,
) -> list[Layer]:
    """Run `net(x)` once and return one row for each call of each layer, in the order of the calls.

    x: (N, ...). A layer is a module without parts of its own, of a class in `only`. `loss` maps
    the net's output to one number; with it the rows carry gradients. The net is left as it was,
    and so is the random state. Raises ValueError if there is a loss and nothing that learns.
    """
    learns = [p for p in net.parameters() if p.requires_grad]
    if loss is not None and not learns:
        raise ValueError("No parameter of this net learns, so no gradient reaches its layers.")
    with _untouched(net), _watched(net, only) as found, torch.set_grad_enabled(loss is not None):
        output = net(x)
        if loss is not None:
            torch.autograd.grad(loss(output), learns, allow_unused=True)
    return [Layer(**row) for row in found]


def table(rows: list[Layer]) -> str:
    """The rows as lines of text: name, kind, mean, std, the percent that is zero and saturated."""
    lines = [f"{'layer':<12}{'kind':<12}{'mean':>8}{'std':>9}{'zero':>8}{'saturated':>11}"]
    if any(row.gradient is not None for row in rows):
        lines[0] += f"{'gradient std':>14}"
    return "\n".join(lines + [_line(row) for row in rows])


def _line(row: Layer) -> str:
    mean = round(row.mean, 3) + 0.0  # no "-0.000"
    shares = f"{row.zero:>8.1%}{row.saturated:>11.1%}"
    start = f"{row.name:<12}{row.kind:<12}{mean:>8.3f}{row.std:>9.3g}{shares}"
    return start if row.gradient is None else f"{start}{row.gradient_std:>14.3g}"


def _share(which: Tensor) -> float:
    return which.double().mean().item()


@contextlib.contextmanager
def _watched(net: nn.Module, only) -> Iterator[list[dict]]:
    """Note the output of every layer, and its gradient when one comes back."""
    found, handles = [], []

    def watch(name: str):
        def note(module, inputs, output):
            if not isinstance(output, Tensor):
                return
            # A copy: a later layer may work in place.
            row = {"name": name, "kind": type(module).__name__, "values": output.detach().clone()}
            found.append(row | {"bounds": BOUNDS.get(type(module))})
            if output.requires_grad:
                output.register_hook(functools.partial(_keep_gradient, found[-1]))

        return note

    try:
        for name, module in net.named_modules():
            if isinstance(module, only) and not list(module.children()):
                handles.append(module.register_forward_hook(watch(name or type(module).__name__)))
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _keep_gradient(row: dict, gradient: Tensor) -> None:
    row["gradient"] = gradient.detach().clone()


@contextlib.contextmanager
def _untouched(net: nn.Module) -> Iterator[None]:
    """Put back what a forward pass changes: the buffers and the random state."""
    kept = [(buffer, buffer.detach().clone()) for buffer in net.buffers()]
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, value in kept:
                    buffer.copy_(value)
