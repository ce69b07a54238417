"""Exercises 12.7 to 12.10: a new head, and what is frozen."""

import copy

import torch
from torch import nn

from checker.exercise import Exercise, Number, call, normal
from checker.module_comparison import asked_for
from exercises.nb12.shared import Squeezed, drawn, small, training

# 12.7

head = Exercise(
    "12.7",
    "A new head",
    difficulty=2,
    minutes=6,
    hints=[
        "How many numbers does the old layer read? It knows: `net.fc.in_features`.",
        "Assign a new `nn.Linear` to `net.fc`, and return the net.",
    ],
)


@head.reference
def new_head(net, classes):
    inputs = net.fc.weight.shape[1]
    net._modules["fc"] = nn.Linear(inputs, classes)
    return net


@head.probe
def _(attempt, net, classes):
    names, old = [name for name, _ in net.named_parameters()], net.fc
    trains = {name: parameter.requires_grad for name, parameter in net.named_parameters()}
    modes = [module.training for name, module in net.named_modules() if name != "fc"]
    body = {
        name: value.clone()
        for name, value in net.state_dict().items()
        if not name.startswith("fc.")
    }
    made = attempt(net, classes)
    asked_for(made, nn.Module, "a net")
    if made is None:
        return None
    now = dict(made.named_parameters())
    modes_now = [module.training for name, module in made.named_modules() if name != "fc"]
    rows = min(classes, len(old.weight))
    kept = isinstance(getattr(made, "fc", None), nn.Linear) and torch.equal(
        made.fc.weight[:rows], old.weight[:rows]
    )
    return {
        "the list of parameters": [
            f"{name} {tuple(parameter.shape)}" for name, parameter in now.items()
        ],
        "whether it is the net that was given:": made is net,
        "whether the rest is in the modes it was in:": modes_now == modes,
        "the output's shape": _shape(made, torch.ones(2, 1, 4, 4)),
        "whether the weights of `fc` are all one number:": _all_one(made),
        "whether `fc` has rows of the old head:": kept,
        "whether `fc` trains:": all(
            now[name].requires_grad for name in now if name.startswith("fc.")
        ),
        "whether the rest trains, or not, as before:": all(
            now[name].requires_grad == trains[name]
            for name in names
            if name in now and not name.startswith("fc.")
        ),
        "whether the rest has its numbers still:": all(
            name in made.state_dict() and torch.equal(made.state_dict()[name], value)
            for name, value in body.items()
        ),
    }


def _all_one(net):
    weight = net.fc.weight if isinstance(getattr(net, "fc", None), nn.Linear) else torch.zeros(0)
    return weight.unique().numel() == 1


def _shape(net, x):
    try:
        return tuple(net.eval()(x).shape)
    except RuntimeError:
        return "none, as the layers do not fit"


@head.cases
def _(rng):
    yield call(drawn(rng, Squeezed()), 3)
    yield call(small(rng), 4)
    yield call(training(small(rng, 5), "fc").eval(), 2)
    yield call(training(small(rng, 5), "never"), int(rng.integers(6, 12)))


def _head(layer, name="fc", result=lambda net: net, also=lambda net: None):
    def new_head(net, classes):
        also(net)
        setattr(net, name, layer(net, classes))
        return result(net)

    return new_head


def _fresh(net, classes):
    return nn.Linear(net.fc.in_features, classes)


def _old_rows(net, classes):
    layer, rows = _fresh(net, classes), min(classes, net.fc.out_features)
    with torch.no_grad():
        layer.weight[:rows] = net.fc.weight[:rows]
    return layer


def _renamed(net, classes):
    net.fc.out_features = classes
    return net.fc


