"""Where each box goes: in layers from top to bottom, with as few crossings as a few sweeps leave.

Layers by the longest way from the input, places kept free for edges that pass a layer, each layer
ordered by the middle of its neighbors, then moved to be under and over them: the method of
Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical System Structures,
1981. Only sums and quotients in a fixed order, so the places are the same on every machine.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

BETWEEN = 14  # boxes of a layer
PASSING = 12  # the width of an edge that passes a layer
ROOMS = 660, 560, 480, 400  # px across: boxes beyond it go a layer down; the first that will do
SWEEPS, MOVES = 24, 80
LIGHT, STIFF = 0.05, 4.0  # weights of a way around a box, and of a line within it, next to 1


@dataclass
class Place:
    """A box, or where an edge passes a layer: its layer, its width, x of its middle."""

    layer: int
    width: float
    x: float = 0.0
    above: list[tuple[int, float]] = field(default_factory=list)  # (place, weight)
    below: list[tuple[int, float]] = field(default_factory=list)


@dataclass
class Layout:
    """The places, those of the boxes first; layers as lists of places; the way of each edge."""

    places: list[Place]
    layers: list[list[int]]
    ways: dict[tuple[int, int], list[int]]


def of(reads: Sequence[Sequence[int]], widths: Sequence[float]) -> Layout:
    """The layout of boxes that read boxes before them."""
    for room in ROOMS:
        places, rows, ways = _placed(reads, widths, room)
        if max((_across(places, row) for row in rows), default=0.0) <= ROOMS[0]:
            break
    for sweep in range(SWEEPS):
        _sort(places, rows, down=sweep % 2 == 0)
    _move(places, rows)
    start, end = _start(places), _end(places)
    spare = end - start - max(ROOMS[0], *(_across(places, row) for row in rows))
    if spare > 0:
        _move(places, rows, (start + spare / 2, end - spare / 2))
    left = _start(places)
    for place in places:
        place.x -= left
    return Layout(places, rows, ways)


def _placed(reads: Sequence[Sequence[int]], widths: Sequence[float], room: float) -> tuple:
    """The places, not yet moved; each layer's; the way of each edge."""
    layers = _layers(reads, widths, room)
    places = [Place(layer, width) for layer, width in zip(layers, widths, strict=True)]
    ways = _ways(places, reads)
    rows = [[] for _ in range(max(layers, default=-1) + 1)]
    for number, place in enumerate(places):
        rows[place.layer].append(number)
    return places, rows, ways


def _across(places: list[Place], row: list[int]) -> float:
    """What a row takes at least, with the edges that pass it."""
    return sum(places[number].width for number in row) + BETWEEN * (len(row) - 1)


def _start(places: list[Place]) -> float:
    return min((place.x - place.width / 2 for place in places), default=0.0)


def _end(places: list[Place]) -> float:
    return max((place.x + place.width / 2 for place in places), default=0.0)


def _move(places: list[Place], rows: list[list[int]], bounds=(-inf, inf)) -> None:
    for sweep in range(MOVES):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _settle(places, row, *bounds)


def _layers(reads: Sequence[Sequence[int]], widths: Sequence[float], most: float) -> list[int]:
    """The layer of each box: below all it reads, and where there is room."""
    layers, room = [], defaultdict(lambda: most)
    for sources, width in zip(reads, widths, strict=True):
        layer = 1 + max((layers[source] for source in sources), default=-1)
        while room[layer] < min(width, most):
            layer += 1
        room[layer] -= width + BETWEEN
        layers.append(layer)
    return layers


def _ways(places: list[Place], reads: Sequence[Sequence[int]]) -> dict[tuple[int, int], list[int]]:
    """The places of each edge from its source to its reader, with those where it passes."""
    ways, readers = {}, [sum(n in sources for sources in reads) for n in range(len(reads))]
    for reader, sources in enumerate(reads):
        for source in sources:
            way = [source]
            around = readers[source] > 1 and len(sources) > 1
            for layer in range(places[source].layer + 1, places[reader].layer):
                places.append(Place(layer, PASSING))
                way.append(len(places) - 1)
            way.append(reader)
            outer = LIGHT if around and len(way) > 2 else 1.0
            for one, other in pairwise(way):
                weight = STIFF if min(one, other) >= len(reads) else outer
                places[one].below.append((other, weight))
                places[other].above.append((one, weight))
            ways[source, reader] = way
    return ways


def _sort(places: list[Place], rows: list[list[int]], down: bool) -> None:
    """Each row by the middle of its neighbors in the row before; equals stay as they are."""
    ranks = {}  # of the row before
    for row in rows if down else reversed(rows):
        keys = {}
        for rank, number in enumerate(row):
            near = places[number].above if down else places[number].below
            keys[number] = sum(ranks[n] for n, _ in near) / len(near) if near else rank
        row.sort(key=keys.get)
        ranks = {number: rank for rank, number in enumerate(row)}


def _settle(places: list[Place], row: list[int], start: float, end: float) -> None:
    """Move a row to be under and over its neighbors, in its order, without touching, in bounds."""
    wanted, weights = [], []
    for number in row:
        near = places[number].above + places[number].below
        total = sum(weight for _, weight in near)
        here = sum(places[n].x * weight for n, weight in near) / total if near else 0.0
        wanted.append(here)
        weights.append(total or 1.0)
    offsets = [0.0]
    for one, other in pairwise(row):
        gap = (places[one].width + places[other].width) / 2 + BETWEEN
        offsets.append(offsets[-1] + gap)
    flat = _rising([w - o for w, o in zip(wanted, offsets, strict=True)], weights)
    least, most = start + places[row[0]].width / 2, end - places[row[-1]].width / 2 - offsets[-1]
    for number, value, offset in zip(row, flat, offsets, strict=True):
        places[number].x = max(least, min(value, most)) + offset


def _rising(values: list[float], weights: list[float]) -> list[float]:
    """The nearest numbers that never fall: neighbors that do are pooled at their mean."""
    pools: list[list[float]] = []  # [mean, weight, count]
    for value, weight in zip(values, weights, strict=True):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, weight, count = pools.pop()
            last = pools[-1]
            total = last[1] + weight
            pools[-1] = [(last[0] * last[1] + mean * weight) / total, total, last[2] + count]
    return [mean for mean, _, count in pools for _ in range(int(count))]
