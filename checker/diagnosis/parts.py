"""A result of several parts: which of them are right on every call, and which are not.

A module's result is a dict of all that it computes; a function may give a tuple.
"""

import itertools
import re
from collections.abc import Callable

from checker.diagnosis import evidence

MOST = 3  # names of parts in a sentence
FIRST = "in training mode"  # where the output itself is off, so is all that follows from it

Agree = Callable[[object, object], bool]
Pairs = list[tuple[object, object]]  # what came back, and what was expected


def split(value) -> dict[str, object] | None:
    """The parts of a result by name, of a list of rows its columns; None where it has none."""
    if type(value) is dict:
        return {str(name): part for name, part in value.items()}
    if are_rows(value):
        return {f"number {at} of each item": list(one) for at, one in enumerate(zip(*value), 1)}
    if type(value) in (tuple, list) and 2 <= len(value) <= 6:
        return {f"number {place}": part for place, part in enumerate(value, 1)}
    return None


def are_rows(value) -> bool:
    """Whether it is a list of tuples of one length, which has columns."""
    if type(value) is not list or not all(type(item) in (tuple, list) for item in value):
        return False
    return len({len(item) for item in value}) == 1 and 2 <= len(value[0]) <= 6


def verdicts(pairs: Pairs, agree: Agree) -> dict[str, bool] | None:
    """For each part whether it is right on every call that has it; None where what came back has
    other parts than what was expected.
    """
    both = [(split(one), split(other)) for one, other in pairs]
    if any(None in pair or pair[0].keys() != pair[1].keys() for pair in both):
        return None
    names = dict.fromkeys(name for _, wanted in both for name in wanted)
    return {
        name: all(agree(got[name], wanted[name]) for got, wanted in both if name in wanted)
        for name in names
    }


def exchanged(pairs: Pairs, agree: Agree) -> str | None:
    """Where the parts of every result are the right ones in another order, always the same."""
    both = [tuple(map(split, pair)) for pair in pairs]
    names = list(both[0][1])
    numbered = all(name.startswith("number") for name in names)
    if not numbered or len(names) > MOST or any([*wanted] != names for _, wanted in both):
        return None
    for order in itertools.permutations(names):
        moved = [agree(g[a], w[b]) for g, w in both for a, b in zip(names, order)]
        if all(moved):
            return "The parts are right, but they stand in another order."
    return None


def taken_for_another(pairs: Pairs, agree: Agree) -> str | None:
    """Where the first part that is off is what another part should be, on every call."""
    both = [tuple(map(split, pair)) for pair in pairs]
    right = verdicts(pairs, agree)
    name = next((name for name, holds in (right or {}).items() if not holds), None)
    off = [
        (got, wanted)
        for got, wanted in both
        if name in wanted and not agree(got[name], wanted[name])
    ]
    found = set().union(*(evidence.numbers(got[name], None, agree) for got, _ in off))
    if name is None or len(found) < evidence.ENOUGH:
        return None
    for other in right:
        if other != name and all(
            other in w and _is_only(g[name], w, other, name, agree) for g, w in off
        ):
            noun = as_noun(name)
            return f"{noun[0].upper()}{noun[1:]} is what {as_noun(other)} should be."
    return None


def _is_only(got, wanted: dict, other: str, name: str, agree: Agree) -> bool:
    return agree(got, wanted[other]) and not agree(wanted[name], wanted[other])


def one_sided(pairs: Pairs) -> str | None:
    """Where one and the same word or truth value stands for another, and none for others."""
    both = [(split(one), split(other)) for one, other in pairs]
    off = {
        (got[name], value)
        for got, wanted in both
        for name, value in _words(wanted)
        if got[name] != value and type(got[name]) is type(value)
    }
    if len(off) != 1:
        return None
    got, wanted = off.pop()
    kind = "truth value" if type(got) is bool else "word"
    return f"{WHEREVER} a {kind} is off, yours is {got!r} and should be {wanted!r}."


WHEREVER = "Wherever"


def _words(parts):
    return [(name, value) for name, value in parts.items() if type(value) in (bool, str)]


def said(right: dict[str, bool], calls: int) -> str | None:
    """Which parts are off on so many failing calls, where the rest is right on all of them."""
    bad = [name for name, holds in right.items() if not holds]
    good = [name for name, holds in right.items() if holds]
    if not good or right.get(FIRST) is False:
        return None
    on_all = " on every failing call" if calls > 1 else ""
    if len(bad) <= MOST:
        are = "is" if len(bad) == 1 else "are"
        return f"Only {listed(bad)} {are} off; {_rest(good)}{on_all}."
    gradients = {name for name in right if name.startswith("the gradient of")}
    if FIRST in good and gradients and gradients <= {*good}:
        return f"The output {FIRST} and all gradients are right{on_all}."
    if kind := _kind(bad, good):
        return f"Off are all parts {kind}, and no others."
    return f"Only {as_noun(good[0])} is right{on_all}." if len(good) == 1 else None


def listed(names: list[str]) -> str:
    """Parts in a row, as they stand in a sentence."""
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
