"""Asks the layers in turn, on the calls that were made and on fresh ones."""

import functools
import itertools
from dataclasses import dataclass

from torch import nn

from checker.comparison import difference
from checker.diagnosis import (
    arguments,
    chance,
    contrast,
    dependence,
    evidence,
    first_part,
    form,
    magnitude,
    near_misses,
    parts,
    relations,
    steps,
    words,
)
from checker.diagnosis.features import features
from checker.exercise import Call, Exercise, Mistake, Module, Number
from checker.sandbox import Deadline, Outcome, TimeUp

SEARCH = 0.2  # seconds for trying near misses of ours
FRESH = 0.15  # for calls with other random numbers
ANEW = 0.15  # for calls with one thing changed
COUNTED = 0.6  # for the same of a count: ours may build a whole net
SEEDS = 2
WRONG = "Where it is wrong"
OF = "Of"  # a part
SOME = 3  # failing calls that share a feature


@dataclass(frozen=True)
class Seen:
    """One call: what came back, what was expected, and whether the two agree."""

    case: Call
    outcome: Outcome
    wanted: Outcome
    right: bool

    def values(self) -> tuple[object, object]:
        return self.outcome.value, self.wanted.value


@dataclass(frozen=True)
class Said:
    """A sentence or two, and the layer it comes from."""

    layer: str
    text: str


def seen(exercise: Exercise, outcomes: list[Outcome], seed: int) -> list[Seen]:
    """The calls of one seed as far as they were tried."""
    made = zip(exercise.calls(seed), outcomes, exercise.expected(seed))
    return [Seen(*one, exercise.agrees(one[1], one[2])) for one in made]


class Trials:
    """Lets an attempt be called more often than the cases ask for, a short time at most."""

    def __init__(self, exercise: Exercise, attempt, seed: int):
        self.exercise, self.attempt = exercise, attempt
        self.seeds = range(seed + 1, seed + 1 + SEEDS)

    def fresh(self, seen: list[Seen]) -> list[Seen]:
        """The calls of other seeds that were not made yet, as far as the time goes."""
        deadline = Deadline(FRESH)
        known = [one.case for one in seen]
        cases = (
            case
            for seed in self.seeds
            for case in self.exercise.calls(seed)
            if not any(_equal(case, other) for other in known)
        )
        made = (self.call(case, deadline) for case in cases)
        return [one for one in itertools.takewhile(lambda _: _left(deadline), made) if one]

    def call(self, case: Call, deadline: Deadline) -> Seen | None:
        """One call more; None where ours can't take it, or the time is over."""
        wanted = self.exercise.run(self.exercise.answer, case, deadline)
        outcome = self.exercise.run(self.attempt, case, deadline)
        if wanted.error is not None or isinstance(outcome.error, (TimeUp, KeyboardInterrupt)):
            return None
        return Seen(case, outcome, wanted, self.exercise.agrees(outcome, wanted))


def _equal(one, other) -> bool:
    """Whether two calls, or two of their arguments, are the same; of nets none is known to be."""
    if isinstance(one, Call):
        return _equal([*one.args, one.kwargs], [*other.args, other.kwargs])
    if type(one) is not type(other) or isinstance(one, nn.Module):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    return difference(one, other, 0.0) is None


def _left(deadline: Deadline) -> bool:
    return deadline.left()[0] > 0


def observed(exercise: Exercise, calls: list[Seen], trials: Trials | None = None) -> Said | None:
    """What is true of all these calls; None where nothing tells."""
    if isinstance(exercise, Number):
        return _number(*calls[0].values())
    when = where_wrong(exercise, calls, trials)
    what = _near_miss(exercise, calls) or _inside(exercise, calls, trials)
    what = what or _of_values(exercise, calls, alone=when is None)
    what = what or _chance(exercise, calls, trials) or _words(calls)
    said = [one for one in (when, what, _idle(exercise, calls, trials, what)) if one]
    layers = " and ".join(one.layer for one in said)
    return Said(layers, " ".join(one.text for one in said)) if said else None


