"""Exercises 12.7 to 12.10: a new head, and what is frozen."""

import torch
from torch import nn

from checker.exercise import Exercise, Number, call, normal
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
    body = {
        name: value.clone()
        for name, value in net.state_dict().items()
        if not name.startswith("fc.")
    }
    made = attempt(net, classes)
    if not isinstance(made, nn.Module):
        return made
    now = dict(made.named_parameters())
    rows = min(classes, len(old.weight))
    kept = isinstance(getattr(made, "fc", None), nn.Linear) and torch.equal(
        made.fc.weight[:rows], old.weight[:rows]
    )
    return {
        "the list of parameters": [
            f"{name} {tuple(parameter.shape)}" for name, parameter in now.items()
        ],
        "the output's shape": _shape(made, torch.ones(2, 1, 4, 4)),
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


def _shape(net, x):
    try:
        return tuple(net.eval()(x).shape)
    except RuntimeError:
        return "none, as the layers do not fit"


@head.cases
def _(rng):
    yield call(drawn(rng, Squeezed()), 3)
    yield call(small(rng), 4)
    yield call(training(small(rng, 5), "fc"), 2)
    yield call(training(small(rng, 5), "never"), 7)


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
        (
            "You changed a number that the layer shows. Its weights have the shape they had; make"
            " a new layer."
        ),
    ),
    (
        "on_top",
        _head(lambda net, classes: nn.Sequential(net.fc, nn.Linear(net.fc.out_features, classes))),
        (
            "You put a layer on top of the old head. It would learn from 1,000 old scores; replace"
            " the head instead."
        ),
    ),
    (
        "reads_the_classes",
        _head(lambda net, classes: nn.Linear(net.fc.out_features, classes)),
        (
            "Your layer reads as many numbers as the old head put out. It has to read what the old"
            " head read."
        ),
    ),
    (
        "fixed_size",
        _head(lambda net, classes: nn.Linear(1280, classes)),
        "You fixed how many numbers the head reads. Ask the old one, and it fits any net.",
    ),
    (
        "swapped",
        _head(lambda net, classes: nn.Linear(classes, net.fc.in_features)),
        "The two sizes are swapped: `nn.Linear` takes what it reads first, then what it puts out.",
    ),
    (
        "no_bias",
        _head(lambda net, classes: nn.Linear(net.fc.in_features, classes, bias=False)),
        "The bias is missing. The old head had one.",
    ),
    (
        "old_rows",
        _head(_old_rows),
        "You keep rows of the old head. They belong to other classes; start with fresh weights.",
    ),
    (
        "frozen_head",
        _head(lambda net, classes: _fresh(net, classes).requires_grad_(False)),
        "The new head does not train. A new layer does, unless you tell it otherwise.",
    ),
    (
        "other_name",
        _head(_fresh, name="head"),
        "You gave the net one more layer, which nobody calls. `forward` uses `net.fc`.",
    ),
    (
        "returns_nothing",
        _head(_fresh, result=lambda net: None),
        "The net is changed, but not returned.",
    ),
    (
        "returns_the_layer",
        _head(_fresh, result=lambda net: net.fc),
        "You return the layer. Return the net.",
    ),
    (
        "all_train",
        _head(_fresh, also=lambda net: net.requires_grad_(True)),
        "You also set the rest of the net training. It is to stay as it was.",
    ),
    (
        "all_freeze",
        _head(_fresh, also=lambda net: net.requires_grad_(False)),
        "You also froze the rest of the net. It is to stay as it was; freezing comes later.",
    ),
):
    head.mistake(_sentence, _name)(_answer)


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
    layer = nn.Linear(net.fc.in_features, classes)
    nn.init.normal_(layer.weight, std=0.01)
    net.add_module("fc", layer)
    return net


# 12.8

