"""What a learner's module does once it holds the reference's weights: every value it can get
wrong, by name.
"""

import torch
from torch import nn

from checker import sandbox, show, unfit


class Unfit(Exception):
    """The learner's module cannot take the reference's weights; `why` is what that comes from."""

    def __init__(self, *args, why: str = ""):
        super().__init__(*args)
        self.why = why


def asked_for(value, kind: type, words: str) -> None:
    """Raise `Unfit` unless a function gave what `words` name; None is left to the comparison."""
    if value is not None and not isinstance(value, kind):
        raise Unfit(f"your function gave {show.with_article(value)}; {words} is asked for.")


def everything(net: nn.Module, twins: tuple[nn.Module, nn.Module], inputs: tuple) -> dict:
    """Load random weights into `net` and one of its `twins` alike, and list what `net` then
    computes.

    The twins are two references, built one after the other: where their first values differ,
    nothing is fixed. Raises Unfit where the weights have no place in `net`.
    """
    twin, other = twins
    names = fitted(net, twin, inputs)
    seen = _start(net, twin, other, names)
    load(net, twin, names)
    return seen | _behaviour(net, inputs, names)


def fitted(net: nn.Module, twin: nn.Module, inputs: tuple) -> dict[str, str]:
    """Which tensor of `net` is which of `twin`'s: {its name: the name in `net`}. Raises Unfit."""
    _refuse_unbuilt(net)
    _settle(net, inputs)
    names = _names(net, twin)
    _refuse_other_shapes(net, twin, names)
    _refuse_other_kinds(net, twin, names)
    return names


def load(net: nn.Module, twin: nn.Module, names: dict[str, str]) -> None:
    """The same random numbers for both, and the same ones each time."""
    _fill(twin)
    _copy(net, twin, names)


def _refuse_unbuilt(net) -> None:
    if "_parameters" not in vars(net):
        raise Unfit(
            "your module never ran `super().__init__()`.",
            why="Before that runs, it knows of no layers and no parameters.",
        )


def _settle(net, inputs) -> None:
    """A lazy layer has no sizes until the net has run once."""
    if _lazy(net):
        with torch.no_grad():
            net.eval()(*inputs)
    if unused := _lazy(net):
        raise Unfit(
            f"your `forward` makes no use of the lazy layer of {_listed(unused)}.",
            why="A lazy layer has no sizes before its first input.",
        )


def _lazy(net) -> list[str]:
    return [name for name, p in net.named_parameters() if nn.parameter.is_lazy(p)]


def _names(net, twin) -> dict[str, str]:
    """Which tensor of the learner's module is which of the reference's: by name, whatever other
    names it has, else by its shape within the part that the task names, where only one fits.
    """
    theirs, ours = _state(net), _state(twin)
    by_any_name = _by_any_name(net)
    if ours.keys() <= by_any_name.keys():
        asked = {id(by_any_name[name]) for name in ours}
        if all(id(tensor) in asked for tensor in theirs.values()):
            return {name: name for name in ours}
    places = {_place(name, tensor): name for name, tensor in theirs.items()}
    wanted = {_place(name, tensor) for name, tensor in ours.items()}
    if len(places) == len(theirs) == len(ours) and places.keys() == wanted:
        return {name: places[_place(name, tensor)] for name, tensor in ours.items()}
    raise _misnamed(net, ours)


def _place(name, tensor) -> tuple:
    """The part a tensor belongs to, "conv1" of "conv1.0.weight", and its shape."""
    return name.partition(".")[0], tensor.shape


def _state(net) -> dict[str, torch.Tensor]:
    """Parameters and buffers, each once."""
    return dict(net.named_parameters()) | dict(net.named_buffers())


def _by_any_name(net) -> dict[str, torch.Tensor]:
    """Parameters and buffers by all the names they go by: a layer may stand in two places."""
    every = {"remove_duplicate": False}
    return dict(net.named_parameters(**every)) | dict(net.named_buffers(**every))


def _misnamed(net, ours) -> Unfit:
    theirs = _by_any_name(net)
    asked = {id(theirs[name]) for name in ours if name in theirs}
    missing = {name: tensor.shape for name, tensor in ours.items() if name not in theirs}
    extra = {name: x.shape for name, x in _state(net).items() if id(x) not in asked}
    parts = [f"has no parameter or buffer {_listed(missing)}"] if missing else []
    parts += [f"has {_listed(extra)}, which the exercise does not ask for"] if extra else []
    return Unfit(
        f"your module {', and '.join(parts)}. It should have {_listed(ours)}.",
        why=unfit.of_names(net, missing, extra, _off(theirs, ours)),
    )


