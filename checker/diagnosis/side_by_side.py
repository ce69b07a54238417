"""A learner's net and ours on the same input, with the same weights: what each part that both
have under one name gets and gives, and where the two differ.
"""

import itertools
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from checker import module_comparison, sandbox
from checker.exercise import Call

MOST = 4  # places that are tried with the right numbers
GETS, GIVES = "gets", "gives"
INPUT = "the input of the net"

Place = tuple[str, str, int]  # "gets" or "gives", the part's name, and how often it ran before
Values = dict[Place, list[Tensor]]


@dataclass(frozen=True)
class Run:
    """What the parts of a net got and gave, in order, and its result; None if it raised."""

    values: Values
    result: object


@dataclass(frozen=True)
class Found:
    """One call of both nets: `off` are the places that differ, `mended` those where the right
    numbers make the result right, `behind` those that depend on the first that is off. `complete`
    says that every part with weights is compared, `setting` what alone makes the first part that
    is off give something else, `other_mode` which parts are in another mode than the net is put
    in.
    """

    ours: Run
    theirs: Run
    inputs: tuple
    mode: str
    off: list[Place]
    mended: list[Place]
    same_object: tuple[str, ...]
    idle: list[str]
    repeated: list[str]
    behind: list[Place]
    complete: bool
    setting: "Setting | None"
    other_mode: list[str]

    def before(self, place: Place) -> list[Place]:
        """What comes before it in our order, and is there in theirs."""
        ahead = itertools.takewhile(lambda other: other != place, self.ours.values)
        return [other for other in ahead if other in self.theirs.values]

    def known(self, place: Place | None) -> dict[str, Tensor]:
        """What their net has by then, by what it is: its input, and what its parts give."""
        made = {INPUT: self.inputs[0]} if len(self.inputs) == 1 else {}
        for other in itertools.takewhile(lambda other: other != place, self.theirs.values):
            kind, name, count = other
            if kind == GIVES and len(self.theirs.values[other]) == 1:
                made[f"what `{name}` gives"] = self.theirs.values[other][0]
            if count:
                made.pop(f"what `{name}` gives", None)
        return made


@dataclass(frozen=True)
class Setting:
    """An attribute of a layer: what it is there, and what it is in ours."""

    name: str
    theirs: object
    ours: object


SETTINGS = "padding stride dilation padding_mode groups kernel_size eps momentum p ceil_mode"


@dataclass(frozen=True)
class Runs:
    """How often a part runs in one call, and how fast its running statistics move."""

    often: int
    momentum: float | None


def runs(exercise, attempt, case: Call, name: str, deadline) -> tuple[Runs, Runs] | None:
    """Of one part, in ours and in theirs; None where they cannot be compared."""

    def both(nets: "_Nets"):
        return tuple(_runs(nets, net, name) for net in (nets.ours, nets.theirs))

    return _with_both(both, exercise, exercise.answer, attempt, case, deadline)


def _runs(nets, net, name: str) -> Runs:
    often = _often(nets.run(net, True).values)[name]
    return Runs(often, getattr(net.get_submodule(name), "momentum", None))


def compare(exercise, right, attempt, case: Call, deadline) -> Found | None:
    """`right`, one of our answers, and `attempt` on one call; None where they cannot be compared,
    or agree.
    """
    return _with_both(_compared, exercise, right, attempt, case, deadline)


def _with_both(say, exercise, right, attempt, case: Call, deadline):
    """What `say` says of the two nets of one call; None where it raises."""
    options = {name: value for name, value in case.kwargs.items() if name != "inputs"}
    inputs = case.kwargs["inputs"]
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)

    def both(args, options, inputs):
        ours, theirs = right(*args, **options), attempt(*args, **options)
        return say(_Nets(exercise, ours, theirs, inputs))

    outcome = sandbox.run(both, (case.args, options, inputs), {}, deadline)
    return outcome.value if outcome.error is None else None


class _Nets:
    """The two, with the same weights before every run."""

    def __init__(self, exercise, ours: nn.Module, theirs: nn.Module, inputs):
        self.exercise, self.ours, self.theirs, self.inputs = exercise, ours, theirs, inputs
        self.tensors = module_comparison.fitted(theirs, ours, inputs)
        self.parts = _shared(ours, theirs)

    def run(
        self, net: nn.Module, training: bool, right: Values | None = None, shaken: str = ""
    ) -> Run:
        """With `right`, these values are put in; with `shaken`, that part has other weights."""
        module_comparison.load(self.theirs, self.ours, self.tensors)
        if shaken:
            _shake(net.get_submodule(shaken))
        torch.default_generator.manual_seed(sandbox.SEED)
        return _run(net.train(training), self.parts, self.inputs, right or {})

    def same(self, one, other) -> bool:
        return self.exercise.same(one, other)


def _shake(part: nn.Module) -> None:
    with torch.no_grad():
        for weights in part.parameters():
            weights += 1


def _shared(ours, theirs) -> list[str]:
    """Names of both. What holds weights must be of one type: a layer and the same layer with a
    ReLU inside are not to be compared.
    """
    mine, yours = (dict(net.named_modules(remove_duplicate=False)) for net in (ours, theirs))
    held = _with_weights(ours) | _with_weights(theirs)
    return [
        name
        for name in mine
        if name in yours and name and (name not in held or type(mine[name]) is type(yours[name]))
    ]


def _run(net, parts, inputs, right: Values) -> Run:
    """With `right`, these values are put in where they belong."""
    values: Values = {}
    hooks = [
        hook for name in parts for hook in _hooks(net.get_submodule(name), name, values, right)
    ]
    try:
        result = net(*(x.detach().clone() for x in inputs))
    except Exception:
        result = None
    for hook in hooks:
        hook.remove()
    return Run(values, result)


