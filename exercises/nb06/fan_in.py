"""Exercises 6.8 and 6.9: the fan-in of a convolution, and the first weights of a whole net."""

import copy
import math

import torch
from torch import nn

from checker.exercise import Exercise, call, normal
from exercises.nb06.shared import statistics

# 6.8 Fan-in and fan-out

fan_counts = Exercise(
    "6.8",
    "Fan-in and fan-out of a convolution",
    difficulty=2,
    minutes=5,
    hints=[
        (
            "One output pixel of a convolution reads a window of the kernel's size in every input"
            " channel."
        ),
        (
            "`weight[0]` is all that one output channel reads; `weight[:, 0]` is all that one"
            " input channel feeds."
        ),
        "`weight[0].numel()`, and the same of `weight[:, 0]`.",
    ],
)


@fan_counts.reference
def fans(weight):
    return nn.init._calculate_fan_in_and_fan_out(weight)


@fan_counts.cases
def _(rng):
    for shape in [
        (2, 3),
        (4, 3, 3, 3),
        (6, 2, 1, 1),
        (8, 4, 2, 5),
        (5, 1, 7),
        (3, 2, 2, 3, 4),
        (7, 7, 3, 3),
    ]:
        yield call(torch.zeros(shape))
    for _ in range(3):
        yield call(torch.zeros(tuple(int(n) for n in rng.integers(2, 8, 4))))


@fan_counts.recall
def _(rng):
    c, f, k = rng.randint(3, 20), rng.randint(21, 40), rng.choice([3, 5])
    return (
        f"A convolution from {c} to {f} channels with {k} x {k} filters. What is its fan-in?",
        c * k * k,
    )


@fan_counts.mistake(
    "You counted the channels and forgot that each is read through a whole kernel window."
)
def channels_only(weight):
    return weight.shape[1], weight.shape[0]


@fan_counts.mistake(
    "Yours are right in the other order: fan-in comes first. A weight has shape (out, in, ...)."
)
def turned(weight):
    return fans(weight)[::-1]


@fan_counts.mistake(
    "Your fan-in is right. An input pixel is also read at every place of the kernel, so fan-out"
    " counts it too."
)
def fan_out_without_kernel(weight):
    return fans(weight)[0], weight.shape[0]


@fan_counts.mistake("You multiplied by one side of the kernel. Its area counts, or its volume.")
def one_side(weight):
    side = weight.shape[2] if weight.dim() > 2 else 1
    return weight.shape[1] * side, weight.shape[0] * side


@fan_counts.mistake(
    "You squared one side of the kernel. It need not be square, nor have two sides."
)
def square_kernel(weight):
    area = weight.shape[2] ** 2 if weight.dim() > 2 else 1
    return weight.shape[1] * area, weight.shape[0] * area


@fan_counts.mistake(
    "Yours are floats. Connections are counted, so give integers: `/` makes floats, `//` does not."
)
def as_floats(weight):
    return weight.numel() / weight.shape[0], weight.numel() / weight.shape[1]


@fan_counts.alternative
def by_numel(weight):
    return weight[0].numel(), weight[:, 0].numel()


@fan_counts.alternative
def by_prod(weight):
    out, inside, *kernel = weight.shape
    return inside * math.prod(kernel), out * math.prod(kernel)


@fan_counts.alternative
def by_division(weight):
    return weight.numel() // weight.shape[0], weight.numel() // weight.shape[1]


@fan_counts.alternative
def with_tensors(weight):
    shape = torch.tensor(weight.shape)
    return shape[1:].prod(), shape[0] * shape[2:].prod()


fan_counts.demand("in one, two or three dimensions", violated_by="square_kernel")
fan_counts.demand("return two integers", violated_by="as_floats")
fan_counts.demand("how many inputs one output sums over", violated_by="channels_only")
fan_counts.demand("how many outputs one input takes part in", violated_by="fan_out_without_kernel")


# 6.9 Spot the bug: a whole net

whole_net = Exercise(
    "6.9",
    "Spot the bug: a whole net",
    difficulty=3,
    minutes=12,
    core=False,
    points=2,
    tolerance=0.03,
    hints=[
        (
            "Three things are wrong: the number, which layers are reached, and what happens to the"
            " biases."
        ),
        (
            "`net.modules()` goes through all parts, also parts of parts; `isinstance(layer,"
            " (nn.Linear, nn.Conv2d))`."
        ),
        (
            "The fan-in is `layer.weight[0].numel()`; `nn.init.normal_` takes the standard"
            " deviation, so take a root; `nn.init.zeros_(layer.bias)` where the bias is not None."
        ),
    ],
)


