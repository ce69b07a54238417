"""A view as SVG: the same bytes on every machine, since no letter is measured and no id is made.

Letters and lines have the color of the page's text, boxes a tint of a color: so a drawing reads in
the light and in the dark. It is not scaled down on a narrow page, where it scrolls instead.
"""

from html import escape
from textwrap import wrap
from unicodedata import east_asian_width

from utils.draw import labels, layout
from utils.draw.trace import Node
from utils.draw.view import Box, View
from utils.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE, SKY, VERMILION

FONT, LINE, LETTER = 16, 21, 9.2  # px; the last is what a letter takes at most, on average
LONGEST = 44  # letters in a line of an error
PAD, GAP, MARGIN, RADIUS = 5, 34, 10, 14
COLORS = {
    "frozen": GRAY,
    "conv": BLUE,
    "linear": PURPLE,
    "pool": GREEN,
    "each map": GREEN,
    "norm": ORANGE,
}
COLORS |= {"dropout": GRAY}
SOFT, BOLD = ' fill-opacity=".8"', ' font-weight="bold"'
TIMES = "× "
FAILED = ' stroke-dasharray="6 3"'


def of(view: View, alt: str) -> str:
    """The drawing of a view, `alt` for readers who do not see it."""
    boxes, notes = view.boxes, _notes(view)
    plan = layout.of(
        [box.reads for box in boxes],
        [_span(box, under) for box, under in zip(boxes, notes, strict=True)],
    )
    lows = [_height(box) + LINE * len(under) for box, under in zip(boxes, notes, strict=True)]
    tops = _tops(plan, lows)
    parts = [*_frames(view, plan, tops), *_edges(boxes, plan, tops, lows)]
    for number, box in enumerate(boxes):
        place = plan.places[number]
        parts += _box(box, place.x, tops[place.layer], notes[number])
    right = max((place.x + place.width / 2 for place in plan.places), default=0)
    right += 70 * any(box.frames for box in boxes)  # for what stands beside a frame
    return sheet(right, tops[-1] - GAP, parts, alt)


def sheet(width: float, height: float, parts: list[str], alt: str) -> str:
    """An SVG of that size around its parts."""
    wide, high = round(width) + 2 * MARGIN, round(height) + 2 * MARGIN
    box = f'viewBox="{-MARGIN} {-MARGIN} {wide} {high}" width="{wide}" height="{high}"'
    style = f'font-family="system-ui, sans-serif" font-size="{FONT}" fill="currentColor"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {box} {style} role="img"'
    return "\n".join([f'{start} aria-label="{escape(alt)}">', *parts, "</svg>"])


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Words around x, their middle at y."""
    place = f'x="{round(x)}" y="{round(y) + 6}"'
    return f'<text {place} text-anchor="middle"{style}>{escape(words)}</text>'


def block(x: float, y: float, width: float, height: float, color: str, style: str = "") -> str:
    """A tinted box around x, from y down."""
    corner = f'x="{round(x - width / 2)}" y="{round(y)}"'
    size = f'width="{round(width)}" height="{round(height)}"'
    look = f'fill="{color}" fill-opacity=".16" stroke="{color}" stroke-width="1.5"'
    return f'<rect {corner} {size} rx="4" {look}{style}/>'


def arrow(points: list[tuple[float, float]]) -> str:
    """A line through points, straight down at each, with a head at its end."""
    (x, y), *others = points
    path = f"M{round(x)} {round(y)}"
    for after_x, after_y in others:
        middle = round((y + after_y) / 2)
        bend = f"C{round(x)} {middle} {round(after_x)} {middle} {round(after_x)} {round(after_y)}"
        path += f"V{round(after_y)}" if round(x) == round(after_x) else bend
        x, y = after_x, after_y
    head = f"M{round(x) - 4} {round(y) - 7}L{round(x)} {round(y)}L{round(x) + 4} {round(y) - 7}Z"
    line = f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity=".65"'
    return f'{line} stroke-width="1.5"/><path d="{head}"/>'


def _box(box: Box, x: float, y: float, notes: list[str]) -> list[str]:
    """One box, its notes under it."""
    high, wide = _height(box), _width(box)
    places = (y + high + LINE * (row + 0.5) for row in range(len(notes)))
    below = [
        text(x, place, note, BOLD if note.startswith(TIMES) else SOFT)
        for place, note in zip(places, notes, strict=True)
    ]
    if _round(box):
        look = 'fill="none" stroke="currentColor" stroke-width="1.5"'
        sign = text(x, y + RADIUS, box.joint, ' font-weight="bold"')
        circle = f'<circle cx="{round(x)}" cy="{round(y + RADIUS)}" r="{RADIUS}" {look}/>'
        return [circle, sign, *below]
    parts, top = [], y
    for step in box.steps:
        lines = _lines(step)
        height = len(lines) * LINE + 2 * PAD
        parts += _strip(step, lines, x, top, wide, height)
        top += height
    return parts + below


def _strip(step: Node, lines: list[str], x, top, wide, height) -> list[str]:
    """One step of a box, its lines in the middle."""
    color, style = (VERMILION, FAILED) if step.failed else (_color(step), "")
    words = [
        text(x, top + PAD + LINE * (place + 0.5), line, SOFT if "·" in line else "")
        for place, line in enumerate(lines)
    ]
    return [block(x, top, wide, height, color, style), *words]


def _lines(step: Node) -> list[str]:
    """The lines of a step: its words, what it costs, why it failed."""
    if step.failed:
        return [f"✗ {step.lines[0]}", *step.lines[1:], *wrap(step.failed, LONGEST)]
    counted = step.multiply_adds or step.uncounted
    counted = counted or (step.parameters and "norm" not in step.lines[0])
    counts = f"{labels.short(step.parameters)} · {_work(step)}"
    return [*step.lines, counts] if counted else list(step.lines)


def _work(step: Node) -> str:
    """The multiply-adds of a step; "?" is what can't be counted."""
    counted = labels.short(step.multiply_adds)
    if not step.uncounted:
        return counted
    return f"{counted} + ?" if step.multiply_adds else "?"


