"""Exercises of notebook 07: the three nets called LeNet-5, and everything around a training."""

import copy
import functools
import math

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, normal, whole

TABLE = ("012", "123", "234", "345", "045", "015", "0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245",
         "0235", "012345")  # fmt: skip

sides = Number(
    "7.1",
    "Down to one pixel",
    (28, 14, 10, 5, 1),
    difficulty=1,
    minutes=4,
    wrong={
        "same_padding": ((32, 16, 16, 8, 8), "That is with padding that keeps the size. The net of 1998 pads nothing."),
        "steps": ((27, 13, 8, 4, -1), "You counted the steps between window positions. The first position counts too."),
        "pictures_of_28": ((24, 12, 8, 4, 0), "That starts with 28 pixels. The net takes 32 x 32."),
        "pooling_stride_1": ((28, 27, 23, 22, 18), "Your 2 x 2 windows overlap. They stand side by side: stride 2."),
        "no_pooling": ((28, 28, 24, 24, 20), "S2 and S4 halve each side."),
        "c5_pooled": ((28, 14, 10, 5, 5), "C5 is a convolution like C1 and C3, with a 5 x 5 window, on 5 x 5 maps."),
    },
    right=[[28, 14, 10, 5, 1], (28, 28 // 2, 14 - 4, 5, 5 - 4), torch.Size([28, 14, 10, 5, 1])],
    hints=["A 5 x 5 window without padding takes 4 off each side.", "32 - 4 = 28, then half of it is 14, then..."],
)


subsample = Module(
    "7.2",
    "A pooling layer that learns",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "`F.avg_pool2d(x, 2)` gives the averages, (N, C, H/2, W/2).",
        "To meet (N, C, H, W), a parameter of shape (C,) must become (C, 1, 1): `self.weight[:, None, None]`.",
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
        return torch.tanh(torch.einsum("nchw,c->nchw", mean, self.weight) + self.bias.reshape(1, -1, 1, 1))


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


subsample.mistake("That takes the largest of the four. The net of 1998 takes their average.", "largest")(
    _layer(lambda self, x: torch.tanh(_line(self, F.max_pool2d(x, 2))))
)
subsample.mistake("That is the sum of the four, as the paper writes it. Here the average is asked for.", "sum")(
    _layer(lambda self, x: torch.tanh(_line(self, 4 * _half(x))))
)
subsample.mistake("The tanh comes last, after the average, the weight and the bias.", "tanh_first")(
    _layer(lambda self, x: _line(self, _half(torch.tanh(x))))
)
subsample.mistake("The tanh is missing.", "no_tanh")(_layer(lambda self, x: _line(self, _half(x))))
subsample.mistake("Your weight multiplies what comes out of the tanh. It goes in front.", "weight_behind")(
    _layer(lambda self, x: torch.tanh(_half(x) + self.bias[:, None, None]) * self.weight[:, None, None])
)
subsample.mistake("Your weight multiplies the bias as well. Multiply first, then add.", "bias_scaled")(
    _layer(lambda self, x: torch.tanh((_half(x) + self.bias[:, None, None]) * self.weight[:, None, None]))
)
subsample.mistake("Your windows overlap. They stand side by side, so the stride is 2.", "stride_1")(
    _layer(lambda self, x: torch.tanh(_line(self, F.avg_pool2d(x, 2, stride=1))))
)
subsample.mistake("The weights must start at 1; yours are random.", "random_start")(
    _layer(lambda self, x: torch.tanh(_line(self, _half(x))), weight=torch.randn)
)
subsample.mistake("All channels share one weight and one bias here. Each channel has its own.", "one_for_all")(
    _layer(
        lambda self, x: torch.tanh(_half(x) * self.weight + self.bias),
        lambda c: torch.ones(1),
        lambda c: torch.zeros(1),
    )
)

subsample.alternative(_layer(lambda self, x: torch.tanh(_line(self, _half(x)))))
subsample.alternative(
    _layer(lambda self, x: _line(self, x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))).tanh())
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


connections = Exercise(
    "7.3",
    "A table of connections",
    difficulty=2,
    minutes=6,
    hints=["Each 1 in the table is one kernel of k x k weights.", "Each row of the table is one map, with one bias."],
)


@connections.reference
def table_parameters(table, k):
    return sum(conv.weight.numel() + 1 for row in table for conv in [nn.Conv2d(int(row.sum()), 1, k)])


@connections.cases
def _(rng):
    yield call(torch.ones(1, 1, dtype=torch.int64), 1)
    yield call(torch.tensor([[1, 0], [1, 1]]), 3)
    yield call(torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0]]), 5)
    yield call(torch.tensor([[1, 0], [0, 1], [1, 1], [1, 0], [0, 1]]), 2)
    yield call(torch.tensor([[int(str(j) in row) for j in range(6)] for row in TABLE]), 5)
    yield from (call(torch.from_numpy(rng.integers(0, 2, (rows, 9))), k) for rows, k in [(4, 3), (7, 6)])


@connections.mistake("That is a full table: every map sees every input. Count the ones only.")
def full(table, k):
    return table.numel() * k * k + len(table)


@connections.mistake("The biases are missing: one for each output map.")
def no_bias(table, k):
    return int(table.sum()) * k * k


@connections.mistake(
    "You gave every kernel a bias. The kernels of one output map are added, and get one bias together."
)
def bias_each(table, k):
    return int(table.sum()) * (k * k + 1)


@connections.mistake("A kernel has height and width: k * k weights, not k.")
def not_squared(table, k):
    return int(table.sum()) * k + len(table)


