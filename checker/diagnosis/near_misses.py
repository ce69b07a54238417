"""Near misses: our own answer, called with other arguments than were asked for.

Each is an attempt like those of the catalogue, but made from the exercise alone: ours with `p` = 0
whatever `p` is, with `h` and `w` exchanged, of the first picture for all. Where an attempt gives
the same outcomes, the sentence says just that.
"""

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from checker.diagnosis.arguments import Arguments, bound
from checker.exercise import Exercise, Mistake
from checker.sandbox import Deadline

Change = Callable[[Arguments], Arguments]


def other_arguments(exercise: Exercise) -> Iterator[Mistake]:
    """Ours with one argument changed, or two exchanged."""
    calls = _calls(exercise)
    for phrase, change in itertools.chain(_defaults(exercise, calls), _changes(calls)):
        yield near_miss(exercise, phrase, _called(exercise.answer, change))


def _defaults(exercise, calls: list[Arguments]) -> Iterator[tuple[str, Change]]:
    """What may be left out, left out; 0 and 1 are tried anyway."""
    for name, parameter in inspect.signature(exercise.answer).parameters.items():
        usual = parameter.default
        if type(usual) in (int, float) and usual not in (0, 1):
            if any(given.get(name) != usual for given in calls):
                way = _one(name, type(usual), lambda _, usual=usual: usual)
                yield f"with `{name}` = {usual}, whatever it is", way


def near_miss(exercise: Exercise, phrase: str, attempt) -> Mistake:
    """Our own answer, done otherwise: `phrase` says how, as "with `p` = 0, whatever it is"."""
    name = exercise.answer.__name__
    return Mistake(phrase, f"What you gave is what our `{name}` gives {phrase}.", attempt)


def _calls(exercise) -> list[Arguments]:
    """The arguments of our answer by name, as a probe or the judge hands them over."""
    seen = []

    @functools.wraps(exercise.answer)
    def noting(*args, **kwargs):
        seen.append(bound(exercise.answer, args, kwargs))
        return exercise.answer(*args, **kwargs)

    for case in exercise.calls():
        exercise.run(noting, case, Deadline(1.0))
    return seen


def _called(answer, change: Change):
    """Ours, with its arguments changed on the way in."""

    @functools.wraps(answer)
    def changed(*args, **kwargs):
        given = bound(answer, args, kwargs)
        return _call(answer, given | change(given))

    return changed


def _call(function, arguments: Arguments):
    """By name, and by place where a parameter has none."""
    kinds = inspect.signature(function).parameters
    placed = [name for name in arguments if kinds[name].kind is inspect.Parameter.VAR_POSITIONAL]
    rest = {name: value for name, value in arguments.items() if name not in placed}
    return function(**rest) if not placed else function(*rest.values(), *arguments[placed[0]])


# What can be changed


def _changes(calls: list[Arguments]) -> Iterator[tuple[str, Change]]:
    """The plainest first: one argument, then two."""
    values = _by_name(calls)
    for name, seen in values.items():
        yield from _of_one(name, seen)
    for one, other in itertools.permutations(values, 2):
        yield from _of_two(one, other, values, calls)
    for (one, change), (other, too) in itertools.combinations(_fixed(values), 2):
        yield f"{one} and {other}", _both(change, too)


def _by_name(calls) -> dict[str, list]:
    names = dict.fromkeys(name for given in calls for name in given)
    return {name: [given[name] for given in calls if name in given] for name in names}


def _of_one(name, seen) -> Iterator[tuple[str, Change]]:
    for kind, ways in WAYS.items():
        if any(_is(value, kind) for value in seen):
            for phrase, way in ways.items():
                yield phrase.replace("{}", f"`{name}`"), _one(name, kind, way)
    if None in [value if value is None else 0 for value in seen]:
        yield f"without `{name}`", lambda given: {name: None}


def _fixed(values) -> list[tuple[str, Change]]:
    """Arguments left at 0 or 1, of which two may be forgotten at once."""
    whole = [
        (f"with `{name}` = {number}", _one(name, int, lambda value, number=number: number))
        for name, seen in values.items()
        for number in (0, 1)
        if any(_is(value, int) and value != number for value in seen)
    ]
    tensors = [
        (f"with {words} in place of `{name}`", _one(name, Tensor, way))
        for name, seen in values.items()
        for words, way in (("zeros", torch.zeros_like), ("ones", torch.ones_like))
        if any(_is(value, Tensor) for value in seen)
    ]
    return whole + tensors


def _both(change: Change, too: Change) -> Change:
    return lambda given: change(given) | too(given)


def _one(name, kind, way) -> Change:
    def change(given):
        value = given.get(name)
        return {name: way(value)} if _is(value, kind) else {}

    return change


def _is(value, kind) -> bool:
    """A bool is no number here, and a tuple of pairs no pair."""
    if kind == PAIR:
        return type(value) is tuple and [type(item) for item in value] == [int, int]
    if kind == ROWS:
        return type(value) is list and bool(value) and all(type(row) is tuple for row in value)
    return type(value) is kind or kind is Tensor and isinstance(value, Tensor)


