"""From every step of a net to what fits a page: repeats folded, parts closed, strips stacked."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from utils.draw import labels
from utils.draw.trace import Call, Graph, Node

LIMIT = 22  # boxes of a net that a reader takes in at once
OPENED = 14  # of these, what one opened block may add
CROWD = 150  # boxes of a net without parts, such as a loop over all pixels, that nobody reads
ORDERED = ("−", "÷", "@", "joined", "first")  # joints where it matters what comes first
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
MARKS = ("frozen", "new")  # what is said of a closed part where it is so of all layers in it


@dataclass
class Box:
    """What is drawn as one: layers that touch, or a closed part; `repeats` of it in a row."""

    steps: list[Node]
    reads: tuple[int, ...] = ()
    repeats: int = 1
    frames: tuple[Call, ...] = ()
    call: Call | None = None  # of a closed part

    closed = property(lambda self: self.call is not None)
    joint = property(lambda self: self.steps[-1].joint)
    shape = property(lambda self: self.steps[-1].shape)
    failed = property(lambda self: self.steps[-1].failed)
    ordered = property(lambda self: self.joint.startswith(ORDERED))


@dataclass
class View:
    """Boxes in the order of their calls, and how often each opened call is repeated.

    With `back` it says where gradients meet.
    """

    boxes: list[Box]
    repeats: dict[int, int] = field(default_factory=dict)
    back: bool = False

    def readers(self) -> list[list[int]]:
        found = [[] for _ in self.boxes]
        for place, box in enumerate(self.boxes):
            for read in box.reads:
                found[read].append(place)
        return found


def of(graph: Graph, depth: int | None = None, part: str = "") -> View:
    """The view of a graph; `depth` closes what is nested deeper, `part` is the name of one opened.

    Without a depth it is the deepest with few boxes; then the first repeated block is opened.
    A part that fails is open.
    """
    nodes, repeats = folded(graph.nodes)
    opened = {call.number for node in nodes for call in node.calls if call.name == part != ""}
    opened |= {n.calls[-1].number for n in nodes if n.failed and len(n.calls) > 1}
    if depth is not None:
        return at(nodes, repeats, depth, opened)
    deepest = max(1, *(len(node.calls) for node in nodes))
    for level in range(deepest, 0, -1):
        view = at(nodes, repeats, level, opened)
        if len(view.boxes) <= LIMIT:
            break
    if len(view.boxes) > CROWD:
        return at(nodes, repeats, 0, set())
    first = next((box.call for box in view.boxes if box.closed and box.repeats > 1), None)
    if first is None or opened:
        return view
    wider = at(nodes, repeats, level, {first.number})
    return wider if len(wider.boxes) <= len(view.boxes) + OPENED else view


def folded(nodes: list[Node]) -> tuple[list[Node], dict[int, int]]:
    """The nodes with one of each row of equal calls, and by its number how many there were."""
    repeats, places = {}, list(range(len(nodes)))
    for level in range(1, max((len(node.calls) for node in nodes), default=1)):
        for first, others in _rows(nodes, level, places):
            repeats[first] = 1 + len(others)
            for start, size, copies in others:
                for offset in range(size):
                    places[start + offset] = places[copies + offset]
    kept = sorted(set(places))
    new = {place: number for number, place in enumerate(kept)}
    reads = {place: _unique(new[places[read]] for read in nodes[place].reads) for place in kept}
    return [replace(nodes[place], reads=reads[place]) for place in kept], repeats


def _rows(nodes: list[Node], level: int, places: list[int]) -> Iterator[tuple[int, list]]:
    """Rows of equal calls at a level: the number of the first, where the others are."""
    spans = [span for span in _spans(nodes, level) if places[span[1]] == span[1]]
    while spans:
        number, start, size = spans.pop(0)
        sign, others, end = _sign(nodes, start, size), [], start + size
        while spans and spans[0][1:] == (end, size) and _sign(nodes, end, size) == sign:
            others.append((end, size, start))
            spans.pop(0)
            end += size
        if others:
            yield number, others


def _spans(nodes: list[Node], level: int) -> list[tuple[int, int, int]]:
    """The calls at a level, each (its number, its first node, how many nodes)."""
    found: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        if len(node.calls) > level:
            found.setdefault(node.calls[level].number, []).append(place)
    return [(number, places[0], len(places)) for number, places in found.items()]


def _sign(nodes: list[Node], start: int, size: int) -> tuple:
    """What two equal calls have in common: steps, counts, and how far back each step reads."""
    return tuple(
        (n.lines, n.shape, n.parameters, n.multiply_adds, n.uncounted, n.failed)
        + tuple(place - read for read in n.reads)
        for place, n in enumerate(nodes[start : start + size], start)
    )


def at(nodes: list[Node], repeats: dict[int, int], depth: int, opened: set[int]) -> View:
    """The view that closes every call nested deeper than `depth`, unless it is opened."""
    boxes, homes, keys = [], [], {}
    for node in nodes:
        call = _closed(node, depth, opened)
        key = call.number if call else -len(homes) - 1
        if key not in keys:
            keys[key] = len(boxes)
            frames = _frames(node, call, opened | repeats.keys())
            boxes.append(Box([], repeats=repeats.get(key, 1), frames=frames, call=call))
        home = keys[key]
        homes.append(home)
        box = boxes[home]
        box.reads = _unique((*box.reads, *(h for r in node.reads if (h := homes[r]) != home)))
        box.steps.append(node)
    for box in boxes:
        if box.closed:
            _close(box, repeats)
    return View(_again(_stacked(boxes)), repeats)


def _closed(node: Node, depth: int, opened: set[int]) -> Call | None:
    """The call that hides this node."""
    if any(call.number in opened for call in node.calls) or len(node.calls) <= depth:
        return None
    return node.calls[depth]


def _frames(node: Node, closed: Call | None, framed: set[int]) -> tuple[Call, ...]:
    """The calls around a box that are drawn as frames."""
    around = node.calls[: node.calls.index(closed)] if closed else node.calls
    return tuple(call for call in around if call.number in framed)


def _close(box: Box, repeats: dict[int, int]) -> None:
    """The steps of a closed call become one, with their sums; a single step stays as it is."""
    if len(box.steps) == 1:
        box.call = None
        return
    copies = [_copies(node, box.call, repeats) for node in box.steps]
    parameters = sum(n * node.parameters for n, node in zip(copies, box.steps, strict=True))
    multiply_adds = sum(n * node.multiply_adds for n, node in zip(copies, box.steps, strict=True))
    last, holding = box.steps[-1], [step for step in box.steps if step.parameters]
    marks = [m for m in MARKS if holding and all(m in step.lines for step in holding)]
    sums = {"parameters": parameters, "multiply_adds": multiply_adds, "joint": ""}
    sums["uncounted"] = any(step.uncounted for step in box.steps)
    box.steps = [
        replace(
            last, name=box.call.name, lines=(*_title(box.call, box.steps, copies), *marks), **sums
        )
    ]


def _copies(node: Node, call: Call, repeats: dict[int, int]) -> int:
    """For how many steps of a closed call this one stands."""
    inner = node.calls[node.calls.index(call) + 1 :]
    return math.prod(repeats.get(part.number, 1) for part in inner)


def _title(call: Call, steps: list[Node], copies: list[int]) -> tuple[str, ...]:
    """A closed part: its name, its class, or of a container what is in it."""
    name, kind = call.name.rsplit(".", 1)[-1], type(call.module).__name__
    lines = [] if name.isdigit() or not name else [name]
    if kind not in CONTAINERS:
        kind += _window(steps)
        return (*lines, kind) if lines and kind.lower() != name.lower() else (kind,)
    return (*lines, *_summary(steps, copies)) or (kind,)


def _window(steps: list[Node]) -> str:
    """The window of a part where all but those of one pixel are the same."""
    words = (
        word for step in steps for word in re.findall(r"(?:conv|pool) (\d+x\d+)", step.lines[0])
    )
    windows = {word for word in words if word != "1x1"}
    return f" {windows.pop()}" if len(windows) == 1 else ""


def _summary(steps: list[Node], copies: list[int]) -> list[str]:
    """What a container holds, without norms and activations; in a line each, if these are few."""
    rows: list[list] = []
    for step, count in zip(steps, copies, strict=True):
        line = step.lines[0]
        if _strip(step) or step.joint or line == "flatten":
            continue
        if rows and rows[-1][0] == line:
            rows[-1][1] += count
        else:
            rows.append([line, count])
    lines = [line if count == 1 else f"{count} × {line}" for line, count in rows]
    return lines if len(lines) <= 3 else [f"{sum(count for _, count in rows)} layers"]


def _stacked(boxes: list[Box]) -> list[Box]:
    """Norms, activations and dropout put under the layer before, where nothing else reads it."""
    readers = View(boxes).readers()
    homes, kept = [], []
    for box in boxes:
        before = box.reads[0] if len(box.reads) == 1 else None
        if before is not None and _touches(boxes[before], box, readers[before]):
            homes.append(homes[before])
            kept[homes[before]].steps += box.steps
        else:
            homes.append(len(kept))
            kept.append(replace(box, reads=_unique(homes[read] for read in box.reads)))
    return kept


def _touches(before: Box, box: Box, readers: list[int]) -> bool:
    alone = len(readers) == 1 and before.frames == box.frames and before.repeats == 1
    plain = not (before.closed or box.closed or before.joint or box.failed)
    layer = not before.steps[0].end
    return alone and plain and layer and box.repeats == 1 and _strip(box.steps[0])


def _strip(node: Node) -> bool:
    return any(word in node.lines[0] for word in labels.STRIPS) and not node.joint


def _again(boxes: list[Box]) -> list[Box]:
    """Equal boxes in a row as one, with their number."""
    readers = View(boxes).readers()
    homes, kept = [], []
    for box in boxes:
        before = box.reads[0] if len(box.reads) == 1 else None
        if before is not None and len(readers[before]) == 1 and _equal(boxes[before], box):
            homes.append(homes[before])
            kept[homes[before]].repeats += box.repeats
        else:
            homes.append(len(kept))
            kept.append(replace(box, reads=_unique(homes[read] for read in box.reads)))
    return kept


def _equal(one: Box, other: Box) -> bool:
    looks = (
        (b.frames, b.joint, [(s.lines, s.shape, s.parameters, s.failed) for s in b.steps])
        for b in (one, other)
    )
    return next(looks) == next(looks) and not one.failed


def _unique(values) -> tuple:
    return tuple(dict.fromkeys(values))
