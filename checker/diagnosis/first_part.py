"""Where a learner's net goes wrong: what its parts get and give, beside what they do in ours.

A part that differs need not be wrong: the same work can be shared out otherwise. So "off" is said
only where the right numbers, put in at that one place, make the whole result right.
"""

import functools
import itertools
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from checker import sandbox
from checker.diagnosis import relations, side_by_side
from checker.diagnosis.side_by_side import GETS, GIVES, Found, Place, tensors
from checker.exercise import Call, Module
from checker.unfit import listed

TIME = 0.2  # seconds for all calls together
LEAST = 3  # calls that are compared in any case
MORE = 0.3  # seconds for each of these


def first_part(exercise: Module, attempt, cases: list[Call]) -> str | None:
    """A sentence or two that hold for these failing calls, as many as the time allows; None where
    there is none.
    """
    ours = (exercise.answer, *exercise.alternatives)  # they share out the work in several ways
    deadline = sandbox.Deadline(TIME)
    found = (_compared(exercise, right, attempt, cases, deadline) for right in ours)
    return next((said for one in found if (said := _said(exercise, one))), None)


def _compared(exercise, right, attempt, cases, deadline) -> list[Found | None]:
    """Some calls at least, and then until the time is over."""
    found = []
    for case in cases:
        if len(found) >= LEAST and deadline.left()[0] < 0:
            break
        last = sandbox.Deadline(MORE) if len(found) < LEAST else deadline
        found.append(side_by_side.compare(exercise, right, attempt, case, last))
    return found[:-1] if len(found) > LEAST and found[-1] is None else found


def _said(exercise, found: list[Found | None]) -> str | None:
    if not found or None in found:
        return None
    layers = (_same_layer, _idle, _mended, _at_the_end, _first)
    said = next((text for say in layers if (text := say(exercise, found))), None)
    modes = {one.mode for one in found}
    return said and _begun(modes.pop() if len(modes) == 1 else "", said)


def _begun(start: str, said: str) -> str:
    return f"{start}{said[0].lower()}{said[1:]}" if start else said


# What is said of all calls together


def _same_layer(exercise, found: list[Found]) -> str | None:
    names = found[0].same_object
    if not names or any(one.same_object != names for one in found):
        return None
    return f"{listed(names)} are one and the same layer."


def _idle(exercise, found: list[Found]) -> str | None:
    idle = [name for name in found[0].idle if all(name in one.idle for one in found)]
    if not idle:
        return None
    twice = [name for name in found[0].repeated if all(name in one.repeated for one in found)]
    more = f"; {listed(twice)} {'runs' if len(twice) == 1 else 'run'} twice" if twice else ""
    return f"{listed(idle)} {'is' if len(idle) == 1 else 'are'} never used{more}."


def _mended(exercise, found: list[Found]) -> str | None:
    """Of the first place that is off: with the right numbers there, the result is right."""
    place = _first_place(found)
    if place is None or not all(place in one.mended for one in found):
        return None
    return " ".join([_only_here(found, place), *_told(exercise, found, place)])


def _first_place(found: list[Found]) -> Place | None:
    places = {one.off[0] if one.off else None for one in found}
    return places.pop() if len(places) == 1 else None


def _only_here(found, place: Place) -> str:
    if place[0] == GIVES and _right(found, (GETS, *place[1:])):
        start = f"{_part(place)} gets what it should and gives something else"
        return f"{start}; with the right numbers in its place, the result is right."
    start = f"Only what {_part(place)} {place[0]} is off"
    return f"{start}: with the right numbers there, the result is right."


def _part(place: Place) -> str:
    return f"`{place[1]}`" + (f", in run {place[2] + 1}," if place[2] else "")


def _right(found, place: Place) -> bool:
    return all(place in one.theirs.values and place not in one.off for one in found)


def _last_right(found, place: Place) -> str | None:
    """The part before this place, where it and all others before are right on all calls."""
    ahead = [one.before(place) for one in found]
    if any(set(places) & set(one.off) for places, one in zip(ahead, found)):
        return None
    given = [[name for kind, name, _ in places if kind == GIVES] for places in ahead]
    last = {names[-1] if names else None for names in given}
    return last.pop() if len(last) == 1 else None


def _at_the_end(exercise, found: list[Found]) -> str | None:
    """All parts are right, so it is what becomes of them."""
    if any(one.off or not one.complete or one.theirs.result is None for one in found):
        return None
    names = _outermost([name for kind, name, _ in found[0].ours.values if kind == GIVES])
    if not names:
        return None
    each = (
        "gets and gives what it should"
        if len(set(names)) == 1
        else "get and give what they should"
    )
    start = f"{listed(names)} {each}; what your `forward` makes of that {AT_THE_END}"
    return " ".join([start, *_told(exercise, found, None)])