for _name, _answer, _sentence in (
    (
        "only_the_number",
        _head(_renamed),
        ("The weights of `fc` still have the shape they had. Make a new layer."),
    ),
    (
        "on_top",
        _head(lambda net, classes: nn.Sequential(net.fc, nn.Linear(net.fc.out_features, classes))),
        ("You put a layer on top of the old head. Replace the old head."),
    ),
    (
        "reads_the_classes",
        _head(lambda net, classes: nn.Linear(net.fc.out_features, classes)),
        (
            "Your layer reads as many numbers as the old head put out. It should read as many as"
            " the old head read."
        ),
    ),
    (
        "fixed_size",
        _head(lambda net, classes: nn.Linear(1280, classes)),
        "Your layer reads 1,280 numbers in every net. It should read as many as the old head.",
    ),
    (
        "swapped",
        _head(lambda net, classes: nn.Linear(classes, net.fc.in_features)),
        "Your two sizes are exchanged: `nn.Linear` takes what it reads first.",
    ),
    (
        "no_bias",
        _head(lambda net, classes: nn.Linear(net.fc.in_features, classes, bias=False)),
        "Your layer has no bias. Give it one.",
    ),
    (
        "old_rows",
        _head(_old_rows),
        "Your layer has weights of the old head, which are for other classes. Take fresh ones.",
    ),
    (
        "frozen_head",
        _head(lambda net, classes: _fresh(net, classes).requires_grad_(False)),
        "Your new head does not train. It should.",
    ),
    (
        "other_name",
        _head(_fresh, name="head"),
        "You gave the net one more layer, and `net.fc` is the old one. Replace `net.fc`.",
    ),
    (
        "returns_nothing",
        _head(_fresh, result=lambda net: None),
        "You return nothing. Return the net.",
    ),
    (
        "returns_the_layer",
        _head(_fresh, result=lambda net: net.fc),
        "You return the layer. Return the net.",
    ),
    (
        "all_train",
        _head(_fresh, also=lambda net: net.requires_grad_(True)),
        "You also set the rest of the net to train. Leave it as it was.",
    ),
    (
        "all_freeze",
        _head(_fresh, also=lambda net: net.requires_grad_(False)),
        "You also froze the rest of the net. Leave it as it was.",
    ),
):
    head.mistake(_sentence, _name)(_answer)


head.mistake("You gave a copy of the net its new head. Change the net itself.", "on_a_copy")(
    lambda net, classes: _head(_fresh)(copy.deepcopy(net), classes)
)


for _name, _mode_of, _words in (
    ("mode_changed", lambda net: not net.training, "changed the mode of the net"),
    ("into_training", lambda net: True, "put the net into training mode"),
    ("into_evaluation", lambda net: False, "put the net into evaluation mode"),
):
    head.mistake(f"You also {_words}. Leave it as it was.", _name)(
        _head(_fresh, also=lambda net, mode=_mode_of: net.train(mode(net)))
    )


@head.mistake("The weights of your new layer are all one number. Leave them as they are drawn.")
def zeros(net, classes):
    net.fc = nn.Linear(net.fc.in_features, classes)
    nn.init.zeros_(net.fc.weight)
    return net


head.alternative(_head(_fresh))


head.alternative(
    _head(
        lambda net, classes: nn.Linear(
            in_features=net.fc.weight.shape[-1], out_features=classes, bias=True
        )
    )
)


@head.alternative
def added_as_a_module(net, classes):
    net.add_module("fc", nn.Linear(net.fc.in_features, classes))
    return net


head.demand("Replace it by a fresh `nn.Linear`", violated_by="zeros")
head.demand("with bias", violated_by="no_bias")
head.demand("reads as many numbers as the old one", violated_by="fixed_size")
head.demand("Everything else stays as it is", violated_by="mode_changed")
head.demand("also what trains and what does not", violated_by="all_freeze")
head.demand("Return the net", violated_by="on_a_copy")


# 12.8

left = Number(
    "12.8",
    "How much is left to learn?",
    6405,
    difficulty=1,
    minutes=2,
    wrong={
        "no_biases": (6400, "You left out the biases, one for each class."),
        "old_head": (1_281_000, "That is the old head, for 1,000 classes."),
        "old_head_weights": (
            1_280_000,
            "That is the old head, for 1,000 classes, without its biases.",
        ),
        "input_biases": (
            7680,
            "You count a bias for each number that comes in. Count one for each class.",
        ),
        "classes": (
            1285,
            "You add. Each class has a weight for each number that comes in: multiply.",
        ),
        "body": (4_652_008 - 1_281_000, "That is the body, which does not train."),
        "whole_net": (4_652_008, "That is the whole net with its old head."),
    },
    right=[1280 * 5 + 5, 5 * 1281, 6405.0],
    hints=[
        "A linear layer has a weight for each pair of an input and an output.",
        "1,280 x 5 weights, and biases.",
    ],
)