class _Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.ModuleDict({"linear": nn.Linear(96, 256), "plain": nn.ReLU()})


class PartsWithinParts(nn.Module):
    """Parts in parts, lists and dicts, a convolution without bias, and layers to leave alone.

    The name is the card's, as those of the next two.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(24, 96, 3, bias=False), nn.BatchNorm2d(96), nn.ReLU()
        )
        self.pairs = nn.ModuleList([_Pair(), nn.Linear(96, 256)])
        self.head = nn.Linear(256, 100, bias=False)
        self.along = nn.Conv1d(3, 8, 5)


class FullyConnected(nn.Sequential):
    pass


class Convolutional(nn.Sequential):
    pass


def _filled(net, rng):
    """Every parameter and running number as a learner would not leave it, in evaluation mode."""
    with torch.no_grad():
        for v in [*net.parameters(), *(b for b in net.buffers() if b.is_floating_point())]:
            v.copy_(normal(rng, *v.shape) * 0.3 if v.dim() > 1 else torch.full_like(v, 0.3))
    return net.eval()


@whole_net.reference
def initialize(net):
    for layer in net.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(layer.weight, mode="fan_in", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


@whole_net.cases
def _(rng):
    n = int(rng.integers(350, 450))
    yield call(_filled(FullyConnected(nn.Linear(n, 100), nn.ReLU(), nn.Linear(100, 300)), rng))
    yield call(
        _filled(Convolutional(nn.Conv2d(16, 200, 3), nn.ReLU(), nn.Conv2d(200, 24, (2, 5))), rng)
    )
    yield call(_filled(PartsWithinParts(), rng))


@whole_net.probe
def _(attempt, net):
    attempt(net)
    drawn = {
        f"{name}.weight".lstrip(".")
        for name, part in net.named_modules()
        if isinstance(part, (nn.Linear, nn.Conv2d))
    }
    seen = {}
    for name, value in net.state_dict().items():
        told = statistics(value.double()) if name in drawn else {}
        told |= {"the dtype": str(value.dtype)} if name in drawn else {"the numbers": value}
        seen |= {f"{what} of `{name}`": found for what, found in told.items()}
    return seen | {
        "the net's training mode": net.training,
        "trained are": [name for name, p in net.named_parameters() if p.requires_grad],
    }


def _each(
    net,
    std,
    layers=(nn.Linear, nn.Conv2d),
    parts=nn.Module.modules,
    biases=True,
    draw=nn.init.normal_,
):
    """Like the right one, with one thing changed."""
    for layer in parts(net):
        if isinstance(layer, layers):
            draw(layer.weight, 0, std(layer.weight))
            if biases and layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _he(weight):
    return math.sqrt(2 / weight[0].numel())


@whole_net.mistake(
    "Yours does what the broken version does: the root, the nested parts and the biases are still"
    " to do."
)
def unrepaired(net):
    _each(net, lambda w: 2 / w[0].numel(), parts=nn.Module.children, biases=False)


@whole_net.mistake(
    "Your root is missing: 2 / fan-in is your standard deviation, and should be your variance."
)
def no_root(net):
    _each(net, lambda w: 2 / w[0].numel())


@whole_net.mistake("You set the outermost layers only. Parts within parts are to be set as well.")
def outermost_only(net):
    _each(net, _he, parts=nn.Module.children)


@whole_net.mistake(
    "You did not reach all parts: some lie deeper, or in a list, a dict or a module of its own."
)
def sequentials_only(net):
    for part in net.children():
        _each(part, _he, parts=lambda part: [part])
        if isinstance(part, nn.Sequential):
            sequentials_only(part)


@whole_net.mistake(
    "You did not reach all parts: parts of parts have parts of their own, to any depth."
)
def two_levels(net):
    for part in [net, *net.children()]:
        _each(part, _he, parts=nn.Module.children)


@whole_net.mistake("You did not set the biases. They should be 0.")
def biases_left(net):
    _each(net, _he, biases=False)


@whole_net.mistake(
    "Your fan-in of a convolution is the number of its input channels. The kernel counts too."
)
def kernel_forgotten(net):
    _each(net, lambda w: math.sqrt(2 / w.shape[1]))


@whole_net.mistake(
    "You counted by the outputs, the first axis: that is fan-out. In PyTorch a weight is (out, in,"
    " ...)."
)
def outputs_counted(net):
    _each(net, lambda w: math.sqrt(2 / w[:, 0].numel()))


@whole_net.mistake("You set the linear layers only, and left the convolutions as they were.")
def linear_only(net):
    _each(net, _he, layers=nn.Linear)


@whole_net.mistake("You set the convolutions only, and left the linear layers as they were.")
def convolutions_only(net):
    _each(net, _he, layers=nn.Conv2d)


@whole_net.mistake(
    "You set the weight of batch norm to 0 as well, so nothing passes. That layer is to be left as"
    " it is."
)
def batch_norm_zeroed(net):
    _each(net, _he)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.zeros_(part.weight), nn.init.zeros_(part.bias)


@whole_net.mistake(
    "You set the biases of other layers to 0 as well, such as batch norm's. Those are to be left"
    " as they are."
)
def all_biases(net):
    _each(net, _he)
    for name, p in net.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(p)


@whole_net.mistake(
    "You drew the weights of other layers as well, such as those of `nn.Conv1d`. Those are to be"
    " left as they are."
)
def every_weight(net):
    _each(net, _he, layers=(nn.Linear, nn.Conv1d, nn.Conv2d), biases=False)
    _each(net, _he)


@whole_net.mistake(
    "You reset batch norm as well. All but linear layers and convolutions stays as it was."
)
def batch_norm_reset(net):
    _each(net, _he)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_parameters()


@whole_net.mistake("Your weights have a mean that is not 0.")
def off_center(net):
    _each(net, _he, draw=lambda w, mean, std: nn.init.normal_(w, 0.1, std))


@whole_net.mistake("Your net does not change: what you draw is kept nowhere.")
def not_in_place(net):
    _each(copy.deepcopy(net), _he)


@whole_net.mistake(
    "Your variance is 1 / fan-in. ReLU follows these layers, so it takes 2 / fan-in."
)
def as_without_relu(net):
    _each(net, lambda w: math.sqrt(1 / w[0].numel()))


@whole_net.mistake(
    "Your spread is right, but your weights are uniform. Normal ones are asked for here."
)
def uniform_weights(net):
    _each(
        net,
        _he,
        draw=lambda w, mean, std: nn.init.uniform_(w, -std * math.sqrt(3), std * math.sqrt(3)),
    )


@whole_net.alternative
def by_apply(net):
    def one(layer):
        if type(layer) in (nn.Linear, nn.Conv2d):
            layer.weight.data = torch.randn_like(layer.weight) * math.sqrt(
                2 * len(layer.weight) / layer.weight.numel()
            )
            if layer.bias is not None:
                layer.bias.data.fill_(0)

    net.apply(one)


@whole_net.alternative
@torch.no_grad()
def by_name(net):
    parts = dict(net.named_modules())
    for name, p in net.named_parameters():
        owner, _, kind = name.rpartition(".")
        if isinstance(parts[owner], (nn.Conv2d, nn.Linear)):
            if kind == "weight":
                p.normal_(0, (2 / p[0].numel()) ** 0.5)
            else:
                p.zero_()


@whole_net.alternative
def recursively(net):
    for part in net.children():
        recursively(part)
    if isinstance(net, (nn.Linear, nn.Conv2d)):
        fan_in = math.prod(net.weight.shape[1:])
        net.weight = nn.Parameter(torch.empty_like(net.weight).normal_(std=math.sqrt(2 / fan_in)))
        net.bias = None if net.bias is None else nn.Parameter(torch.zeros_like(net.bias))
    return net


whole_net.demand("changes net in place", violated_by="not_in_place")
whole_net.demand("every nn.Linear", violated_by="convolutions_only")
whole_net.demand("and nn.Conv2d", violated_by="linear_only")
whole_net.demand("also in parts of parts", violated_by="outermost_only")
whole_net.demand("normal, mean 0", violated_by="off_center")
whole_net.demand("variance 2 / fan-in", violated_by="as_without_relu")
whole_net.demand("biases of these layers: 0", violated_by="biases_left")
whole_net.demand("everything else, such as batch norm: as it was", violated_by="batch_norm_reset")