AT_THE_END = "is off."


def _outermost(names: list[str]) -> list[str]:
    return [name for name in names if name.rpartition(".")[0] not in names]


def _first(exercise, found: list[Found]) -> str | None:
    """The first place that differs from ours, which need not be where the mistake is. Where there
    is little of a net, nothing may stand behind the mistake.
    """
    found = [one for one in found if one.off]
    place = _first_place(found) if found else None
    if place is None or any(_again(one, place) for one in found):
        return None
    kind, name, _ = place
    if kind == GIVES and any(other[1].startswith(f"{name}.") for other in found[0].theirs.values):
        return None  # where a stack of layers ends is a matter of taste
    last = _last_right(found, place)
    if kind == GIVES and _right(found, (GETS, *place[1:])):
        start = f"{_part(place)} gets what it gets in our net and gives something else."
    else:
        start = f"{_part(place)} {kind} something else than in our net"
        start += f"; up to `{last}` they agree." if last not in (None, name) else "."
    return " ".join([start, *_told(exercise, found, place)])


def _again(one: Found, place: Place) -> bool:
    """Whether something that depends on it agrees, or it holds the same numbers in another order:
    then the work may just be shared out otherwise.
    """
    agree = any(p in one.theirs.values and p not in {*one.off, place} for p in one.behind)
    numbers = [
        torch.cat([x.flatten() for x in run.values[place]]).sort().values
        for run in (one.ours, one.theirs)
        if run.values[place]
    ]
    return agree or len(numbers) < 2 or _near(*numbers)


# What stands in a place


def _told(exercise, found: list[Found], place: Place | None) -> list[str]:
    """What is there in plain words, if all calls have that in common."""
    return (
        [said]
        if (
            said := _noun(found, place)
            or _shapes(found, place)
            or _relation(exercise, found, place)
        )
        else []
    ) + _why(found, place)


def _why(found: list[Found], place: Place | None) -> list[str]:
    """What in a part itself makes it give something else."""
    if place is None or place[0] == GETS:
        return []
    if all(place[1] in one.other_mode for one in found):
        mode = "training" if found[0].mode else "evaluation"
        return [f"It is in {mode} mode all the same."]
    names = {one.setting.name if one.setting else None for one in found}
    if len(names) != 1 or None in names:
        return []
    first, *others = (one.setting for one in found)
    where = "" if all(one == first for one in others) else "on the first call that fails "
    return [f"Its `{first.name}` is off: {where}{first.theirs!r}, in ours {first.ours!r}."]


def _pairs(found, place) -> list[tuple[Tensor, Tensor]] | None:
    """What is there, and what is there in ours."""
    both = [
        (tensors(one.theirs.result), tensors(one.ours.result))
        if place is None
        else (one.theirs.values[place], one.ours.values[place])
        for one in found
    ]
    if any(len(got) != 1 or len(wanted) != 1 for got, wanted in both):
        return None
    return [(got[0].detach(), wanted[0].detach()) for got, wanted in both]


def _start(place) -> str:
    return "What comes back is" if place is None else f"It {place[0]}"


FEW = 6  # values of which the ReLU is tried, too
CHANGES = {"the ReLU of {}": F.relu, "tanh of {}": torch.tanh, "the sigmoid of {}": torch.sigmoid}
MEETINGS = {
    "the sum of {} and {}": torch.add,
    "the difference of {} and {}": torch.sub,
    "the product of {} and {}": torch.mul,
}


def _noun(found, place) -> str | None:
    """Where it is what a part gives, or the net's input, or a sum of two such: changed or not."""
    pairs = _pairs(found, place)
    if pairs is None or sum(got.unique().numel() for got, _ in pairs) < relations.ENOUGH:
        return None
    names = list(found[0].known(place))
    near = names if len(names) <= FEW else [names[0], *names[1 - FEW :]]
    for text, make in (_ways(names) | _ways(near)).items():
        if all(_is(got, make, one.known(place)) for (got, _), one in zip(pairs, found)):
            return f"{_start(place)} {text}."
    return None


Make = Callable[[dict[str, Tensor]], Tensor]


def _ways(names: list[str]) -> dict[str, Make]:
    """What can be made of these, the simplest first."""
    plain = {name: functools.partial(_pick, name) for name in names}
    changed = {text: make for change in CHANGES for text, make in _changed(change, plain)}
    few = plain | dict(_changed("the ReLU of {}", plain)) if len(names) <= FEW else plain
    met = {text: make for meet in MEETINGS for text, make in _met(meet, few)}
    twice = {text: make for change in CHANGES for text, make in _changed(change, met)}
    return plain | changed | met | twice


def _pick(name: str, known: dict[str, Tensor]) -> Tensor:
    return known[name]