@left.recall
def _(rng):
    features, classes = rng.choice([512, 1024, 1280, 2048]), rng.randint(2, 20)
    text = (
        f"All of a net is frozen but a new head: {features:,} numbers in, {classes} classes out. "
        "How many parameters train?"
    )
    return text, classes * (features + 1)


# 12.9

freezing = Exercise(
    "12.9",
    "Freeze",
    difficulty=2,
    minutes=6,
    hints=[
        (
            "`net.parameters()` goes through all parts, however deep. Each has its own"
            " `requires_grad`."
        ),
        "First all to False, then those of `net.fc.parameters()` to True.",
    ],
)


@freezing.reference
def freeze(net):
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name.split(".")[0] == "fc"


@freezing.probe
def _(attempt, net):
    mode, fc = net.training, net.fc
    before = {name: parameter.clone() for name, parameter in net.named_parameters()}
    attempt(net)
    same = [torch.equal(before[name], p) for name, p in net.named_parameters() if name in before]
    strange = [
        name or "net" for name, module in net.named_modules() if "requires_grad" in vars(module)
    ]
    return {
        f"`requires_grad` of `{name}`": parameter.requires_grad
        for name, parameter in net.named_parameters()
    } | {
        "whether `net.fc` is the layer it was:": net.fc is fc,
        "whether the numbers are what they were:": net.fc is not fc or all(same),
        "whether `net.training` is what it was:": net.training == mode,
        "the parts with a new attribute `requires_grad`": strange,
    }


@freezing.cases
def _(rng):
    yield call(drawn(rng, Squeezed()))
    yield call(small(rng))
    blocks = tuple(rng.integers(1, 4, 2).tolist())
    yield call(training(small(rng, blocks=blocks), "stem"))
    yield call(training(drawn(rng, Squeezed()), "conv", "fc_gate").eval())


def _each(parameters, to=False):
    def freeze(net):
        for parameter in parameters(net):
            parameter.requires_grad = to

    return freeze


def _all(net):
    return list(net.parameters())


def _but_head(net):
    return [parameter for name, parameter in net.named_parameters() if not name.startswith("fc.")]


def _then_head(first):
    def freeze(net):
        first(net)
        net.fc.requires_grad_(True)

    return freeze


def _attribute_of_net(net):
    net.requires_grad = False


def _attribute_of_parts(net):
    for name, module in net.named_children():
        module.requires_grad = name == "fc"


def _of_a_copy(net):
    for parameter in _but_head(net):
        parameter.data.requires_grad = False


def _zeroed(net):
    for parameter in _but_head(net):
        parameter.requires_grad = False
        parameter.data.zero_()


for _name, _answer, _sentence in (
    (
        "attribute_of_the_net",
        _attribute_of_net,
        (
            "You gave the net a new attribute `requires_grad`, which nobody reads. Set that of its"
            " parameters."
        ),
    ),
    (
        "attribute_of_parts",
        _attribute_of_parts,
        (
            "You gave the parts a new attribute `requires_grad`, which nobody reads. Set that of"
            " their parameters."
        ),
    ),
    (
        "nothing_changed",
        _of_a_copy,
        (
            "Of `net` your code changes nothing: all its parameters train, or not, as before. Set"
            " the `requires_grad` of each parameter itself."
        ),
    ),
    ("head_too", _each(_all), "You froze the head as well. It should train."),
    (
        "head_only",
        _each(lambda net: net.fc.parameters()),
        "You froze the head and nothing else. Freeze all but the head.",
    ),
    ("none_frozen", _each(_all, True), "After your code everything trains. Only the head should."),
    (
        "head_as_found",
        _each(_but_head),
        "You leave the head as you found it. Where it was frozen, it should train now.",
    ),
    (
        "weights_only",
        _then_head(
            _each(lambda net: [p for n, p in net.named_parameters() if n.endswith("weight")])
        ),
        "You froze the weights of the body, but not its biases.",
    ),
    (
        "convolutions_only",
        _then_head(
            _each(
                lambda net: [
                    p for m in net.modules() if isinstance(m, nn.Conv2d) for p in m.parameters()
                ]
            )
        ),
        "You froze the convolutions of the body, but no other layer of it.",
    ),
    (
        "fc_in_the_name",
        _then_head(_each(lambda net: [p for n, p in net.named_parameters() if "fc" not in n])),
        "You leave out every name with `fc` in it. Another layer has it in its name, too.",
    ),
    (
        "evaluation_mode",
        lambda net: net.eval() and None,
        "You switch the net to evaluation mode, which freezes no parameter.",
    ),
    (
        "also_evaluation_mode",
        lambda net: (freezing.answer(net), net.eval())[:0],
        "The right ones are frozen, but you also changed the mode of the net. Leave it.",
    ),
    ("zeroed", _then_head(_zeroed), "You changed numbers of the net. Leave them what they are."),
):
    freezing.mistake(_sentence, _name)(_answer)


