"""Exercises 8.8 to 8.10: small windows in a row, VGG from a list, its parameters."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call
from checker.module_comparison import Unfit
from exercises.nb08.shared import VGG16, VGG19
from utils.shapes import ledger, receptive_field

# 8.8 Small windows

small_windows = Exercise(
    "8.8",
    "Small windows in a row",
    difficulty=2,
    minutes=6,
    hints=[
        "One 3 x 3 layer sees 3 pixels across. The next one sees one more on each side.",
        (
            "A k x k layer from C to C channels has C filters with C x k x k weights and one bias"
            " each."
        ),
        (
            "`side = 2 * n + 1`; `n * channels * (9 * channels + 1)`; `channels * (side**2 *"
            " channels + 1)`."
        ),
    ],
)


@small_windows.reference
def stack_against_one(n, channels):
    side = receptive_field([(3,)] * n)
    with torch.device("meta"):
        one = nn.Conv2d(channels, channels, side)
        stack = nn.Sequential(*(nn.Conv2d(channels, channels, 3) for _ in range(n)))
    return side, *(sum(p.numel() for p in net.parameters()) for net in (stack, one))


@small_windows.cases
def _(rng):
    yield call(1, 1)
    yield call(2, 1)
    yield call(2, 64)
    yield call(3, 512)
    for n, channels in rng.integers(2, 9, (3, 2)).tolist():
        yield call(n, channels)


def _against(
    side=lambda n: 2 * n + 1,
    stack=lambda n, c: n * c * (9 * c + 1),
    one=lambda k, c: c * (k * k * c + 1),
):
    """The answer by other rules."""
    return lambda n, channels: (side(n), stack(n, channels), one(side(n), channels))


small_windows.mistake(
    "The windows overlap: a second layer of 3 x 3 adds one pixel on each side, not three.",
    "three_each",
)(_against(lambda n: 3 * n))


small_windows.mistake("A layer adds one pixel on each side, so two in all.", "one_more")(
    _against(lambda n: n + 2)
)


small_windows.mistake("The biases are missing, one a filter.", "no_biases")(
    _against(stack=lambda n, c: n * c * 9 * c, one=lambda k, c: c * k * k * c)
)


small_windows.mistake(
    "The biases of the stack are missing, one a filter.", "no_biases_in_the_stack"
)(_against(stack=lambda n, c: n * c * 9 * c))


small_windows.mistake(
    "The biases of the large window are missing, one a filter.", "no_biases_in_the_large_window"
)(_against(one=lambda k, c: c * k * k * c))


small_windows.mistake(
    "A filter is as deep as its input, so the channels count twice: C filters of C channels.",
    "flat",
)(_against(stack=lambda n, c: n * c * 10, one=lambda k, c: c * (k * k + 1)))


small_windows.mistake(
    "A filter has one bias, not one for each channel that it reads.", "a_bias_for_each_pair"
)(_against(stack=lambda n, c: n * c * c * 10, one=lambda k, c: c * c * (k * k + 1)))


small_windows.mistake(
    "A window of the stack has 3 x 3 weights for each channel it sees, and you count one side of"
    " it, 3.",
    "one_side_of_the_stack",
)(_against(stack=lambda n, c: n * c * (3 * c + 1)))


small_windows.mistake(
    "The large window has `side * side` weights for each channel it sees, and you count one side"
    " of it.",
    "one_side_of_the_large_window",
)(_against(one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "Windows have two sides: 3 x 3 weights for each channel they see. You count one.", "one_side"
)(_against(stack=lambda n, c: n * c * (3 * c + 1), one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "That is the area it sees. How many pixels is that across, along one side?", "area"
)(_against(lambda n: (2 * n + 1) ** 2, one=lambda k, c: c * (k * c + 1)))


small_windows.mistake(
    "The single layer has to see as much: its window is larger than 3 x 3.", "window_of_the_stack"
)(_against(one=lambda k, c: c * (9 * c + 1)))


small_windows.mistake("Your stack has one layer. It has n.", "one_layer")(
    _against(stack=lambda n, c: c * (9 * c + 1))
)


small_windows.mistake(
    "Your stack has one layer too few: it has n, all with parameters.", "one_layer_too_few"
)(_against(stack=lambda n, c: (n - 1) * c * (9 * c + 1)))


small_windows.mistake("The biases of the stack are counted for one layer only.", "biases_once")(
    _against(stack=lambda n, c: n * c * 9 * c + c)
)


small_windows.mistake(
    "A layer has a bias for each of its filters, not one in all.", "a_bias_a_layer"
)(_against(stack=lambda n, c: n * (9 * c * c + 1), one=lambda k, c: c * c * k * k + 1))


small_windows.mistake(
    "A layer of the stack has a bias for each of its filters, not one in all.",
    "a_bias_a_layer_of_the_stack",
)(_against(stack=lambda n, c: n * (9 * c * c + 1)))


small_windows.mistake(
    "The large window has a bias for each filter, not one in all.", "a_bias_for_the_large_window"
)(_against(one=lambda k, c: c * c * k * k + 1))


@small_windows.mistake(
    "The last two are in the wrong order: first the stack, then the single layer."
)
def swapped(n, channels):
    side, stack, one = _against()(n, channels)
    return side, one, stack


small_windows.alternative(_against())


@small_windows.alternative
def by_loop(n, channels):
    side, stack = 1, 0
    for _ in range(n):
        side += 2
        stack += channels * channels * 3 * 3 + channels
    return [side, stack, channels**2 * side**2 + channels]


@small_windows.alternative
def by_gradient(n, channels):
    row = torch.zeros(1, 1, 4 * n + 1, requires_grad=True)
    y = row
    for _ in range(n):
        y = F.conv1d(y, torch.ones(1, 1, 3), padding=1)
    y[0, 0, 2 * n].backward()
    side = int((row.grad != 0).sum())
    layer, large = (
        nn.Conv2d(channels, channels, 3, device="meta"),
        nn.Conv2d(channels, channels, side, device="meta"),
    )
    return (
        side,
        n * sum(map(torch.numel, layer.parameters())),
        sum(map(torch.numel, large.parameters())),
    )


from_list = Exercise(
    "8.9",
    "VGG from a list",
    difficulty=3,
    minutes=12,
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
        layers += [nn.Linear(hidden, hidden), *between(), nn.Linear(hidden, classes), *last()]
        return nn.Sequential(*layers)

    return vgg


from_list.reference(_vgg())


@from_list.cases
def _(rng):
    for config, inputs, size, hidden, classes in [
        ([4, "M"], 1, 4, 6, 2),
        ([4, 4, "M"], 2, 5, 6, 3),
        ([3, "M", 4, 5, "M"], 1, 8, 7, 3),
        ([2, 3, "M", 4, "M", 5, 4, "M"], 3, 17, 8, 4),
    ]:
        yield call(config, inputs=inputs, size=size, hidden=hidden, classes=classes)
    yield call(VGG16)


@from_list.probe(twins=True)
def _(attempt, config, inputs=3, size=224, hidden=4096, classes=1000):
    given = {"inputs": inputs, "size": size, "hidden": hidden, "classes": classes}
    large = size > 64
    with torch.device("meta" if large else "cpu"):
        net = attempt(config, **given)
        twin = from_list.answer(config, **given)
    if not isinstance(net, nn.Module):
        raise Unfit(
            "give back a net, an `nn.Module`; `nn.Sequential(*layers)` makes one of a list."
        )
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
    noise = (
        {"in training mode, from run to run": _how_noisy(net, x[:1])} if x.shape[-1] < 8 else {}
    )
    return {
        "in evaluation mode": output.detach(),
        "the gradient of its first weights": first,
    } | noise


def _how_noisy(net, picture):
    """All units of the first hidden layer give 1, two of the second the mean of two of these, and
    the scores are the sum of the two: how often do they come out as what, in 4000 runs?
    """
    with torch.no_grad():  # dropout draws for each row by itself
        one, one_bias, two, two_bias, three, three_bias = list(net.parameters())[-6:]
        for weights in (one, two, two_bias, three, three_bias):
            weights.zero_()
        one_bias.fill_(1)
        two[:2, :2].fill_(0.5)
        three[:, :2].fill_(1)
        runs = net.train()(picture.expand(4000, *picture.shape[1:]))
    if torch.equal(runs, runs[:1].expand_as(runs)):
        return "the same"
    shares = torch.stack([(runs == total).double().mean(0) for total in (0, 2, 4, 8)], 1)
    right = (shares - torch.tensor([7 / 16, 4 / 16, 4 / 16, 1 / 16])).abs().max() < 0.04
    return "noisy as dropout makes it" if right else "noisy, but not as after two dropouts"


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
    "Your first linear layer reads one number a map. It reads the whole maps: channels x side x"
    " side.",
    "one_number_a_map",
)(_vgg(flat=lambda channels, side: channels))


from_list.mistake("There is no ReLU between your linear layers.", "linear_head")(
    _vgg(between=lambda: [nn.Dropout()])
)


from_list.mistake("The dropout after the first two linear layers is missing.", "no_dropout")(
    _vgg(between=lambda: [nn.ReLU()])
)


from_list.mistake("A ReLU after the last layer cuts off all negative scores.", "scores_cut")(
    _vgg(last=lambda: [nn.ReLU()])
)


from_list.mistake(
    "Give back scores, without softmax: the loss of PyTorch takes care of that.", "softmax"
)(_vgg(last=lambda: [nn.Softmax(dim=1)]))


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


# 8.10 VGG's parameters

vgg_count = Exercise(
    "8.10",
    "How many in VGG?",
    difficulty=2,
    minutes=8,
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
    yield call([4, 4, "M", 8, "M"], inputs=3, size=9, hidden=5, classes=4)
    yield call(VGG16)
    yield call(VGG19)
    yield call(VGG16, size=32, hidden=512, classes=10)
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


vgg_count.mistake("The biases are missing.", "no_biases")(
    _vgg_count(lambda i, f: 9 * f * i, lambda i, f: f * i)
)


vgg_count.mistake("The biases of the linear layers are missing.", "linear_biases")(
    _vgg_count(linear=lambda i, f: f * i)
)


vgg_count.mistake(
    "Pooling shrinks the maps: fc1 reads the last ones, not some of the picture's size.",
    "never_pooled",
)(_vgg_count(flat=lambda channels, side, size: channels * size**2))


vgg_count.mistake(
    "fc1 reads whole maps, side x side numbers each, not one number a map.", "one_number_a_map"
)(_vgg_count(flat=lambda channels, side, size: channels))


vgg_count.mistake("fc1 reads maps of side x side. You multiplied by the side once.", "one_axis")(
    _vgg_count(flat=lambda channels, side, size: channels * side)
)


vgg_count.mistake(
    "Every convolution of yours reads the picture's channels, not those of the layer before.",
    "not_carried",
)(_vgg_count(carried=False))


vgg_count.mistake(
    "One linear layer is missing, the one from hidden to hidden. There are three.", "two_linear"
)(_vgg_count(linears=2))


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