def _changed(words: str, ways: dict[str, Make]) -> Iterator[tuple[str, Make]]:
    for text, make in ways.items():
        yield words.format(text), functools.partial(_put, CHANGES[words], (make,))


def _met(words: str, ways: dict[str, Make]) -> Iterator[tuple[str, Make]]:
    for pair in itertools.permutations(ways, 2):
        makes = tuple(ways[text] for text in pair)
        yield words.format(*pair), functools.partial(_put, MEETINGS[words], makes)


def _put(function, makes: tuple[Make, ...], known: dict[str, Tensor]) -> Tensor:
    values = [make(known) for make in makes]
    return function(*values) if len({x.shape for x in values}) == 1 else torch.empty(0)


def _is(got: Tensor, make: Make, known: dict[str, Tensor]) -> bool:
    try:
        return _near(got, make(known))
    except (KeyError, RuntimeError):  # another call has no such part, or numbers of another kind
        return False


def _near(one: Tensor, other: Tensor) -> bool:
    return relations.close(one.double(), other.double(), 1e-6)


def _shapes(found, place) -> str | None:
    """The shapes on the first call, where they differ on all."""
    pairs = _pairs(found, place)
    if place is None or not pairs or any(got.shape == wanted.shape for got, wanted in pairs):
        return None
    got, wanted = pairs[0]
    return f"It {place[0]} the shape {tuple(got.shape)}, in ours {tuple(wanted.shape)}."


def _relation(exercise, found, place) -> str | None:
    pairs = [relations.pair(*both) for both in _pairs(found, place) or []]
    if place is None or None in pairs:
        return None
    several = sum(one.wanted.unique().numel() for one in pairs) >= relations.ENOUGH
    if several and all(_unclamped(one) for one in pairs):
        return f"It {place[0]} negative numbers where ours has 0; all others agree."
    said = relations.relation(pairs, exercise.tolerance)
    if said and said.startswith("What came back"):
        return said.replace("What came back", f"What it {place[0]}")
    return said and _begun(f"Of what it {place[0]}: ", said)


def _unclamped(one: relations.Pair) -> bool:
    return bool((one.got < 0).any()) and _near(one.got.clamp(min=0), one.wanted)


# Gradients


def first_gradient(exercise: Module, pairs: list[tuple[dict, dict]]) -> str | None:
    """Where the outputs of all these failing calls are right: the last parameter whose gradient is
    off on all of them, so the first on the way back.
    """
    if not pairs or not all(_outputs_agree(exercise, *both) for both in pairs):
        return None
    off = [_off_gradients(exercise, *both) for both in pairs]
    name = next(iter(off[0]), None)
    if name is None or any(next(iter(one), None) != name for one in off):
        return None
    nothing = ": it is 0 everywhere" if all(not got[name].any() for got, _ in pairs) else ""
    return f"The outputs are right. On the way back, {name} is the first that is off{nothing}."


def first_buffer(exercise: Module, attempt, cases: list[Call], pairs) -> str | None:
    """Where all is right but the running statistics of a part: what moves them otherwise."""
    off = {_first_off(exercise, *both) for both in pairs}
    name = off.pop() if len(off) == 1 else ""
    if not (name or "").startswith(STEPPED):
        return None
    part = name.removeprefix(STEPPED).rpartition(".")[0]
    found = [
        side_by_side.runs(exercise, attempt, case, part, sandbox.Deadline(MORE)) for case in cases
    ]
    return None if None in found or not part else _moved(part, found)


STEPPED = "after a step in training mode `"


def _first_off(exercise, got: dict, wanted: dict) -> str | None:
    return next((n for n in wanted if n in got and not exercise.same(got[n], wanted[n])), None)


def _moved(part: str, found: list[tuple[side_by_side.Runs, side_by_side.Runs]]) -> str | None:
    often = {(ours.often, theirs.often) for ours, theirs in found}
    if often == {(1, 2)}:
        return f"`{part}` runs twice in one call, and each run moves its running statistics."
    moved = {(theirs.momentum, ours.momentum) for ours, theirs in found}
    if len(moved) != 1 or any(len({*both}) == 1 for both in moved):
        return None
    return "The `momentum` of `{}` is {}, in ours {}.".format(part, *moved.pop())


def _outputs_agree(exercise, got: dict, wanted: dict) -> bool:
    outputs = [name for name in wanted if name.startswith("in ")]
    return all(name in got and exercise.same(got[name], wanted[name]) for name in outputs)


def _off_gradients(exercise, got: dict, wanted: dict) -> list[str]:
    names = [name for name in wanted if name.startswith("the gradient of `")]
    return [n for n in reversed(names) if n in got and not exercise.same(got[n], wanted[n])]
