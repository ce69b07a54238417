"""Architectures drawn from the net itself: `draw.net(net, x)`.

A drawing shows what ran: each layer with its kernel, channels and stride, the shapes between
them, and under a layer "parameters · multiply-adds", as in the ledger; "?" is work that can't be
counted. A net that fails is drawn up to where it fails. The words for readers who do not see it
come from the same graph.
"""

import reprlib
from collections.abc import Mapping, Sequence
from numbers import Integral

import torch
from torch import Tensor, nn

from utils.draw import labels, svg, towers, trace, view, words
from utils.draw.cycle import cycle
from utils.draw.grids import grid, window
from utils.draw.picture import Picture, Row
from utils.draw.reads import reads
from utils.draw.shares import shares
from utils.draw.volumes import volumes
from utils.shapes import _dtype

__all__ = [
    "Drawing",
    "Picture",
    "Row",
    "cycle",
    "grid",
    "net",
    "nets",
    "reads",
    "shares",
    "volumes",
    "window",
]
Example = Tensor | Sequence[Tensor] | Sequence[int]


class Drawing(Picture):
    """The picture of a net, with its `graph` and what is `shown` of it."""

    def __init__(self, graph: trace.Graph, shown: view.View, title: str):
        self.graph, self.shown = graph, shown
        # Of the nodes, not of the ledger: `forward` may use a layer's weight without calling it.
        counts = (
            sum(node.parameters for node in graph.nodes),
            sum(node.multiply_adds for node in graph.nodes),
        )
        alt = words.of(shown)
        super().__init__(svg.of(shown, alt), alt, title, _note(graph, *counts))


def net(
    module: nn.Module,
    x: Example,
    *,
    depth: int | None = None,
    part: str = "",
    title: str = "",
    back: bool = False,
    cards: int = 1,
    since: nn.Module | None = None,
) -> Drawing:
    """The drawing of `module` for an input x, a tensor, its shape (N, C, ...), or several tensors.

    Parts nested deeper than `depth` are closed; `part` names one that is opened all the same.
    Without a depth as much is shown as a reader takes in at once, of a repeated block the first.
    With `back` it is said where several gradients meet on their way back. With several `cards`
    each has its share of every layer, in a column of its own. What has other numbers than in the
    net `since` is called new.
    Raises TypeError where `module` is no module or x no example, ValueError for another argument.
    """
    inputs = _inputs(_module(module), x)
    graph = trace.trace(module, *inputs, made_up=x is not inputs[0] and x[0] is not inputs[0])
    if since is not None:
        _call_new(graph, module, _module(since).state_dict())
    if not (depth is None or _is_size(depth)) or not _is_size(cards) or cards < 1:
        raise ValueError(f"Depth and cards are counts; these are {depth!r} and {cards!r}.")
    if part and part not in dict(module.named_modules()):
        raise ValueError(f"The net has no part {part!r}; `named_modules()` lists its parts.")
    shown = view.of(graph, depth, part)
    shown = towers.of(shown, cards) if cards > 1 else shown
    shown.back = back
    return Drawing(graph, shown, title or graph.title)


def nets(
    modules: Mapping[str, nn.Module],
    x: Example,
    *,
    depth: int | None = None,
    since: nn.Module | None = None,
) -> Row:
    """The drawings of several modules for the same input, side by side, each under its name."""
    return Row(
        [net(one, x, depth=depth, title=name, since=since) for name, one in modules.items()]
    )


def _call_new(graph: trace.Graph, module: nn.Module, before: Mapping[str, Tensor]) -> None:
    """A word on each layer that holds other numbers than these."""
    parameters = dict(module.named_parameters())
    for node in graph.nodes:
        held = {name for name in parameters if name.startswith(f"{node.name}.")}
        if any(not _same(parameters[name], before.get(name)) for name in held):
            node.lines += ("new",)


def _same(one: Tensor, other: Tensor | None) -> bool:
    return other is not None and torch.equal(one, other)


def _note(graph: trace.Graph, parameters: int, multiply_adds: int) -> str:
    """The counts, and what they leave out; of products of single numbers the ledger knows nothing,
    so that none is no count.
    """
    held, work = map(labels.short, (parameters, multiply_adds))
    times = f" for {graph.batch} inputs" * (graph.batch > 1)
    counts = [f"{held} parameters"] * bool(parameters or multiply_adds)
    counts += [f"{work} multiply-adds{times}"] * bool(multiply_adds)
    left_out = ", ".join(graph.ledger.uncounted)
    words = [" · ".join(counts), f"the work of {left_out} not counted" * bool(left_out)]
    return ", ".join(filter(None, words))


def _module(module: object) -> nn.Module:
    if isinstance(module, type) and issubclass(module, nn.Module):
        raise TypeError(f"{module.__name__} is a class; give a net made from it.")
    if not isinstance(module, nn.Module):
        raise TypeError(f"A net to draw is an nn.Module; this is {type(module).__name__}.")
    if isinstance(module, torch.jit.ScriptModule):
        raise TypeError("A compiled script says nothing of its layers; give the net before that.")
    if "_modules" not in vars(module):
        name = type(module).__name__
        raise TypeError(f"{name} is not ready; its __init__ begins with super().__init__().")
    return module


def _inputs(module: nn.Module, x: object) -> list[Tensor]:
    if isinstance(x, Tensor):
        return [x]
    if isinstance(x, Sequence) and x and all(isinstance(one, Tensor) for one in x):
        return list(x)
    if isinstance(x, Sequence) and x and all(map(_is_size, x)):
        return [torch.ones((), dtype=_dtype(module)).expand(tuple(x))]  # it takes no memory
    given = reprlib.repr(x) if isinstance(x, tuple | list) else type(x).__name__
    raise TypeError(
        f"A net is drawn for an example: a tensor, or its shape (N, C, H, W); this is {given}."
    )


def _is_size(one: object) -> bool:
    return isinstance(one, Integral) and not isinstance(one, bool) and one >= 0
