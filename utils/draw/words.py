"""A view in words, for readers who do not see the drawing: made from the same boxes."""

from utils.draw.view import Box, View

JOINED = {"+": "added", "×": "multiplied", "−": "subtracted", "÷": "divided"}
JOINED |= {"≥": "compared, ≥", ">": "compared, >", "≤": "compared, ≤", "<": "compared, <"}
JOINED |= {"=": "compared, =", "≠": "compared, ≠"}
NUMBERS = "two three four five six seven eight nine ten".split()


def of(view: View) -> str:
    """A sentence that follows the arrows; ways that part and meet again are told one by one."""
    try:
        told: list[int] = []
        words = "; ".join(_from(view, _starts(view), None, told))
        if len(told) < len(view.boxes):
            raise _Tangled
    except _Tangled:
        words = "; ".join(_numbered(view))
    return words + "."


class _Tangled(Exception):
    """Ways that cross: they cannot be told one after the other."""


def _starts(view: View) -> list[int]:
    return [number for number, box in enumerate(view.boxes) if not box.reads]


def _from(view: View, heads: list[int], stop: int | None, told: list[int]) -> list[str]:
    """What is done from these boxes on, until the box `stop`, which is not told."""
    readers, said = view.readers(), []
    if len(heads) > 1:
        raise _Tangled
    place = heads[0] if heads else stop
    while place != stop:
        if place in told:
            raise _Tangled
        told.append(place)
        said.append(_told(view, place))
        after = readers[place]
        if not after:
            break
        if len(after) == 1:
            if len(view.boxes[after[0]].reads) > 1 and after[0] != stop:
                raise _Tangled
            place = after[0]
            continue
        meet = _meet(view, readers, place)
        ways = [_way(view, head, meet, told) for head in after]
        letters = "; ".join(f"({chr(97 + n)}) {way}" for n, way in enumerate(ways))
        count = NUMBERS[len(ways) - 2] if len(ways) < 11 else str(len(ways))
        said.append(f"then {count} ways: {letters}")
        if meet is None:
            break
        place = meet
    return said


def _way(view: View, head: int, meet: int | None, told: list[int]) -> str:
    if head == meet:
        return "straight on"
    reads = view.boxes[head].reads
    if len(reads) > 1:
        raise _Tangled
    return ", ".join(_from(view, [head], meet, told))


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


def _told(view: View, place: int) -> str:
    """A box in words; brackets around what is there several times."""
    words = _said(view.boxes[place], view)
    readers = sum(place in box.reads for box in view.boxes)
    words += f" ({readers} gradients meet here)" if view.back and readers > 1 else ""
    for call in view.boxes[place].frames:
        inside = [n for n, box in enumerate(view.boxes) if call in box.frames]
        if (count := view.repeats.get(call.number, 1)) > 1:
            start = f"[{count} times: " if place == inside[0] else ""
            words = f"{start}{words}" + "]" * (place == inside[-1])
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
    """The shape, where it is another one and not only of as many channels as are made."""
    before = view.boxes[box.reads[0]].shape if box.reads else box.shape
    same = before == box.shape or (before[1:] == box.shape[1:] and box.joint != "joined")
    return "" if same else f", to {_size(box)}"


def _size(box: Box) -> str:
    return " x ".join(map(str, box.shape)) or "1 number"


def _numbered(view: View) -> list[str]:
    """Each box with its number, and the numbers of those it reads where that is not the last."""
    lines = []
    for number, box in enumerate(view.boxes):
        reads = [str(read + 1) for read in box.reads]
        of = "" if box.reads in ((), (number - 1,)) else f" of {' and '.join(reads)}"
        lines.append(f"{number + 1}. {_told(view, number)}{of}")
    return lines
