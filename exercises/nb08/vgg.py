"""Exercises 8.9 and 8.10: VGG from a list, its parameters."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.parameter import UninitializedParameter

from checker.exercise import Exercise, call
from checker.module_comparison import Unfit
from exercises.nb08.shared import VGG16, VGG19
from utils.shapes import ledger

# 8.9 VGG from a list

from_list = Exercise(
    "8.9",
    "VGG from a list",
    difficulty=3,
    minutes=20,
    points=3,
    hints=[
        (
            'Walk through the list with a growing list of layers. On "M" append `nn.MaxPool2d(2)`,'
            " else a convolution and a ReLU."
        ),
        (
            "Keep count of two numbers on the way: the channels that the next convolution reads,"
            " and the side of the maps."
        ),
        (
            "At the end: `nn.Flatten()`, `nn.Linear(channels * side**2, hidden)`, ReLU, dropout,"
            " the same from hidden to hidden, `nn.Linear(hidden, classes)`, and"
            " `nn.Sequential(*layers)`."
        ),
    ],
)


def _vgg(
    convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1), nn.ReLU()],
    pool=lambda: nn.MaxPool2d(2),
    carried=True,
    flat=lambda channels, side: channels * side**2,
    between=lambda: [nn.ReLU(), nn.Dropout()],
    after=None,
    last=lambda: [],
):
    """VGG from a list, with some part of it another."""

    def vgg(config, inputs=3, size=224, hidden=4096, classes=1000):
        layers, channels, side = [], inputs, size
        for item in config:
            if item == "M":
                layers, side = [*layers, pool()], side // 2
            else:
                layers, channels = (
                    [*layers, *convolution(channels if carried else inputs, item)],
                    item,
                )
        layers += [nn.Flatten(), nn.Linear(flat(channels, side), hidden), *between()]
        layers += [nn.Linear(hidden, hidden), *(after or between)()]
        layers += [nn.Linear(hidden, classes), *last()]
        return nn.Sequential(*layers)

    return vgg


from_list.reference(_vgg())


@from_list.cases
def _(rng):
    width, units, outputs = rng.integers(4, 9, 3).tolist()
    for config, inputs, size, hidden, classes in [
        ([4, "M"], 1, 4, 6, 2),
        ([4, 4, "M"], 2, 7, 6, 3),
        ([3, "M", 4, 5, "M"], 1, 8, 7, 3),
        ([2, 3, "M", width, "M", 5, 4, "M"], 3, 17, units, outputs),
    ]:
        yield call(config, inputs=inputs, size=size, hidden=hidden, classes=classes)
    yield call([2], hidden=3, classes=2)  # no pooling: one pixel more or less would show
    yield call(VGG16)


@from_list.probe(twins=True)
def _(attempt, config, **given):
    inputs, size = given.get("inputs", 3), given.get("size", 224)
    large = size > 64
    with torch.device("meta" if large else "cpu"):
        net = attempt(config, **given)
        twin = from_list.answer(config, **given)
    if not isinstance(net, nn.Module):
        raise Unfit(
            "give back a net, an `nn.Module`; `nn.Sequential(*layers)` makes one of a list."
        )
    if any(isinstance(p, UninitializedParameter) for p in net.parameters()):
        raise Unfit("none of its layers may be lazy: give each one its sizes.")
    sizes = {"the shapes of its parameters": [tuple(p.shape) for p in net.parameters()]}
    if large or sizes["the shapes of its parameters"] != [
        tuple(p.shape) for p in twin.parameters()
    ]:
        return sizes
    return sizes | _runs(
        net, torch.linspace(-1, 2, 3 * inputs * size**2).reshape(3, inputs, size, size).sin()
    )


def _runs(net, x):
    """What a net does with known weights."""
    source = torch.Generator().manual_seed(8)
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(
                torch.randn(weights.shape, generator=source) * (2 / weights[0].numel()) ** 0.5
            )
    output = net.eval()(x)
    (output * torch.linspace(0.5, 1.5, output.numel()).reshape(output.shape)).sum().backward()
    first = next(net.parameters()).grad.clone()
    return {
        "in evaluation mode": output.detach(),
        "the gradient of its first weights": first,
        "how often an `nn.MaxPool2d` runs": _pools(net, x),
    } | (_noise(net, x[:1].abs()) if x.shape[-1] < 8 else {})


def _pools(net, x):
    runs = []
    parts = [part for part in net.modules() if isinstance(part, nn.MaxPool2d)]
    hooks = [part.register_forward_hook(lambda *_: runs.append(1)) for part in parts]
    net(x)
    for hook in hooks:
        hook.remove()
    return len(runs)


def _noise(net, picture):
    """What dropout does to a net in which all units of the first hidden layer give 1, two of the
    second the mean of two of these, and the scores are the sum of the two.
    """
    with torch.no_grad():
        *features, one, one_bias, two, two_bias, three, three_bias = net.parameters()
        for weights in features:
            weights.abs_()
        for weights in (one_bias, two, two_bias, three, three_bias):
            weights.zero_()
        one.fill_(1)
        two[:2, :2].fill_(0.5)
        three[:, :2].fill_(1)
        one.div_(net.eval()(picture)[0, 0] / 2)  # where more is dropped before, they give no 1
        many = picture.expand(4000, *picture.shape[1:])  # dropout draws for each row by itself
        seen = {"in training mode, hidden units giving 1,": _scores(net.train()(many))}
        for part in net.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        return seen | {"and with p = 0 in each `nn.Dropout`": _scores(net(many))}


def _scores(runs) -> str:
    """Which scores came out in 4000 runs, and whether as often as after two dropouts."""
    runs = runs.round(decimals=6) + 0.0
    values = runs.unique().tolist()
    if len(values) > 4:
        return "more than four different scores"
    shares = torch.stack([(runs == value).double().mean(0) for value in values], 1)
    usual = torch.tensor([7 / 16, 4 / 16, 4 / 16, 1 / 16])
    often = len(values) < 4 or (shares - usual).abs().max() < 0.04
    said = "scores of " + " or ".join(f"{value:.3g}" for value in values)
    return said if often else f"{said}, in other shares"


from_list.mistake(
    "There is no ReLU between your convolutions, so all of them together are one linear map.",
    "linear",
)(_vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1)]))


from_list.mistake(
    "All your convolutions read as many channels as the picture has. Each reads what the one"
    " before put out.",
    "not_carried",
)(_vgg(carried=False))


from_list.mistake(
    "Your convolutions shrink the maps: with a kernel of 3, keep the size by a padding of 1.",
    "no_padding",
)(_vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3), nn.ReLU()]))


from_list.mistake("You average over 2 x 2. VGG takes the largest.", "average")(
    _vgg(pool=lambda: nn.AvgPool2d(2))
)


from_list.mistake(
    "Your first linear layer reads one number for each map. It reads the whole maps: channels x"
    " side x side.",
    "one_number_a_map",
)(_vgg(flat=lambda channels, side: channels))


from_list.mistake("There is no ReLU between your linear layers.", "linear_head")(
    _vgg(between=lambda: [nn.Dropout()])
)


from_list.mistake(
    "There is no ReLU behind your first linear layer, so the first two together are one.",
    "no_relu_behind_the_first",
)(_vgg(between=lambda: [nn.Dropout()], after=lambda: [nn.ReLU(), nn.Dropout()]))


from_list.mistake(
    "There is no ReLU behind your second linear layer, so the last two together are one.",
    "no_relu_behind_the_second",
)(_vgg(after=lambda: [nn.Dropout()]))


from_list.mistake(
    "There is neither ReLU nor dropout between your linear layers.", "bare_linear_layers"
)(_vgg(between=lambda: []))


from_list.mistake(
    "You drop once. Two dropouts are asked for, one after each of the first two linear layers.",
    "one_dropout",
)(_vgg(after=lambda: [nn.ReLU()]))


@from_list.mistake("You have two linear layers. VGG has three: one more from hidden to hidden.")
def two_linear_layers(config, inputs=3, size=224, hidden=4096, classes=1000):
    layers = _vgg()(config, inputs, size, hidden, classes)
    return nn.Sequential(*layers[:-4], layers[-1])


from_list.mistake("Your convolutions have no biases.", "no_biases")(
    _vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1, bias=False), nn.ReLU()])
)


from_list.mistake(
    "There is batch norm in yours. The VGG of the paper has none.", "with_batch_norm"
)(_vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1), nn.BatchNorm2d(f), nn.ReLU()]))


from_list.mistake(
    "Your first linear layer reads maps of 7 x 7, whatever `size` and the list say.",
    "always_seven",
)(_vgg(flat=lambda channels, side: channels * 49))


from_list.mistake("Your dropout after the first two linear layers is missing.", "no_dropout")(
    _vgg(between=lambda: [nn.ReLU()])
)


from_list.mistake("Your ReLU after the last layer cuts off all negative scores.", "scores_cut")(
    _vgg(last=lambda: [nn.ReLU()])
)


from_list.mistake(
    "There is a softmax behind your last layer. Give back scores: PyTorch's loss does the rest.",
    "softmax",
)(_vgg(last=lambda: [nn.Softmax(dim=1)]))


from_list.mistake(
    "You drop behind the convolutions as well. Two dropouts are asked for, both between linear"
    " layers.",
    "dropout_everywhere",
)(_vgg(convolution=lambda i, f: [nn.Conv2d(i, f, 3, padding=1), nn.ReLU(), nn.Dropout()]))


from_list.mistake("Your p is not 0.5.", "other_p")(
    _vgg(between=lambda: [nn.ReLU(), nn.Dropout(0.2)])
)


from_list.mistake("You round the side of the maps. A pooling rounds it down.", "side_rounded")(
    lambda config, inputs=3, size=224, hidden=4096, classes=1000: _vgg(
        flat=lambda channels, side: channels * round(size / 2 ** config.count("M")) ** 2
    )(config, inputs, size, hidden, classes)
)


from_list.mistake(
    "Your first linear layer is lazy. Give it its sizes: count the side of the maps on the way.",
    "lazy",
)(
    lambda config, inputs=3, size=224, hidden=4096, classes=1000: nn.Sequential(
        *_vgg()(config, inputs, size, hidden, classes)[:-7],
        nn.LazyLinear(hidden),
        *_vgg()(config, inputs, size, hidden, classes)[-6:],
    )
)


class _ByFunctions(nn.Module):
    """The right net, whose pooling and dropout can be told to be functions."""

    def __init__(self, config, inputs=3, size=224, hidden=4096, classes=1000):
        super().__init__()
        self.config, self.parts = (
            config,
            nn.ModuleList(
                part
                for part in _vgg()(config, inputs, size, hidden, classes)
                if isinstance(part, (nn.Conv2d, nn.Linear))
            ),
        )
        self.pooling, self.dropout = nn.MaxPool2d(2), nn.Dropout()

    def forward(self, x):
        *convolutions, one, two, three = self.parts
        convolutions = iter(convolutions)
        for item in self.config:
            x = self.pooled(x) if item == "M" else F.relu(next(convolutions)(x))
        x = self.dropped(F.relu(one(x.flatten(1))))
        return three(self.dropped(F.relu(two(x))))

    def pooled(self, x):
        return self.pooling(x)

    def dropped(self, x):
        return self.dropout(x)


from_list.mistake(
    "You pool by a function. Later cells look for the layers `nn.MaxPool2d`.", "pools_by_function"
)(type("vgg", (_ByFunctions,), {"pooled": lambda self, x: F.max_pool2d(x, 2)}))


from_list.mistake(
    "You drop by a function. Later cells set the p of each `nn.Dropout`.", "drops_by_function"
)(type("vgg", (_ByFunctions,), {"dropped": lambda self, x: F.dropout(x, 0.5, self.training)}))


@from_list.alternative
class AsModule(nn.Module):
    def __init__(self, config, inputs=3, size=224, hidden=4096, classes=1000):
        super().__init__()
        self.features = nn.Sequential()
        for item in config:
            if item == "M":
                self.features.append(nn.MaxPool2d(2, 2))
            else:
                self.features.append(nn.Conv2d(inputs, item, 3, padding="same")).append(
                    nn.ReLU(inplace=True)
                )
                inputs = item
        side = size // 2 ** config.count("M")
        self.fc1, self.fc2 = nn.Linear(inputs * side * side, hidden), nn.Linear(hidden, hidden)
        self.fc3, self.drop = nn.Linear(hidden, classes), nn.Dropout(0.5)

    def forward(self, x):
        x = self.drop(F.relu(self.fc1(self.features(x).flatten(1))))
        return self.fc3(self.drop(F.relu(self.fc2(x))))


@from_list.alternative
def by_stages(config, inputs=3, size=224, hidden=4096, classes=1000):
    """ReLU after pooling, which is the same: the largest of cut numbers is the cut largest."""
    stages, channels = [], inputs
    for is_pool, items in itertools.groupby(config, lambda item: item == "M"):
        for item in [] if is_pool else items:
            stages += [nn.Conv2d(channels, item, (3, 3), (1, 1), (1, 1)), nn.ReLU()]
            channels = item
        if is_pool:
            stages = [*stages[:-1], nn.MaxPool2d(2), nn.ReLU()]
    for _ in range(config.count("M")):
        size //= 2
    head = nn.Sequential(
        nn.Flatten(), nn.Linear(channels * size * size, hidden), nn.Dropout(), nn.ReLU()
    )
    return nn.Sequential(
        *stages,
        head,
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(hidden, classes),
    )


@from_list.alternative
def in_two_parts(config, inputs=3, size=224, hidden=4096, classes=1000):
    net = _vgg()(config, inputs, size, hidden, classes)
    return nn.Sequential(nn.Sequential(*net[:-7]), nn.Sequential(*net[-7:]))


from_list.alternative(_ByFunctions)


from_list.demand("a 3 x 3 convolution with that many filters", violated_by="not_carried")
from_list.demand("padding 1", violated_by="no_padding")
from_list.demand("then ReLU", violated_by="linear")
from_list.demand("2 x 2 max pooling", violated_by="average")
from_list.demand("an odd side is rounded down", violated_by="side_rounded")
from_list.demand("dropout with p = 0.5", violated_by="other_p")
from_list.demand("gives scores", violated_by="softmax")
from_list.demand("none is lazy", violated_by="lazy")
from_list.demand("pooling is nn.MaxPool2d", violated_by="pools_by_function")
from_list.demand("dropout nn.Dropout", violated_by="drops_by_function")


# 8.10 VGG's parameters

vgg_count = Exercise(
    "8.10",
    "How many in VGG?",
    difficulty=2,
    minutes=10,
    core=False,
    points=2,
    hints=[
        (
            "A 3 x 3 convolution from i to f channels has `f * (9 * i + 1)` numbers, a linear"
            " layer `f * (i + 1)`."
        ),
        (
            "After the list you need two numbers: the channels of the last convolution, and the"
            " side of its maps."
        ),
        '`side = size // 2 ** config.count("M")`, and fc1 reads `channels * side**2` numbers.',
    ],
)


@vgg_count.reference
def vgg_parameters(config, inputs=3, size=224, hidden=4096, classes=1000):
    with torch.device("meta"):
        return sum(
            p.numel() for p in from_list.answer(config, inputs, size, hidden, classes).parameters()
        )


@vgg_count.cases
def _(rng):
    yield call([2, "M"], inputs=1, size=4, hidden=3, classes=2)
    yield call([4, 4, "M", 8, "M"], inputs=3, size=11, hidden=5, classes=4)
    yield call(VGG16)
    yield call(VGG19)
    yield call(VGG16, size=32, hidden=512, classes=10)
    yield call([2], hidden=3, classes=2)
    yield call(["M", 5, 6, "M"], inputs=2, size=int(rng.integers(4, 30)), hidden=7, classes=3)


def _vgg_count(
    conv=lambda i, f: f * (9 * i + 1),
    linear=lambda i, f: f * (i + 1),
    carried=True,
    flat=lambda channels, side, size: channels * side**2,
    linears=3,
):
    """VGG's parameters by other rules."""

    def vgg_parameters(config, inputs=3, size=224, hidden=4096, classes=1000):
        total, channels, side = 0, inputs, size
        for item in config:
            if item == "M":
                side //= 2
            else:
                total, channels = total + conv(channels if carried else inputs, item), item
        total += linear(flat(channels, side, size), hidden) + linear(hidden, classes)
        return total + (linears - 2) * linear(hidden, hidden)

    return vgg_parameters