def _color(step: Node) -> str:
    words = " ".join(step.lines)
    if step.end:
        return GRAY
    return next((color for word, color in COLORS.items() if word in words), SKY)


def _notes(view: View) -> list[list[str]]:
    """What stands under each box: how often it is there, if more than once; its shape, where it is
    not the one that came in; with `back`, how many gradients meet there on the way back.
    """
    notes = []
    for box, readers in zip(view.boxes, view.readers(), strict=True):
        shape = _shape(box, view.boxes)
        times = f"{TIMES}{box.repeats}" if box.repeats > 1 else ""
        meeting = f"{len(readers)} gradients meet" if view.back and len(readers) > 1 else ""
        notes.append([note for note in (times, shape, meeting) if note])
    return notes


def _shape(box: Box, boxes: list[Box]) -> str:
    same = any(boxes[read].shape == box.shape for read in box.reads)
    return "" if box.failed or (same and not box.steps[0].end) else labels.times(box.shape)


def _width(box: Box) -> float:
    if _round(box):
        return 2 * RADIUS + 4
    lines = [line for step in box.steps for line in _lines(step)]
    lines.append(labels.times(box.shape))
    return max(map(_long, lines)) + 3 * PAD


def _span(box: Box, notes: list[str]) -> float:
    """The width of a box and of what stands under it."""
    return max([_width(box), *map(_long, notes)])


def _long(words: str) -> float:
    """What words take at most; a Chinese letter is as wide as two."""
    return LETTER * sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)


def _round(box: Box) -> bool:
    return len(box.joint) == 1 and not box.failed


def _height(box: Box) -> float:
    if _round(box):
        return 2 * RADIUS
    lines = sum(len(_lines(step)) for step in box.steps)
    return lines * LINE + 2 * PAD * len(box.steps)


def _tops(plan: layout.Layout, lows: list[float]) -> list[float]:
    """y of the top of each layer, and of one more; `lows` are how far down each box reaches."""
    tops = [0.0]
    for row in plan.layers:
        high = [lows[number] for number in row if number < len(lows)]
        tops.append(tops[-1] + max(high, default=0) + GAP)
    return tops


def _edges(boxes: list[Box], plan: layout.Layout, tops: list[float], lows) -> list[str]:
    """The arrows; those that end at one box arrive side by side."""
    drawn = []
    for reader, box in enumerate(boxes):
        x_of = {source: plan.places[plan.ways[source, reader][-2]].x for source in box.reads}
        arriving = sorted(box.reads, key=lambda source: (x_of[source], source))
        told = box.ordered and (len(arriving) == 2 or box.joint.startswith("first"))
        if told:  # the first is on the left, even if ways cross
            arriving = box.reads
        step = min(16, (_width(box) - 12) / max(len(arriving), 1))
        for number, source in enumerate(arriving):
            shift = (number - (len(arriving) - 1) / 2) * step
            drop = _rounding(box, shift)
            way = _way(plan, tops, lows[source], plan.ways[source, reader])
            end_x, end_y = way.pop()
            drawn.append(arrow([*way, (end_x + shift, end_y + drop)]))
    return drawn


def _way(plan: layout.Layout, tops: list[float], low: float, numbers: list[int]) -> list:
    """The points of an arrow: down from its source, straight through layers, to its reader."""
    start, *through, end = (plan.places[number] for number in numbers)
    points = [(start.x, tops[start.layer] + low), (start.x, tops[start.layer + 1] - GAP)]
    for place in through:
        points += [(place.x, tops[place.layer]), (place.x, tops[place.layer + 1] - GAP)]
    return [*points, (end.x, tops[end.layer])]


def _rounding(box: Box, shift: float) -> float:
    """How much lower a circle begins beside its middle."""
    aside = min(abs(shift), RADIUS)
    return RADIUS - (RADIUS**2 - aside**2) ** 0.5 if _round(box) else 0.0


def _frames(view: View, plan: layout.Layout, tops: list[float]) -> list[str]:
    """A dashed frame around each opened block, with how often it is there."""
    drawn = []
    for call in dict.fromkeys(call for box in view.boxes for call in box.frames):
        inside = [n for n, box in enumerate(view.boxes) if call in box.frames]
        places = [plan.places[number] for number in inside]
        for ends, way in plan.ways.items():
            places += [plan.places[n] for n in way[1:-1]] if ends[1] in inside else []
        left = min(place.x - place.width / 2 for place in places) - 8
        right = max(place.x + place.width / 2 for place in places) + 8
        top = min(tops[plan.places[number].layer] for number in inside) - 14
        end = max(tops[plan.places[number].layer + 1] for number in inside) - GAP + 8
        count = view.repeats.get(call.number, 1)
        words = f"{TIMES}{count}" if count > 1 else call.name.rsplit(".", 1)[-1]
        size = f'width="{round(right - left)}" height="{round(end - top)}"'
        look = 'rx="8" fill="none" stroke="currentColor" stroke-dasharray="5 4"'
        drawn.append(f'<rect x="{round(left)}" y="{round(top)}" {size} {look}/>')
        corner = f'x="{round(right) + 6}" y="{round(top) + 16}"'
        drawn.append(f"<text {corner}{BOLD}>{escape(words)}</text>")
    return drawn
