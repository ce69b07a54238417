"""Tensors as solids: wide, high, and as deep as they have channels."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from utils.draw.labels import times
from utils.draw.picture import Picture, Row
from utils.draw.svg import LINE, sheet, text
from utils.plots import BLUE, GREEN, ORANGE, PURPLE, SKY

LARGEST, DEEPEST = 150, 70  # px, of the longest side and of the depth
COLORS = (BLUE, ORANGE, GREEN, PURPLE, SKY)


def volumes(solids: Mapping[str, Tensor | Sequence[int]]) -> Row:
    """Tensors, or their shapes, as solids side by side, all on one scale, under their names.

    The last three axes count, (C, H, W); (C, L) is a solid one pixel high. Many channels are drawn
    less deep than they are. Raises ValueError for another shape, and for none.
    """
    shapes = {name: _shape(name, solid) for name, solid in solids.items()}
    if not shapes:
        raise ValueError("There is no solid to draw.")
    scale = LARGEST / max(max(high, wide) for _, high, wide in shapes.values())
    deep = min(scale, DEEPEST / max(depth for depth, _, _ in shapes.values()))
    return Row(
        [
            _solid(name, shape, scale, deep, color)
            for (name, shape), color in zip(shapes.items(), COLORS * 3, strict=False)
        ]
    )


def _shape(name: str, solid: Tensor | Sequence[int]) -> tuple[int, int, int]:
    shape = tuple(solid.shape) if isinstance(solid, Tensor) else tuple(solid)
    shape = (shape[0], 1, shape[1]) if len(shape) == 2 else shape[-3:]
    if len(shape) != 3 or not all(isinstance(size, int) and size > 0 for size in shape):
        raise ValueError(f"{name!r} has the shape {shape}; a solid has (C, H, W) or (C, L).")
    return shape


def _solid(name: str, shape: tuple[int, int, int], scale: float, deep: float, color: str):
    depth, high, wide = shape
    d, h, w = max(depth * deep / 2, 2), max(high * scale, 4), max(wide * scale, 4)
    front = [(0, d), (w, d), (w, d + h), (0, d + h)]
    top, side = [(0, d), (d, 0), (w + d, 0), (w, d)], [(w, d), (w + d, 0), (w + d, h), (w, d + h)]
    faces = zip((front, top, side), (".35", ".15", ".25"), strict=True)
    parts = [_face(points, color, opacity) for points, opacity in faces]
    size = times(shape)
    parts.append(text(max((w + d) / 2, 40), d + h + LINE, size))
    words = f"a solid {depth} deep, {high} high and {wide} wide."
    return Picture(sheet(max(w + d, 80), d + h + 2 * LINE, parts, words), words, name)


def _face(points: list[tuple[float, float]], color: str, opacity: str) -> str:
    path = " ".join(f"{round(x)},{round(y)}" for x, y in points)
    return f'<polygon points="{path}" fill="{color}" fill-opacity="{opacity}" stroke="{color}"/>'