left = Number(
    "12.8",
    "How much is left to learn?",
    6405,
    difficulty=1,
    minutes=2,
    wrong={
        "no_biases": (6400, "The biases are missing, one for each class."),
        "old_head": (1_281_000, "That is the old head, for 1,000 classes."),
        "old_head_weights": (
            1_280_000,
            "That is the old head, for 1,000 classes, without its biases.",
        ),
        "input_biases": (7680, "One bias for each class, not for each number that comes in."),
        "classes": (
            1285,
            "Every class has a weight for every number that comes in: a product, not a sum.",
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
    mode, before = net.training, [parameter.clone() for parameter in net.parameters()]
    attempt(net)
    strange = [
        name or "net" for name, module in net.named_modules() if "requires_grad" in vars(module)
    ]
    return {
        f"`requires_grad` of `{name}`": parameter.requires_grad
        for name, parameter in net.named_parameters()
    } | {
        "whether the numbers are what they were:": all(map(torch.equal, before, net.parameters())),
        "whether `net.training` is what it was:": net.training == mode,
        "the parts with a new attribute `requires_grad`": strange,
    }


@freezing.cases
def _(rng):
    yield call(drawn(rng, Squeezed()))
    yield call(small(rng))
    yield call(training(small(rng), "stem"))


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
            "A module has no `requires_grad`: you gave the net a new attribute, which nobody"
            " reads. Its parameters have one."
        ),
    ),
    (
        "attribute_of_parts",
        _attribute_of_parts,
        (
            "A module has no `requires_grad`: you gave the parts new attributes, which nobody"
            " reads. Their parameters have one."
        ),
    ),
    (
        "of_the_data",
        _of_a_copy,
        (
            "`parameter.data` is a new tensor each time. You set that one's `requires_grad`, and"
            " it is gone at once."
        ),
    ),
    ("head_too", _each(_all), "You froze the head as well, so nothing would learn."),
    (
        "head_only",
        _each(lambda net: net.fc.parameters()),
        "You froze the head. All but the head is to be frozen.",
    ),
    ("none_frozen", _each(_all, True), "Now everything trains: True and False are swapped."),
    (
        "head_as_found",
        _each(_but_head),
        "The head stays as you found it. It may have been frozen before, and is to train now.",
    ),
    (
        "weights_only",
        _then_head(
            _each(lambda net: [p for n, p in net.named_parameters() if n.endswith("weight")])
        ),
        "The weights are frozen, the biases of the body are not.",
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
        "You froze the convolutions. Scale and shift of the batch normalization still train.",
    ),
    (
        "fc_in_the_name",
        _then_head(_each(lambda net: [p for n, p in net.named_parameters() if "fc" not in n])),
        "You spare every name with `fc` in it. Other layers may have it in their names, too.",
    ),
    (
        "evaluation_mode",
        lambda net: net.eval() and None,
        "`eval()` changes what dropout and batch normalization do. It freezes no weight.",
    ),
    (
        "also_evaluation_mode",
        lambda net: (freezing.answer(net), net.eval())[:0],
        "Frozen as asked, but you also switched the net to evaluation mode, which was to stay.",
    ),
    (
        "zeroed",
        _then_head(_zeroed),
        "You set the weights to zero. They are to stay what they are.",
    ),
):
    freezing.mistake(_sentence, _name)(_answer)


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
            "All layers are in training mode, as before. If you did switch some, a later"
            " `net.train()` took them back."
        ),
    ),
    (
        "all_evaluation",
        _mode_for(lambda layer: False, first=lambda net: net.eval()),
        "The whole net is in evaluation mode, dropout too. Only the frozen batch norm is to be.",
    ),
    (
        "every_norm",
        _mode_for(_norm),
        (
            "You put every batch norm into evaluation mode. Those that train need their batch's"
            " statistics."
        ),
    ),
    (
        "the_others",
        _mode_for(lambda layer: _norm(layer) and layer.weight.requires_grad),
        (
            "The wrong ones are in evaluation mode: those that train. It is the frozen ones that"
            " must keep still."
        ),
    ),
    (
        "no_train",
        _mode_for(_frozen_norm, first=lambda net: None),
        (
            "You never call `net.train()`. The net may be in evaluation mode, and its dropout"
            " would stay off."
        ),
    ),
    (
        "top_only",
        _mode_for(_frozen_norm, through=lambda net: net.children()),
        (
            "You look at the parts of the net, but not into them. A batch norm may sit deep"
            " inside: `net.modules()`."
        ),
    ),
    (
        "momentum_zero",
        _mode_for(_frozen_norm, _no_momentum),
        (
            "With momentum 0 the statistics keep still, but the layer still normalizes by the"
            " batch. So its output is not that of the trained net."
        ),
    ),
    (
        "untracked",
        _mode_for(_frozen_norm, _untracked),
        (
            "Without tracking, the layer normalizes by the batch, and for good: also in evaluation"
            " mode later."
        ),
    ),
    (
        "frozen_again",
        _mode_for(_norm, lambda layer: layer.requires_grad_(False)),
        (
            "You freeze the scale and shift of every batch norm. Statistics have no gradient; that"
            " does not stop them."
        ),
    ),
    (
        "every_frozen_layer",
        _mode_for(lambda layer: not any(p.requires_grad for p in layer.parameters())),
        (
            "You switch every layer without anything to train, dropout among them. Only batch norm"
            " is meant."
        ),
    ),
):
    statistics.mistake(_sentence, _name)(_answer)


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
