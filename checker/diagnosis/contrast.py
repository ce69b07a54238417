"""When an attempt fails: what the failing calls have in common, and the right ones have not.

Where one feature (`features`) is in every failing call and in no right one, that is said. One
thing is changed at a time to find out whether it is more than a chance of the calls made.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from checker.diagnosis.features import Feature, features

LEAST = 3  # kinds of wrong calls, and of right ones, where none can be made anew
SHARE = 0.2  # of the calls with a feature that fail, for it to tell
NAMES = 4  # of functions, in one sentence
ANEW = 6  # calls made anew for one feature
PLAIN = (int, float, str, type(None))

Retry = Callable[[int, dict[str, object]], bool | None]


@dataclass(frozen=True)
class Tried:
    """One call: its arguments by name, and whether its result was right."""

    arguments: dict[str, object]
    right: bool

    def features(self) -> dict[str, Feature]:
        return features(self.arguments)


def contrast(tried: list[Tried], retry: Retry | None = None) -> str | None:
    """A sentence that is true of all calls tried: when they fail; None if no feature tells.

    `retry(place, arguments)` makes a call once more with these arguments changed, and says whether
    it is right then; None where that is no call.
    """
    known = [one.features() for one in tried]
    if not _enough(tried, retry):
        return None
    found = _exactly(known, tried, retry) or _by_name(tried)
    return found or (_only(known, tried, retry) if retry else None)


def _enough(tried, retry) -> bool:
    """Whether there are enough of either kind: one, where calls can be made anew, and otherwise
    several that differ in more than their random numbers.
    """
    least = 1 if retry else LEAST
    right, wrong = (
        {_outline(one) for one in tried if one.right == side} for side in (True, False)
    )
    return min(len(right), len(wrong)) >= least


def _outline(value):
    """A call, or an argument, without the numbers in its tensors."""
    if isinstance(value, Tried):
        return tuple((name, _outline(one)) for name, one in value.arguments.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_outline, value))
    return value if isinstance(value, PLAIN) else getattr(value, "shape", type(value))


def _exactly(known, tried, retry) -> str | None:
    """One phrase, or two that each have their part in it, that hold on all wrong calls and on no
    right one.
    """
    common = _common(known, tried)
    right = sum(one.right for one in tried)
    pairs = itertools.combinations(common[:12], 2)
    apart = [one for one in [*zip(common), *pairs] if _tells_apart(one, known, tried)]
    for phrases in apart:
        idle = len(phrases) > 1 and any((phrase,) in apart for phrase in phrases)
        if not idle and all(_cause([phrase], known, tried, retry) for phrase in phrases):
            wrong = len(tried) - right
            where = " and ".join(phrases)
            return f"Wrong {_in_all(wrong)} where {where}, right in {_others(right)}."
    return None


def _tells_apart(phrases, known, tried) -> bool:
    return all((set(phrases) <= has.keys()) != one.right for has, one in zip(known, tried))


def _by_name(tried) -> str | None:
    """Of functions that are handed over: for which of them it is wrong, and always is."""
    for name in tried[0].arguments:
        given = [one.arguments.get(name) for one in tried]
        if not all(callable(value) and hasattr(value, "__name__") for value in given):
            continue
        wrong = {value.__name__ for value, one in zip(given, tried) if not one.right}
        right = {value.__name__ for value, one in zip(given, tried) if one.right}
        if not wrong & right and len(wrong) <= NAMES:
            names = ", ".join(f"`{one}`" for one in sorted(wrong))
            return f"Wrong for {names}, right for all {len(right)} others."
    return None


def _cause(phrases, known, tried, retry) -> bool:
    """Where no call can be made anew, many calls must do."""
    heals = _heals(phrases, known, tried, retry) if retry else None
    return _enough(tried, None) if heals is None else heals


def _only(known, tried, retry) -> str | None:
    """A phrase that holds on all wrong calls and on some right ones, the rarest first."""
    wrong = sum(not one.right for one in tried)
    often = {phrase: sum(phrase in has for has in known) for phrase in _common(known, tried)}
    for phrase, having in sorted(often.items(), key=lambda pair: pair[1]):
        rest = len(tried) - having
        if (
            rest >= LEAST
            and wrong >= max(LEAST, SHARE * having)
            and _heals([phrase], known, tried, retry)
        ):
            some = f"Wrong only where {phrase}: in {wrong} of {having} such calls"
            return f"{some}, right in {_others(rest)}."
    return None


def _in_all(wrong: int) -> str:
    return f"in all {wrong} calls" if wrong > 1 else "in the one call"


def _others(right: int) -> str:
    return f"all {right} others" if right > 1 else "the other"


def _common(known, tried) -> list[str]:
    """What all wrong calls have."""
    wrong = [has for has, one in zip(known, tried) if not one.right]
    return [phrase for phrase in wrong[0] if all(phrase in has for has in wrong)]


# One thing at a time


def _heals(phrases, known, tried, retry) -> bool | None:
    """Whether failing calls are right without the feature, all that are made anew; None where none
    can be.
    """
    other = {
        phrase: [one.arguments for has, one in zip(known, tried) if phrase not in has]
        for phrase in phrases
    }
    made = (
        retry(place, {feature.name: value})
        for place, one in enumerate(tried)
        if not one.right
        for feature in map(known[place].get, phrases)
        for value in _without(feature, one.arguments, other[feature.phrase])
    )
    found = {one for one in itertools.islice(made, 2 * ANEW) if one is not None}
    return found == {True} if found else None


def _without(feature: Feature, own, other) -> list:
    """What the argument can be instead: this tensor without the feature, or what others have."""
    if feature.without is not None:
        return [feature.without(own[feature.name])]
    return _distinct([given.get(feature.name) for given in other])


def _distinct(values) -> list:
    """Numbers and the like once each; tensors as they come."""
    found: list = []
    for value in values:
        if isinstance(value, Tensor) or not any(
            value is one or _equal(value, one) for one in found
        ):
            found.append(value)
    return found[:ANEW]


def _equal(one, other) -> bool:
    return type(one) is type(other) and isinstance(one, PLAIN) and one == other
