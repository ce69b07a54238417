"""Numbers in cells: a tensor with some of them marked, and one step of a window."""

from collections.abc import Collection
from itertools import product

import torch
from torch import Tensor
from torch.nn.functional import pad

from utils.draw.picture import Picture, Row
from utils.draw.svg import BOLD, sheet, text
from utils.plots import BLUE, ORANGE

CELL = 36  # px
Cells = Collection[tuple[int, int]]


def grid(
    x: Tensor, marked: Cells = (), *, title: str = "", note: str = "", border: int = 0
) -> Picture:
    """The numbers of x, (rows, columns) or (columns,), some cells (row, column) marked.

    `border` cells along each side are drawn as zeros put around. Numbers are
    rounded to two digits behind the point. Raises ValueError for another number of axes, or for
    more than 30 rows or columns.
    """
    x = torch.as_tensor(x)
    x = x[None] if x.dim() == 1 else x
    if x.dim() != 2 or not x.numel() or max(x.shape) > 30:
        given = tuple(x.shape)
        raise ValueError(f"A grid is (rows, columns) or (columns,), 30 at most; this is {given}.")
    (rows, columns), wide = x.shape, max(CELL, 10 * max(len(_number(v)) for v in x.flatten()) + 8)
    parts = []
    for row in range(rows):
        for column in range(columns):
            edge = not (border <= row < rows - border and border <= column < columns - border)
            parts += _cell(row, column, x[row, column], wide, (row, column) in marked, edge)
    marked = [cell for cell in product(range(rows), range(columns)) if cell in marked]
    alt = "; ".join(" ".join(map(_number, line)) for line in x)
    chosen = f"; marked: {_listed(marked)}" if marked else ""
    words = f"{rows} x {columns} numbers: {alt}{chosen}."
    return Picture(sheet(columns * wide, rows * CELL, parts, words), words, title, note)


def window(
    x: Tensor, w: Tensor, at: tuple[int, int] = (0, 0), *, stride: int = 1, padding: int = 0
) -> Row:
    """One step of a convolution of x (H, W) with w (KH, KW): the place `at` of the map.

    Side by side: x with the window, w, their products, and the map with the number they sum to.
    Raises ValueError where the map has no such place, or w does not fit into x.
    """
    x, w = (torch.as_tensor(numbers).detach().double() for numbers in (x, w))
    padded = pad(x, [padding] * 4)
    if x.dim() != 2 or w.dim() != 2 or any(k > n for k, n in zip(w.shape, padded.shape)):
        given = f"{tuple(w.shape)} on {tuple(padded.shape)}"
        raise ValueError(
            f"A window (KH, KW) is drawn on a larger picture (H, W); this is {given}."
        )
    y = torch.conv2d(padded[None, None], w[None, None], stride=stride)[0, 0]
    if not (0 <= at[0] < y.shape[0] and 0 <= at[1] < y.shape[1]):
        raise ValueError(f"The map has {y.shape[0]} x {y.shape[1]} places; there is no {at}.")
    top, left = (stride * place for place in at)
    inside = [(top + i, left + j) for i in range(len(w)) for j in range(w.shape[1])]
    part = padded[top : top + len(w), left : left + w.shape[1]]
    return Row(
        [
            grid(padded, inside, title="picture", border=padding),
            grid(w, title="filter"),
            grid(part * w, title="products", note=f"their sum: {_number(y[at])}"),
            grid(y, [at], title="map"),
        ]
    )


def _cell(row: int, column: int, value: Tensor, wide: int, marked: bool, edge: bool) -> list[str]:
    color = ORANGE if marked else BLUE
    look = f'fill="{color}" fill-opacity="{".45" if marked else ".08"}" stroke="{color}"'
    dashes = ' stroke-dasharray="3 3"' if edge else ""
    place = f'x="{column * wide}" y="{row * CELL}" width="{wide}" height="{CELL}"'
    middle = column * wide + wide / 2, row * CELL + CELL / 2
    words = text(*middle, _number(value), BOLD if marked else "")
    return [f"<rect {place} {look}{dashes}/>", words]


def _number(value: Tensor) -> str:
    return f"{round(float(value), 2) + 0.0:g}"


def _listed(cells: Cells) -> str:
    rows, columns = (sorted({cell[axis] + 1 for cell in cells}) for axis in (0, 1))
    if len(cells) == (1 + rows[-1] - rows[0]) * (1 + columns[-1] - columns[0]):
        return f"rows {rows[0]} to {rows[-1]}, columns {columns[0]} to {columns[-1]}"
    return ", ".join(f"row {row + 1} column {column + 1}" for row, column in cells)
