"""Exercises 1.10 and 1.11: a small convolutional net and its fully connected rival."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Module, call, whole

# 1.10 and 1.11 Two nets, one budget

conv_net = Module(
    "1.10",
    "A small convolutional net",
    difficulty=3,
    minutes=10,
    points=3,
    hints=[
        "Three parts with parameters: two `nn.Conv2d(in, out, 3, padding=1)` and one `nn.Linear`.",
        (
            "Write the shape after every step: (N, 1, 14, 14), (N, 8, 14, 14), (N, 8, 7, 7), and"
            " so on down to (N, 10)."
        ),
        (
            "`F.max_pool2d(F.relu(self.conv1(x)), 2)` is the first stage. `x.flatten(1)` keeps the"
            " batch axis."
        ),
    ],
)


@conv_net.reference
class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.relu(F.max_pool2d(conv(x), 2))
        return self.classifier(x.flatten(start_dim=1))


@conv_net.cases
def _(rng):
    few, many = int(rng.integers(2, 9)), int(rng.integers(36, 48))
    yield call(inputs=whole(rng, 1, 1, 14, 14, low=0, high=4))
    yield call(inputs=whole(rng, few, 1, 14, 14))
    # Dark enough for some scores below zero.
    yield call(inputs=whole(rng, many, 1, 14, 14, low=-9, high=0))


def _net(forward, init=None):
    """A net with the right parts, or those of `init`, and another forward."""

    def start(self):
        nn.Module.__init__(self)
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)
        if init:
            init(self)

    return type("ConvNet", (nn.Module,), {"__init__": start, "forward": forward})


def _features(self, x):
    x = F.max_pool2d(F.relu(self.conv1(x)), 2)
    return F.max_pool2d(F.relu(self.conv2(x)), 2)


def _usual(self, x):
    return self.classifier(_features(self, x).flatten(1))


def _without_relu(*missing):
    """The right forward, but with no ReLU after the named convolutions."""

    def forward(self, x):
        for name in ("conv1", "conv2"):
            x = getattr(self, name)(x)
            x = F.max_pool2d(x if name in missing else F.relu(x), 2)
        return self.classifier(x.flatten(1))

    return forward


def _other_parts(**parts):
    """Replace parts of the net by freshly made ones."""
    return lambda self: [setattr(self, name, make()) for name, make in parts.items()]


conv_net.mistake("Your net has no ReLU. Put one after each convolution.", "no_relu")(
    _net(_without_relu("conv1", "conv2"))
)


conv_net.mistake("Your net has no ReLU after the first convolution.", "no_first_relu")(
    _net(_without_relu("conv1"))
)


conv_net.mistake("Your net has no ReLU after the second convolution.", "no_second_relu")(
    _net(_without_relu("conv2"))
)


conv_net.mistake(
    "You end with a softmax. The loss takes it itself, so return the plain scores.", "softmax"
)(_net(lambda self, x: _usual(self, x).softmax(1)))


conv_net.mistake(
    "You end with a log-softmax. The loss takes it itself, so return the plain scores.",
    "log_softmax",
)(_net(lambda self, x: _usual(self, x).log_softmax(1)))


conv_net.mistake(
    "You end with a softmax over the batch, so pictures compete with one another. Return the plain"
    " scores.",
    "softmax_over_batch",
)(_net(lambda self, x: _usual(self, x).softmax(0)))


conv_net.mistake(
    "You end with a ReLU, which cuts all scores below zero. Scores may be negative.",
    "relu_on_scores",
)(_net(lambda self, x: F.relu(_usual(self, x))))


def _averaging(self, x):
    x = F.avg_pool2d(F.relu(self.conv1(x)), 2)
    return self.classifier(F.avg_pool2d(F.relu(self.conv2(x)), 2).flatten(1))


def _pooling_once(self, x):
    return self.classifier(F.relu(self.conv2(F.max_pool2d(F.relu(self.conv1(x)), 2))).flatten(1))


conv_net.mistake(
    "You pool with the average. Keep the largest of each 2 x 2 window.", "average_pooling"
)(_net(_averaging))


conv_net.mistake(
    "You flatten the batch as well, so all pictures become one. Keep the first axis:"
    " `flatten(1)`.",
    "flattens_batch",
)(_net(lambda self, x: self.classifier(_features(self, x).flatten())))


conv_net.mistake(
    "Your classifier reads 64 = 16 x 2 x 2 numbers, which is what is left without padding. Give"
    " both convolutions padding 1.",
    "no_padding",
)(
    _net(
        _usual,
        _other_parts(
            conv1=lambda: nn.Conv2d(1, 8, 3),
            conv2=lambda: nn.Conv2d(8, 16, 3),
            classifier=lambda: nn.Linear(64, 10),
        ),
    )
)


conv_net.mistake(
    "Your classifier reads 784 = 16 x 7 x 7 numbers, which is what is left after one pooling. Pool"
    " a second time.",
    "pools_once",
)(_net(_pooling_once, _other_parts(classifier=lambda: nn.Linear(784, 10))))


conv_net.mistake("Your convolutions have no bias. Leave it in.", "no_biases")(
    _net(
        _usual,
        _other_parts(
            conv1=lambda: nn.Conv2d(1, 8, 3, padding=1, bias=False),
            conv2=lambda: nn.Conv2d(8, 16, 3, padding=1, bias=False),
        ),
    )
)


conv_net.mistake("Your kernels are 5 x 5. Make them 3 x 3, with padding 1.", "large_kernels")(
    _net(
        _usual,
        _other_parts(
            conv1=lambda: nn.Conv2d(1, 8, 5, padding=2),
            conv2=lambda: nn.Conv2d(8, 16, 5, padding=2),
        ),
    )
)


@conv_net.mistake(
    "Give your parts the names of the task: `self.conv1`, `self.conv2` and `self.classifier`."
)
class Stacked(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, 1, 1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, 1, 1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(144, 10)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


@conv_net.alternative
class PooledFirst(nn.Module):
    """The largest of four, then cut at zero, equals cut at zero, then the largest."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(8, 16, kernel_size=3, padding="same")
        self.pool = nn.MaxPool2d(2)
        self.classifier = nn.Linear(16 * 3 * 3, 10)

    def forward(self, x):
        x = torch.relu(self.pool(self.conv1(x)))
        x = torch.relu(self.pool(self.conv2(x)))
        return self.classifier(x.reshape(len(x), -1))


