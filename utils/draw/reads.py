"""Who reads whom: numbers as dots, a line from each to those made from it.

Nothing is assumed about a layer. One number at a time is made "not a number", and what is no
number then was made from it. Where a layer does nothing but weigh and add, the color of a line is
its weight, measured in the same way, and a weight of zero is no line.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from utils.draw.picture import Picture
from utils.draw.svg import sheet
from utils.plots import COLORS, GRAY, VERMILION

STEP, DOT, DOWN = 30, 8, 92  # px
PADDED = (nn.Conv1d, nn.AvgPool1d)  # around a maximum is what is never the largest, no zeros
Layer = Callable[[Tensor], Tensor]


def reads(
    layers: Layer | Sequence[Layer], x: Tensor, *, one: int | None = None, title: str = ""
) -> Picture:
    """The numbers of x, (1, C, L) or (1, C), above; below each layer what it makes of them.

    Lines of one weight have one color; of more than six weights none has a color. With `one`
    only that number of the last row is followed back. Zeros that a layer of the library puts
    around are drawn, too. Raises ValueError for another x, and for more than 40 numbers in a row.
    """
    if not isinstance(x, Tensor) or x.dim() < 2 or len(x) != 1:
        given = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"Lines are drawn for one example, (1, C, L) or (1, C); this is {given}.")
    layers, x = [layers] if callable(layers) else list(layers), x * 1.0  # also of whole numbers
    rows, joins = [_places(x)], []
    for layer in layers:
        x, layer, zeros = _padded(x, layer)
        rows[-1] = _around(rows[-1], zeros)
        who, weight, y = _measured(layer, x)
        rows.append(_under(rows[-1], who, y))
        joins.append((who, weight))
        x = y
    kept = _followed(joins, one)
    words = _said(rows, joins, kept)
    return Picture(_drawn(rows, joins, kept, words), words, title)


def _places(x: Tensor) -> list[tuple[float, bool]]:
    """x of each dot, and whether it is a zero from around; channels are a step apart."""
    length = x.shape[-1] if x.dim() > 2 else 1
    count = x.numel()
    if count > 40:
        raise ValueError(f"A row of {count} numbers is too long to draw; give 40 or fewer.")
    apart = length > 1
    return [(STEP * (n + (n // length if apart else 0)), False) for n in range(count)]


def _padded(x: Tensor, layer: Layer) -> tuple[Tensor, Layer, int]:
    """Zeros put around by hand, and the layer as it is without them."""
    zeros = getattr(layer, "padding", 0) if isinstance(layer, PADDED) else 0
    zeros = zeros[0] if isinstance(zeros, tuple) else zeros
    by_itself = zeros == "same" or getattr(layer, "padding_mode", "zeros") != "zeros"
    if not zeros or x.shape[1] > 1 or by_itself:
        return x, layer, 0
    bare = _without_padding(layer)
    return nn.functional.pad(x, (zeros, zeros)), bare, zeros


def _without_padding(layer: nn.Module) -> Layer:
    def bare(x: Tensor) -> Tensor:
        before = layer.padding
        layer.padding = (0,) if isinstance(before, tuple) else 0
        try:
            return layer(x)
        finally:
            layer.padding = before

    return bare


def _around(row: list[tuple[float, bool]], zeros: int) -> list[tuple[float, bool]]:
    left = [(row[0][0] - STEP * n, True) for n in range(zeros, 0, -1)]
    return [*left, *row, *((row[-1][0] + STEP * n, True) for n in range(1, zeros + 1))]


@torch.no_grad()
def _measured(layer: Layer, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Who is made from whom (inputs, outputs), the weights of a linear layer, the outputs."""
    count, shape = x.numel(), x.shape[1:]
    unknown = torch.ones(count, count, dtype=x.dtype)
    unknown.fill_diagonal_(torch.nan)
    who = torch.stack([layer(row.reshape(1, *shape)).isnan().flatten() for row in unknown])
    each = torch.eye(count, dtype=x.dtype)
    zero = layer(torch.zeros(1, *shape, dtype=x.dtype)).flatten()
    weight = torch.stack([layer(row.reshape(1, *shape)).flatten() - zero for row in each])
    if all(_weighs(layer, weight, zero, some, shape) for some in _tries(count, x.dtype)):
        who &= weight != 0
    else:
        weight = who.to(x.dtype)
    return who, weight, layer(x)


