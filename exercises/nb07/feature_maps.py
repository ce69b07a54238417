"""Exercise 7.13: look inside a net."""

import contextlib
import functools

import torch
from torch import nn

from checker.exercise import Exercise, call, normal
from checker.module_comparison import asked_for
from exercises.nb07.shared import fixed

hooks = Exercise(
    "7.13",
    "Look inside",
    difficulty=3,
    minutes=15,
    core=False,
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
    yield call(normal(rng, 1, 1, 6, 6), ["out"], False)
    yield call(normal(rng, 2, 1, 6, 6), ["body.0", "body.1", "out"], False)
    yield call(normal(rng, 2, 1, 8, 8), ["out", "body"], True)


class Counted(nn.Module):
    """A small net with parts in parts, a layer that works in place, and one that draws."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Dropout(0.5))
        self.out, self.runs = nn.Conv2d(2, 3, 3), 0

    def forward(self, x):
        self.runs += 1
        return self.out(self.body(x))


@hooks.probe
def _(attempt, x, names, training):
    net = fixed(Counted()).train(training)
    maps = attempt(net, x, names)
    asked_for(maps, dict, "a dict")
    if maps is None:
        return None
    tensors = [value for value in maps.values() if isinstance(value, torch.Tensor)]
    return {
        **{f"the maps of layer {name!r}": maps[name] for name in names if name in maps},
        "hooks left behind": sum(len(part._forward_hooks) for part in net.modules()),
        "with a graph for gradients": any(t.requires_grad for t in tensors),
        "the number of names": len(maps),
        "how often the net ran": net.runs,
        "in training mode afterwards": net.training,
    }


hooks.say = lambda case: (
    f"`feature_maps(net, x {tuple(case.args[0].shape)}, {case.args[1]})`, the net in "
    f"{'training' if case.args[2] else 'evaluation'} mode:"
)


def _hooked(
    keep=lambda inputs, output: output.detach().clone(),
    remove=True,
    wanted=lambda names, name: name in names,
    parts=nn.Module.named_modules,
    run=lambda net, x: net(x),
):
    """Collect by hooks; the options are the usual slips."""

    def feature_maps(net, x, names):
        maps, handles = {}, []

        def note(name, part, inputs, output):
            maps[name] = keep(inputs, output)

        for name, part in parts(net):
            if wanted(names, name):
                handles.append(part.register_forward_hook(functools.partial(note, name)))
        run(net, x)
        for handle in handles if remove else []:
            handle.remove()
        return maps

    return feature_maps


hooks.mistake(
    "Your hooks stay on the net and run in every later pass. Remove them.", "hooks_left"
)(_hooked(remove=False))


hooks.mistake(
    "You kept what goes into the layer. What it puts out comes as the third argument of a hook.",
    "inputs",
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


hooks.mistake(
    "You kept the first of the layers only. All in `names` are asked for.", "first_only"
)(_hooked(wanted=lambda names, name: name == names[0]))


hooks.mistake("Yours is one map of each layer. Keep all channels of all pictures.", "one_map")(
    _hooked(lambda inputs, output: output[0, 0].detach().clone())
)


hooks.mistake("You switch the net to evaluation mode. Leave its mode alone.", "in_evaluation")(
    _hooked(run=lambda net, x: net.eval()(x))
)


hooks.mistake(
    "You look among the outermost layers only. A layer named `body.0` lies inside `body`.",
    "children_only",
)(_hooked(parts=nn.Module.named_children))


@hooks.mistake("You run the net once for each name. One run is enough for all.")
def once_a_name(net, x, names):
    maps = {}
    for name in names:
        maps |= feature_maps(net, x, [name])
    return maps


@hooks.mistake("You return a list. Return a dictionary: name, and what the layer put out.")
def a_list(net, x, names):
    return list(feature_maps(net, x, names).values())


hooks.alternative(_hooked())


@hooks.alternative
def one_hook_for_all(net, x, names):
    wanted, maps = {net.get_submodule(name): name for name in names}, {}

    def keep(part, inputs, output):
        if part in wanted:
            maps[wanted[part]] = output.detach().clone()

    handle = nn.modules.module.register_module_forward_hook(keep)
    net(x)
    handle.remove()
    return maps


@hooks.alternative
def with_exit_stack(net, x, names):
    maps = {}
    with torch.no_grad(), contextlib.ExitStack() as stack:
        for name in names:
            part = net.get_submodule(name)
            hook = part.register_forward_hook(
                lambda *io, name=name: maps.update({name: io[2] * 1})
            )
            stack.callback(hook.remove)
        net(x)
    return maps


hooks.demand("Run net(x) once", violated_by="once_a_name")
hooks.demand("return a dictionary", violated_by="a_list")
hooks.demand("for each name in names", violated_by="first_only")
hooks.demand("all pictures and channels", violated_by="one_map")
hooks.demand("Leave no hook behind", violated_by="hooks_left")
hooks.demand("without a graph for gradients", violated_by="with_graph")
hooks.demand("overwrite what the layer before put out", violated_by="overwritten")
hooks.demand("Leave the mode of the net alone", violated_by="in_evaluation")
hooks.demand("may be inside another", violated_by="children_only")
