"""Exercises 7.1 to 7.5: the 1998 net, its modern form and the teaching variant."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Number, call, normal

TABLE = (
    "012",
    "123",
    "234",
    "345",
    "045",
    "015",
    "0123",
    "1234",
    "2345",
    "0345",
    "0145",
    "0125",
    "0134",
    "1245",
    "0235",
    "012345",
)


sides = Number(
    "7.1",
    "Down to one pixel",
    (28, 14, 10, 5, 1),
    difficulty=1,
    minutes=4,
    wrong={
        "same_padding": (
            (32, 16, 16, 8, 8),
            "That is with padding that keeps the size. The net of 1998 pads nothing.",
        ),
        "steps": (
            (27, 13, 8, 4, -1),
            "You counted the steps between window positions. The first position counts too.",
        ),
        "pictures_of_28": (
            (24, 12, 8, 4, 0),
            "That starts with 28 pixels. The net takes 32 x 32.",
        ),
        "pooling_stride_1": (
            (28, 27, 23, 22, 18),
            "Your 2 x 2 windows overlap. They stand side by side: stride 2.",
        ),
        "no_pooling": ((28, 28, 24, 24, 20), "S2 and S4 halve each side."),
        "c5_pooled": (
            (28, 14, 10, 5, 5),
            "C5 is a convolution like C1 and C3, with a 5 x 5 window, on 5 x 5 maps.",
        ),
    },
    right=[[28, 14, 10, 5, 1], (28, 28 // 2, 14 - 4, 5, 5 - 4), torch.Size([28, 14, 10, 5, 1])],
    hints=[
        "A 5 x 5 window without padding takes 4 off each side.",
        "32 - 4 = 28, then half of it is 14, then...",
    ],
)


@sides.recall
def _(rng):
    n = 4 * rng.randint(8, 20)
    text = (
        f"{n} x {n} pixels go through a 5 x 5 convolution without padding and a 2 x 2 pooling, "
        "twice. How long is a side then?"
    )
    return text, ((n - 4) // 2 - 4) // 2


subsample = Module(
    "7.2",
    "A pooling layer that learns",
    difficulty=2,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "`F.avg_pool2d(x, 2)` gives the averages, (N, C, H/2, W/2).",
        (
            "To meet (N, C, H, W), a parameter of shape (C,) must become (C, 1, 1):"
            " `self.weight[:, None, None]`."
        ),
        "The order is: average, times weight, plus bias, tanh.",
    ],
)


@subsample.reference
class Subsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        mean = torch.einsum("nchiwj->nchw", x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2))) / 4
        return torch.tanh(
            torch.einsum("nchw,c->nchw", mean, self.weight) + self.bias.reshape(1, -1, 1, 1)
        )


@subsample.cases
def _(rng):
    yield call(1, inputs=normal(rng, 1, 1, 2, 2))
    yield call(2, inputs=normal(rng, 2, 2, 4, 6))
    yield call(3, inputs=normal(rng, 3, 3, 2, 8))
    yield call(6, inputs=normal(rng, 2, 6, 6, 4))


def _layer(forward, weight=torch.ones, bias=torch.zeros):
    """A Subsample with another forward, or other values to start from."""

    def init(self, channels):
        nn.Module.__init__(self)
        self.weight, self.bias = nn.Parameter(weight(channels)), nn.Parameter(bias(channels))

    return type("Subsample", (nn.Module,), {"__init__": init, "forward": forward})


def _line(self, x):
    """The channel's own straight line."""
    return x * self.weight[:, None, None] + self.bias[:, None, None]


def _half(x):
    return F.avg_pool2d(x, 2)


subsample.mistake(
    "Yours takes the largest of the four. The net of 1998 takes their mean.", "largest"
)(_layer(lambda self, x: torch.tanh(_line(self, F.max_pool2d(x, 2)))))


subsample.mistake(
    "Yours takes the sum of the four, as the paper writes it. Here the mean is asked for.", "sum"
)(_layer(lambda self, x: torch.tanh(_line(self, 4 * _half(x)))))


subsample.mistake(
    "Your tanh comes first. It should come last, after the mean, the weight and the bias.",
    "tanh_first",
)(_layer(lambda self, x: _line(self, _half(torch.tanh(x)))))


