"""Where the form of a result is off: its type, its number of axes, their sizes.

What is said holds on every failing call.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from checker import show
from checker.diagnosis import parts
from checker.diagnosis.tensor_pair import close

Values = list[tuple[object, object]]  # what came back, and what was expected
ENOUGH = 3  # different numbers that agree

AXES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def off(values: Values, tolerance: float) -> str | None:
    """The first sentence below that is true of all these results; None if none is."""
    return next((said for test in TESTS if (said := test(values, tolerance))), None)


def _type(values: Values, tolerance) -> str | None:
    """The same number as another type."""
    kinds = {(_kind(got), _kind(wanted)) for got, wanted in values}
    if len(kinds) != 1 or not all(_equal_numbers(*pair) for pair in values):
        return None
    got, wanted = kinds.pop()
    if got == wanted or bool in (*got, *wanted):
        return None
    named = [show.with_article(_first(one)) for one in values[0]]
    if named[0] == named[1]:
        return None
    return f"The value is right; what differs is its type: {named[0]} instead of {named[1]}."


def _kind(value) -> tuple:
    """Its type, and the types of its items."""
    items = value if isinstance(value, (list, tuple)) else ()
    return (type(value), *map(type, items))


def _first(value):
    """A sequence, or where two are of one type their first items differ."""
    return value[0] if isinstance(value, (list, tuple)) and value else value


def _equal_numbers(got, wanted) -> bool:
    try:
        return _floats(got) == _floats(wanted)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False


def _floats(value) -> list[float]:
    items = value if isinstance(value, (list, tuple)) else [value]
    return [float(item) for item in items]


KINDS = {
    "a truth value": (bool,),
    "a whole number": (int,),
    "a float": (float, complex),
    "a tensor": (Tensor,),
    "an array": (np.ndarray,),
    "a list or tuple": (list, tuple),
    "a dict": (dict,),
    "a text": (str,),
}


def _other_kind(values: Values, tolerance) -> str | None:
    """A list where a tensor is asked for, and the like."""
    kinds = {tuple(map(_kind_of, pair)) for pair in values}
    if len(kinds) != 1:
        return None
    got, wanted = kinds.pop()
    if got == wanted or None in (got, wanted):
        return None
    return f"{got[0].upper()}{got[1:]} came back where {wanted} is asked for."


def _kind_of(value) -> str | None:
    return next((kind for kind, types in KINDS.items() if isinstance(value, types)), None)


def _dtype(values: Values, tolerance) -> str | None:
    """The same numbers in another dtype."""
    if not _are_tensors(values) or any(got.dtype == wanted.dtype for got, wanted in values):
        return None
    if not all(close(got.double(), wanted.double(), 1e-6) for got, wanted in values):
        return None
    got, wanted = (str(one.dtype).removeprefix("torch.") for one in values[0])
    return f"The numbers are right; their dtype is {got} where {wanted} is asked for."


def _are_tensors(values: Values) -> bool:
    plain = all(type(one) in (Tensor, torch.nn.Parameter) for pair in values for one in pair)
    return plain and not any(_is_odd(one) for pair in values for one in pair)


def _is_odd(tensor: Tensor) -> bool:
    return tensor.is_complex() or not show.holds_numbers(tensor)


def _reduced(values: Values, tolerance) -> str | None:
    """The expected result is a sum, mean or maximum of what came back, along some axis."""
    if not _are_tensors(values) or not _are_many(values):
        return None
    found = _along(values, tolerance)
    return found and "The right result is the {} of yours along its {} axis.".format(*found)


def _along(values: Values, tolerance) -> tuple[str, str] | None:
    """By what, and along which axis, every first tensor becomes the second."""
    doubled = [(large.double(), small.double()) for large, small in values]
    for axis, name in enumerate(AXES):
        for words, way in REDUCED.items():
            if all(_is_reduced(*pair, axis, way, tolerance) for pair in doubled):
                return words, name
    return None


def _are_many(values: Values) -> bool:
    wanted = torch.cat([wanted.flatten().double() for _, wanted in values])
    return wanted.unique().numel() >= ENOUGH


REDUCED: dict[str, Callable[[Tensor, int], Tensor]] = {
    "sum": lambda y, axis: y.sum(axis),
    "mean": lambda y, axis: y.mean(axis),
    "maximum": lambda y, axis: y.amax(axis),
}


def _is_reduced(got, wanted, axis, way, tolerance) -> bool:
    if got.dim() <= axis or got.shape[axis] == 0 or got.numel() == wanted.numel():
        return False
    less = way(got, axis)
    return less.numel() == wanted.numel() and close(less.reshape(wanted.shape), wanted, tolerance)


def _over_reduced(values: Values, tolerance) -> str | None:
    """What came back is a sum, mean or maximum of the expected result, along some axis."""
    if not _are_tensors(values):
        return None
    if found := _along([(wanted, got) for got, wanted in values], tolerance):
        return "Yours is the {} of the right result along its {} axis.".format(*found)
    for words, way in REDUCED_WHOLE.items():
        if all(_is_one(got, way(wanted.double()), wanted, tolerance) for got, wanted in values):
            return f"Yours is the {words} of all numbers of the right result."
    return None


REDUCED_WHOLE: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "maximum": torch.max,
}


def _is_one(got, number, wanted, tolerance) -> bool:
    several = wanted.numel() > 1
    return several and got.numel() == 1 and close(got.double().reshape(()), number, tolerance)


def _part(values: Values, tolerance) -> str | None:
    """What came back stands in the expected result, or the other way round."""
    if not _are_tensors(values) or not _are_many(values):
        return None
    for words, large, small in (
        ("Yours holds the right result", 0, 1),
        ("Yours is a part of the right result", 1, 0),
    ):
        places = [_place(pair[large].double(), pair[small].double(), tolerance) for pair in values]
        if None not in places:
            return f"{words}{_where(places)}"
    return None


def _place(large, small, tolerance) -> tuple[int, int] | None:
    """At which row and column a smaller picture stands in a larger one."""
    if large.dim() != small.dim() or large.dim() < 2 or large.shape[:-2] != small.shape[:-2]:
        return None
    down, right = (a - b for a, b in zip(large.shape[-2:], small.shape[-2:]))
    if min(down, right) < 0 or down + right == 0 or small.numel() == 0 or down * right > 100:
        return None
    height, width = small.shape[-2:]
    places = [(i, j) for i in range(down + 1) for j in range(right + 1)]
    fits = (
        (i, j)
        for i, j in places
        if close(large[..., i : i + height, j : j + width], small, tolerance)
    )
    return next(fits, None)


def _where(places) -> str:
    if len(set(places)) == 1:
        row, column = places[0]
        return f", from row {row} and column {column} on."
    return ", at another place each time."


def _axes(values: Values, tolerance) -> str | None:
    """An axis too many or too few, or the sizes in another order."""
    if not _are_tensors(values):
        return None
    shapes = [(list(got.shape), list(wanted.shape)) for got, wanted in values]
    if all(sorted(got) == sorted(wanted) and got != wanted for got, wanted in shapes):
        return "The axes of your result have the right sizes, in another order."
    for words, more, less in (("has an axis too many", 0, 1), ("lacks an axis", 1, 0)):
        for axis in range(max(len(pair[more]) for pair in shapes)):
            if all(_without(pair[more], axis) == pair[less] for pair in shapes):
                return f"Your result {words}: the {AXES[axis]} of {_sizes(shapes, more)}."
    return None


def _without(shape, axis):
    return shape[:axis] + shape[axis + 1 :] if axis < len(shape) else None


def _sizes(shapes, which) -> str:
    return f"{tuple(shapes[0][which])}, on the first call that fails"


def _one_axis(values: Values, tolerance) -> str | None:
    """The size of one axis is off, by the same number everywhere."""
    if not _are_tensors(values) or any(got.dim() != wanted.dim() for got, wanted in values):
        return None
    steps = [_steps(got.shape, wanted.shape) for got, wanted in values]
    off = sorted({axis for step in steps for axis in step})
    every_axis = len(off) == values[0][0].dim() > 2
    if not off or not all(steps) or every_axis:
        return None
    places = " and ".join(AXES[axis] for axis in off)
    axes = f"the {places} ax{'is' if len(off) == 1 else 'es'}"
    by = {size for step in steps for size in step.values()}
    return f"The size of {axes} is off{_by(by)}; the other sizes are right."


def _steps(got: torch.Size, wanted: torch.Size) -> dict[int, int]:
    """By how much each axis is too large whose size is not the right one."""
    sizes = enumerate(zip(got, wanted))
    return {axis: one - other for axis, (one, other) in sizes if one != other}


def _by(steps: set[int]) -> str:
    if len(steps) != 1:
        return ""
    step = steps.pop()
    return f", {abs(step)} too {'large' if step > 0 else 'small'} wherever it is off"


def _items(values: Values, tolerance) -> str | None:
    """Lists: the right items and others, or only some of them, or in another order."""
    if not all(isinstance(one, (list, tuple)) for pair in values for one in pair):
        return None
    if all(parts.split(wanted) and not parts.are_rows(wanted) for _, wanted in values):
        return None  # a few results of their own, each with its place
    try:
        sets = [(set(got), set(wanted)) for got, wanted in values]
    except TypeError:
        return None
    if sum(len(wanted) for _, wanted in sets) < ENOUGH:
        return None
    return next(
        (said for said, holds in ITEMS.items() if all(holds(*pair) for pair in sets)), None
    )


ITEMS: dict[str, Callable[[set, set], bool]] = {
    "All the right items are there, in another order or more than once.": lambda got, wanted: (
        got == wanted
    ),
    "All the right items are there, and others, too.": lambda got, wanted: got > wanted > set(),
    "What you gave is right, but some items are missing.": lambda got, wanted: (
        set() < got < wanted
    ),
    "You gave no item at all.": lambda got, wanted: not got,
}


TESTS = [_type, _other_kind, _dtype, _items, _reduced, _over_reduced, _part, _axes, _one_axis]