def where_wrong(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    """What the failing calls have in common: what is expected, or what they are made of."""
    said = words.where_wrong(_results(calls))
    return Said("contrast", said) if said else _contrast(exercise, calls, trials)


def _words(calls: list[Seen]) -> Said | None:
    """Of results that are words, or the same on every call."""
    results = _results(calls)
    if any(one.outcome.error for one in calls):
        return None
    said = words.never_asked_for(results) or words.always(results)
    return said and Said("relation", said)


def _results(calls: list[Seen]) -> words.Results:
    return [(*one.values(), one.right) for one in calls]


def _contrast(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    tried = [contrast.Tried(arguments.named(exercise, one.case), one.right) for one in calls]

    deadline = Deadline(ANEW)

    def retry(place, others):
        if not _left(deadline):
            return None
        try:
            made = arguments.changed(exercise, calls[place].case, others)
        except (TypeError, RuntimeError):
            return None
        seen = trials.call(made, deadline)
        return seen and seen.right

    found = contrast.contrast(tried, retry if trials else None)
    return found and Said("contrast", found)


def _chance(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    wrong = next(one for one in calls if not one.right)
    if isinstance(exercise, Module) or trials is None:
        return None
    said = chance.differs(exercise, trials.attempt, wrong.case, Deadline(ANEW))
    return said and Said("chance", said)


def _idle(exercise, calls: list[Seen], trials, what: Said | None) -> Said | None:
    """Of a count of which no more is known than that it is too large, or too small."""
    wrong = [one for one in calls if not one.right]
    if trials is None or not all(type(x) is int for one in wrong for x in one.values()):
        return None
    if what and not what.text.endswith(relations.ONE_WAY):
        return None
    deadline = Deadline(COUNTED)

    def off(place, others):
        if not _left(deadline):
            return None
        try:
            made = arguments.changed(exercise, wrong[place].case, others)
        except TypeError:
            return None
        seen = trials.call(made, deadline)
        return _far(*seen.values()) if seen and type(seen.outcome.value) is int else None

    tried = [(arguments.named(exercise, one.case), _far(*one.values())) for one in wrong]
    said = dependence.independent(tried, off)
    return said and Said("dependence", said)


def _far(got: int, wanted: int) -> int:
    return got - wanted


def _number(got, wanted) -> Said | None:
    """Of several numbers, which are off, and then how the first of these lies."""
    if isinstance(got, (tuple, list)) and len(got) != len(wanted if parts.split(wanted) else got):
        return Said("number", f"Yours are {len(got)} numbers; {len(wanted)} are asked for.")
    names = parts.split(wanted)
    if not names or not parts.split(got) or names.keys() != parts.split(got).keys():
        said = magnitude.compared(got, wanted) or form.off([(got, wanted)], 0.0)
        return said and Said("number", said)
    wrong = [(name, one) for name, one in parts.split(got).items() if one != names[name]]
    said = magnitude.compared(wrong[0][1], names[wrong[0][0]])
    which = f"Off: {', '.join(name for name, _ in wrong)}."
    said = _begun(f"Of {wrong[0][0]}" * (len(wrong) > 1), said) or ""
    return Said("number", f"{which} {said}".rstrip())


# Ours, done otherwise


def _near_miss(exercise, calls: list[Seen]) -> Said | None:
    """The first near miss of ours that gives the same on every call, the failing ones first."""
    ordered = sorted(calls, key=lambda one: one.right)
    if not _tells(exercise, [one for one in calls if not one.right]):
        return None
    deadline = Deadline(SEARCH)

    def by_arguments(miss, case):
        return exercise.run(miss.attempt, case, deadline)

    def by_a_step(miss, case):
        return steps.run(exercise, miss, case)

    off = _off_parts(exercise, calls)
    ways = ((near_misses.other_arguments, by_arguments), (steps.other_steps, by_a_step))
    for make, run in ways:
        for miss in exercise.once(make, lambda make=make: list(make(exercise))):
            if not _left(deadline):
                return None
            if said := _fits(exercise, miss, functools.partial(run, miss), ordered, off):
                return Said("near miss", said)
    return None


def _fits(exercise, miss: Mistake, run, calls: list[Seen], off: list[str]) -> str | None:
    """Its sentence, where every call gives the same, or at least all that is off does."""
    whole = True
    for one in calls:
        other = run(one.case)
        if not _gives(exercise, one.outcome, other, off):
            return None
        whole = whole and exercise.agrees(one.outcome, other)
    return miss.sentence if whole else _of_parts(miss.sentence, off)


def _off_parts(exercise, calls: list[Seen]) -> list[str]:
    """The parts of a probe's result that are off somewhere, where others are right everywhere."""
    if any(type(value) is not dict for one in calls for value in one.values()):
        return []
    right = parts.verdicts([one.values() for one in calls], exercise.same) or {}
    off = [name for name, holds in right.items() if not holds]
    return off if len(off) < len(right) else []


def _gives(exercise, outcome: Outcome, other: Outcome, off: list[str]) -> bool:
    """Whether ours, done otherwise, gives the same; with `off`, the same in these parts."""
    if not off:
        return exercise.agrees(outcome, other)
    values = outcome.value, other.value
    if other.error is not None or type(other.value) is not dict:
        return False
    names = [name for name in off if any(name in value for value in values)]
    return all(name in v for v in values for name in names) and all(
        exercise.same(*(value[name] for value in values)) for name in names
    )


def _of_parts(sentence: str, off: list[str]) -> str:
    nouns = parts.listed(off) if len(off) <= parts.MOST else "what is off"
    are = "are" if 1 < len(off) <= parts.MOST else "is"
    return sentence.replace("What you gave is", f"{nouns[0].upper()}{nouns[1:]} {are}")


def _tells(exercise, wrong: list[Seen]) -> bool:
    """Whether the wrong results hold enough numbers for their agreement to be no accident."""
    found: set = set()
    for one in wrong:
        found |= evidence.numbers(*one.values(), exercise.same)
    return len(found) >= evidence.ENOUGH


def _inside(exercise, calls: list[Seen], trials: Trials | None) -> Said | None:
    """In a net: where it begins to go wrong, forward or on the way back."""
    if not isinstance(exercise, Module) or trials is None:
        return None
    wrong = [one for one in calls if not one.right]
    cases = [one.case for one in wrong]
    said = first_part.first_part(exercise, trials.attempt, cases)
    if any(one.outcome.error for one in wrong):
        return said and Said("inside", said)
    if said is None:
        values = [one.values() for one in wrong]
        said = first_part.first_gradient(exercise, values)
        said = said or first_part.first_buffer(exercise, trials.attempt, cases, values)
    elif said.endswith(first_part.AT_THE_END):
        said = f"{said} {_of_outputs(exercise, wrong) or ''}".rstrip()
    return said and Said("inside", said)


def _of_outputs(exercise, wrong: list[Seen]) -> str | None:
    """Of a net that gives several results: which are off, and how."""
    found = [(*(value[parts.FIRST] for value in one.values()), one) for one in wrong]
    if not all(isinstance(one[1], (tuple, list)) for one in found):
        return None
    off = [one for one in found if not exercise.same(*one[:2])]
    return " ".join(said for said in _told(exercise, off) if said) if off else None


# What came back, beside what was expected


def _of_values(exercise, calls: list[Seen], alone: bool) -> Said | None:
    """Which parts of the result are off, and how the first of these relates to the right one; of
    some of the calls only where nothing else is said.
    """
    wrong = [one for one in calls if not one.right]
    given = [one for one in wrong if one.outcome.error is None]
    if not given:
        return None
    if len(given) < len(wrong):
        found = [(*one.values(), one) for one in given]
        right = parts.verdicts([one[:2] for one in found], exercise.same)
        what = _related(exercise, found) or right and _of_a_part(exercise, found, right)
        return what and Said("relation", _begun("Where it raises nothing and is wrong", what))
    which, what = _told(exercise, [(*one.values(), one) for one in wrong])
    apart = (what or "").startswith((OF, parts.WHEREVER))
    some = len(wrong) < len(calls) and not which and not apart
    what = _begun(WRONG * some, what)
    what = what or (_relation_where(exercise, calls) if alone and not which else None)
    layers = ["part"] * bool(which) + ["relation"] * bool(what)
    found = [said for said in (which, what) if said]
    return Said(" and ".join(layers), " ".join(found)) if found else None


def _told(exercise, found: list[tuple]) -> tuple[str | None, str | None]:
    """Of results, each with what was expected and its call: which parts are off, and how."""
    pairs = [one[:2] for one in found]
    right = parts.verdicts(pairs, exercise.same)
    if right is None:
        return None, _related(exercise, found)
    which = parts.said(right, len(found))
    what = parts.exchanged(pairs, exercise.same) or parts.taken_for_another(pairs, exercise.same)
    what = what or (None if which else _related(exercise, found))
    what = what or _of_a_part(exercise, found, right)
    return which, what or (None if which else parts.one_sided(pairs))


def _relation(exercise, wrong: list[Seen]) -> str | None:
    return _related(exercise, [(*one.values(), one) for one in wrong])


def _begun(where: str, said: str | None) -> str | None:
    return f"{where}: {said[0].lower()}{said[1:]}" if where and said else said


def _relation_where(exercise, calls: list[Seen]) -> str | None:
    """What holds on the failing calls that have a feature, where it does not on all of them."""
    known = [(one, features(arguments.named(exercise, one.case))) for one in calls]
    wrong = [(one, has) for one, has in known if not one.right]
    for phrase in dict.fromkeys(phrase for _, has in wrong for phrase in has):
        some = [one for one, has in wrong if phrase in has]
        if not max(SOME, len(wrong) / 3) <= len(some) < len(wrong):
            continue
        said = _relation(exercise, some)
        if said and not said.endswith(relations.ONE_WAY):
            too = any(one.right for one, has in known if phrase in has)
            return _begun(f"{WRONG} and {phrase}" if too else f"Where {phrase}", said)
    return None


def _of_a_part(exercise, found: list[tuple], right: dict[str, bool]) -> str | None:
    """Of the first part that is off somewhere, on the calls where it is off."""
    name = next((name for name, holds in right.items() if not holds), None)
    if name is None:
        return None
    split = [(*(parts.split(value).get(name) for value in one[:2]), one[2]) for one in found]
    off = [one for one in split if not exercise.same(*one[:2])]
    which, what = _told(exercise, off)
    return _begun(f"{OF} {parts.as_noun(name)}", which or what)


def _related(exercise, found: list[tuple]) -> str | None:
    pairs = [
        relations.pair(got, wanted, arguments.named(exercise, one.case))
        for got, wanted, one in found
    ]
    said = None if None in pairs else relations.relation(pairs, exercise.tolerance)
    return said or form.off([one[:2] for one in found], exercise.tolerance)
