"""What a cell shows: an SVG with its words, under a title; several stand side by side."""

from collections.abc import Sequence
from html import escape

ROW = "display: flex; flex-wrap: wrap; gap: 16px 24px"
SCROLLS = "overflow-x: auto; max-width: 100%"  # letters stay as large as the page's
# A viewer that takes out the drawing takes out this rule as well, and there the words are seen.
UNSEEN = "<style>.course-drawing details { display: none }</style>"


class Picture:
    """An `svg`, the same in words as `alt`, a title and a note under it. A cell shows it."""

    def __init__(self, svg: str, alt: str, title: str = "", note: str = ""):
        self.svg, self.alt, self.title, self.note = svg, alt, title, note

    def __repr__(self) -> str:
        head = ", ".join(filter(None, (self.title, self.note)))
        return f"{head}: {self.alt}" if head else self.alt

    def _repr_html_(self) -> str:
        head = f"<strong>{escape(self.title)}</strong>" if self.title else ""
        words = "<br>".join(filter(None, (head, escape(self.note))))
        top = f'<p style="margin: 0 0 8px">{words}</p>\n' if words else ""
        fold = f"<details><summary>In words</summary>{escape(self.alt)}</details>"
        start = f'<div class="course-drawing" style="{SCROLLS}" tabindex="0">'
        return f"{start}{top}{self.svg}\n{UNSEEN}{fold}\n</div>"


class Row:
    """Pictures side by side, one under the other where the page is narrow.

    What belongs together stays together in a row of its own.
    """

    def __init__(self, pictures: "Sequence[Picture | Row]"):
        self.pictures = list(pictures)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.pictures))

    def _repr_html_(self) -> str:
        inner = "\n".join(picture._repr_html_() for picture in self.pictures)
        return f'<div style="{ROW}">\n{inner}\n</div>'