subsample.mistake("Your tanh is missing.", "no_tanh")(
    _layer(lambda self, x: _line(self, _half(x)))
)


subsample.mistake(
    "Your weight multiplies what comes out of the tanh. It goes in front.", "weight_behind"
)(
    _layer(
        lambda self, x: (
            torch.tanh(_half(x) + self.bias[:, None, None]) * self.weight[:, None, None]
        )
    )
)


subsample.mistake(
    "Your weight multiplies the bias as well. Multiply first, then add.", "bias_scaled"
)(
    _layer(
        lambda self, x: torch.tanh(
            (_half(x) + self.bias[:, None, None]) * self.weight[:, None, None]
        )
    )
)


subsample.mistake(
    "Your windows overlap. They stand side by side, so the stride is 2.", "stride_1"
)(_layer(lambda self, x: torch.tanh(_line(self, F.avg_pool2d(x, 2, stride=1)))))


subsample.mistake("Your weights start at random. They should start at 1.", "random_start")(
    _layer(lambda self, x: torch.tanh(_line(self, _half(x))), weight=torch.randn)
)


subsample.mistake(
    "All maps of yours share one weight and one bias. Each map has its own.", "one_for_all"
)(
    _layer(
        lambda self, x: torch.tanh(_half(x) * self.weight + self.bias),
        lambda c: torch.ones(1),
        lambda c: torch.zeros(1),
    )
)


subsample.alternative(_layer(lambda self, x: torch.tanh(_line(self, _half(x)))))


subsample.alternative(
    _layer(
        lambda self, x: _line(
            self, x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))
        ).tanh()
    )
)


@subsample.alternative
class AsConvolution(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), 1.0))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        kernels = (self.weight / 4)[:, None, None, None].expand(-1, 1, 2, 2)
        return torch.tanh(F.conv2d(x, kernels, self.bias, stride=2, groups=len(self.weight)))


subsample.demand("weight starts at 1", violated_by="random_start")
subsample.demand("both are parameters of shape (C,)", violated_by="one_for_all")
subsample.demand("Out: (N, C, H/2, W/2)", violated_by="stride_1")


connections = Exercise(
    "7.3",
    "A table of connections",
    difficulty=2,
    minutes=6,
    core=False,
    hints=[
        "Each 1 in the table is one kernel of k x k weights.",
        "Each row of the table is one map, with one bias.",
    ],
)


@connections.reference
def table_parameters(table, k):
    return sum(
        conv.weight.numel() + 1 for row in table for conv in [nn.Conv2d(int(row.sum()), 1, k)]
    )


@connections.cases
def _(rng):
    yield call(torch.ones(1, 1, dtype=torch.int64), 1)
    yield call(torch.tensor([[1, 0], [1, 1]]), 3)
    yield call(torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0]]), 5)
    yield call(torch.tensor([[1, 0], [0, 1], [1, 1], [1, 0], [0, 1]]), 2)
    yield call(torch.tensor([[int(str(j) in row) for j in range(6)] for row in TABLE]), 5)
    yield from (
        call(torch.from_numpy(rng.integers(0, 2, (rows, 9))), k) for rows, k in [(4, 3), (7, 6)]
    )


@connections.mistake(
    "You counted a full table, where every map sees every input. Count the ones only."
)
def full(table, k):
    return table.numel() * k * k + len(table)


@connections.mistake("Your biases are missing: one for each output map.")
def no_bias(table, k):
    return int(table.sum()) * k * k


@connections.mistake(
    "You gave every kernel a bias. The kernels of one output map are added, and get one bias"
    " together."
)
def bias_each(table, k):
    return int(table.sum()) * (k * k + 1)


@connections.mistake("You counted k weights a kernel. It has height and width, so k * k.")
def not_squared(table, k):
    return int(table.sum()) * k + len(table)


@connections.mistake(
    "You counted a bias for every input map. Biases belong to the output maps, the rows."
)
def bias_by_column(table, k):
    return int(table.sum()) * k * k + table.shape[1]


