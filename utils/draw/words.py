"""A view in words, for readers who do not see the drawing: made from the same boxes."""

from dataclasses import dataclass, field

from utils.draw.trace import Call
from utils.draw.view import Box, View

JOINED = {"+": "added", "×": "multiplied", "−": "subtracted", "÷": "divided"}
JOINED |= {"≥": "compared, ≥", ">": "compared, >", "≤": "compared, ≤", "<": "compared, <"}
JOINED |= {"=": "compared, =", "≠": "compared, ≠"}
NUMBERS = "two three four five six seven eight nine ten".split()


def of(view: View) -> str:
    """A sentence that follows the arrows; ways that part and meet again are told one by one."""
    try:
        told = _Told()
        words = "; ".join(_from(view, _starts(view), None, told))
        if len(told.boxes) < len(view.boxes):
            raise _Tangled
    except _Tangled:
        words = "; ".join(_numbered(view))
    return words.removesuffix(".") + "."  # an error may be a whole sentence


class _Tangled(Exception):
    """Ways that cross: they cannot be told one after the other."""


@dataclass
class _Told:
    """What was told: the boxes, in this order, and the repeated calls that were begun."""

    boxes: list[int] = field(default_factory=list)
    begun: set[int] = field(default_factory=set)


def _starts(view: View) -> list[int]:
    return [number for number, box in enumerate(view.boxes) if not box.reads]


def _from(
    view: View, heads: list[int], stop: int | None, told: _Told, within: bool = False
) -> list[str]:
    """What is done from these boxes on, until the box `stop`, which is not told."""
    readers, said = view.readers(), []
    if len(heads) > 1:
        raise _Tangled
    place, order = heads[0] if heads else stop, ""
    while place != stop:
        if place in told.boxes:
            raise _Tangled
        told.boxes.append(place)
        said.append(_told(view, place, told, order))
        after, order = readers[place], ""
        if not after:
            break
        if len(after) == 1:
            if len(view.boxes[after[0]].reads) > 1 and after[0] != stop:
                raise _Tangled
            place = after[0]
            continue
        meet = _meet(view, readers, place)
        start = _entered(view, place, meet, told)
        ways, ends = [], []
        for head in after:
            ways.append(_way(view, head, meet, told))
            ends.append(place if head == meet else told.boxes[-1])
        letters = "; ".join(f"({_letter(n)}) {way}" for n, way in enumerate(ways))
        count = NUMBERS[len(ways) - 2] if len(ways) < 11 else str(len(ways))
        said.append(f"{start}then {count} ways" + (f" [{letters}]" if within else f": {letters}"))
        if meet is None:
            break
        order = _order(view.boxes[meet], ends)
        place = meet
    return said


def _way(view: View, head: int, meet: int | None, told: _Told) -> str:
    if head == meet:
        return "straight on"
    reads = view.boxes[head].reads
    if len(reads) > 1:
        raise _Tangled
    return ", ".join(_from(view, [head], meet, told, within=True))


def _letter(number: int) -> str:
    return chr(97 + number) if number < 26 else str(number + 1)


def _order(box: Box, ends: list[int]) -> str:
    """Which way comes first, where that matters and it is not the first; `ends` are their ends."""
    function = not (box.joint or box.closed or box.steps[0].end)
    ordered = box.ordered or function
    if ordered and set(box.reads) == set(ends) and list(box.reads) != ends:
        return ", in the order " + ", ".join(f"({_letter(ends.index(n))})" for n in box.reads)
    return ""


def _entered(view: View, place: int, meet: int | None, told: _Told) -> str:
    """The brackets of repeated blocks in which all ways from here run and meet again."""
    inside = view.boxes[meet].frames if meet is not None else ()
    calls = [call for call in inside if call not in view.boxes[place].frames]
    return "".join(_begin(view, call, told) for call in calls)


def _begin(view: View, call: Call, told: _Told) -> str:
    count = view.repeats.get(call.number, 1)
    if count == 1 or call.number in told.begun:
        return ""
    told.begun.add(call.number)
    return f"[{count} times: "


def _meet(view: View, readers: list[list[int]], place: int) -> int | None:
    """The first box that all ways from here go through; None if they end apart."""
    common = None
    for head in readers[place]:
        through = _through(readers, head)
        common = through if common is None else [n for n in common if n in through]
    return min(common, default=None)


def _through(readers: list[list[int]], head: int) -> list[int]:
    """The boxes that no way from `head` to an end avoids."""
    found: dict[int, list[int]] = {}
    for place in range(len(readers) - 1, head - 1, -1):  # a box is read by later ones only
        ways = [found[after] for after in readers[place]] or [[]]
        found[place] = [place, *(n for n in ways[0] if all(n in way for way in ways))]
    return found[head]


def _told(view: View, place: int, told: _Told, order: str = "") -> str:
    """A box in words; brackets around what is there several times."""
    box = view.boxes[place]
    words = _said(box, view) + order
    readers = sum(place in box.reads for box in view.boxes)
    words += f" ({readers} gradients meet here)" if view.back and readers > 1 else ""
    for call in box.frames:
        last = max(n for n, other in enumerate(view.boxes) if call in other.frames)
        ends = place == last and view.repeats.get(call.number, 1) > 1
        words = _begin(view, call, told) + words + "]" * ends
    return words


def _said(box: Box, view: View) -> str:
    words = " and ".join(", ".join(step.lines) for step in box.steps)
    words = JOINED.get(box.joint, words)
    if box.failed:
        return f"here it fails, at {words}: {box.failed}"
    if box.steps[0].end:
        return f"{words} {_size(box)}"
    again = f", {box.repeats} times" if box.repeats > 1 else ""
    return f"{words}{again}{_changed(box, view)}"


def _changed(box: Box, view: View) -> str:
    """The shape, where it is another one and not only of as many channels as the words say."""
    before = view.boxes[box.reads[0]].shape if box.reads else ()
    lines = (line for step in box.steps for line in step.lines)
    said = box.shape and any(line.endswith(f", {box.shape[0]}") for line in lines)
    same = before == box.shape or (before[1:] == box.shape[1:] and said)
    return "" if same else f", to {_size(box)}"


def _size(box: Box) -> str:
    return " x ".join(map(str, box.shape)) or "1 number"


def _numbered(view: View) -> list[str]:
    """Each box with its number, and the numbers of those it reads where that is not the last."""
    lines, told = [], _Told()
    for number, box in enumerate(view.boxes):
        reads = [str(read + 1) for read in box.reads]
        of = "" if box.reads == (number - 1,) or box.steps[0].end else " of nothing before"
        of = f" of {' and '.join(reads)}" if reads and box.reads != (number - 1,) else of
        lines.append(f"{number + 1}. {_told(view, number, told)}{of}")
    return lines