def _tries(count: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    rising = torch.arange(1.0, count + 1, dtype=dtype)
    return rising, -rising.flip(0)


def _weighs(layer: Layer, weight: Tensor, zero: Tensor, some: Tensor, shape: torch.Size) -> bool:
    """Whether the layer made of these numbers what its weights make of them."""
    return torch.allclose(
        layer(some.reshape(1, *shape)).flatten(), some @ weight + zero, atol=1e-4
    )


def _under(above: list[tuple[float, bool]], who: Tensor, y: Tensor) -> list[tuple[float, bool]]:
    """Each number under the middle of those it reads, or evenly spread."""
    xs = [[above[n][0] for n in column.nonzero().flatten()] for column in who.T]
    middles = [(min(some) + max(some)) / 2 if some else 0.0 for some in xs]
    close = any(b - a < STEP * 0.6 for a, b in zip(middles, middles[1:], strict=False))
    if not close:
        return [(middle, False) for middle in middles]
    row, middle = _places(y), (above[0][0] + above[-1][0]) / 2
    shift = middle - (row[0][0] + row[-1][0]) / 2
    return [(place + shift, False) for place, _ in row]


def _followed(joins: list, one: int | None) -> list[Tensor]:
    """For each layer, which of its lines lead to the one number; all, if there is none."""
    kept = []
    for who, _ in reversed(joins):
        if one is None:
            kept.append(who)
            continue
        ends = torch.zeros(who.shape[1], dtype=torch.bool)
        ends[one if not kept else kept[-1].any(1)] = True
        kept.append(who & ends)
    return kept[::-1]


def _drawn(rows: list, joins: list, kept: list[Tensor], alt: str) -> str:
    left = min(x for row in rows for x, _ in row)
    right = max(x for row in rows for x, _ in row)
    rows = [[(x - left + DOT, zero) for x, zero in row] for row in rows]
    parts = []
    for level, ((who, weight), keep) in enumerate(zip(joins, kept, strict=True)):
        colors = _colors(weight, who)
        for start, end in who.nonzero().tolist():
            color, bold = (colors(start, end), 2) if keep[start, end] else (GRAY, 0.5)
            ends = rows[level][start][0], rows[level + 1][end][0]
            parts.append(_line(ends, level * DOWN, color, bold))
    lit = [keep.any(1) for keep in kept] + [kept[-1].any(0)]
    for level, row in enumerate(rows):
        parts += [
            _dot(x, level * DOWN, zero, bool(on))
            for (x, zero), on in zip(row, lit[level], strict=True)
        ]
    return sheet(right - left + 2 * DOT, DOWN * len(joins) + 2 * DOT, parts, alt)


def _line(ends: tuple[float, float], y: float, color: str, width: float) -> str:
    (x1, x2), y1, y2 = map(round, ends), round(y) + 2 * DOT, round(y) + DOWN
    place = f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
    return f'<line {place} stroke="{color}" stroke-width="{width}"/>'


def _dot(x: float, y: float, zero: bool, on: bool) -> str:
    look = 'fill="none" stroke-dasharray="3 3"' if zero else 'fill="currentColor"'
    look += "" if zero or on else ' fill-opacity=".25"'
    place = f'cx="{round(x)}" cy="{round(y) + DOT}" r="{DOT}"'
    return f'<circle {place} {look} stroke="currentColor"/>'


def _colors(weight: Tensor, who: Tensor) -> Callable[[int, int], str]:
    """A color for each weight; that of the text where there are many."""
    values = list(dict.fromkeys(_weights(weight, who)))
    several = [VERMILION] if len(values) == 1 else COLORS[:6]
    table = dict(zip(values, several)) if len(values) <= 6 else {}
    return lambda start, end: table.get(round(weight[start, end].item(), 6), "currentColor")


def _weights(weight: Tensor, who: Tensor) -> list[float]:
    return [round(value, 6) for value in weight[who].tolist()]


def _again(weight: Tensor, who: Tensor) -> str:
    """How many weights there are, where all the numbers made share them."""
    each = {tuple(_weights(weight[:, n], who[:, n])) for n in range(who.shape[1])}
    shared = len(each) == 1 < who.shape[1] and len(set(*each)) > 1
    return f", all by the same {len(*each)} weights" if shared else ""


def _said(rows: list, joins: list, kept: list[Tensor]) -> str:
    words = []
    for row, (who, weight), keep in zip(rows, joins, kept, strict=False):
        inputs, outputs = who.shape
        some = [n for n in range(outputs) if keep[:, n].any()]
        some = some if len(some) <= 6 else [*some[:2], some[-1]]
        told = [f"{n + 1} reads {_span(keep[:, n])}" for n in some]
        zeros = sum(zero for _, zero in row)
        around = f", {zeros} of them zeros put around" if zeros else ""
        counts = f"from {inputs} numbers{around}, {outputs}{_again(weight, who)}"
        words.append(f"{counts}: {', '.join(told) or 'none is read'}")
    return "; then ".join(words) + "."


def _span(read: Tensor) -> str:
    places = [n + 1 for n in read.nonzero().flatten().tolist()]
    if len(places) > 1 and places == list(range(places[0], places[-1] + 1)):
        return f"{places[0]} to {places[-1]}"
    return " and ".join(map(str, places))
