"""Exercise 3.12: depthwise, then pointwise."""

import torch
from torch import nn
from torch.nn import functional as F

from checker.exercise import Module, call, whole

# 3.12

separable = Module(
    "3.12",
    "Depthwise, then pointwise",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        "`groups=c_in` gives every input channel a kernel of its own.",
        (
            "`nn.Conv2d(c_in, c_in, k, padding=k // 2, groups=c_in, bias=False)`, then"
            " `nn.Conv2d(c_in, c_out, 1)`."
        ),
    ],
)


def _separable(
    name, depthwise, pointwise, forward=lambda self, x: self.pointwise(self.depthwise(x))
):
    def init(self, c_in, c_out, k):
        nn.Module.__init__(self)
        self.depthwise, self.pointwise = depthwise(c_in, c_out, k), pointwise(c_in, c_out)

    return type(name, (nn.Module,), {"__init__": init, "forward": forward})


def _depthwise(c_in, c_out, k):
    return nn.Conv2d(c_in, c_in, k, padding=k // 2, groups=c_in, bias=False)


def _pointwise(c_in, c_out):
    return nn.Conv2d(c_in, c_out, 1)


@separable.reference
class Separable(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise, self.pointwise = _depthwise(c_in, c_out, k), _pointwise(c_in, c_out)

    def forward(self, x):
        whole = torch.einsum(
            "oc,cij->ocij", self.pointwise.weight[:, :, 0, 0], self.depthwise.weight[:, 0]
        )
        return F.conv2d(x, whole, self.pointwise.bias, padding=whole.shape[-1] // 2)


@separable.cases
def _(rng):
    yield call(2, 3, 1, inputs=whole(rng, 1, 2, 1, 2))
    yield call(2, 3, 3, inputs=whole(rng, 2, 2, 3, 4))
    yield call(4, 2, 5, inputs=whole(rng, 2, 4, 6, 5))
    yield call(3, 3, 3, inputs=whole(rng, 1, 3, 4, 4))


separable.mistake(
    "Your depthwise layer mixes the channels. With `groups` each has a kernel of its own.",
    "not_grouped",
)(
    _separable(
        "Separable", lambda c, o, k: nn.Conv2d(c, c, k, padding=k // 2, bias=False), _pointwise
    )
)


separable.mistake(
    "Your depthwise layer has a bias. The other one's makes up for it, so leave it out.",
    "bias_twice",
)(
    _separable(
        "Separable", lambda c, o, k: nn.Conv2d(c, c, k, padding=k // 2, groups=c), _pointwise
    )
)


separable.mistake("Your pictures shrink. Pad by half the kernel.", "not_padded")(
    _separable("Separable", lambda c, o, k: nn.Conv2d(c, c, k, groups=c, bias=False), _pointwise)
)


separable.mistake("Your padding is 1, whatever the kernel size is.", "padded_by_one")(
    _separable(
        "Separable",
        lambda c, o, k: nn.Conv2d(c, c, k, padding=1, groups=c, bias=False),
        _pointwise,
    )
)


separable.mistake("Your layer has a ReLU between the two. Take it out.", "relu_between")(
    _separable(
        "Separable",
        _depthwise,
        _pointwise,
        lambda self, x: self.pointwise(F.relu(self.depthwise(x))),
    )
)


separable.mistake("Your pointwise layer has no bias. Leave it in.", "no_bias_at_all")(
    _separable("Separable", _depthwise, lambda c, o: nn.Conv2d(c, o, 1, bias=False))
)


separable.mistake(
    "You mixed the channels first. First each channel by itself, then the mixing.",
    "pointwise_first",
)(
    _separable(
        "Separable",
        lambda c, o, k: nn.Conv2d(o, o, k, padding=k // 2, groups=o, bias=False),
        _pointwise,
        lambda self, x: self.depthwise(self.pointwise(x)),
    )
)


def _renamed(self, c_in, c_out, k):
    nn.Module.__init__(self)
    self.first, self.second = _depthwise(c_in, c_out, k), _pointwise(c_in, c_out)


separable.mistake(
    "Call the parts `self.depthwise` and `self.pointwise`, as the task does.", "renamed"
)(
    type(
        "Separable",
        (nn.Module,),
        {"__init__": _renamed, "forward": lambda self, x: self.second(self.first(x))},
    )
)


separable.alternative(_separable("InSequence", _depthwise, _pointwise))


@separable.alternative
class ChannelByChannel(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise = nn.Conv2d(c_in, c_in, k, groups=c_in, bias=False)
        self.pointwise = nn.Conv2d(c_in, c_out, (1, 1))

    def forward(self, x):
        half = self.depthwise.kernel_size[0] // 2
        x = F.pad(x, [half] * 4)
        maps = [F.conv2d(x[:, c : c + 1], w[None]) for c, w in enumerate(self.depthwise.weight)]
        return self.pointwise(torch.cat(maps, dim=1))


@separable.alternative
class OnTheLastAxis(nn.Module):
    def __init__(self, c_in, c_out, k):
        super().__init__()
        self.depthwise = nn.Conv2d(c_in, c_in, k, padding="same", groups=c_in, bias=False)
        self.pointwise = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        x = self.depthwise(x).movedim(1, -1)
        return F.linear(x, self.pointwise.weight.flatten(1), self.pointwise.bias).movedim(-1, 1)


separable.demand("`self.depthwise`", violated_by="renamed")
separable.demand("with its own k x k kernel", violated_by="not_grouped")
separable.demand("padded to keep the size", violated_by="padded_by_one")
separable.demand("without bias", violated_by="bias_twice")
separable.demand("a 1x1 convolution to `c_out` channels, with bias", violated_by="no_bias_at_all")
separable.demand("Nothing stands between them", violated_by="relu_between")
