"""A player under a cell, small enough to be stored, the same bytes on every run."""

import base64
import io
import wave
from html import escape

from IPython.display import display
from torch import Tensor


def play(clip: Tensor, alt: str, rate: int = 8000) -> None:
    """Put a player for one clip under the cell: (L,) or (1, L), air pressure from -1 to 1.

    `rate` is in samples a second; louder than 1 is cut off. `alt` says what is heard, also where
    there is no sound.
    """
    source = f"data:audio/wav;base64,{base64.b64encode(_wav(clip.flatten(), rate)).decode()}"
    player = f'<audio controls preload="none" aria-label="{escape(alt)}" src="{source}"></audio>'
    display({"text/html": f"<div>{player}<br>{escape(alt)}</div>", "text/plain": alt}, raw=True)


def _wav(samples: Tensor, rate: int) -> bytes:
    """An 8-bit WAV file of one channel: a byte a sample, 128 for silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(rate)
        out.writeframes(bytes((samples.clamp(-1, 1) * 127).round().int().add(128).tolist()))
    return file.getvalue()