def _hooks(module, name: str, values: Values, right: Values):
    count, running = itertools.count(), []

    def before(module, args, kwargs):
        running.append(next(count))
        place = (GETS, name, running[-1])
        values[place] = _kept((args, tuple(kwargs.values())))
        return (tuple(_kept(right[place])), {}) if place in right else None

    def after(module, args, output):
        place = (GIVES, name, running.pop())
        values[place] = _kept(output)
        return _kept(right[place])[0] if place in right else None

    yield module.register_forward_pre_hook(before, with_kwargs=True)
    yield module.register_forward_hook(after)


def _kept(value) -> list[Tensor]:
    """The tensors in it, as they are now."""
    return [tensor.detach().clone() for tensor in tensors(value)]


def _compared(nets: _Nets) -> Found | None:
    for mode, training in (("", True), ("In evaluation mode: ", False)):
        ours, theirs = nets.run(nets.ours, training), nets.run(nets.theirs, training)
        if not nets.same(theirs.result, ours.result):
            return _difference(nets, ours, theirs, mode, training)
    return None


def _difference(nets, ours: Run, theirs: Run, mode: str, training: bool) -> Found:
    values = _comparable(ours.values, theirs)
    other_mode = _other_mode(nets, training)
    off = [
        place
        for place, wanted in values.items()
        if place in theirs.values and not nets.same(theirs.values[place], wanted)
    ]
    mended = [place for place in off[:MOST] if _mends(nets, ours, place, training)]
    return Found(
        Run(values, ours.result),
        theirs,
        nets.inputs,
        mode,
        off,
        mended,
        _same_object(nets),
        _idle_parts(nets, theirs, training),
        _repeated(ours, theirs),
        _behind(nets, ours, off[0], training) if off else [],
        _with_weights(nets.ours) <= {name for _, name, _ in values if (GIVES, name, 0) in values},
        _setting(nets, ours, off[0], training) if off else None,
        other_mode,
    )


def _other_mode(nets, training: bool) -> list[str]:
    """Parts that a run has left in another mode than the net was put in."""
    return [n for n in nets.parts if nets.theirs.get_submodule(n).training != training]


def _setting(nets, ours: Run, place: Place, training: bool) -> Setting | None:
    """The one attribute with which, if it is as in ours, the part gives what ours does."""
    mine, yours = (net.get_submodule(place[1]) for net in (nets.ours, nets.theirs))
    if place[0] != GIVES or type(mine) is not type(yours):
        return None
    both = [
        (name, getattr(yours, name, None), getattr(mine, name, None)) for name in SETTINGS.split()
    ]
    for name, got, wanted in both:
        if got == wanted:
            continue
        setattr(yours, name, wanted)
        made = nets.run(nets.theirs, training).values.get(place)
        setattr(yours, name, got)
        if made is not None and nets.same(made, ours.values[place]):
            return Setting(name, got, wanted)
    return None


def _repeated(ours: Run, theirs: Run) -> list[str]:
    once, often = _often(ours.values), _often(theirs.values)
    return [name for name in once if once[name] == 1 and often[name] == 2]


def _with_weights(net) -> set[str]:
    """Parts that hold parameters of their own."""
    return {name for name, part in net.named_modules() if [*part.parameters(recurse=False)]}


def _comparable(values: Values, theirs: Run) -> Values:
    """Without parts that run in pieces: as often as it likes, or with other arguments."""
    often, ours = _often(theirs.values), _often(values)
    ended = theirs.result is not None
    odd = {name for name in ours if often[name] > ours[name] or ended and often[name] < ours[name]}
    odd |= {
        place[1] for place, mine in values.items() if _other_kind(mine, theirs.values.get(place))
    }
    return {place: mine for place, mine in values.items() if place[1] not in odd}


def _often(values: Values) -> Counter:
    return Counter(name for kind, name, _ in values if kind == GETS)


def _other_kind(mine: list[Tensor], yours: list[Tensor] | None) -> bool:
    return yours is not None and len(yours) != len(mine)


def _mends(nets, ours: Run, place: Place, training: bool) -> bool:
    """Whether their result is right with the right numbers in this one place."""
    if len(ours.values[place]) != 1:
        return False
    mended = nets.run(nets.theirs, training, {place: ours.values[place]})
    return nets.same(mended.result, ours.result)


def _behind(nets, ours: Run, place: Place, training: bool) -> list[Place]:
    """What changes in ours with the numbers in this place."""
    other = [x + 1 if x.is_floating_point() else x for x in ours.values[place]]
    changed = nets.run(nets.ours, training, {place: other}).values
    return [
        place
        for place, values in ours.values.items()
        if place in changed and not nets.same(changed[place], values)
    ]


def _same_object(nets) -> tuple[str, ...]:
    """Two parts with weights that are one with them and two with us."""
    for names in itertools.combinations(sorted(_with_weights(nets.ours) & {*nets.parts}), 2):
        one, other = map(nets.theirs.get_submodule, names)
        if one is other and nets.ours.get_submodule(names[0]) is not nets.ours.get_submodule(
            names[1]
        ):
            return names
    return ()


def _idle_parts(nets, theirs: Run, training: bool) -> list[str]:
    """Parts with weights that never run, and whose weights change nothing of the result."""
    ran = {name for _, name, _ in theirs.values}
    waiting = [name for name in nets.parts if name in _with_weights(nets.ours) - ran]
    return [
        name
        for name in waiting
        if theirs.result is not None
        and nets.same(nets.run(nets.theirs, training, shaken=name).result, theirs.result)
    ]


def tensors(value) -> list[Tensor]:
    """All tensors of a result."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in tensors(item)]
    return []
