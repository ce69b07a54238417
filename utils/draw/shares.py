"""How examples are divided: a strip for all of them, cut where the parts end."""

from collections.abc import Mapping, Sized

from utils.draw.picture import Picture
from utils.draw.svg import FONT, LINE, block, sheet, text
from utils.plots import BLUE, GREEN, ORANGE, PURPLE

WIDE, HIGH = 320, 40  # px; narrow enough for a phone
COLORS = (BLUE, ORANGE, GREEN, PURPLE)


def shares(parts: Mapping[str, Sized], *, title: str = "") -> Picture:
    """One strip for all examples, a piece for each of the parts, as wide as its share of them.

    Under it each part by its name, with how many there are. Raises ValueError for no part, for
    more than four, and where there is nothing in any.
    """
    counts = {name: len(part) for name, part in parts.items()}
    whole = sum(counts.values())
    if not whole or len(counts) > len(COLORS):
        given = f"{len(counts)} parts of {whole} examples"
        raise ValueError(
            f"Shares are drawn of one to four parts with something in them, not {given}."
        )
    drawn, x = [], 0.0
    for row, ((name, count), color) in enumerate(zip(counts.items(), COLORS, strict=False)):
        wide, y = WIDE * count / whole, HIGH + LINE * (row + 1)
        drawn.append(block(x + wide / 2, 0, wide, HIGH, color))
        drawn.append(block(8, y - 7, FONT, 14, color))
        drawn.append(text(28, y, _line(name, count, whole), ' style="text-anchor: start"'))
        x += wide
    words = "; ".join(_line(name, count, whole) for name, count in counts.items()) + "."
    return Picture(sheet(WIDE, HIGH + LINE * (len(counts) + 0.5), drawn, words), words, title)


def _line(name: str, count: int, whole: int) -> str:
    return f"{name}: {count:,} ({100 * count / whole:.0f} %)"
