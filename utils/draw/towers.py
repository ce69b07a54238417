"""A view with every layer divided among several cards, a column for each: AlexNet's two towers."""

import re
from dataclasses import replace

from utils.draw.trace import Node
from utils.draw.view import Box, View


def of(view: View, count: int) -> View:
    """The view in `count` columns. Layers in `count` groups, and those that look at each map by
    itself, read their own column; other layers read all. Input and last layer stay whole.
    """
    whole = _whole(view, count)
    boxes, homes = [], []
    for number, box in enumerate(view.boxes):
        columns = 1 if number in whole else count
        homes.append([len(boxes) + column for column in range(columns)])
        for column in range(columns):
            boxes.append(_part(box, columns, _reads(box, column, columns, count, homes)))
    return View(boxes, view.repeats, view.back)


def _whole(view: View, count: int) -> set[int]:
    """The boxes that are not divided: the ends, and the last that computes something."""
    last = max((n for n, box in enumerate(view.boxes) if box.steps[0].parameters), default=-1)
    return {
        number
        for number, box in enumerate(view.boxes)
        if box.steps[0].end or number >= last or not box.shape or box.shape[0] % count
    }


def _reads(box: Box, column: int, columns: int, count: int, homes: list) -> tuple[int, ...]:
    first = box.steps[0]
    alone = columns > 1 and (f"{count} groups" in first.lines or not first.parameters)
    return tuple(
        number
        for read in box.reads
        for number in (homes[read][column : column + 1] if alone else ()) or homes[read]
    )


def _part(box: Box, columns: int, reads: tuple[int, ...]) -> Box:
    steps = [_share(step, columns) for step in box.steps] if columns > 1 else list(box.steps)
    return replace(box, steps=steps, reads=reads)


def _share(step: Node, columns: int) -> Node:
    """What one card has of a step: a share of its maps, of its parameters and of its work."""
    made = step.shape[0]
    lines = (re.sub(rf", {made}$", f", {made // columns}", line) for line in step.lines)
    return replace(
        step,
        lines=tuple(line for line in lines if line != f"{columns} groups"),
        shape=(made // columns, *step.shape[1:]),
        parameters=step.parameters // columns,
        multiply_adds=step.multiply_adds // columns,
    )