@connections.mistake("You counted a bias for every input map. Biases belong to the output maps, the rows.")
def bias_by_column(table, k):
    return int(table.sum()) * k * k + table.shape[1]


@connections.mistake("That gives all kernels of one output map the same weights. Every 1 has a kernel of its own.")
def shared(table, k):
    return len(table) * (k * k + 1)


@connections.alternative
def by_rows(table, k):
    return sum(sum(row) * k * k + 1 for row in table.tolist())


@connections.alternative
def counted(table, k):
    return torch.count_nonzero(table).item() * k**2 + table.size(0)


@connections.alternative
def as_kernels(table, k):
    return (table[:, :, None, None] * torch.ones(k, k)).count_nonzero().item() + table.shape[0]


modern = Module(
    "7.4",
    "The modern form",
    difficulty=2,
    minutes=10,
    points=2,
    hints=[
        "`nn.Conv2d(1, 6, 5, padding=2)` keeps 28 x 28; the second convolution pads nothing: 14 x 14 becomes 10 x 10.",
        "After the second pooling there are 16 maps of 5 x 5: 400 numbers. `x.flatten(1)` keeps the batch axis.",
        "ReLU stands after both convolutions and the first two linear layers. The last layer gives plain scores.",
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

    squash, pool, between, last = staticmethod(F.relu), staticmethod(F.max_pool2d), staticmethod(F.relu), nn.Identity()

    def forward(self, x):
        x = self.pool(self.squash(self.conv1(x)), 2)
        x = self.order(self.pool(self.squash(self.conv2(x)), 2))
        return self.last(self.fc3(self.between(self.fc2(self.between(self.fc1(x))))))

    def order(self, x):
        return x.flatten(1)


@modern.mistake("There is a softmax behind the last layer. The loss brings its own: return plain scores.")
class SoftmaxAtTheEnd(_Variant):
    last = nn.Softmax(dim=1)


@modern.mistake("There is a log-softmax behind the last layer. Return plain scores.")
class LogSoftmaxAtTheEnd(_Variant):
    last = nn.LogSoftmax(dim=1)


@modern.mistake("There is a ReLU behind the last layer, so no score can be negative. Return plain scores.")
class ReluAtTheEnd(_Variant):
    last = nn.ReLU()


@modern.mistake("That is tanh, as in 1998. The modern form has ReLU.")
class Tanh(_Variant):
    squash = between = staticmethod(torch.tanh)


@modern.mistake("That is average pooling, as in 1998. The modern form takes the maximum.")
class Average(_Variant):
    pool = staticmethod(F.avg_pool2d)


@modern.mistake("There is no ReLU between your linear layers, so the three together are one linear layer.")
class LinearTail(_Variant):
    between = staticmethod(lambda x: x)


@modern.mistake("There is no ReLU behind your convolutions.")
class LinearHead(_Variant):
    squash = staticmethod(lambda x: x)


@modern.mistake("You flatten with the channels last. Flatten (C, H, W) as they lie: `x.flatten(1)`.")
class ChannelsLast(_Variant):
    def order(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


@modern.mistake("Without padding in the first convolution 4 x 4 maps are left. The pictures are 28 x 28: pad by 2.")
class NoPadding(_Variant):
    def __init__(self):
        super().__init__()
        self.conv1, self.fc1 = nn.Conv2d(1, 6, 5), nn.Linear(256, 120)


@modern.alternative
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
        self.head = nn.Sequential(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

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


variant = Number(
    "7.5",
    "The teaching variant",
    1_256_080,
    difficulty=2,
    minutes=5,
    wrong={
        "no_padding": (
            431_080,
            "That is without padding, where 4 x 4 maps are left. Here both convolutions keep the size.",
        ),
        "no_biases": (1_255_500, "The biases are missing: 20 + 50 + 500 + 10."),
        "pooled_once": (4_931_080, "You pooled once. After two poolings 28 x 28 has become 7 x 7."),
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


entropy = Exercise(
    "7.6",
    "Softmax and its loss",
    difficulty=3,
    minutes=10,
    points=2,
    forbidden={"_log_softmax", "nll_loss_forward"},
    hints=[
        "-log softmax is log(sum of exp of all scores) minus the score of the right class.",
        "A score of 1,000 overflows exp. Taking the largest score off all scores of a picture changes no probability.",
        "`scores[torch.arange(len(y)), y]` are the scores of the right classes.",
    ],
)


@entropy.reference
def cross_entropy(scores, y):
    return F.cross_entropy(scores, y)


@entropy.cases
def _(rng):
    yield call(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    yield call(torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([0]))
    yield call(torch.tensor([[1.0, 3.0], [2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 0, 1]))
    yield call(torch.tensor([[1000.0, 998.0, 0.0], [-1000.0, 0.0, 2.0]]), torch.tensor([1, 2]))
    yield call(torch.tensor([[-2000.0, -2001.0]]), torch.tensor([1]))
    yield call(torch.tensor([[1000.0, 0.0], [0.0, 0.0]]), torch.tensor([1, 0]))
    for n, k in rng.integers(2, 7, (4, 2)):
        yield call(normal(rng, n, k), torch.from_numpy(rng.integers(0, k, n)))


def _picked(logs, y):
    return logs[torch.arange(len(y)), y]


@entropy.mistake("The exponential of a large score overflows. Take the largest score of each picture off first.")
def overflows(scores, y):
    return -_picked((scores.exp() / scores.exp().sum(1, keepdim=True)).log(), y).mean()


@entropy.mistake(
    "A probability that rounds to 0 has the logarithm -inf. Do not take the log of the softmax: simplify it on paper."
)
def log_of_zero(scores, y):
    return -_picked(scores.softmax(1).log(), y).mean()


@entropy.mistake("That is the sum over the pictures. Their mean is asked for.")
def summed(scores, y):
    return F.cross_entropy(scores, y, reduction="sum")


@entropy.mistake("The sign is the other way: a loss is small when the probability is large.")
def positive(scores, y):
    return -F.cross_entropy(scores, y)


@entropy.mistake("Your softmax runs over the pictures. The classes of one picture share its probability: axis 1.")
def over_pictures(scores, y):
    return -_picked(scores.log_softmax(0), y).mean()


@entropy.mistake("That is one minus the probability of the right class. The loss is minus its logarithm.")
def without_log(scores, y):
    return (1 - _picked(scores.softmax(1), y)).mean()


@entropy.mistake("You also divided by the number of classes. Only the pictures are averaged.")
def over_classes(scores, y):
    return F.cross_entropy(scores, y) / scores.shape[1]


@entropy.mistake("That is the logarithm to the base 2, or 10. The natural one is asked for.")
def base_two(scores, y):
    return F.cross_entropy(scores, y) / math.log(2)


@entropy.mistake("That is one loss for each picture. Return their mean.")
def one_each(scores, y):
    return F.cross_entropy(scores, y, reduction="none")


@entropy.alternative
def by_logsumexp(scores, y):
    return (scores.logsumexp(1) - scores.gather(1, y[:, None])[:, 0]).mean()


@entropy.alternative
def picture_by_picture(scores, y):
    return sum((row - row[k]).logsumexp(0) for row, k in zip(scores, y)) / len(y)


@entropy.alternative
def shifted(scores, y):
    scores = scores - scores.amax(1, keepdim=True)
    right = (F.one_hot(y, scores.shape[1]) * scores).sum(1)
    return torch.mean(scores.exp().sum(1).log() - right)


twice = Number(
    "7.7",
    "Softmax twice",
    -math.log(math.e / (math.e + 9)),
    difficulty=3,
    minutes=5,
    tolerance=1e-3,
    wrong={
        "zero": (0.0, "That is the smallest loss of plain scores. Here the scores are probabilities, at most 1."),
        "guessing": (math.log(10), "That is the loss of guessing. A net that is sure gets below it."),
        "ten_others": (
            -math.log(math.e / (math.e + 10)),
            "There are nine other classes, each with a score of 0 and exp(0) = 1.",
        ),
        "others_nothing": (1.0, "The nine others have the score 0. Its exponential is 1, not 0."),
        "probability": (math.e / (math.e + 9), "That is the probability of the right class. The loss is -log of it."),
        "base_ten": (-math.log10(math.e / (math.e + 9)), "That is the logarithm to the base 10. Take the natural one."),
    },
    right=[1.461, 1.4612, math.log(1 + 9 / math.e), torch.tensor(1.46115)],
    hints=[
        "The best probabilities are 1 for the right class and 0 for nine others.",
        "Now apply softmax to these ten numbers.",
    ],
)


step = Exercise(
    "7.8",
    "One step of training",
    difficulty=2,
    minutes=8,
    points=2,
    hints=[
        "Five things: training mode, loss, gradients set to zero, backward, step.",
        "`.backward()` adds to the gradients that are there already, so they are set to zero first.",
        "`loss.item()` is the loss as a Python number, without the graph behind it.",
    ],
)


@step.reference
def train_step(net, optimizer, x, y):
    net.train()
    for p in net.parameters():
        p.grad = None
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@step.cases
def _(rng):
    yield call(normal(rng, 4, 3), torch.tensor([0, 1, 1, 0]), False)
    yield call(normal(rng, 6, 3), torch.tensor([1, 1, 0, 0, 1, 0]), True)


def _fixed(net):
    """The same weights in every call, the global random state untouched."""
    source = torch.Generator().manual_seed(3)
    for p in net.parameters():
        p.data = torch.randn(p.shape, generator=source) / 2
    return net


def _tiny(training):
    """A small net with fixed weights, gradients left over from something else."""
    net = _fixed(nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2))).train(training)
    for p in net.parameters():
        p.grad = torch.ones_like(p)
    return net


@step.probe
def _(attempt, x, y, training):
    net = _tiny(training)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.5)
    losses = [attempt(net, optimizer, x, y) for _ in range(3)]
    seen = {f"what step {n} returned": loss for n, loss in enumerate(losses, 1)}
    seen |= {"as a Python number": all(isinstance(loss, float) for loss in losses)}
    seen |= {f"after three steps `{name}`": value for name, value in net.state_dict().items()}
    return seen


step.say = lambda case: (
    f"Three calls of `train_step(net, optimizer, x {tuple(case.args[0].shape)}, y)`, the net in "
    f"{'training' if case.args[2] else 'evaluation'} mode at first:"
)


def _stepper(*order, result=lambda loss: loss.item(), mode=True):
    """A step that does what `order` names."""

    def train_step(net, optimizer, x, y):
        if mode is not None:
            net.train(mode)
        loss = F.cross_entropy(net(x), y)
        for name in order:
            {"zero": optimizer.zero_grad, "back": loss.backward, "step": optimizer.step}[name]()
        return result(loss)

    return train_step


step.mistake("The gradients of earlier steps are still there, and `backward` adds to them.", "no_zero_grad")(
    _stepper("back", "step")
)
step.mistake(
    "The weights never change: the step sees no gradient, or never happens. Are `zero_grad`, `backward` and `step` all "
    "there, and in which order?",
    "no_change",
)(_stepper("back", "zero", "step"))
step.mistake("Your step uses the gradients left over from before. Compute those of this batch first.", "stale")(
    _stepper("step", "zero", "back")
)
step.mistake("The net may come in evaluation mode. Switch it to training mode first.", "mode_as_it_was")(
    _stepper("zero", "back", "step", mode=None)
)
step.mistake("That trains in evaluation mode: batch norm uses its running statistics, and updates none.", "eval_mode")(
    _stepper("zero", "back", "step", mode=False)
)
step.mistake(
    "Return the loss as a Python number, by `.item()`; a tensor drags its whole graph along.", "tensor_with_graph"
)(_stepper("zero", "back", "step", result=lambda loss: loss))
step.mistake("Nothing is returned. Return the loss as a Python number.", "returns_nothing")(
    _stepper("zero", "back", "step", result=lambda loss: None)
)


@step.mistake("That is the loss after the step. Return the one that the gradient belongs to.")
def loss_after(net, optimizer, x, y):
    _stepper("zero", "back", "step")(net, optimizer, x, y)
    kept = copy.deepcopy(net.state_dict())
    loss = F.cross_entropy(net(x), y).item()
    net.load_state_dict(kept)
    return loss


@step.mistake("There is a softmax before `F.cross_entropy`, which has its own. Give it the scores.")
def softmax_twice(net, optimizer, x, y):
    return _stepper("zero", "back", "step")(nn.Sequential(net, nn.Softmax(dim=1)), optimizer, x, y)


step.alternative(_stepper("zero", "back", "step"))


@step.alternative
def zero_first(net, optimizer, x, y):
    optimizer.zero_grad(set_to_none=False)
    net.train()
    log_p = net(x).log_softmax(1)
    loss = -log_p[torch.arange(len(y)), y].mean()
    loss.backward()
    optimizer.step()
    return loss.detach().item()


@step.alternative
def zero_last(net, optimizer, x, y):
    optimizer.zero_grad()
    net.train()
    loss = nn.CrossEntropyLoss()(net(x), y)
    gradients = torch.autograd.grad(loss, list(net.parameters()))
    for p, gradient in zip(net.parameters(), gradients):
        p.grad = gradient
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


forgotten = Choice(
    "7.9",
    "Which line is missing?",
    "c",
    difficulty=2,
    minutes=4,
    why={
        "a": "The order is drawn in `randperm`, anew in each epoch.",
        "b": "`step` is there. Look at what it uses.",
        "d": "Training mode matters for layers such as dropout and batch norm, and LeNet has none of them.",
    },
    because="Each step used the sum of all gradients so far: old directions, ever larger steps.",
    hints=["The loss falls at first, then jumps about as if the steps became larger and larger."],
)


score = Exercise(
    "7.10",
    "Repair the evaluation",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "`mode = net.training` remembers the mode; `net.train(mode)` puts it back.",
        "If the last batch is smaller, the mean of the batches' accuracies is not the accuracy. Count right answers.",
        "Inside `with torch.no_grad():` nothing is recorded for gradients.",
    ],
)


class Watched(nn.Module):
    """A small net with batch norm that notes whether gradients were recorded, and how many pictures came at once."""

    def __init__(self):
        super().__init__()
        self.norm, self.linear = nn.BatchNorm1d(3), _fixed(nn.Linear(3, 3))
        self.norm.running_mean[:] = torch.tensor([0.5, -0.5, 0.0])
        self.recorded, self.largest = False, 0

    def forward(self, x):
        self.recorded |= torch.is_grad_enabled()
        self.largest = max(self.largest, len(x))
        return self.linear(self.norm(x))


@score.reference
def accuracy(net, x, y, batch=100):
    before = {name: part.training for name, part in net.named_modules()}
    with torch.no_grad():
        guesses = torch.cat([net.eval()(some).argmax(1) for some in x.split(batch)])
    for name, part in net.named_modules():
        part.training = before[name]
    return (guesses == y).sum().item() / len(y)


@score.cases
def _(rng):
    for count, batch, training in ((4, 4, True), (7, 3, False), (10, 4, True), (11, 5, False), (30, 7, True)):
        yield call(normal(rng, count, 3), torch.from_numpy(rng.integers(0, 3, count)), batch, training)


@score.probe
def _(attempt, x, y, batch, training):
    net = Watched().train(training)
    value = attempt(net, x, y, batch)
    return {
        "accuracy": float(value) if isinstance(value, torch.Tensor) and value.ndim == 0 else value,
        "in training mode afterwards": net.training,
        "recorded for gradients": net.recorded,
        "largest batch": net.largest,
        "running mean afterwards": net.norm.running_mean.clone(),
    }


score.say = lambda case: (
    f"`accuracy(net, x {tuple(case.args[0].shape)}, y, batch={case.args[2]})`, the net in "
    f"{'training' if case.args[3] else 'evaluation'} mode:"
)


def _guesses(net, x, batch):
    return torch.cat([net(some).argmax(1) for some in x.split(batch)])


@score.mistake("The net stays in training mode, so batch norm uses the statistics of each batch, and changes its own.")
def no_eval(net, x, y, batch):
    with torch.no_grad():
        return (_guesses(net, x, batch) == y).double().mean().item()


@score.mistake("The net is left in evaluation mode. Put it back as it was.")
def left_in_eval(net, x, y, batch):
    net.eval()
    return no_eval(net, x, y, batch)


@score.mistake("The net is always left in training mode. Put it back as it *was*.")
def always_train(net, x, y, batch):
    value = left_in_eval(net, x, y, batch)
    net.train()
    return value


def _kept(value):
    """The same computed in evaluation mode, the mode put back."""

    def accuracy(net, x, y, batch):
        mode = net.training
        net.eval()
        result = value(net, x, y, batch)
        net.train(mode)
        return result

    return accuracy


score.mistake("Everything is recorded for gradients that nobody asks for. Use `torch.no_grad()`.", "records")(
    _kept(lambda net, x, y, batch: (_guesses(net, x, batch) == y).double().mean().item())
)


def _mean_of_batches(net, x, y, batch):
    pairs = zip(x.split(batch), y.split(batch))
    return torch.stack([(net(a).argmax(1) == b).double().mean() for a, b in pairs]).mean().item()


score.mistake(
    "The mean of the batches' accuracies counts the smaller last batch as much as the others.", "mean_of_means"
)(torch.no_grad()(_kept(_mean_of_batches)))
score.mistake("That is the number of right answers. Their share is asked for, 0 to 1.", "count")(
    torch.no_grad()(_kept(lambda net, x, y, batch: (_guesses(net, x, batch) == y).double().sum().item()))
)
score.mistake("That is the share of wrong answers.", "error")(
    torch.no_grad()(_kept(lambda net, x, y, batch: (_guesses(net, x, batch) != y).double().mean().item()))
)
score.mistake(
    "All pictures went in at once. `batch` at a time was asked for, so that any number fits the memory.", "at_once"
)(torch.no_grad()(_kept(lambda net, x, y, batch: (_guesses(net, x, len(x)) == y).double().mean().item())))

score.mistake("The last, smaller batch is left out. Every picture counts.", "drops_the_rest")(
    torch.no_grad()(
        _kept(lambda net, x, y, batch: no_eval(net, x[: len(x) // batch * batch], y[: len(x) // batch * batch], batch))
    )
)

score.alternative(torch.no_grad()(_kept(lambda net, x, y, b: (_guesses(net, x, b) == y).double().mean().item())))


@score.alternative
def by_index(net, x, y, batch):
    mode, right = net.training, 0
    net.eval()
    with torch.inference_mode():
        for start in range(0, len(x), batch):
            rows = slice(start, start + batch)
            right += int((net(x[rows]).max(1).indices == y[rows]).sum())
    net.train(mode)
    return right / len(x)


@score.alternative
def one_by_one(net, x, y, batch):
    mode, right = net.training, []
    try:
        net.eval()
        for some, answers in zip(x.split(batch), y.split(batch)):
            with torch.no_grad():
                right += [int(row.argmax()) == int(answer) for row, answer in zip(net(some), answers)]
    finally:
        net.train(mode)
    return sum(right) / len(right)


matrix = Exercise(
    "7.11",
    "Who is taken for whom",
    difficulty=2,
    minutes=8,
    hints=[
        "Row: the truth. Column: what the net said.",
        "`m[y, guesses] += 1` adds 1 once to each place, however often it stands there.",
        "`torch.bincount(y * classes + guesses, minlength=classes**2)` counts pairs.",
    ],
)


@matrix.reference
def confusion(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    return table.index_put((y, guesses), torch.ones_like(y), accumulate=True)


@matrix.cases
def _(rng):
    yield call(torch.tensor([0]), torch.tensor([1]), 2)
    yield call(torch.tensor([0, 0, 1]), torch.tensor([0, 0, 0]), 2)
    yield call(torch.tensor([0, 1, 1, 1]), torch.tensor([1, 1, 1, 0]), 3)
    for n, k in ((20, 4), (50, 10)):
        yield call(torch.from_numpy(rng.integers(0, k, n)), torch.from_numpy(rng.integers(0, k, n)), k)


@matrix.mistake("Rows and columns are swapped: the truth chooses the row.")
def swapped(y, guesses, classes):
    return confusion(guesses, y, classes)


@matrix.mistake("A pair that occurs several times is counted once: indexing with `+=` adds only once to each place.")
def counted_once(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    table[y, guesses] += 1
    return table


@matrix.mistake("Those are floating-point numbers. Counts are whole: `dtype=torch.int64`.")
def floats(y, guesses, classes):
    return confusion(y, guesses, classes).double()


@matrix.mistake("Those are shares of each row. Counts are asked for.")
def shares(y, guesses, classes):
    table = confusion(y, guesses, classes).double()
    return table / table.sum(1, keepdim=True)


@matrix.mistake("The table has as many rows as there are classes *in this sample*. Use `classes`.")
def as_large_as_needed(y, guesses, classes):
    return confusion(y, guesses, int(torch.max(y.max(), guesses.max())) + 1)


@matrix.mistake("Right answers are missing: they belong on the diagonal.")
def no_diagonal(y, guesses, classes):
    return confusion(y, guesses, classes) - torch.diag(torch.bincount(y[y == guesses], minlength=classes))


@matrix.alternative
def by_loop(y, guesses, classes):
    table = torch.zeros(classes, classes, dtype=torch.int64)
    for truth, guess in zip(y, guesses):
        table[truth, guess] += 1
    return table


@matrix.alternative
def by_bincount(y, guesses, classes):
    return torch.bincount(y * classes + guesses, minlength=classes**2).reshape(classes, classes)


@matrix.alternative
def by_product(y, guesses, classes):
    return F.one_hot(y, classes).T @ F.one_hot(guesses, classes)


affine = Exercise(
    "7.12",
    "Turn, zoom and move",
    difficulty=4,
    minutes=15,
    points=3,
    hints=[
        "`F.affine_grid` takes, for each place of the *new* picture, the place in the old one: the motion undone.",
        "Undo in reverse order: take the shift off, turn back, divide by the zoom.",
        "Its unit is half a picture: `right` pixels are `2 * right / size`.",
        "With c = cos, s = sin: the matrix is [[c, -s], [s, c]] / zoom; the last column is minus matrix times shift.",
    ],
)


@affine.reference
def warp(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down)


def _numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


@affine.cases
def _(rng):
    x = whole(rng, 1, 1, 4, 4, low=0, high=9)
    yield call(x, _numbers(0), _numbers(1), _numbers(1), _numbers(0))
    yield call(x, _numbers(0), _numbers(1), _numbers(0), _numbers(1))
    yield call(x, _numbers(90), _numbers(1), _numbers(0), _numbers(0))
    yield call(x, _numbers(0), _numbers(2), _numbers(0), _numbers(0))
    yield call(x, _numbers(90), _numbers(1), _numbers(1), _numbers(0))
    yield call(
        whole(rng, 3, 2, 6, 6, low=0, high=9),
        _numbers(10, -30, 75),
        _numbers(1, 1.5, 0.7),
        _numbers(1, 0, -2),
        _numbers(0, 1.5, 1),
    )
    yield call(
        whole(rng, 2, 1, 28, 28, low=0, high=9),
        _numbers(15, -15),
        _numbers(1.1, 0.9),
        _numbers(3, -2),
        _numbers(-2, 0.5),
    )


def _warp(x, angle, zoom, right, down, *, back=-1, unit=2, inside=True, corners=False):
    """By torch's grid; the options are the usual slips."""
    c, s = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    matrix = torch.stack([torch.stack([c, -s], 1), torch.stack([s, c], 1)], 1)
    shift = back * torch.stack([right, down], 1)[:, :, None] * (unit / x.shape[-1] if unit else 1)
    theta = torch.cat([matrix, matrix @ shift if inside else shift], 2)
    return F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=corners), align_corners=corners)


@affine.mistake("Your angle is taken in radians. It comes in degrees.")
def radians(x, angle, zoom, right, down):
    return _warp(x, angle, zoom, right, down)


@affine.mistake("Your pictures turn clockwise.")
def clockwise(x, angle, zoom, right, down):
    return _warp(x, -angle.deg2rad(), zoom, right, down)


@affine.mistake("A zoom of 2 makes your digit half as large. The grid says where to *read*: closer to the middle.")
def zoom_inverted(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), 1 / zoom, right, down)


@affine.mistake("Your pictures move the other way. The grid says where to *read*: to move right, read further left.")
def other_way(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, back=1)


@affine.mistake("The unit of the grid is half a picture, not a pixel.")
def in_pixels(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, unit=None)


@affine.mistake("The unit of the grid is half a picture: it runs from -1 to 1, so it is 2 wide.")
def whole_picture(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, unit=1)


@affine.mistake(
    "Your shift happens before the turn and the zoom, so it is turned and zoomed as well. Turn, zoom, then move."
)
def moved_first(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, inside=False)


@affine.mistake(
    "With `align_corners=True` the grid runs between the middles of the corner pixels, and the unit is another."
)
def corners(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, corners=True)


@affine.mistake("All pictures move like the first one. Each has its own numbers.")
def first_for_all(x, angle, zoom, right, down):
    return _warp(x, *(part[:1].expand(len(x)) for part in (angle.deg2rad(), zoom, right, down)))


@affine.alternative
def by_hand(x, angle, zoom, right, down):
    """By hand: where each new pixel comes from, and the mean of its four neighbors there, weighted by closeness."""
    size = x.shape[-1]
    middle = (torch.arange(size, dtype=x.dtype) + 0.5) - size / 2
    v, u = (
        grid[None] - shift[:, None, None]
        for grid, shift in zip(torch.meshgrid(middle, middle, indexing="ij"), (down, right))
    )
    c, s = (f(torch.deg2rad(angle))[:, None, None] for f in (torch.cos, torch.sin))
    column, row = ((c * u - s * v) / zoom[:, None, None], (s * u + c * v) / zoom[:, None, None])
    return _read_at(x, row + size / 2 - 0.5, column + size / 2 - 0.5)


def _read_at(x, row, column):
    """x (N, C, S, S) at fractional places (N, S, S), zero outside."""
    size, result = x.shape[-1], torch.zeros_like(x)
    for r in (row.floor(), row.floor() + 1):
        for c in (column.floor(), column.floor() + 1):
            weight = (1 - (row - r).abs()) * (1 - (column - c).abs())
            weight = weight * ((r >= 0) & (r < size) & (c >= 0) & (c < size))
            at = (
                (r.clamp(0, size - 1) * size + c.clamp(0, size - 1))
                .long()
                .flatten(1)[:, None]
                .expand(-1, x.shape[1], -1)
            )
            result += weight[:, None] * x.flatten(2).gather(2, at).reshape(x.shape)
    return result


@affine.alternative
def by_inverse(x, angle, zoom, right, down):
    forward = torch.eye(3).repeat(len(x), 1, 1)
    c, s = angle.deg2rad().cos() * zoom, angle.deg2rad().sin() * zoom
    forward[:, 0, 0], forward[:, 0, 1], forward[:, 1, 0], forward[:, 1, 1] = c, s, -s, c
    forward[:, 0, 2], forward[:, 1, 2] = 2 * right / x.shape[-1], 2 * down / x.shape[-1]
    theta = torch.linalg.inv(forward)[:, :2]
    return F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False)


@affine.alternative
def picture_by_picture_warped(x, angle, zoom, right, down):
    size, done = x.shape[-1], []
    axis = (2 * torch.arange(size) + 1) / size - 1
    for one, a, z, r, d in zip(x, angle.deg2rad(), zoom, right, down):
        u, v = axis[None, :] - 2 * r / size, axis[:, None] - 2 * d / size
        grid = torch.stack([(a.cos() * u - a.sin() * v) / z, (a.sin() * u + a.cos() * v) / z], 2)
        done.append(F.grid_sample(one[None], grid[None], align_corners=False))
    return torch.cat(done)


hooks = Exercise(
    "7.13",
    "Look inside",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "`module.register_forward_hook(f)` calls `f(module, inputs, output)` after each forward pass of that module.",
        "`net.get_submodule(name)` finds a layer by name. The hook gives back a handle: `handle.remove()`.",
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
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True), nn.Dropout2d(0.5), nn.Conv2d(2, 3, 3))
    net = _fixed(net).eval()
    maps = attempt(net, x, names)
    seen = {f"the maps of layer {name!r}": maps[name] for name in names} if type(maps) is dict else {"the result": maps}
    seen |= {"hooks left behind": sum(len(part._forward_hooks) for part in net.modules())}
    tensors = [value for value in seen.values() if isinstance(value, torch.Tensor)]
    return seen | {"with a graph for gradients": any(t.requires_grad for t in tensors), "the names": sorted(maps or [])}


hooks.say = lambda case: f"`feature_maps(net, x {tuple(case.args[0].shape)}, {case.args[1]})`"


def _hooked(keep=lambda inputs, output: output.detach().clone(), remove=True, wanted=lambda names, name: name in names):
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


hooks.mistake("Your hooks stay on the net and run in every later pass. Remove them.", "hooks_left")(
    _hooked(remove=False)
)
hooks.mistake("That is what goes *into* the layer. The second argument of a hook holds the inputs.", "inputs")(
    _hooked(lambda inputs, output: inputs[0].detach().clone())
)
hooks.mistake("A later layer works in place and overwrote your maps. Keep a copy: `.clone()`.", "overwritten")(
    _hooked(lambda inputs, output: output.detach())
)
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


rates_test = Exercise(
    "7.14",
    "The learning-rate range test",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "Train a copy: `copy.deepcopy(net)`.",
        "For each rate: loss, note it, gradients to zero, backward, and every parameter minus rate times its gradient.",
        "An optimizer's rate can be changed: `optimizer.param_groups[0]['lr'] = rate`.",
    ],
)


@rates_test.reference
def range_test(net, x, y, rates):
    weights = {name: value.detach().clone() for name, value in net.named_parameters()}
    losses = []
    for rate in torch.as_tensor(rates):
        for value in weights.values():
            value.requires_grad_(True)
        loss = F.cross_entropy(torch.func.functional_call(net, weights, (x,)), y)
        gradients = torch.autograd.grad(loss, list(weights.values()))
        weights = {name: (w - rate * g).detach() for (name, w), g in zip(weights.items(), gradients)}
        losses.append(loss.item())
    return torch.tensor(losses)


@rates_test.cases
def _(rng):
    yield call(normal(rng, 4, 3), torch.tensor([0, 1, 1, 0]), _numbers(0.1, 0.2))
    yield call(normal(rng, 6, 3), torch.tensor([1, 1, 0, 0, 1, 0]), _numbers(0.01, 0.1, 1, 10, 100))


@rates_test.probe
def _(attempt, x, y, rates):
    net = _fixed(nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2)))
    losses = attempt(net, x, y, rates)
    return {"losses": losses} | {f"afterwards `{name}`": value for name, value in net.state_dict().items()}


rates_test.say = lambda case: f"`range_test(net, x {tuple(case.args[0].shape)}, y, rates={case.args[2].tolist()})`"


def _ranged(*, copied=True, after=False, anew=False, zero=True, first_rate=False, result=torch.tensor):
    """A range test; the options are the usual slips."""

    def range_test(net, x, y, rates):
        start, losses = net, []
        net = copy.deepcopy(start) if copied else start
        for rate in rates:
            net = copy.deepcopy(start) if anew else net
            loss = F.cross_entropy(net(x), y)
            if zero:
                net.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in net.parameters():
                    p -= (rates[0] if first_rate else rate) * p.grad
                losses.append(F.cross_entropy(net(x), y).item() if after else loss.item())
        return result(losses)

    return range_test


rates_test.mistake("The net that came in was trained along the way. Train a copy.", "net_changed")(
    _ranged(copied=False)
)
rates_test.mistake("Those are the losses after each step. Note the loss before it.", "after")(_ranged(after=True))
rates_test.mistake(
    "You begin again from the first weights for each rate. It is one training whose rate grows.", "anew"
)(_ranged(anew=True))
rates_test.mistake("The gradients are never set to zero, so they add up.", "no_zero_grad_here")(_ranged(zero=False))
rates_test.mistake("All your steps use the first rate.", "first_rate")(_ranged(first_rate=True))
rates_test.mistake("That is the last loss only. One for each rate is asked for.", "last_only")(
    _ranged(result=lambda losses: losses[-1])
)

rates_test.alternative(_ranged())


@rates_test.alternative
def by_optimizer(net, x, y, rates):
    net = copy.deepcopy(net)
    optimizer, losses = torch.optim.SGD(net.parameters(), lr=1.0), torch.zeros(len(rates))
    for place, rate in enumerate(rates.tolist()):
        optimizer.param_groups[0]["lr"] = rate
        loss = F.cross_entropy(net(x), y)
        losses[place] = loss.detach()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


@rates_test.alternative
def put_back(net, x, y, rates):
    kept, losses = copy.deepcopy(net.state_dict()), []
    for rate in rates:
        loss = F.cross_entropy(net(x), y)
        gradients = torch.autograd.grad(loss, list(net.parameters()))
        for p, gradient in zip(net.parameters(), gradients):
            p.data -= rate * gradient
        losses.append(loss.detach())
    net.load_state_dict(kept)
    return torch.stack(losses)


keras = Exercise(
    "7.15",
    "Carry a layer to Keras",
    difficulty=3,
    minutes=8,
    points=2,
    hints=[
        "The columns of the weight lie in the order C, H, W. `weight.reshape(-1, c, h, w)` gives them their axes back.",
        "Keras flattens H, W, C: `permute` the axes, flatten again, transpose.",
    ],
)


@keras.reference
def dense_kernel(weight, c, h, w):
    order = torch.arange(c * h * w).reshape(c, h * w).T.flatten()
    return weight.index_select(1, order).T


@keras.cases
def _(rng):
    yield call(torch.arange(4.0)[None], 2, 1, 2)
    yield call(torch.arange(12.0).reshape(2, 6), 1, 2, 3)
    yield call(torch.arange(12.0).reshape(1, 12), 2, 2, 3)
    yield call(whole(rng, 5, 24), 2, 4, 3)
    yield call(whole(rng, 12, 12), 3, 2, 2)


@keras.mistake(
    "The inputs are still in the order C, H, W: transposing moves none of them, nor does `reshape` without `permute`."
)
def transposed_only(weight, c, h, w):
    return weight.T


@keras.mistake("The order of the inputs is right. A kernel of Keras also has the inputs first: (in, out).")
def not_transposed(weight, c, h, w):
    return dense_kernel(weight, c, h, w).T


@keras.mistake("Your order is W, H, C. Keras flattens the rows first: H, W, C.")
def columns_first(weight, c, h, w):
    return weight.reshape(-1, c, h, w).permute(0, 3, 2, 1).flatten(1).T


@keras.mistake("You moved the axes the wrong way round: the numbers lie as C, H, W and shall lie as H, W, C.")
def back(weight, c, h, w):
    return weight.reshape(-1, h, w, c).permute(0, 3, 1, 2).flatten(1).T


@keras.alternative
def permuted(weight, c, h, w):
    return weight.reshape(-1, c, h, w).permute(0, 2, 3, 1).flatten(1).T


@keras.alternative
def all_at_once(weight, c, h, w):
    return weight.T.reshape(c, h, w, -1).permute(1, 2, 0, 3).reshape(h * w * c, -1)


@keras.alternative
def in_loops(weight, c, h, w):
    rows = [weight[:, k * h * w + i * w + j] for i in range(h) for j in range(w) for k in range(c)]
    return torch.stack(rows)


race = Number(
    "7.16",
    "What a picture costs",
    (11_992_448, 1_774_784),
    difficulty=3,
    minutes=10,
    points=2,
    wrong={
        "swapped": ((1_774_784, 11_992_448), "Both are right, in the other order: the recipe comes first."),
        "weights": (
            (1_199_648, 60_944),
            "Those are the weights. A convolution uses each of them once for every pixel of its output.",
        ),
        "padded": (
            (16_283_392, 3_691_712),
            "You let every convolution keep the size. Only the first two of the quick net are padded.",
        ),
        "stride_forgotten": (
            (11_992_448, 10_267_520),
            "The recipe is right. The first layer of the quick net has stride 2, so its output is 14 x 14.",
        ),
        "one_channel": (
            (1_707_392, 155_072),
            "A filter reaches through all channels of its input, 32 of them in the recipe's second layer.",
        ),
        "convolutions_only": ((10_811_520, 1_774_144), "The linear layers are missing."),
        "input_sizes": (
            (13_866_752, 3_042_176),
            "You multiplied with the size of each layer's input. The sums are done once for every pixel of its output.",
        ),
    },
    right=[
        [11_992_448, 1_774_784],
        (194_688 + 10_616_832 + 1_179_648 + 1_280, 78_400 + 903_168 + 460_800 + 331_776 + 640),
    ],
    hints=[
        "Output channels times output pixels times kernel pixels times input channels, layer by layer.",
        "The sides of the recipe: 28, 26, 24, and 12 after pooling. Those of the quick net: 28, 14, 14, 7, 5, 3.",
        "Recipe: 194,688 and 10,616,832 for the convolutions, 12 * 12 * 64 * 128 for the first linear layer.",
    ],
)

which = Choice(
    "7.17",
    "Which is which",
    "b",
    difficulty=1,
    minutes=2,
    why={
        "a": "20 and 50 filters and padding belong to the teaching variant, which is later.",
        "c": "ReLU and max pooling, full connections and 61,706 parameters make the modern form.",
        "d": "The net of 1989 is an ancestor: it read zip codes, with 9,760 parameters, and is not called LeNet-5.",
    },
    because="6 and 16 maps, no padding, a table of connections, tanh, pooling with weights: 60,000 parameters.",
    hints=["Count the maps of the first layer."],
)

curves = Choice(
    "7.18",
    "Read the curves",
    "d",
    difficulty=2,
    minutes=2,
    why={
        "a": "A rate that is too large makes the *training* loss jump or rise.",
        "b": "The training loss falls, so the gradients arrive.",
        "c": "More epochs are what brought it here: the loss on new pictures rises.",
    },
    because="It learns its pictures by heart. More pictures, augmentation or an earlier stop help.",
    hints=["On which pictures does it become better, and on which worse?"],
)

order = Choice(
    "7.19",
    "The order of a step",
    "a",
    difficulty=1,
    minutes=2,
    why={
        "b": "Gradients set to zero after `backward` leave nothing for the step.",
        "c": "The step would use the gradients of the batch before, and of all before that.",
        "d": "Without setting to zero, `backward` adds to the gradients of all earlier steps.",
    },
    because="Setting to zero may also come last: what counts is that it stands between two calls of `backward`.",
    hints=["`backward` adds; `step` uses what is there."],
)