@connections.mistake(
    "In yours all kernels of an output map have the same weights. Every 1 has a kernel of its own."
)
def shared(table, k):
    return len(table) * (k * k + 1)


@connections.mistake("Yours is a float. Parameters are counted, so give an integer.")
def as_float(table, k):
    return float(table.sum()) * k * k + len(table)


@connections.alternative
def by_rows(table, k):
    return sum(sum(row) * k * k + 1 for row in table.tolist())


@connections.alternative
def counted(table, k):
    return torch.count_nonzero(table).item() * k**2 + table.size(0)


@connections.alternative
def as_kernels(table, k):
    return (table[:, :, None, None] * torch.ones(k, k)).count_nonzero().item() + table.shape[0]


@connections.alternative
def as_a_tensor(table, k):
    return table.sum() * k * k + len(table)


connections.demand("only where table[i, j] is 1", violated_by="full")
connections.demand("has a k x k kernel of its own", violated_by="not_squared")
connections.demand("are added, with one bias", violated_by="bias_each")
connections.demand("Return an integer", violated_by="as_float")


modern = Module(
    "7.4",
    "The modern form",
    difficulty=2,
    minutes=12,
    points=2,
    hints=[
        (
            "`nn.Conv2d(1, 6, 5, padding=2)` keeps 28 x 28; the second convolution pads nothing:"
            " 14 x 14 becomes 10 x 10."
        ),
        (
            "After the second pooling there are 16 maps of 5 x 5: 400 numbers. `x.flatten(1)`"
            " keeps the batch axis."
        ),
        (
            "ReLU stands after both convolutions and the first two linear layers. The last layer"
            " gives plain scores."
        ),
    ],
)


@modern.reference
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


@modern.cases
def _(rng):
    yield call(inputs=normal(rng, 1, 1, 28, 28))
    yield call(inputs=normal(rng, 3, 1, 28, 28))


class _Variant(modern.answer):
    """The right net with one thing changed."""

    squash, pool, between, last = (
        staticmethod(F.relu),
        staticmethod(F.max_pool2d),
        staticmethod(F.relu),
        nn.Identity(),
    )

    def forward(self, x):
        x = self.pool(self.squash(self.conv1(x)), 2)
        x = self.order(self.pool(self.squash(self.conv2(x)), 2))
        return self.last(self.fc3(self.between(self.fc2(self.between(self.fc1(x))))))

    def order(self, x):
        return x.flatten(1)


@modern.mistake(
    "There is a softmax behind your last layer. The loss brings its own: return plain scores."
)
class SoftmaxAtTheEnd(_Variant):
    last = nn.Softmax(dim=1)


@modern.mistake("There is a log-softmax behind your last layer. Return plain scores.")
class LogSoftmaxAtTheEnd(_Variant):
    last = nn.LogSoftmax(dim=1)


@modern.mistake(
    "There is a ReLU behind your last layer, so no score can be negative. Return plain scores."
)
class ReluAtTheEnd(_Variant):
    last = nn.ReLU()


class _Activated(modern.answer):
    """The right net, what stands behind each of its four layers another."""

    after = (F.relu,) * 4

    def forward(self, x):
        one, two, three, four = self.after
        x = F.max_pool2d(one(self.conv1(x)), 2)
        x = F.max_pool2d(two(self.conv2(x)), 2).flatten(1)
        return self.fc3(four(self.fc2(three(self.fc1(x)))))


def _as_it_is(x):
    return x


for _place, _part in enumerate(("conv1", "conv2", "fc1", "fc2")):
    modern.mistake(f"There is no ReLU behind `{_part}`.", f"no_relu_behind_{_part}")(
        type(
            "LeNet",
            (_Activated,),
            {"after": tuple(_as_it_is if at == _place else F.relu for at in range(4))},
        )
    )


modern.mistake("There is no ReLU in your net, so all of it but the pooling is linear.", "no_relu")(
    type("LeNet", (_Activated,), {"after": (_as_it_is,) * 4})
)