freezing.mistake(
    "You put a new layer in place of `net.fc`. Let the one that is there train.", "new_layer"
)(_then_head(lambda net: (net.requires_grad_(False), setattr(net, "fc", nn.Linear(2, 2)))))


freezing.mistake(
    "You let the last two parameters of the net train. `net.fc` need not come last.", "by_place"
)(lambda net: [p.requires_grad_(place >= len(_all(net)) - 2) for place, p in enumerate(_all(net))])


@freezing.alternative
def all_then_head(net):
    net.requires_grad_(False)
    net.fc.requires_grad_(True)
    return net


@freezing.alternative
def by_identity(net):
    own = {id(parameter) for parameter in net.fc.parameters()}
    for parameter in net.parameters():
        parameter.requires_grad_(id(parameter) in own)


@freezing.alternative
def part_by_part(net):
    for name, module in net.named_children():
        for parameter in module.parameters():
            parameter.requires_grad = name == "fc"


freezing.demand("no parameter trains except those of `net.fc`", violated_by="fc_in_the_name")
freezing.demand("and these do, in whatever state the net comes", violated_by="head_as_found")
freezing.demand("Change no number", violated_by="zeroed")
freezing.demand("leave `net.training` as it is", violated_by="also_evaluation_mode")


# 12.10

statistics = Exercise(
    "12.10",
    "Spot the bug: frozen, and yet it moves",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "`requires_grad` is about gradients. Running statistics have none: they move in every"
            " forward pass in training mode, and stay in evaluation mode."
        ),
        "Each layer has a mode of its own. Go through `net.modules()` after `net.train()`.",
        (
            "If `isinstance(layer, nn.BatchNorm2d) and not layer.weight.requires_grad`, call"
            " `layer.eval()`."
        ),
    ],
)


@statistics.reference
def training_mode(net):
    net.train()
    for layer in net.modules():
        layer.training = not (isinstance(layer, nn.BatchNorm2d) and not layer.weight.requires_grad)


@statistics.probe
def _(attempt, net, x):
    attempt(net)
    modes = {f"mode of `{name or 'net'}`": _mode(module) for name, module in net.named_modules()}
    output = net(x)
    return modes | {
        "the output": output,
        **{f"after a step `{n}`": b for n, b in net.named_buffers() if "running" in n},
        "whether what trains is what it was:": [p.requires_grad for p in net.parameters()],
        "momenta": [
            layer.momentum for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)
        ],
    }


def _mode(module):
    return "training" if module.training else "evaluation"


@statistics.cases
def _(rng):
    yield call(training(drawn(rng, Squeezed()), "fc."), normal(rng, 4, 1, 3, 3))
    yield call(training(small(rng), "fc.").eval(), normal(rng, 3, 1, 4, 4))
    yield call(training(small(rng), "fc.", "stages.1"), normal(rng, 3, 1, 4, 4))
    yield call(
        training(drawn(rng, Squeezed()), "conv", "norm", "fc").eval(), normal(rng, 4, 1, 3, 3)
    )
    yield call(training(drawn(rng, Squeezed()), "norm.bias", "fc"), normal(rng, 4, 1, 3, 3))
    yield call(training(drawn(rng, Squeezed()), "norm.weight"), normal(rng, 4, 1, 3, 3))


