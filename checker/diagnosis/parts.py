"""A result of several parts: which of them are right on every call, and which are not.

A module's result is a dict of all that it computes; a function may give a tuple.
"""

import re
from collections.abc import Callable

MOST = 3  # names of parts in a sentence
FIRST = "in training mode"  # where the output itself is off, so is all that follows from it

Agree = Callable[[object, object], bool]


def split(value) -> dict[str, object] | None:
    """The parts of a result by name; None where it has none."""
    if type(value) is dict:
        return {str(name): part for name, part in value.items()}
    if type(value) in (tuple, list) and 2 <= len(value) <= 6:
        return {f"number {place}": part for place, part in enumerate(value, 1)}
    return None


def verdicts(pairs: list[tuple[object, object]], agree: Agree) -> dict[str, bool] | None:
    """For each part whether it is right on every call; None where the calls differ in parts."""
    got = [split(one) for one, _ in pairs]
    wanted = [split(other) for _, other in pairs]
    if None in got or None in wanted or len({tuple(one) for one in [*got, *wanted]}) != 1:
        return None
    return {
        name: all(agree(one[name], other[name]) for one, other in zip(got, wanted))
        for name in wanted[0]
    }


def said(right: dict[str, bool], calls: int) -> str | None:
    """Which parts are off on so many failing calls, where the rest is right on all of them."""
    bad = [name for name, holds in right.items() if not holds]
    good = [name for name, holds in right.items() if holds]
    if not good or right.get(FIRST) is False:
        return None
    on_all = " on every failing call" if calls > 1 else ""
    if len(bad) <= MOST:
        are = "is" if len(bad) == 1 else "are"
        return f"Only {_listed(bad)} {are} off; {_rest(good)}{on_all}."
    if kind := _kind(bad, good):
        return f"Off are all parts {kind}, and no others."
    return f"Only {as_noun(good[0])} is right{on_all}." if len(good) == 1 else None


def _listed(names: list[str]) -> str:
    *others, last = map(as_noun, names)
    return f"{', '.join(others)} and {last}" if others else last


def _rest(good: list[str]) -> str:
    return "all else is right" if len(good) > 1 else f"{as_noun(good[0])} is right"


def _kind(bad: list[str], good: list[str]) -> str | None:
    """What the names of all parts that are off share, and no other: the last or first word."""
    for words, word in (("whose name ends in", _last), ("of", _first)):
        ends = {word(name) for name in bad}
        if len(ends) == 1 and ends.isdisjoint(map(word, good)):
            return f"{words} `{ends.pop()}`"
    return None


def _last(name: str) -> str:
    return name.rstrip("`").rpartition(".")[2]


def _first(name: str) -> str:
    return name.rpartition("`")[0].rpartition("`")[2].partition(".")[0] or name.partition(".")[0]


def as_noun(name: str) -> str:
    """As it stands in a sentence: the output "in training mode", `w` "at the start"."""
    name = name.rstrip(" :,")
    if found := TIMED.fullmatch(name):
        return f"{found['what']} {found['when']}"
    if name.startswith("with "):
        return f"the result {name}"
    return f"the output {name}" if name.startswith("in ") else name


TIMED = re.compile(r"(?P<when>(at|after) [^`]+) (?P<what>`[^`]+`)")
