"""Exercises 15.1 to 15.4: dense blocks, transitions, and a whole net counted."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal
from exercises.variants import as_floats, renamed, with_forward
from utils import train
from utils.models import densenet

# 15.1

channels = Exercise(
    "15.1",
    "How many channels?",
    difficulty=2,
    minutes=8,
    hints=[
        "Every layer of a block adds `growth` channels to what the block was given.",
        "Between two blocks half are kept. Behind the last block nothing is halved.",
    ],
)


@channels.reference
def dense_channels(first, growth, layers):
    with torch.device("meta"):
        net = densenet.DenseNet(nn.Identity(), first, growth, layers, classes=1)
        x = torch.empty(1, first, 2 ** len(layers), 2 ** len(layers))
        seen = [x := part(x) for part in net.blocks]
    return [y.shape[1] for y in seen[::2]]


@channels.cases
def _(rng):
    yield call(4, 2, [3])
    yield call(4, 2, [3, 1])
    for layers in densenet.TABLE_1.values():
        yield call(64, 32, list(layers))
    yield call(3, 1, [2, 2])
    yield call(16, 12, [5, 4, 3])
    for _ in range(2):
        yield call(*(int(rng.integers(2, 20)) for _ in range(2)), rng.integers(1, 7, 3).tolist())


def _channels(
    added=lambda maps, growth, count: maps + growth * count,
    kept=lambda maps: maps // 2,
    last=False,
    start=None,
):
    def dense_channels(first, growth, layers):
        maps, seen = first if start is None else start, []
        for count in layers:
            maps = added(maps, growth, count)
            seen.append(maps)
            maps = kept(maps)
        return seen[:-1] + [seen[-1] // 2] if last else seen

    return dense_channels


channels.mistake(
    "You forget what the block was given: it is passed on beside the new maps.", "new_only"
)(_channels(lambda maps, growth, count: growth * count))
channels.mistake(
    "You add one layer's maps in each block. Each of its layers adds as many.", "one_layer"
)(_channels(lambda maps, growth, count: maps + growth))
channels.mistake("Your transitions halve nothing.", "nothing_halved")(
    _channels(kept=lambda maps: maps)
)
channels.mistake(
    "You halve behind the last block, too. No transition comes there.", "last_halved"
)(_channels(last=True))
channels.mistake("Your transitions are rounded up. Half of an odd number is rounded down.", "up")(
    _channels(kept=lambda maps: -(-maps // 2))
)
channels.mistake("You start without the first maps.", "no_first_maps")(_channels(start=0))
channels.mistake(
    "You double with every layer. A layer adds `growth` maps, however many there are.", "doubled"
)(_channels(lambda maps, growth, count: maps * 2**count))


@channels.recall
def _(rng):
    first, growth, layers = 2 * rng.randint(4, 12), 2 * rng.randint(2, 8), rng.sample([2, 3, 4], 2)
    text = (
        f"Dense blocks of {layers[0]} and {layers[1]} layers, growth {growth}, {first} maps at"
        " first, half of them kept in between. How many maps are behind each block?"
        " (first, second)"
    )
    return text, call(first, growth, layers)


@channels.mistake("Those are the channels behind each transition. Give those behind each block.")
def behind_transitions(first, growth, layers):
    return [maps // 2 for maps in _channels()(first, growth, layers)]


@channels.mistake("You give the last block's channels alone. Give those of every block.")
def last_only(first, growth, layers):
    return _channels()(first, growth, layers)[-1]


@channels.mistake("You have half numbers of channels. Round down.")
def half_channels(first, growth, layers):
    seen, maps = [], first
    for count in layers:
        maps += growth * count
        seen.append(maps)
        maps /= 2
    return seen


@channels.alternative
def one_by_one(first, growth, layers):
    seen, maps = [], first
    for place, count in enumerate(layers):
        if place:
            maps = maps // 2
        for _ in range(count):
            maps += growth
        seen.append(maps)
    return seen


@channels.alternative
def from_the_one_before(first, growth, layers):
    seen = [first + growth * layers[0]]
    for count in layers[1:]:
        seen.append(seen[-1] // 2 + growth * count)
    return seen


channels.demand("behind each block", violated_by="behind_transitions")
channels.demand("half of its maps", violated_by="nothing_halved")
channels.demand("rounded down", violated_by="up")
channels.demand("Behind the last block there is no transition", violated_by="last_halved")


# 15.2

block = Module(
    "15.2",
    "The dense block",
    difficulty=3,
    minutes=20,
    points=3,
    hints=[
        "Layer k reads `inputs + k * growth` maps: its norm has as many channels.",
        "`nn.ModuleList` shows the layers to an optimizer: one for the norms, one for the convs.",
        "In `forward`: `new = conv(F.relu(norm(x)))`, then `x = torch.cat([x, new], 1)`.",
    ],
)


@block.reference
class DenseBlock(nn.Module):
    def __init__(self, inputs, growth, layers):
        super().__init__()
        made = densenet.block(inputs, growth, layers, narrow=0)
        self.norms = nn.ModuleList(layer.branch[0] for layer in made)
        self.convs = nn.ModuleList(layer.branch[2] for layer in made)

    def forward(self, x):
        maps = [x]
        for norm, conv in zip(self.norms, self.convs):
            maps.append(conv(norm(torch.cat(maps, 1)).clamp(min=0)))
        return torch.cat(maps, 1)


@block.cases
def _(rng):
    yield call(2, 1, 1, inputs=normal(rng, 2, 2, 3, 3))
    yield call(2, 3, 2, inputs=normal(rng, 3, 2, 3, 4))
    yield call(3, 2, 3, inputs=normal(rng, 2, 3, 4, 4))
    yield call(4, 1, 4, inputs=normal(rng, 2, 4, 5, 3))


def _dense(join=lambda x, new: torch.cat([x, new], 1), active=None, last=None):
    active = active or (lambda norm, x: F.relu(norm(x)))

    def forward(self, x):
        first = x
        for norm, conv in zip(self.norms, self.convs):
            x = join(x, conv(active(norm, x)))
        return last(x, first) if last else x

    return with_forward(block.answer, forward)


block.mistake(
    "You put the new maps in front of the old ones. They come behind them.", "new_ones_first"
)(_dense(lambda x, new: torch.cat([new, x], 1)))
block.mistake("You left out the ReLU.", "no_relu")(_dense(active=lambda norm, x: norm(x)))
block.mistake(
    "Your ReLU comes before the norm. The order is norm, ReLU, convolution.", "relu_first"
)(_dense(active=lambda norm, x: norm(x.relu())))
block.mistake("Your block puts out its new maps alone. What came in belongs to it.", "new_only")(
    _dense(last=lambda x, first: x[:, first.shape[1] :])
)
block.mistake("You left out the norms.", "no_norm")(_dense(active=lambda norm, x: x.relu()))
block.mistake(
    "You put a ReLU on everything that is handed on. It belongs to the branch.", "relu_on_all"
)(_dense(lambda x, new: torch.cat([x, new], 1).relu()))


@block.mistake("You concatenate along the height. Channels are the second axis, `dim=1`.")
class AlongTheHeight(block.answer):
    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat([x, conv(norm(x).relu())], 2)
        return x


@block.mistake("Each of your layers reads what the block was given, and not the maps before it.")
class AllReadTheInput(block.answer):
    def __init__(self, inputs, growth, layers):
        super().__init__(inputs, growth, layers)
        self.norms = nn.ModuleList(nn.BatchNorm2d(inputs) for _ in range(layers))
        self.convs = nn.ModuleList(
            nn.Conv2d(inputs, growth, 3, padding=1, bias=False) for _ in range(layers)
        )

    def forward(self, x):
        new = [conv(norm(x).relu()) for norm, conv in zip(self.norms, self.convs)]
        return torch.cat([x, *new], 1)


@block.mistake("Each of your layers reads the one before it only: that is a plain net.")
class Plain(block.answer):
    def __init__(self, inputs, growth, layers):
        super().__init__(inputs, growth, layers)
        reads = [inputs] + [growth] * (layers - 1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(maps) for maps in reads)
        self.convs = nn.ModuleList(
            nn.Conv2d(maps, growth, 3, padding=1, bias=False) for maps in reads
        )

    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs):
            x = conv(norm(x).relu())
        return x


def _layers(conv=lambda reads, growth: nn.Conv2d(reads, growth, 3, padding=1, bias=False)):
    class Changed(block.answer):
        def __init__(self, inputs, growth, layers):
            super().__init__(inputs, growth, layers)
            reads = range(inputs, inputs + layers * growth, growth)
            self.convs = nn.ModuleList(conv(maps, growth) for maps in reads)

    return Changed


block.mistake("Your convolutions have biases. They have none.", "biases")(
    _layers(lambda reads, growth: nn.Conv2d(reads, growth, 3, padding=1))
)
block.mistake("Your convolutions are not padded, so the maps do not fit together.", "not_padded")(
    _layers(lambda reads, growth: nn.Conv2d(reads, growth, 3, bias=False))
)
block.mistake("Your convolutions are 1x1. They are 3x3.", "one_by_one")(
    _layers(lambda reads, growth: nn.Conv2d(reads, growth, 1, bias=False))
)
block.mistake("Call the lists `norms` and `convs`.", "renamed")(
    renamed(block.answer, norms="first", convs="second")
)


@block.alternative
class Growing(block.answer):
    def __init__(self, inputs, growth, layers):
        nn.Module.__init__(self)
        self.norms, self.convs = nn.ModuleList(), nn.ModuleList()
        for _ in range(layers):
            self.norms.append(nn.BatchNorm2d(inputs))
            self.convs.append(nn.Conv2d(inputs, growth, 3, padding=1, bias=False))
            inputs += growth

    def forward(self, x):
        for norm, conv in zip(self.norms, self.convs):
            x = torch.cat((x, conv(torch.relu(norm(x)))), dim=1)
        return x


@block.alternative
class IntoOneTensor(block.answer):
    def forward(self, x):
        reads = x.shape[1]
        growth = self.convs[0].weight.shape[0]
        maps = x.new_zeros(len(x), reads + growth * len(self.convs), *x.shape[2:])
        maps[:, :reads] = x
        for norm, conv in zip(self.norms, self.convs):
            new = conv(F.relu(norm(maps[:, :reads].clone())))
            maps = torch.cat([maps[:, :reads], new, maps[:, reads + growth :]], 1)
            reads += growth
        return maps


block.demand("all maps before it", violated_by="AllReadTheInput")
block.demand("norm, ReLU, 3x3 convolution", violated_by="relu_first")
block.demand("no bias", violated_by="biases")
block.demand("at same padding", violated_by="not_padded")
block.demand("behind what it read", violated_by="new_ones_first")
block.demand("`self.norms` and `self.convs`", violated_by="renamed")


# 15.3

transition = Module(
    "15.3",
    "The transition",
    difficulty=2,
    minutes=6,
    core=False,
    points=2,
    hints=[
        "`self.conv = nn.Conv2d(inputs, inputs // 2, 1, bias=False)`.",
        "The order is norm, ReLU, convolution, average: `F.avg_pool2d(x, 2)`.",
    ],
)


@transition.reference
class Transition(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        made = densenet.transition(inputs, inputs // 2)
        self.norm, self.conv = made[0], made[2]

    def forward(self, x):
        maps = self.conv(self.norm(x).clamp(min=0))
        return F.avg_pool2d(maps, 2)


@transition.cases
def _(rng):
    yield call(2, inputs=normal(rng, 2, 2, 2, 2))
    yield call(5, inputs=normal(rng, 2, 5, 4, 6))
    yield call(4, inputs=_with_spikes(normal(rng, 2, 4, 20, 21)))


def _with_spikes(x):
    """Above 6 behind a norm, too, whatever the sign of the weights."""
    x[0, :, 9, 12], x[1, :, 9, 12] = 99, -99
    return x


def _transition(forward):
    return with_forward(transition.answer, forward)


def _made(self, x):
    return self.conv(self.norm(x).relu())


transition.mistake("You take the largest of the four. Take their mean.", "largest")(
    _transition(lambda self, x: F.max_pool2d(_made(self, x), 2))
)
transition.mistake("You left out the pooling.", "no_pooling")(_transition(_made))
transition.mistake("You have ReLU6, which stops at 6. ReLU has no upper end.", "relu6")(
    _transition(lambda self, x: F.avg_pool2d(self.conv(F.relu6(self.norm(x))), 2))
)
transition.mistake("You left out the ReLU.", "no_relu")(
    _transition(lambda self, x: F.avg_pool2d(self.conv(self.norm(x)), 2))
)
transition.mistake("You left out the norm.", "no_norm")(
    _transition(lambda self, x: F.avg_pool2d(self.conv(x.relu()), 2))
)
transition.mistake("Your ReLU comes before the norm.", "relu_first")(
    _transition(lambda self, x: F.avg_pool2d(self.conv(self.norm(x.relu())), 2))
)
transition.mistake("Your ReLU comes behind the convolution. It comes before it.", "relu_behind")(
    _transition(lambda self, x: F.avg_pool2d(self.conv(self.norm(x)).relu(), 2))
)
transition.mistake("You pool by a stride only, and drop three of four pixels.", "a_stride")(
    _transition(
        lambda self, x: _made(self, x)[..., : x.shape[2] // 2 * 2 : 2, : x.shape[3] // 2 * 2 : 2]
    )
)
transition.mistake(
    "You average before the norm and the ReLU. The average is the last thing.", "pooled_first"
)(_transition(lambda self, x: _made(self, F.avg_pool2d(x, 2))))


@transition.mistake("Your transition keeps all its maps. It puts out half as many.")
class KeepsAll(transition.answer):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.conv = nn.Conv2d(inputs, inputs, 1, bias=False)


@transition.mistake("Your convolution has a bias. It has none.")
class WithBias(transition.answer):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.conv = nn.Conv2d(inputs, inputs // 2, 1)


@transition.mistake("Your convolution is 3x3. It is 1x1.")
class ThreeByThree(transition.answer):
    def __init__(self, inputs):
        super().__init__(inputs)
        self.conv = nn.Conv2d(inputs, inputs // 2, 3, padding=1, bias=False)


@transition.alternative
class PooledBefore(transition.answer):
    """A mean and a 1x1 convolution may change places."""

    def forward(self, x):
        return self.conv(F.avg_pool2d(torch.relu(self.norm(x)), 2))


@transition.alternative
class ByMeans(transition.answer):
    def __init__(self, inputs):
        nn.Module.__init__(self)
        self.norm = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, inputs // 2, kernel_size=1, bias=False)

    def forward(self, x):
        x = self.conv(F.relu(self.norm(x)))
        x = x[..., : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
        return x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))


transition.demand("half as many maps", violated_by="KeepsAll")
transition.demand("a 1x1 convolution without bias", violated_by="WithBias")
transition.demand("the mean of each 2x2 window", violated_by="largest")


# 15.4

counting = Exercise(
    "15.4",
    "DenseNet-121 to 201, counted",
    difficulty=4,
    minutes=20,
    core=False,
    points=3,
    hints=[
        "A layer that reads c maps: norm 2c, 1x1 to 4k: 4kc, norm 8k, 3x3 to k: 36kk.",
        "A transition that reads c: norm 2c, 1x1 to half: c * (c // 2).",
        "At the end a norm, 2c, and the linear layer, (c + 1) * classes.",
    ],
)


@counting.reference
def densenet_parameters(layers, growth=32, classes=1000):
    with torch.device("meta"):
        stem = nn.Sequential(nn.Conv2d(3, 2 * growth, 7, bias=False), nn.BatchNorm2d(2 * growth))
        return train.parameters(densenet.DenseNet(stem, 2 * growth, growth, layers, classes))


@counting.cases
def _(rng):
    yield call((1,), growth=1, classes=1)
    yield call((1, 1), growth=2, classes=3)
    for layers in densenet.TABLE_1.values():
        yield call(layers)
    yield call((6, 12, 36, 24), growth=48)
    for _ in range(3):
        layers = tuple(rng.integers(1, 9, int(rng.integers(2, 5))).tolist())
        yield call(layers, growth=int(rng.integers(2, 40)), classes=int(rng.integers(2, 99)))


def _counter(
    norm=2,
    bias=0,
    narrow=4,
    squeeze=True,
    stem=True,
    theta=2,
    last=True,
    fc_bias=1,
    transitions=True,
    late=False,
    grows=True,
):
    def layer(reads, gives, area):
        return gives * (reads * area + bias)

    def densenet_parameters(layers, growth=32, classes=1000):
        maps = 2 * growth
        total = layer(3, maps, 49) + norm * maps if stem else 0
        for place, count in enumerate(layers):
            start = maps
            for _ in range(count):
                reads = maps if grows else start
                middle = narrow * growth if squeeze else reads
                total += norm * reads + layer(middle, growth, 9)
                total += layer(reads, middle, 1) + norm * middle if squeeze else 0
                maps += growth
            if place < len(layers) - 1 or late:
                total += (norm * maps + layer(maps, maps // theta, 1)) if transitions else 0
                maps //= theta
        return total + (norm * maps if last else 0) + (maps + fc_bias) * classes

    return densenet_parameters


for _name, _changes, _sentence in (
    ("no_norms", {"norm": 0}, "You left out the norms: two numbers for each channel they read."),
    ("one_a_norm", {"norm": 1}, "You count one number for each channel of a norm. It learns two."),
    ("four_a_norm", {"norm": 4}, "You count the running statistics. They are not learned."),
    ("biases", {"bias": 1}, "You count biases in the convolutions. They have none."),
    ("no_squeeze", {"squeeze": False}, "You left out the 1x1 layer in front of each 3x3."),
    (
        "squeezed_to_k",
        {"narrow": 1},
        "Your 1x1 layers put out as many maps as the growth rate. It is four times as many.",
    ),
    ("no_stem", {"stem": False}, "You left out the first layer, 7x7 from 3 maps, and its norm."),
    ("nothing_halved", {"theta": 1}, "Your transitions put out all their maps. Half is kept."),
    ("no_last_norm", {"last": False}, "You left out the norm behind the last block."),
    ("no_bias_in_fc", {"fc_bias": 0}, "You left out the linear layer's bias for each class."),
    ("no_transitions", {"transitions": False}, "You left out the transitions' own parameters."),
    ("one_transition_more", {"late": True}, "You have a transition behind the last block, too."),
    (
        "all_layers_alike",
        {"grows": False},
        "All layers of your blocks read as many maps as the first. Each reads more than the last.",
    ),
):
    counting.mistake(_sentence, _name)(_counter(**_changes))

counting.mistake(
    "The number is right, but it is a float. Parameters are counted: return an `int`.", "a_float"
)(as_floats(_counter()))
counting.alternative(_counter())


@counting.alternative
def by_formulas(layers, growth=32, classes=1000):
    k, maps = growth, 2 * growth
    total = maps * (3 * 49 + 2)
    for place, n in enumerate(layers):
        if place:
            half = maps // 2
            total += 2 * maps + maps * half
            maps = half
        reads = n * maps + k * n * (n - 1) // 2
        total += reads * (2 + 4 * k) + n * (8 * k + 36 * k * k)
        maps += n * k
    return total + 2 * maps + (maps + 1) * classes


@counting.alternative
def from_shapes(layers, growth=32, classes=1000):
    shapes, maps = [(2 * growth, 3, 7, 7), (2, 2 * growth)], 2 * growth
    for place, count in enumerate(layers):
        for _ in range(count):
            shapes += [(2, maps), (4 * growth, maps), (2, 4 * growth), (growth, 4 * growth, 3, 3)]
            maps += growth
        if place + 1 < len(layers):
            shapes += [(2, maps), (maps // 2, maps)]
            maps //= 2
    shapes += [(2, maps), (classes, maps), (classes,)]
    return sum(torch.Size(shape).numel() for shape in shapes)


counting.demand("twice the growth rate", violated_by="no_stem")
counting.demand("four times the growth rate", violated_by="squeezed_to_k")
counting.demand("no biases", violated_by="biases")
counting.demand("Norms learn two numbers for each channel", violated_by="one_a_norm")
counting.demand("one more norm", violated_by="no_last_norm")
counting.demand("-> int", violated_by="a_float")