for _name, _squash, _said in (
    ("tanh", torch.tanh, "tanh, as in 1998"),
    ("sigmoid", torch.sigmoid, "a sigmoid"),
):
    for _where, _after, _behind in (
        ("", (_squash,) * 4, ""),
        ("_behind_convolutions", (_squash,) * 2 + (F.relu,) * 2, " behind the convolutions"),
        ("_between_linear", (F.relu,) * 2 + (_squash,) * 2, " between the linear layers"),
    ):
        modern.mistake(
            f"Yours has {_said}{_behind}. The modern form has ReLU.", f"{_name}{_where}"
        )(type("LeNet", (_Activated,), {"after": _after}))


@modern.mistake("Yours takes the mean in pooling, as in 1998. The modern form takes the maximum.")
class Average(_Variant):
    pool = staticmethod(F.avg_pool2d)


@modern.mistake(
    "There is no ReLU between your linear layers, so the three together are one linear layer."
)
class LinearTail(_Variant):
    between = staticmethod(lambda x: x)


@modern.mistake("There is no ReLU behind your convolutions.")
class LinearHead(_Variant):
    squash = staticmethod(lambda x: x)


@modern.mistake(
    "You flatten with the channels last. Flatten (C, H, W) as they lie: `x.flatten(1)`."
)
class ChannelsLast(_Variant):
    def order(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


@modern.mistake(
    "Your first convolution does not pad, so 4 x 4 maps are left at the end. The pictures are 28 x"
    " 28: pad by 2."
)
class NoPadding(_Variant):
    def __init__(self):
        super().__init__()
        self.conv1, self.fc1 = nn.Conv2d(1, 6, 5), nn.Linear(256, 120)


@modern.mistake(
    "Your layers have other names. The task asks for `conv1`, `conv2`, `fc1`, `fc2`, `fc3`."
)
class InParts(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding="same"),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(6, 16, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)
        )

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


@modern.alternative
class PaddedOutside(modern.answer):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(F.pad(x, (2, 2, 2, 2))), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2)).reshape(len(x), -1)
        return self.fc3(self.fc2(self.fc1(x).clamp(min=0)).clamp(min=0))


@modern.alternative
class PooledFirst(_Variant):
    """ReLU after pooling: the largest of cut numbers is the cut largest."""

    squash, pool = staticmethod(lambda x: x), staticmethod(lambda x, k: F.max_pool2d(x, k).relu())


modern.demand("with these names", violated_by="InParts")
modern.demand("padding 2", violated_by="NoPadding")
modern.demand("ReLU and 2 x 2 max pooling after each convolution", violated_by="LinearHead")
modern.demand("max pooling", violated_by="Average")
modern.demand("ReLU after fc1 and fc2", violated_by="LinearTail")
modern.demand("Flatten the maps as they lie", violated_by="ChannelsLast")
modern.demand("no softmax", violated_by="SoftmaxAtTheEnd")


variant = Number(
    "7.5",
    "The teaching variant",
    1_256_080,
    difficulty=2,
    minutes=5,
    core=False,
    wrong={
        "no_padding": (
            431_080,
            (
                "That is without padding, where 4 x 4 maps are left. Here both convolutions keep"
                " the size."
            ),
        ),
        "no_biases": (1_255_500, "The biases are missing: 20 + 50 + 500 + 10."),
        "pooled_once": (
            4_931_080,
            "You pooled once. After two poolings 28 x 28 has become 7 x 7.",
        ),
        "one_input": (1_232_330, "Each of the 50 filters sees all 20 maps before it, not one."),
        "weights_of_fc1": (
            1_225_000,
            "Those are the weights of the first linear layer only. They are nearly all of it.",
        ),
    },
    right=[520 + 25_050 + 1_225_500 + 5_010, 1_256_080.0, torch.tensor(1_256_080)],
    hints=[
        "The first convolution has 20 x (25 + 1) = 520.",
        "The first linear layer takes 50 x 7 x 7 = 2,450 numbers.",
    ],
)


@variant.recall
def _(rng):
    filters, side, classes = rng.randint(4, 12), rng.choice([5, 6, 7]), rng.randint(2, 10)
    text = (
        f"{filters} maps of {side} x {side} are flattened and go into a linear layer of "
        f"{classes}. How many parameters has it?"
    )
    return text, classes * (filters * side**2 + 1)