def _listed(names) -> str:
    names = [f"`{name}`" for name in names]
    return (
        ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "") or "none"
    )


def _start(net, twin, other, names) -> dict:
    """Initial values, where two references agree on them and so nothing is random."""
    theirs, ours, again = _by_any_name(net), _state(twin), _state(other)
    fixed = [name for name in ours if torch.equal(ours[name], again[name])]
    return {f"at the start `{name}`": theirs[names[name]].detach().clone() for name in fixed}


def _refuse_other_shapes(net, twin, names) -> None:
    off = _off(_by_any_name(net), {names[name]: x for name, x in _state(twin).items()})
    if off:
        name, (got, wanted) = next(iter(off.items()))
        raise Unfit(
            f"`{name}` has shape {tuple(got)}, expected {tuple(wanted)}.",
            why=unfit.of_shapes(net, off),
        )


def _off(theirs, ours) -> unfit.Sizes:
    """What is there by its name and has another shape."""
    both = {name: (theirs[name].shape, x.shape) for name, x in ours.items() if name in theirs}
    return {name: sizes for name, sizes in both.items() if sizes[0] != sizes[1]}


def _refuse_other_kinds(net, twin, names) -> None:
    theirs = _by_any_name(net)
    for name, mine in _state(twin).items():
        trained, should = (isinstance(x, nn.Parameter) for x in (theirs[names[name]], mine))
        if should and not trained:
            raise Unfit(
                f"`{names[name]}` is a buffer, not a parameter.",
                why="So no optimizer would train it. Make it an `nn.Parameter`.",
            )
        if trained and not should:
            raise Unfit(
                f"`{names[name]}` is a parameter, not a buffer.",
                why="So an optimizer would train it. Make it a buffer.",
            )


def _fill(net) -> None:
    """Random numbers for every parameter and buffer, so that a forgotten one shows; variances stay
    positive.

    All others have mean 0: were it positive, so would nearly all sums be, and a forgotten ReLU
    would not show.
    """
    source = torch.Generator().manual_seed(sandbox.SEED)
    with torch.no_grad():
        for name, tensor in _state(net).items():
            if tensor.is_floating_point():
                low = 0.5 if name.endswith("var") else -1.1
                tensor.uniform_(low, 1.1, generator=source)


def _copy(net, twin, names) -> None:
    theirs = _by_any_name(net)
    with torch.no_grad():
        for name, tensor in _state(twin).items():
            theirs[names[name]].copy_(tensor)


def _behaviour(net, inputs, names) -> dict:
    """Everything a module can get wrong, by name, so that the card can say which."""
    inputs = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in inputs]
    net.train()
    torch.default_generator.manual_seed(sandbox.SEED)
    output = net(*inputs)
    seen = {"in training mode": output} | _gradients(net, inputs, output, names)
    seen |= {f"after a step in training mode `{n}`": t for n, t in _updated(net, names).items()}
    seen["in evaluation mode"] = net.eval()(*inputs)
    seen["in evaluation mode, called again"] = net(*inputs)
    return seen | {
        f"after a call in evaluation mode `{n}`": t for n, t in _updated(net, names).items()
    }


def _gradients(net, inputs, output, names) -> dict:
    """Of a weighted sum of all outputs, so that no two of them can be swapped unseen."""
    outputs = [
        y for y in (output if isinstance(output, (tuple, list)) else [output]) if _trains(y)
    ]
    if not outputs:
        return {}
    sum(
        (y * torch.linspace(0.5, 1.5, y.numel()).reshape(y.shape)).sum() for y in outputs
    ).backward()
    theirs = dict(net.named_parameters(remove_duplicate=False))
    wanted = {
        f"the gradient of `{ours}`": theirs[name] for ours, name in names.items() if name in theirs
    }
    wanted |= {f"the gradient of input {place + 1}": x for place, x in enumerate(inputs)}
    return {name: torch.zeros_like(t) if t.grad is None else t.grad for name, t in wanted.items()}


def _trains(output) -> bool:
    return isinstance(output, torch.Tensor) and output.requires_grad


def _updated(net, names) -> dict:
    """The buffers as they are now."""
    theirs = dict(net.named_buffers(remove_duplicate=False))
    for name, tensor in theirs.items():
        if tensor.requires_grad:
            raise Unfit(
                f"`{name}` keeps the graph of all batches.",
                why="Update it with `.detach()` or in `torch.no_grad()`.",
            )
    return {ours: theirs[name].detach().clone() for ours, name in names.items() if name in theirs}