@conv_net.alternative
class InStages(nn.Module):
    """A part may hold more than its convolution: the name and the shapes say which is which."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(1, 8, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2))
        self.conv2 = nn.Sequential(nn.Conv2d(8, 16, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(144, 10))

    def forward(self, x):
        return self.classifier(self.conv2(self.conv1(x)))


@conv_net.alternative
class ClampedByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.classifier = nn.Linear(144, 10)

    def forward(self, x):
        x = self.conv1(x).clamp(min=0).unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        x = self.conv2(x).clamp(min=0).unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        return self.classifier(x.reshape(x.shape[0], 144))


conv_net.demand("the net of the table", violated_by="pools_once")
conv_net.demand("`self.conv1`, `self.conv2`", violated_by="Stacked")
conv_net.demand("each with padding 1", violated_by="no_padding")
conv_net.demand("Return the ten **scores**, before any softmax", violated_by="softmax")
conv_net.demand("Two stages of convolution, ReLU and max pooling", violated_by="no_relu")


fc_net = Module(
    "1.11",
    "Its fully connected rival",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        (
            "One hidden unit brings 196 weights, a bias, and 10 weights to the scores. What is"
            " there even without any?"
        ),
        (
            "The 10 biases of the scores are there in any case. Divide what is left by 207 and"
            " drop the rest."
        ),
        "`width = (budget - 10) // 207`",
    ],
)


@fc_net.reference
class FullyConnectedNet(nn.Module):
    def __init__(self, budget):
        super().__init__()
        fits = [h for h in range(1, budget // 196 + 1) if (196 * h + h) + (10 * h + 10) <= budget]
        width = max(fits)
        self.hidden = nn.Linear(196, width)
        self.classifier = nn.Linear(width, 10)

    def forward(self, x):
        return F.linear(
            self.hidden(x.flatten(1)).clamp(min=0), self.classifier.weight, self.classifier.bias
        )


@fc_net.cases
def _(rng):
    # Two units fill the budget to the last number.
    yield call(424, inputs=whole(rng, 1, 1, 14, 14, low=0, high=4))
    yield call(423, inputs=whole(rng, 2, 1, 14, 14))
    yield call(2750, inputs=whole(rng, 2, 1, 14, 14))
    yield call(2400, inputs=whole(rng, 1, 1, 14, 14))
    yield call(4120, inputs=whole(rng, 1, 1, 14, 14))
    yield call(8250, inputs=whole(rng, 1, 1, 14, 14))
    yield call(217, inputs=whole(rng, 2, 1, 14, 14))  # one unit
    yield call(10_000, inputs=whole(rng, 3, 1, 14, 14))


def _rival(width, forward=None, init=None):
    """A net of `width(budget)` hidden units."""

    def start(self, budget):
        nn.Module.__init__(self)
        size = max(1, int(width(budget)))
        self.hidden, self.classifier = nn.Linear(196, size), nn.Linear(size, 10)
        if init:
            init(self, size)

    right = forward or (lambda self, x: self.classifier(F.relu(self.hidden(x.flatten(1)))))
    return type("FullyConnectedNet", (nn.Module,), {"__init__": start, "forward": right})


def _widest(budget):
    return (budget - 10) // 207


fc_net.mistake(
    "Your width leaves out all biases. With them the net is over the budget.", "no_biases_counted"
)(_rival(lambda budget: budget // 206))


fc_net.mistake(
    "Your width leaves out the biases of the ten scores, so at the edge of the budget the net is"
    " over it.",
    "scores_biases",
)(_rival(lambda budget: budget // 207))


fc_net.mistake(
    "Your width spends the whole budget on the first layer. The second has parameters too.",
    "first_layer_only",
)(_rival(lambda budget: budget // 197))


fc_net.mistake(
    "Your width is rounded up, so the net is over the budget. Round down.", "rounded_up"
)(_rival(lambda budget: -(-(budget - 10) // 207)))


fc_net.mistake(
    "Your width is rounded to the nearest, so at times the net is over the budget. Round down.",
    "rounded",
)(_rival(lambda budget: round((budget - 10) / 207)))


fc_net.mistake(
    "Your width leaves out the biases of the hidden units. Every unit has one.", "hidden_biases"
)(_rival(lambda budget: (budget - 10) // 206))


fc_net.mistake(
    "One unit more would still fit: a net may use its budget to the last number.", "one_too_few"
)(_rival(lambda budget: (budget - 11) // 207))


fc_net.mistake(
    "Your width is always 13, whatever the budget. Work it out from `budget`.", "fixed_width"
)(_rival(lambda budget: 13))


fc_net.mistake(
    "Your net has no ReLU between the layers, so the two together are one linear layer.", "no_relu"
)(_rival(_widest, lambda self, x: self.classifier(self.hidden(x.flatten(1)))))


fc_net.mistake(
    "You end with a softmax. The loss takes it itself, so return the plain scores.", "softmax"
)(_rival(_widest, lambda self, x: self.classifier(F.relu(self.hidden(x.flatten(1)))).softmax(1)))


fc_net.mistake(
    "You end with a ReLU, which cuts all scores below zero. Scores may be negative.",
    "relu_on_scores",
)(_rival(_widest, lambda self, x: F.relu(self.classifier(F.relu(self.hidden(x.flatten(1)))))))


@fc_net.mistake("Give your layers the names of the task: `self.hidden` and `self.classifier`.")
class InOneStack(nn.Module):
    def __init__(self, budget):
        super().__init__()
        width = (budget - 10) // (196 + 1 + 10)
        self.stack = nn.Sequential(
            nn.Flatten(), nn.Linear(196, width), nn.ReLU(), nn.Linear(width, 10)
        )

    def forward(self, x):
        return self.stack(x)


@fc_net.alternative
class InTwoStacks(nn.Module):
    def __init__(self, budget):
        super().__init__()
        width = (budget - 10) // (196 + 1 + 10)
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(196, width), nn.ReLU())
        self.classifier = nn.Linear(width, 10)

    def forward(self, x):
        return self.classifier(self.hidden(x))


@fc_net.alternative
class BySearching(nn.Module):
    def __init__(self, budget):
        super().__init__()
        width = 1
        while 197 * (width + 1) + (width + 2) * 10 <= budget:
            width += 1
        self.hidden = nn.Linear(14 * 14, width)
        self.classifier = nn.Linear(width, 10)

    def forward(self, x):
        return self.classifier(torch.relu(self.hidden(x.reshape(len(x), -1))))


fc_net.demand("`self.hidden` (fully connected), ReLU, `self.classifier`", violated_by="InOneStack")
fc_net.demand("ReLU", violated_by="no_relu")
fc_net.demand("to ten scores", violated_by="softmax")
fc_net.demand("as wide as the budget allows", violated_by="one_too_few")
fc_net.demand("biases included", violated_by="no_biases_counted")
fc_net.demand("Work the width out from `budget`", violated_by="fixed_width")
