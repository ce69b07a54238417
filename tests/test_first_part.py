"""What is said of a net's parts is true of what they got and gave, on every failing call."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from checker.diagnosis import first_part
from checker.exercise import Module, call
from checker.judge import judge, try_cases


class Net(nn.Module):
    """Two convolutions with a norm, pooling and a shortcut, and a linear layer."""

    def __init__(self, channels=2):
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(channels)
        self.linear = nn.Linear(channels, 3)
        self.pool = nn.MaxPool2d(2)

    def first(self, x):
        return self.pool(self.norm1(self.conv1(x)).relu())

    def second(self, x):
        return (self.norm2(self.conv2(x)) + x).relu()

    def last(self, x):
        return self.linear(x.mean((2, 3)))

    def forward(self, x):
        return self.last(self.second(self.first(x)))


def exercise():
    made = Module("9.1", "Net", difficulty=1, minutes=1)
    made.reference(Net)
    inputs = [torch.randn(2, 1, 8, 10, generator=torch.Generator().manual_seed(s)) for s in (1, 2)]
    made.cases(lambda rng: iter([call(2, inputs=inputs[0]), call(3, inputs=inputs[1])]))
    return made


def said(attempt, made=None):
    made = made or exercise()
    return first_part.first_part(made, attempt, failing(made, attempt))


def failing(made, attempt):
    tried = zip(made.calls(), try_cases(made, attempt), made.expected())
    return [case for case, got, wanted in tried if not made.agrees(got, wanted)]


class NoRelu(Net):
    def first(self, x):
        return self.pool(self.norm1(self.conv1(x)))


class WrongPool(Net):
    def __init__(self, channels=2):
        super().__init__(channels)
        self.pool = nn.AvgPool2d(2)


class NormUnused(Net):
    def second(self, x):
        return (self.norm1(self.conv2(x)) + x).relu()


class OneConv(Net):
    def __init__(self, channels=2):
        super().__init__(channels)
        self.norm2 = self.norm1


class NoShortcut(Net):
    def second(self, x):
        return self.norm2(self.conv2(x)).relu()


class Softmax(Net):
    def forward(self, x):
        return super().forward(x).softmax(0)


class Doubled(Net):
    def forward(self, x):
        return super().forward(x).relu()


class Raises(Net):
    def last(self, x):
        return self.linear(x.mean(3))


class DropsInEvaluation(Net):
    def last(self, x):
        return super().last(x if self.training else 2 * x)


class Wide(Net):
    def __init__(self, channels=2):
        super().__init__(channels)
        self.conv2.padding = (0, 0)


class OtherEps(Net):
    def __init__(self, channels=2):
        super().__init__(channels)
        self.norm1.eps = 0.1


class TwoSettings(Net):
    """One of them alone, put right, mends nothing."""

    def __init__(self, channels=2):
        super().__init__(channels)
        self.conv2.padding, self.conv2.dilation = (2, 2), (2, 2)


class TrainsAlways(Net):
    def forward(self, x):
        self.train()
        return super().forward(x)


class LinearTwice(Net):
    """Two rows of numbers a picture, one after the other."""

    def last(self, x):
        return self.linear(x.amax((2, 3))) + self.linear(x.mean((2, 3)))


class SecondDoubled(LinearTwice):
    def last(self, x):
        return self.linear(x.amax((2, 3))) + self.linear(2 * x.mean((2, 3)))


def test_a_part_that_runs_twice_is_off_in_one_of_its_runs():
    made = exercise()
    made.reference(LinearTwice)
    text = said(SecondDoubled, made)
    assert text.startswith("Only what `linear`, in run 2, gets is off") and "2 times" in text


TOLD = {
    NoRelu: ["Only what `pool` gets is off", "what `norm1` gives"],
    WrongPool: ["`pool` gets what it should and gives something else"],
    NormUnused: ["`norm2` is never used; `norm1` runs twice."],
    OneConv: ["`norm1` and `norm2` are one and the same layer."],
    NoShortcut: ["Only what `linear` gets is off"],
    Softmax: ["what your `forward` makes of that is off"],
    Doubled: ["is off. What comes back is the ReLU of what `linear` gives"],
    Raises: ["Only what `linear` gets is off", "the shape (2, 2, 4), in ours (2, 2)"],
    DropsInEvaluation: ["In evaluation mode: only what `linear` gets is off", "2 times"],
    Wide: [
        "`conv2` gets what it should and gives",
        "the shape (2, 2, 2, 3), in ours (2, 2, 4, 5)",
        "Its `padding` is off: (0, 0), in ours (1, 1).",
    ],
    OtherEps: ["`norm1` gets what it should", "Its `eps` is off: 0.1, in ours 1e-05."],
    TrainsAlways: [
        "In evaluation mode: `norm1` gets what",
        "It is in training mode all the same.",
    ],
}


@pytest.mark.parametrize("wrong", TOLD)
def test_the_first_part_that_is_off(wrong):
    text = said(wrong)
    assert text and all(words in text for words in TOLD[wrong]), text


class PoolsFirst(Net):
    """Right: the largest of all ReLUs is the ReLU of the largest."""

    def first(self, x):
        return self.pool(self.norm1(self.conv1(x))).relu()


class OwnPool(Net):
    """Right, and one part is not asked for its result."""

    def first(self, x):
        return F.max_pool2d(self.norm1(self.conv1(x)).relu(), 2)


class ByHand(Net):
    """Right: the linear layer runs by its weights alone."""

    def last(self, x):
        return F.linear(x.mean((2, 3)), self.linear.weight, self.linear.bias)


class OneByOne(Net):
    """Right: every picture on its own."""

    def last(self, x):
        return torch.cat([self.linear(one.mean((2, 3))) for one in x.split(1)])


RIGHT = [Net, PoolsFirst, OwnPool, ByHand, OneByOne]


@pytest.mark.parametrize("right", RIGHT)
def test_nothing_is_said_of_a_right_net(right):
    made = exercise()
    assert judge(made, right).state == "passed"
    assert first_part.first_part(made, right, list(made.calls())) is None


@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.parametrize("spoil", [lambda y: y.relu(), lambda y: 2 * y, lambda y: y.mean()])
def test_a_part_that_only_works_otherwise_is_not_called_wrong(right, spoil):
    """What is off comes behind all parts."""

    class Spoiled(right):
        def forward(self, x):
            return spoil(super().forward(x))

    text = said(Spoiled) or ""
    others = ("pool", "conv1", "norm1", "conv2", "norm2")
    assert "never used" not in text and "Only what" not in text
    assert not any(f"`{name}` gets something else" in text for name in others), text


class OtherPlaces(Net):
    """Off behind the first convolution with two channels, and behind the second with three."""

    def first(self, x):
        y = self.norm1(self.conv1(x))
        return self.pool(y.relu() if y.shape[1] == 3 else y)

    def second(self, x):
        return super().second(x) if x.shape[1] == 2 else self.norm2(self.conv2(x))


def test_what_holds_on_some_calls_only_is_not_said():
    made = exercise()
    each = [first_part.first_part(made, OtherPlaces, [case]) for case in made.calls()]
    assert all(each) and each[0] != each[1]
    assert said(OtherPlaces, made) is None


class TwoFaults(Net):
    def first(self, x):
        return self.pool(self.norm1(self.conv1(x)).tanh())

    def last(self, x):
        return self.linear(x.amax((2, 3)))


def test_with_two_faults_only_the_difference_is_said():
    text = said(TwoFaults)
    assert "the result is right" not in text and "`pool` gets something else" in text


class Stacked(Net):
    """The second part as a stack that ends before the ReLU."""

    def __init__(self, channels=2):
        super().__init__(channels)
        self.stack = nn.Sequential(self.conv2, self.norm2)

    def second(self, x):
        return self.stack(x).relu()


class ReluInTheStack(Stacked):
    """The same work with the ReLU inside, but what comes of it is doubled."""

    def __init__(self, channels=2):
        super().__init__(channels)
        self.stack.append(nn.ReLU())

    def second(self, x):
        return 2 * self.stack(x)


def test_a_stack_may_end_where_it_likes():
    made = exercise()
    made.reference(Stacked)
    assert "`stack` get" not in (said(ReluInTheStack, made) or "")


def test_a_setting_that_does_not_explain_it_alone_is_not_named():
    assert "is off:" not in said(TwoSettings)


def test_parts_under_other_names_are_not_compared():
    made = Module("9.2", "Sum", difficulty=1, minutes=1)
    made.reference(type("Sum", (nn.Module,), {"forward": lambda self, x: x + 1}))
    made.cases(lambda rng: iter([call(inputs=torch.ones(2, 3))]))
    wrong = type("Wrong", (nn.Module,), {"forward": lambda self, x: x + 2})
    assert said(wrong, made) is None


class Cut(Net):
    def second(self, x):
        return super().second(x.detach())


def gradients(attempt):
    return first_part.first_gradient(exercise(), values(attempt))


def values(attempt):
    made = exercise()
    tried = zip(try_cases(made, attempt), made.expected())
    return [(got.value, wanted.value) for got, wanted in tried]


def test_the_first_gradient_on_the_way_back():
    assert "the gradient of `norm1.bias` is the first that is off: it is 0" in gradients(Cut)


@pytest.mark.parametrize("other", [Net, NoRelu, Softmax])
def test_gradients_are_named_only_where_outputs_agree_and_gradients_do_not(other):
    assert gradients(other) is None


class NormAgain(Net):
    def first(self, x):
        return super().first(x if super().first(x) is not None else 0)


class OtherMomentum(Net):
    def __init__(self, channels=2):
        super().__init__(channels)
        self.norm2.momentum = 0.9


class Restless(Net):
    """Its statistics move, but by no layer's run."""

    def first(self, x):
        y = super().first(x)
        self.norm1.num_batches_tracked += self.training
        return y


MOVED = {
    NormAgain: "`norm1` runs twice in one call, and each run moves its running statistics.",
    OtherMomentum: "The `momentum` of `norm2` is 0.9, in ours 0.1.",
    Restless: None,
    NoRelu: None,
    Net: None,
}


@pytest.mark.parametrize("attempt", MOVED)
def test_what_moves_running_statistics_where_all_else_is_right(attempt):
    made = exercise()
    found = first_part.first_buffer(made, attempt, made.calls(), values(attempt))
    assert found == MOVED[attempt]
