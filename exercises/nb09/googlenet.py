"""Exercises 9.9 and 9.10: GoogLeNet counted, and its side heads."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal
from exercises.nb09.bottlenecks import module
from exercises.variants import as_floats
from utils.models import googlenet

# 9.9

whole_net = Exercise(
    "9.9",
    "GoogLeNet, counted",
    difficulty=4,
    minutes=25,
    core=False,
    points=3,
    hints=[
        (
            "A helper first: a layer of O filters, k x k, that reads C channels has O * (C * k * k"
            " + 1) parameters."
        ),
        (
            "Go through the table with a variable `inputs` that starts at 192 and becomes one +"
            " three + five + pool."
        ),
        (
            "A side head reads what its module gives: 128 filters of 1x1, then 4 * 4 * 128 ="
            " 2,048 numbers into a linear layer of 1,024, then one of 1,000."
        ),
    ],
)


@whole_net.reference
def googlenet_parameters(table):
    with torch.device("meta"):
        stem = [nn.Conv2d(3, 64, 7), nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3)]
        rows = {name: googlenet.Widths(*widths) for name, widths in table.items()}
        totals = [192, *(widths.total for widths in rows.values())]
        modules = [
            googlenet.Inception(inputs, widths) for inputs, widths in zip(totals, rows.values())
        ]
        heads = [googlenet.SideHead(rows[name].total, 1000) for name in ("4a", "4d")]
        trunk = [*stem, *modules, nn.Linear(totals[-1], 1000)]
    count = [
        sum(p.numel() for part in parts for p in part.parameters()) for parts in (trunk, heads)
    ]
    return count[0], sum(count)


@whole_net.cases
def _(rng):
    yield call({"4a": (1, 1, 1, 1, 1, 1), "4d": (2, 1, 1, 1, 1, 1)})
    yield call(
        {
            "3a": (1, 2, 3, 4, 5, 6),
            "4a": (6, 5, 4, 3, 2, 1),
            "4d": (2, 4, 6, 1, 3, 5),
            "5a": (7, 1, 2, 3, 1, 1),
        }
    )
    yield call({name: tuple(widths) for name, widths in googlenet.TABLE_1.items()})
    for _ in range(2):
        yield call(
            {
                name: tuple(rng.integers(1, 20, 6).tolist())
                for name in ("3b", "4a", "4c", "4d", "5b")
            }
        )


def _counter(
    bias=1,
    stem=True,
    fc=True,
    grows=True,
    reduced=True,
    pool=True,
    head=16,
    second="4d",
    heads=2,
    order=1,
    mean=1,
    gives=lambda widths: widths[0] + widths[2] + widths[4] + widths[5],
    ahead=False,
    stuck=False,
    squared=2,
):
    """A count with one thing changed."""

    def layer(reads, gives, k=1):
        return gives * (reads * k**squared + bias)

    def side(reads):
        return layer(reads, 128) + layer(128 * head, 1024) + layer(1024, 1000)

    def googlenet_parameters(table):
        total, inputs = stem * (layer(3, 64, 7) + layer(64, 64) + layer(64, 192, 3)), 192
        read = {}
        for name, widths in table.items():
            one, three_reduce, three, five_reduce, five, last = widths
            total += layer(inputs, one) + layer(inputs, three_reduce) + layer(inputs, five_reduce)
            total += layer(three_reduce if reduced else inputs, three, 3)
            total += layer(five_reduce if reduced else inputs, five, 5) + pool * layer(
                inputs, last
            )
            read[name] = inputs if ahead else gives(widths)
            inputs = gives(widths) if grows else inputs
        total += fc * layer((inputs if stuck else gives(widths)) * mean, 1000)
        both = side(read["4a"]) + (side(read[second]) if heads == 2 else 0)
        return (total, total + both)[::order]

    return googlenet_parameters


for _name, _change, _sentence in (
    (
        "no_biases",
        {"bias": 0},
        "You left out the biases: one for every filter and every output of a linear layer.",
    ),
    ("no_stem", {"stem": False}, "You left out the convolutions before the first module."),
    ("no_classifier", {"fc": False}, "You left out the last linear layer, to 1,000 classes."),
    (
        "no_mean",
        {"mean": 49},
        "Your last linear layer reads 7 x 7 numbers of each map. It reads one, their mean.",
    ),
    (
        "always_192",
        {"grows": False},
        "Your modules all read 192 channels. Each reads what the one before it gives.",
    ),
    (
        "always_192_to_the_end",
        {"grows": False, "ahead": True, "stuck": True},
        (
            "Your modules, side heads and last layer all read 192 channels. Each reads what the"
            " module before it gives."
        ),
    ),
    (
        "all_six_passed_on",
        {"gives": sum},
        "Your modules give all six numbers. They give one + three + five + pool.",
    ),
    (
        "heads_read_ahead",
        {"ahead": True},
        "Your side heads read what their module reads. They read what it gives.",
    ),
    (
        "not_squared",
        {"squared": 1},
        "You take k weights for each channel. A window of k x k has k * k.",
    ),
    (
        "bottlenecks_skipped",
        {"reduced": False},
        "Your 3x3 and 5x5 layers read the module's input. They read the shrunk channels.",
    ),
    (
        "pool_free",
        {"pool": False},
        "You left out the 1x1 layer behind the pooling in each module.",
    ),
    (
        "head_of_5x5",
        {"head": 25},
        (
            "Your side heads flatten 5 x 5 maps. Average pooling of 5 x 5 at stride 3 makes 4 x 4"
            " of 14 x 14."
        ),
    ),
    (
        "heads_not_pooled",
        {"head": 196},
        "Your side heads flatten 14 x 14 maps. Average pooling before makes 4 x 4 of them.",
    ),
    (
        "heads_averaged",
        {"head": 1},
        "Your side heads average their maps down to one pixel. They flatten 4 x 4 maps.",
    ),
    (
        "both_after_4a",
        {"second": "4a"},
        "In your count both side heads read the channels of 4a. The second comes after 4d.",
    ),
    ("one_head", {"heads": 1}, "You count one side head. There are two."),
    (
        "swapped",
        {"order": -1},
        "You return the two counts in the other order. `without` comes first.",
    ),
):
    whole_net.mistake(_sentence, _name)(_counter(**_change))


whole_net.mistake("The numbers are right, but floats. Return two `int`.", "floats")(
    as_floats(_counter())
)


whole_net.alternative(_counter())


@whole_net.alternative
def from_built_layers(table):
    def size(net):
        return sum(p.numel() for p in net.parameters())

    inputs, total = (
        192,
        size(nn.Sequential(nn.Conv2d(3, 64, 7), nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3))),
    )
    heads = 0
    for name, widths in table.items():
        total += size(module.answer(inputs, *widths))
        inputs = widths[0] + widths[2] + sum(widths[4:])
        if name in ("4a", "4d"):
            heads += size(nn.Conv2d(inputs, 128, 1)) + 2049 * 1024 + 1025 * 1000
    total += (inputs + 1) * 1000
    return [total, total + heads]


whole_net.demand("biases included", violated_by="no_biases")
whole_net.demand("each module reads what the one before it gives", violated_by="always_192")
whole_net.demand("the first module reads 192", violated_by="no_stem")
whole_net.demand("mean of each map", violated_by="no_mean")
whole_net.demand('behind modules `"4a"` and `"4d"`', violated_by="both_after_4a")
whole_net.demand("5x5 average pooling of the 14 x 14 maps at stride 3", violated_by="head_of_5x5")
whole_net.demand("Return `(without, with)`", violated_by="swapped")
whole_net.demand("Returns: (int, int)", violated_by="floats")


# 9.10

side_loss = Exercise(
    "9.10",
    "The loss with side heads",
    difficulty=2,
    minutes=5,
    core=False,
    hints=[
        (
            "`isinstance(outputs, tuple)` tells the two apart. The number of pictures does not:"
            " there may be three."
        ),
        "In training: the loss of the first output, plus 0.3 times that of each of the others.",
    ],
)


@side_loss.reference
def loss_with_heads(outputs, y):
    every = outputs if isinstance(outputs, tuple) else (outputs,)
    logs = [-scores.log_softmax(1)[range(len(y)), y].mean() for scores in every]
    return logs[0] + 0.3 * sum(logs[1:])


@side_loss.cases
def _(rng):
    yield call(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    yield call(
        (torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]])),
        torch.tensor([1]),
    )
    yield call(normal(rng, 3, 3), torch.tensor([0, 2, 1]))
    for n, k in ((2, 3), (3, 4), (5, 2)):
        y = torch.from_numpy(rng.integers(0, k, n))
        yield call(tuple(normal(rng, n, k) for _ in range(3)), y)
        yield call(normal(rng, n, k), y)


@side_loss.probe
def _(attempt, outputs, y):
    """Also how the loss trains the net: its gradients."""
    several = isinstance(outputs, tuple)
    leaves = [scores.requires_grad_() for scores in (outputs if several else [outputs])]
    loss = attempt(outputs, y)
    if torch.is_tensor(loss) and loss.requires_grad:
        loss.sum().backward()
    grads = [torch.zeros_like(x) if x.grad is None else x.grad for x in leaves]
    return {"the loss": loss} | {f"the gradient of output {n + 1}": g for n, g in enumerate(grads)}


def _weighted(main, first, second, change=lambda x: x):
    def loss_with_heads(outputs, y):
        if isinstance(outputs, torch.Tensor):
            return F.cross_entropy(change(outputs), y)
        values = [F.cross_entropy(change(scores), y) for scores in outputs]
        return main * values[0] + first * values[1] + second * values[2]

    return loss_with_heads


for _name, _weights, _sentence in (
    (
        "weight_one",
        (1, 1, 1),
        "You count all three losses in full. The side heads have weight 0.3.",
    ),
    (
        "mean",
        (1 / 3, 1 / 3, 1 / 3),
        "You take the mean of the three. The net's own counts in full, the others with 0.3.",
    ),
    (
        "main_only",
        (1, 0, 0),
        "You leave out the side heads. In training they have weight 0.3 each.",
    ),
    ("shared", (1, 0.15, 0.15), "Your side heads share the weight 0.3. Each of them has it."),
    (
        "main_too",
        (0.3, 0.3, 0.3),
        "You give the weight 0.3 to the net's own output too. That counts in full.",
    ),
    (
        "one_minus",
        (0.7, 0.3, 0.3),
        "You give the net's own output the weight 0.7. It counts in full.",
    ),
    (
        "wrong_end",
        (0.3, 0.3, 1),
        "Your full weight is on the side head after 4d. The net's own output comes first.",
    ),
):
    side_loss.mistake(_sentence, _name)(_weighted(*_weights))


side_loss.mistake("You put a softmax before the loss, which brings its own.", "softmax_twice")(
    _weighted(1, 0.3, 0.3, lambda scores: scores.softmax(1))
)


@side_loss.mistake(
    "You add the scores, and take one loss of them. Take three losses, and add these."
)
def scores_added(outputs, y):
    if isinstance(outputs, torch.Tensor):
        return F.cross_entropy(outputs, y)
    main, first, second = outputs
    return F.cross_entropy(main + 0.3 * (first + second), y)


@side_loss.mistake("You give `F.cross_entropy` the whole tuple. It takes one output at a time.")
def tuple_to_the_loss(outputs, y):
    return F.cross_entropy(outputs, y)


@side_loss.mistake("You take a batch of three pictures for three outputs. Ask for the type.")
def counts_three(outputs, y):
    if len(outputs) != 3:
        return F.cross_entropy(outputs, y)
    return _weighted(1, 0.3, 0.3)(tuple(outputs), y.expand(3) if outputs[0].ndim == 1 else y)


@side_loss.mistake("You take three outputs also in evaluation, where there is one tensor.")
def always_three(outputs, y):
    main, first, second = outputs
    return F.cross_entropy(main, y) + 0.3 * (
        F.cross_entropy(first, y) + F.cross_entropy(second, y)
    )


@side_loss.mistake("You add the losses of the pictures up. Take their mean.")
def summed(outputs, y):
    return _weighted(1, 0.3, 0.3)(outputs, y) * len(y)


@side_loss.mistake(
    "The number is right, but no gradient reaches the outputs, so the net would not learn."
)
def a_float(outputs, y):
    return _weighted(1, 0.3, 0.3)(outputs, y).item()


@side_loss.mistake(
    "The loss is right, but no gradient reaches the side heads, so they would not learn."
)
def heads_detached(outputs, y):
    if torch.is_tensor(outputs):
        return F.cross_entropy(outputs, y)
    last, *sides = outputs
    return _weighted(1, 0.3, 0.3)((last, *(scores.detach() for scores in sides)), y)


side_loss.alternative(_weighted(1, 0.3, 0.3))


@side_loss.alternative
def by_type(outputs, y):
    if torch.is_tensor(outputs):
        return nn.CrossEntropyLoss()(outputs, y)
    main, first, second = (F.cross_entropy(scores, y) for scores in outputs)
    return main + 0.3 * (first + second)


@side_loss.alternative
def by_a_loop(outputs, y):
    total = 0.0
    for place, scores in enumerate(outputs if isinstance(outputs, (tuple, list)) else [outputs]):
        total = total + (0.3 if place else 1.0) * F.nll_loss(scores.log_softmax(-1), y)
    return total


side_loss.demand("the last layer's first", violated_by="wrong_end")
side_loss.demand("in evaluation one tensor (N, classes)", violated_by="always_three")
side_loss.demand("for any N", violated_by="counts_three")
side_loss.demand("the mean over the pictures", violated_by="summed")
side_loss.demand("each side head's cross-entropy is added with weight 0.3", violated_by="shared")
side_loss.demand("gradients reach all outputs", violated_by="heads_detached")