def _of_two(one, other, values, calls) -> Iterator[tuple[str, Change]]:
    kinds = {type(value) for name in (one, other) for value in values[name]} - {type(None)}
    if len(kinds) != 1 or kinds & {str, dict} or all(_equal(one, other, given) for given in calls):
        return
    yield (
        f"with `{other}` in place of `{one}`",
        lambda given: {one: given.get(other, given.get(one))},
    )
    if one < other:
        yield (
            f"with `{one}` and `{other}` exchanged",
            lambda given: {one: given.get(other), other: given.get(one)},
        )


def _equal(one, other, given) -> bool:
    both = given.get(one), given.get(other)
    return both[0] is both[1] or type(both[0]) is int and both[0] == both[1]


def _first(axis: int) -> Callable[[Tensor], Tensor]:
    """The first item along an axis, as often as there were items."""
    return lambda x: x.narrow(axis, 0, 1).expand_as(x).clone()


def _mean(axis: int) -> Callable[[Tensor], Tensor]:
    return lambda x: x.mean(axis, keepdim=True).expand_as(x).clone()


def _column(place: int, number: int) -> Callable[[list], list]:
    """The same list of rows, with one number for all in one place."""
    return lambda rows: [
        tuple(number if at == place else item for at, item in enumerate(row)) for row in rows
    ]


PAIR = "pair"
ROWS = "rows"
WAYS: dict[object, dict[str, Callable]] = {
    int: {
        "with {} = 0, whatever it is": lambda value: 0,
        "with {} = 1, whatever it is": lambda value: 1,
        "with {} one larger than it is": lambda value: value + 1,
        "with {} one smaller than it is": lambda value: value - 1,
        "with {} doubled": lambda value: 2 * value,
        "with {} halved": lambda value: value // 2,
    },
    float: {
        "with {} = 0, whatever it is": lambda value: 0.0,
        "with {} = 1, whatever it is": lambda value: 1.0,
        "with 1 - {} in place of {}": lambda value: 1 - value,
        "with {} negative": lambda value: -value,
        "with {} doubled": lambda value: 2 * value,
        "with {} halved": lambda value: value / 2,
        "with one over {} in place of {}": lambda value: 1 / value,
        "with the root of {} in place of {}": lambda value: value**0.5,
        "with the square of {} in place of {}": lambda value: value**2,
    },
    bool: {
        "with {} = True, whatever it is": lambda value: True,
        "with {} = False, whatever it is": lambda value: False,
        "with {} the other way round": lambda value: not value,
    },
    PAIR: {
        "with the two numbers of {} exchanged": lambda pair: pair[::-1],
        "with the first number of {} for both": lambda pair: (pair[0], pair[0]),
        "with the second number of {} for both": lambda pair: (pair[1], pair[1]),
        "with {} = (0, 0), whatever it is": lambda pair: (0, 0),
        "with {} = (1, 1), whatever it is": lambda pair: (1, 1),
    },
    ROWS: {
        "with 1 for the first number of every item of {}": _column(0, 1),
        "with 1 for the second number of every item of {}": _column(1, 1),
        "with 1 for the third number of every item of {}": _column(2, 1),
    },
    list: {
        "with {} in the opposite order": lambda items: items[::-1],
        "without the last item of {}": lambda items: items[:-1],
        "without the first item of {}": lambda items: items[1:],
        "with only the first item of {}": lambda items: items[:1],
        "with only the last item of {}": lambda items: items[-1:],
    },
    Tensor: {
        "with zeros in place of {}": torch.zeros_like,
        "with ones in place of {}": torch.ones_like,
        "with {} turned by half a turn": lambda x: x.flip(-2, -1),
        "with {} mirrored, left and right exchanged": lambda x: x.flip(-1),
        "with {} upside down": lambda x: x.flip(-2),
        "with the last two axes of {} exchanged": lambda x: x.transpose(-2, -1),
        "with the first two axes of {} exchanged": lambda x: x.transpose(0, 1),
        "with the first and the last axis of {} exchanged": lambda x: x.transpose(0, -1),
        "with the first item of {} in place of all": _first(0),
        "with the first channel of {} in place of all": _first(1),
        "with the second and the last axis of {} exchanged": lambda x: x.transpose(1, -1),
        "with only the first item of {}": lambda x: x[:1],
        "with {} in the opposite order": lambda x: x.flip(0),
        "with the channels of {} in the opposite order": lambda x: x.flip(1),
        "with {} averaged over its first axis": _mean(0),
        "with {} averaged over its second axis": _mean(1),
        "with {} averaged over all of its values": lambda x: torch.full_like(x, x.mean()),
        "with {} without its sign": torch.abs,
        "with {} negative": torch.neg,
        "with 0 for all negative values of {}": lambda x: x.clamp(min=0),
        "with the softmax of {} in place of it": lambda x: x.softmax(1),
        "with {} squared": torch.square,
        "with {} in float32": lambda x: x.float(),
        "with {} as a row": lambda x: x.flatten(),
        "with {} without its border": lambda x: x[..., 1:-1, 1:-1],
    },
}
