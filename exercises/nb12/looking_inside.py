"""Exercise 12.4: where a unit responds most."""

import numpy as np
import torch

from checker.exercise import Exercise, call

# 12.4

places = Exercise(
    "12.4",
    "Where a unit responds most",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    hints=[
        (
            "First one number for each picture: its strongest response, `maps.flatten(1).max(1)`."
            " Its index is within H * W."
        ),
        "Then the pictures, sorted by that number, the largest first; the first k of them.",
        "Index i in a map of width W lies in row `i // W` and column `i % W`.",
    ],
)


@places.reference
def strongest(maps, k):
    found = []
    for place, response in enumerate(maps.tolist()):
        height, width = len(response), len(response[0])
        found.append(
            max((response[i][j], place, i, j) for i in range(height) for j in range(width))
        )
    return [found[1:] for found in sorted(found, reverse=True)[:k]]


@places.probe
def _(attempt, maps, k):
    """A tensor or an array (k, 3) says the same as a list of triples."""
    found = attempt(maps, k)
    found = found.tolist() if isinstance(found, (torch.Tensor, np.ndarray)) else found
    tuples = isinstance(found, list) and all(
        isinstance(triple, (tuple, list, torch.Tensor)) for triple in found
    )
    return [tuple(map(_whole, triple)) for triple in found] if tuples else found


def _whole(number):
    """Numbers of torch and numpy as Python's own."""
    return number.item() if isinstance(number, (torch.Tensor, np.generic)) else number


def _distinct(rng, *shape):
    """Different whole numbers, half of them negative."""
    count = int(np.prod(shape))
    return torch.from_numpy(
        (rng.permutation(count) - count // 2).reshape(shape).astype(np.float64)
    )


@places.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 9.0, 2.0]], [[3.0, 0.0, 4.0]]]), 1)
    yield call(
        torch.tensor(
            [[[5.0, -9.0], [1.0, 2.0]], [[8.0, 7.0], [-3.0, 0.0]], [[4.0, 3.0], [3.5, 6.0]]]
        ),
        3,
    )
    for n, h, w, k in ((4, 2, 5, 3), (3, 4, 3, 2), (6, 3, 2, 6), (5, 4, 4, 2)):
        yield call(_distinct(rng, n, h, w), k)


def _places(
    rank=lambda m: m.flatten(1).amax(1),
    where=lambda m: m.flatten(1).argmax(1),
    split=None,
    first=None,
):
    """`strongest` with one step changed: what ranks the pictures, where to look, how to split an
    index, which k.
    """
    split = split or (lambda i, h, w: (i // w, i % w))
    first = first or (lambda values, k: values.argsort(descending=True)[:k])

    def strongest(maps, k):
        index, (_, h, w) = where(maps).tolist(), maps.shape
        return [(n, *split(index[n], h, w)) for n in first(rank(maps), k).tolist()]

    return strongest


def _anywhere(maps, k):
    _, h, w = maps.shape
    return [
        (i // (h * w), i % (h * w) // w, i % w)
        for i in maps.flatten().argsort(descending=True)[:k].tolist()
    ]


for _name, _answer, _sentence in (
    (
        "several_a_picture",
        _anywhere,
        "In your list one picture comes more than once. Give the strongest place of each.",
    ),
    (
        "by_mean",
        _places(rank=lambda m: m.mean((1, 2))),
        "You rank the pictures by their mean response. Rank them by their strongest one.",
    ),
    (
        "by_size",
        _places(lambda m: m.abs().flatten(1).amax(1), lambda m: m.abs().flatten(1).argmax(1)),
        "You look for the largest number without its sign. A negative response is a weak one.",
    ),
    (
        "weakest",
        _places(first=lambda v, k: v.argsort()[:k]),
        "You take the pictures with the weakest response. Take the strongest.",
    ),
    (
        "reversed",
        _places(first=lambda v, k: v.argsort(descending=True)[:k].flip(0)),
        "Your pictures are in reverse order. The strongest comes first.",
    ),
    (
        "unsorted",
        _places(first=lambda v, k: v.argsort(descending=True)[:k].sort().values),
        ("Your pictures are in the order of the batch. Sort them, the strongest first."),
    ),
    (
        "first_k",
        _places(first=lambda v, k: torch.arange(k)),
        "You take the first k pictures. Take the k strongest.",
    ),
    (
        "divided",
        _places(split=lambda i, h, w: (i / w, i % w)),
        "Your rows are fractions. A row is a whole number: divide by `//`.",
    ),
    (
        "column_first",
        _places(split=lambda i, h, w: (i % w, i // w)),
        "You give the column first. The row comes first.",
    ),
    (
        "by_height",
        _places(split=lambda i, h, w: (i // h, i % h)),
        "You divide the index by the height. Divide it by the width, the length of a row.",
    ),
    (
        "whole_index",
        lambda maps, k: [
            triple[:1] + (triple[1] * maps.shape[2] + triple[2],) for triple in _places()(maps, k)
        ],
        "You give one index into the flattened map. Make a row and a column of it.",
    ),
    (
        "lowest_place",
        _places(where=lambda m: m.flatten(1).argmin(1)),
        "You give the place of the smallest response. Give that of the largest.",
    ),
):
    places.mistake(_sentence, _name)(_answer)


places.alternative(_places())


@places.alternative
def unraveled(maps, k):
    values, index = maps.flatten(1).max(1)
    pictures = values.topk(k).indices
    rows, columns = torch.unravel_index(index[pictures], maps.shape[1:])
    return torch.stack([pictures, rows, columns], 1)


@places.alternative
def all_in_order(maps, k):
    found, seen = [], set()
    for i in maps.flatten().argsort(descending=True).tolist():
        n, row, column = (int(part) for part in np.unravel_index(i, maps.shape))
        if n not in seen and len(found) < k:
            seen.add(n)
            found.append((n, row, column))
    return found


@places.alternative
def axis_by_axis(maps, k):
    in_row, column = maps.max(2)
    best, row = in_row.max(1)
    return [(n, row[n], column[n, row[n]]) for n in best.sort(descending=True).indices[:k]]


places.demand("Return k triples `(picture, row, column)`", violated_by="whole_index")
places.demand("of whole numbers", violated_by="divided")
places.demand("the largest number, with its sign", violated_by="by_size")
places.demand("the strongest first", violated_by="unsorted")
places.demand("a picture comes at most once", violated_by="several_a_picture")
