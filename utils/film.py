"""A training as frames to scrub through: small pictures in a page that needs no kernel.

Pictures of trained nets may differ in a bit from machine to machine: tag their cell
`nbval-ignore-output`.
"""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from PIL import Image
from torch import Tensor, stack

from utils import explore, plots

LEVELS = 127  # shades on each side of zero


def film(
    rows: Mapping[str, Sequence[Tensor]], captions: Sequence[str], words: str, width: int = 640
) -> None:
    """Show named rows of maps, a slider moving all of them through the frames, the last one first.

    Each row has a tensor (C, H, W) for each frame, drawn as C maps side by side: purple below
    zero, orange above, or gray if nothing is negative, on one scale. A caption belongs to each
    frame; `words` say what is shown, for readers without scripts. A row is enlarged by a whole
    number to up to `width` pixels. Raises ValueError where frames and captions differ in number.
    """
    for name, frames in rows.items():
        if len(frames) != len(captions):
            given = f"{name} has {len(frames)} frames, and there are {len(captions)} captions"
            raise ValueError(f"{given}; give a caption for each frame.")
    drawn = [_row(name, stack(list(frames)), width) for name, frames in rows.items()]
    settings = {"rows": drawn, "captions": list(captions)}
    still = "".join(map(_still, drawn))
    explore._show("film", settings, words, f"<p>{captions[-1]}</p>{still}")


def _row(name: str, frames: Tensor, width: int) -> dict:
    """A row (frames, C, H, W) as the script needs it."""
    across = frames.shape[1] * (frames.shape[3] + 1) - 1
    return {"name": name, "width": max(width // across, 1) * across, "frames": _sources(frames)}


def _still(row: dict) -> str:
    """The last frame of a row, for where scripts do not run."""
    name, width, last = row["name"], row["width"], row["frames"][-1]
    return f'<p>{name}</p><img src="{last}" alt="{name}" width="{width}">'


def _sources(frames: Tensor) -> list[str]:
    """(frames, C, H, W) -> a PNG for each frame, as the address of an image."""
    signed, top = bool(frames.min() < 0), frames.abs().max().item() or 1.0
    shades = (frames / top * LEVELS).round().clamp(-LEVELS, LEVELS).add(LEVELS).byte().numpy()
    return [_source(_side_by_side(maps), signed) for maps in shades]


def _side_by_side(maps: np.ndarray) -> np.ndarray:
    """(C, H, W) -> (H, C * (W + 1) - 1): a line of another shade between neighbors."""
    parted = np.pad(maps, ((0, 0), (0, 0), (0, 1)), constant_values=2 * LEVELS + 1)
    return np.hstack(list(parted))[:, :-1]


def _source(shades: np.ndarray, signed: bool) -> str:
    height, width = shades.shape
    picture, file = Image.frombytes("P", (width, height), shades.tobytes()), io.BytesIO()
    picture.putpalette(_palette(signed))
    picture.save(file, format="png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _palette(signed: bool) -> list[int]:
    """Red, green, blue of each shade; the last is the gap between maps."""
    if signed:
        colors = colormaps[plots.DIVERGING](np.linspace(0, 1, 2 * LEVELS + 1))[:, :3]
    else:
        colors = np.repeat(np.linspace(-1, 1, 2 * LEVELS + 1).clip(0)[:, None], 3, axis=1)
    return [*(colors * 255).round().astype(int).flatten().tolist(), 128, 128, 128]
