"""Architectures drawn from the net itself: `draw.net(net, x)`.

A drawing shows what ran: each layer with its kernel, channels and stride, the shapes between
them, and under a layer "parameters · multiply-adds", as in the ledger. A net that fails is drawn
up to where it fails. The words for readers who do not see it come from the same graph.
"""

from collections.abc import Mapping, Sequence
from html import escape

import torch
from torch import Tensor, nn

from utils.draw import labels, svg, trace, view, words
from utils.shapes import _dtype

Example = Tensor | Sequence[Tensor] | Sequence[int]


class Drawing:
    """One drawing: `svg`, and `alt`, the same in words. A cell shows it."""

    def __init__(self, graph: trace.Graph, shown: view.View, title: str):
        self.graph, self.shown, self.title = graph, shown, title
        self.alt = words.of(shown)
        self.svg = svg.of(shown, self.alt)

    def __repr__(self) -> str:
        return f"{self.title}, {self._counts()}: {self.alt}"

    def _repr_html_(self) -> str:
        head = f"<strong>{escape(self.title)}</strong><br>{self._counts()}"
        return (
            '<div class="course-drawing" style="overflow-x: auto; max-width: 100%" tabindex="0">'
            f'<p style="margin: 0 0 8px">{head}</p>\n{self.svg}\n</div>'
        )

    def _counts(self) -> str:
        counts = self.graph.ledger.parameters, self.graph.ledger.multiply_adds
        return "{} parameters · {} multiply-adds".format(*map(labels.short, counts))


class Row:
    """Drawings side by side, one under the other where the page is narrow."""

    def __init__(self, drawings: Sequence[Drawing]):
        self.drawings = drawings

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.drawings))

    def _repr_html_(self) -> str:
        inner = "\n".join(drawing._repr_html_() for drawing in self.drawings)
        return f'<div style="display: flex; flex-wrap: wrap; gap: 16px 40px">\n{inner}\n</div>'


def net(
    module: nn.Module, x: Example, *, depth: int | None = None, part: str = "", title: str = ""
) -> Drawing:
    """The drawing of `module` for an input x, a tensor, its shape (N, C, ...), or several tensors.

    Parts nested deeper than `depth` are closed; `part` names one that is opened all the same.
    Without a depth as much is shown as a reader takes in at once, of a repeated block the first.
    Raises TypeError where `module` is no module or x no example, ValueError for an unknown `part`.
    """
    graph = trace.trace(_module(module), *_inputs(module, x))
    if part and part not in dict(module.named_modules()):
        raise ValueError(f"The net has no part {part!r}; `named_modules()` lists its parts.")
    return Drawing(graph, view.of(graph, depth, part), title or graph.title)


def nets(modules: Mapping[str, nn.Module], x: Example, *, depth: int | None = None) -> Row:
    """The drawings of several modules for the same input, side by side, each under its name."""
    return Row([net(one, x, depth=depth, title=name) for name, one in modules.items()])


def _module(module: object) -> nn.Module:
    if isinstance(module, type) and issubclass(module, nn.Module):
        raise TypeError(f"{module.__name__} is a class; give a net made from it.")
    if not isinstance(module, nn.Module):
        raise TypeError(f"A net to draw is an nn.Module; this is {type(module).__name__}.")
    return module


def _inputs(module: nn.Module, x: object) -> list[Tensor]:
    if isinstance(x, Tensor):
        return [x]
    if isinstance(x, Sequence) and x and all(isinstance(one, Tensor) for one in x):
        return list(x)
    if isinstance(x, Sequence) and x and all(isinstance(one, int) for one in x):
        return [torch.empty(tuple(x), device="meta", dtype=_dtype(module))]
    given = f"this is {type(x).__name__}"
    raise TypeError(
        f"A net is drawn for an example: a tensor, or its shape (N, C, H, W); {given}."
    )