def _mode_for(
    chosen,
    change=lambda layer: layer.eval(),
    first=lambda net: net.train(),
    through=nn.Module.modules,
):
    def training_mode(net):
        first(net)
        for layer in through(net):
            if chosen(layer):
                change(layer)

    return training_mode


def _norm(layer):
    return isinstance(layer, nn.BatchNorm2d)


def _frozen_norm(layer):
    return _norm(layer) and not layer.weight.requires_grad


def _no_momentum(layer):
    layer.momentum = 0.0


def _untracked(layer):
    layer.track_running_stats = False


for _name, _answer, _sentence in (
    (
        "unchanged",
        _mode_for(lambda layer: False),
        (
            "All your layers are in training mode. A frozen batch norm should be in evaluation"
            " mode."
        ),
    ),
    (
        "all_evaluation",
        _mode_for(lambda layer: False, first=lambda net: net.eval()),
        "Your whole net is in evaluation mode. Only the frozen batch norm should be.",
    ),
    (
        "every_norm",
        _mode_for(_norm),
        ("You put every batch norm into evaluation mode. Put the frozen ones there."),
    ),
    (
        "the_others",
        _mode_for(lambda layer: _norm(layer) and layer.weight.requires_grad),
        ("You put the batch norms that train into evaluation mode. Put the frozen ones there."),
    ),
    (
        "no_train",
        _mode_for(_frozen_norm, first=lambda net: None),
        (
            "Where the net comes in evaluation mode, yours stays there. Put it into training mode"
            " first."
        ),
    ),
    (
        "top_only",
        _mode_for(_frozen_norm, through=lambda net: net.children()),
        ("You miss a frozen batch norm that sits deep inside the net. `net.modules()` finds it."),
    ),
    (
        "momentum_zero",
        _mode_for(_frozen_norm, _no_momentum),
        (
            "You set the momentum to 0, so the statistics keep still, but the layer normalizes by"
            " the batch."
        ),
    ),
    (
        "untracked",
        _mode_for(_frozen_norm, _untracked),
        (
            "You switched off what tracks the statistics, so the layer normalizes by the batch."
            " Leave that on."
        ),
    ),
    (
        "frozen_again",
        _mode_for(_norm, lambda layer: layer.requires_grad_(False)),
        (
            "You freeze the scale and shift of every batch norm, which does not stop its"
            " statistics."
        ),
    ),
    (
        "every_frozen_layer",
        _mode_for(lambda layer: not any(p.requires_grad for p in layer.parameters())),
        (
            "You switch every layer that has nothing to train, dropout among them. Switch batch"
            " norm alone."
        ),
    ),
):
    statistics.mistake(_sentence, _name)(_answer)


statistics.mistake(
    "You ask for the bias of each batch norm. Its `weight` decides.", "by_the_bias"
)(_mode_for(lambda layer: _norm(layer) and not layer.bias.requires_grad))


statistics.alternative(_mode_for(_frozen_norm))


statistics.alternative(_mode_for(_frozen_norm, lambda layer: layer.train(False)))


@statistics.alternative
def by_apply(net):
    net.train()

    def still(layer):
        if isinstance(layer, torch.nn.modules.batchnorm._BatchNorm):
            layer.train(layer.weight.requires_grad)

    net.apply(still)
    return net


statistics.demand("put the whole of `net` into training mode", violated_by="no_train")
statistics.demand("except each `nn.BatchNorm2d`", violated_by="every_frozen_layer")
statistics.demand("however deep", violated_by="top_only")
statistics.demand("whose `weight` needs no gradient", violated_by="by_the_bias")
statistics.demand("normalizes by the statistics it was trained with", violated_by="momentum_zero")
statistics.demand("A batch norm that trains needs its batch", violated_by="every_norm")
statistics.demand("Change nothing else of any layer", violated_by="frozen_again")
