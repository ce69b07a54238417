"""Exercise 7.13: look inside a net."""

import functools

import torch
from torch import nn

from checker.exercise import Exercise, call, normal
from exercises.nb07.shared import fixed

hooks = Exercise(
    "7.13",
    "Look inside",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "`module.register_forward_hook(f)` calls `f(module, inputs, output)` after each"
            " forward pass of that module."
        ),
        (
            "`net.get_submodule(name)` finds a layer by name. The hook gives back a handle:"
            " `handle.remove()`."
        ),
        "An in-place layer overwrites what it gets: keep `output.detach().clone()`.",
    ],
)


@hooks.reference
def feature_maps(net, x, names):
    maps = {}

    def note(name):
        def hook(part, inputs, output):
            maps[name] = output.detach().clone()

        return net.get_submodule(name).register_forward_hook(hook)

    handles = [note(name) for name in names]
    try:
        with torch.no_grad():
            net(x)
    finally:
        [handle.remove() for handle in handles]
    return maps


@hooks.cases
def _(rng):
    yield call(normal(rng, 1, 1, 6, 6), ["0"])
    yield call(normal(rng, 2, 1, 6, 6), ["0", "1", "3"])
    yield call(normal(rng, 2, 1, 8, 8), ["3", "1"])


@hooks.probe
def _(attempt, x, names):
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Dropout2d(0.5), nn.Conv2d(2, 3, 3)
    )
    net = fixed(net).eval()
    maps = attempt(net, x, names)
    seen = (
        {f"the maps of layer {name!r}": maps[name] for name in names}
        if type(maps) is dict
        else {"the result": maps}
    )
    seen |= {"hooks left behind": sum(len(part._forward_hooks) for part in net.modules())}
    tensors = [value for value in seen.values() if isinstance(value, torch.Tensor)]
    return seen | {
        "with a graph for gradients": any(t.requires_grad for t in tensors),
        "the names": sorted(maps or []),
    }


hooks.say = lambda case: f"`feature_maps(net, x {tuple(case.args[0].shape)}, {case.args[1]})`"


def _hooked(
    keep=lambda inputs, output: output.detach().clone(),
    remove=True,
    wanted=lambda names, name: name in names,
):
    """Collect by hooks; the options are the usual slips."""

    def feature_maps(net, x, names):
        maps, handles = {}, []

        def note(name, part, inputs, output):
            maps[name] = keep(inputs, output)

        for name, part in net.named_children():
            if wanted(names, name):
                handles.append(part.register_forward_hook(functools.partial(note, name)))
        net(x)
        for handle in handles if remove else []:
            handle.remove()
        return maps

    return feature_maps


hooks.mistake(
    "Your hooks stay on the net and run in every later pass. Remove them.", "hooks_left"
)(_hooked(remove=False))


hooks.mistake(
    "That is what goes *into* the layer. The second argument of a hook holds the inputs.", "inputs"
)(_hooked(lambda inputs, output: inputs[0].detach().clone()))


hooks.mistake(
    "A later layer works in place and overwrote your maps. Keep a copy: `.clone()`.", "overwritten"
)(_hooked(lambda inputs, output: output.detach()))


hooks.mistake("Your maps drag the graph for gradients along. Use `.detach()`.", "with_graph")(
    _hooked(lambda inputs, output: output.clone())
)


hooks.mistake("You kept every layer. Only those in `names` were asked for.", "all_layers")(
    _hooked(wanted=lambda names, name: True)
)


hooks.mistake("Only the first of the layers is there.", "first_only")(
    _hooked(wanted=lambda names, name: name == names[0])
)


hooks.mistake("That is one map of each layer. Keep all channels of all pictures.", "one_map")(
    _hooked(lambda inputs, output: output[0, 0].detach().clone())
)


hooks.alternative(_hooked())


@hooks.alternative
def by_collecting(net, x, names):
    from utils import activations

    rows = {row.name: row.values for row in activations.collect(net, x)}
    return {name: rows[name] for name in names}


@hooks.alternative
def layer_by_layer(net, x, names):
    maps = {}
    with torch.no_grad():
        for name, part in net.named_children():
            x = part(x)
            maps[name] = x.clone()
    return {name: maps[name] for name in names}