vgg_count.mistake("Your biases are missing.", "no_biases")(
    _vgg_count(lambda i, f: 9 * f * i, lambda i, f: f * i)
)


vgg_count.mistake("The biases of your linear layers are missing.", "linear_biases")(
    _vgg_count(linear=lambda i, f: f * i)
)


vgg_count.mistake(
    "Your fc1 reads maps of the picture's size. Pooling shrinks them; fc1 reads the last ones.",
    "never_pooled",
)(_vgg_count(flat=lambda channels, side, size: channels * size**2))


vgg_count.mistake(
    "Your fc1 reads one number for each map. It reads whole maps, side x side numbers each.",
    "one_number_a_map",
)(_vgg_count(flat=lambda channels, side, size: channels))


vgg_count.mistake("You multiplied by the side once. fc1 reads maps of side x side.", "one_axis")(
    _vgg_count(flat=lambda channels, side, size: channels * side)
)


vgg_count.mistake(
    "Every convolution of yours reads the picture's channels, not those of the layer before.",
    "not_carried",
)(_vgg_count(carried=False))


vgg_count.mistake(
    "You left out the linear layer from hidden to hidden. There are three.", "two_linear"
)(_vgg_count(linears=2))


vgg_count.mistake("You round the side of the maps. A pooling rounds it down.", "side_rounded")(
    lambda config, inputs=3, size=224, hidden=4096, classes=1000: _vgg_count(
        flat=lambda channels, side, _: channels * round(size / 2 ** config.count("M")) ** 2
    )(config, inputs, size, hidden, classes)
)


vgg_count.mistake("Yours is a float. Parameters are counted: divide with `//`.", "as_float")(
    lambda *args, **kwargs: float(_vgg_count()(*args, **kwargs))
)


vgg_count.alternative(_vgg_count())


@vgg_count.alternative
def in_pairs(config, inputs=3, size=224, hidden=4096, classes=1000):
    filters = [item for item in config if item != "M"]
    convolutions = sum(9 * i * f + f for i, f in zip([inputs, *filters], filters))
    widths = [filters[-1] * (size // 2 ** config.count("M")) ** 2, hidden, hidden, classes]
    return convolutions + sum(i * o + o for i, o in itertools.pairwise(widths))


@vgg_count.alternative
def by_ledger(config, inputs=3, size=224, hidden=4096, classes=1000):
    with torch.device("meta"):
        net = _vgg()(config, inputs, size, hidden, classes)
    return ledger(net, (1, inputs, size, size)).parameters


vgg_count.demand("the net of 8.9", violated_by="two_linear")
vgg_count.demand("Biases count", violated_by="no_biases")
vgg_count.demand("-> int", violated_by="as_float")
