"""Exercises 2.18 to 2.20: two convolutions as one, the 1x1 convolution, what a layer costs."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, call, normal, whole
from checker.sandbox import CONVOLUTION
from exercises.nb02.shared import places_along

# 2.18

composition = Exercise(
    "2.18",
    "Two convolutions, one kernel",
    difficulty=4,
    minutes=20,
    core=False,
    points=2,
    hints=[
        (
            "In one dimension, w1 = [a, b] and then w2 = [c, d]: write out what comes out of x."
            " The kernel is [ac, ad + bc, bd], so a true convolution of the two."
        ),
        (
            "Weight (i, j) of w1 and (p, q) of w2 together read the pixel at (i + p, j + q). Add"
            " their product there."
        ),
        (
            "With channels, sum over the middle ones: `w[:, :, p : p + k1h, q : q + k1w] +="
            " torch.einsum('fm,mcij->fcij', w2[:, :, p, q], w1)`."
        ),
    ],
)


@composition.reference
def compose(w1, w2):
    """The answer of both layers to a single lit pixel is the kernel, turned."""
    channels, reach = w1.shape[1], [a + b - 1 for a, b in zip(w1.shape[2:], w2.shape[2:])]
    lit = torch.zeros(channels, channels, *(2 * r - 1 for r in reach))
    lit[range(channels), range(channels), reach[0] - 1, reach[1] - 1] = 1
    return F.conv2d(F.conv2d(lit, w1), w2).flip(2, 3).transpose(0, 1).contiguous()


@composition.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[10.0, 1.0]]]]))
    yield call(torch.tensor([[[[2.0]]]]), torch.tensor([[[[1.0, 3.0]]]]))
    yield call(torch.tensor([[[[1.0], [2.0]]]]), torch.tensor([[[[1.0, 10.0]]]]))
    yield call(whole(rng, 1, 1, 2, 2, low=1), whole(rng, 1, 1, 2, 2, low=1))
    yield call(whole(rng, 1, 1, 3, 3), whole(rng, 1, 1, 3, 3))
    yield call(whole(rng, 2, 1, 2, 2), whole(rng, 1, 2, 2, 2))
    yield call(whole(rng, 2, 2, 1, 3), whole(rng, 2, 2, 2, 2))
    yield call(whole(rng, 2, 3, 3, 2), whole(rng, 4, 2, 2, 3))
    yield call(normal(rng, 3, 2, 3, 3), normal(rng, 2, 3, 4, 2))


def _slide(w1, w2, turn=lambda w: w.flip(2, 3), pad=lambda k: k - 1):
    """w1 as a picture with its input channels as the batch, w2 sliding over it."""
    around = [pad(k) for k in w2.shape[2:]]
    return F.conv2d(w1.transpose(0, 1), turn(w2), padding=around).transpose(0, 1)


@composition.mistake(
    "You slide one kernel over the other as they are. Turn one of them first: try it with [1, 2]"
    " and [10, 1]."
)
def not_turned(w1, w2):
    return _slide(w1, w2, turn=lambda w: w)


@composition.mistake("Your values are right, but they stand in reverse order, along both axes.")
def turned_back(w1, w2):
    return _slide(w1, w2).flip(2, 3)


@composition.mistake(
    "Your kernel holds only the places where w1 and w2 overlap completely. Pad, so that every"
    " overlap counts."
)
def overlaps_only(w1, w2):
    return _slide(w1, w2, pad=lambda k: 0)


@composition.mistake(
    "Your kernel is cut to the size of w1. Two kernels of 3 together see 5 pixels."
)
def cut_to_size(w1, w2):
    top, left = [(k - 1) // 2 for k in w2.shape[2:]]
    return _slide(w1, w2)[:, :, top : top + w1.shape[2], left : left + w1.shape[3]]


@composition.mistake(
    "Your kernel has the axes (C, O, ...). A weight has its filters first: (O, C, ...)."
)
def channels_first(w1, w2):
    return _slide(w1, w2).transpose(0, 1)


@composition.mistake(
    "You use the first of the middle channels only. Sum over all channels that w1 gives to w2."
)
def first_middle_channel(w1, w2):
    return _slide(w1[:1], w2[:, :1])


@composition.mistake(
    "You multiplied the kernels place by place. Two layers in a row reach further than one."
)
def product(w1, w2):
    return torch.einsum("mcij,fmij->fcij", w1, w2)


@composition.mistake(
    "You added the kernels, which is what two layers side by side do. These follow one another."
)
def added(w1, w2):
    return w1 + w2


@composition.alternative
def sliding(w1, w2):
    return _slide(w1, w2)


@composition.alternative
def weight_by_weight(w1, w2):
    (kh, kw), (lh, lw) = w1.shape[2:], w2.shape[2:]
    w = w1.new_zeros(len(w2), w1.shape[1], kh + lh - 1, kw + lw - 1)
    for p, q in itertools.product(range(lh), range(lw)):
        w[:, :, p : p + kh, q : q + kw] += torch.einsum("fm,mcij->fcij", w2[:, :, p, q], w1)
    return w


@composition.alternative
def by_spectrum(w1, w2):
    shape = [a + b - 1 for a, b in zip(w1.shape[2:], w2.shape[2:])]
    spectrum = torch.einsum(
        "mcij,fmij->fcij", torch.fft.rfft2(w1, s=shape), torch.fft.rfft2(w2, s=shape)
    )
    return torch.fft.irfft2(spectrum, s=shape)


@composition.alternative
def transposed_convolution(w1, w2):
    return F.conv_transpose2d(w2, w1)


composition.demand("the one kernel that does both", violated_by="not_turned")
composition.demand("of shape (O, C, K1H + K2H - 1, K1W + K2W - 1)", violated_by="channels_first")
composition.demand("for every `x`", violated_by="first_middle_channel")


# 2.19

per_pixel = Module(
    "2.19",
    "A 1x1 convolution as a linear layer",
    difficulty=2,
    minutes=6,
    core=False,
    points=2,
    forbidden=CONVOLUTION,
    hints=[
        (
            "`nn.Linear` works along the last axis, whatever stands before it. Where are the"
            " channels?"
        ),
        (
            "Move the channels to the end, apply, move them back. Moving is not reshaping:"
            " `reshape` tears pixels apart."
        ),
        "`self.linear(x.movedim(1, -1)).movedim(-1, 1)`.",
    ],
)


@per_pixel.reference
class PixelLinear(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.linear = nn.Linear(c_in, c_out)

    def forward(self, x):
        return F.conv2d(x, self.linear.weight[:, :, None, None], self.linear.bias)


@per_pixel.cases
def _(rng):
    yield call(2, 1, inputs=whole(rng, 1, 2, 1, 2))
    yield call(2, 3, inputs=whole(rng, 1, 2, 2, 3))
    yield call(3, 3, inputs=whole(rng, 2, 3, 3, 3))
    yield call(4, 2, inputs=whole(rng, 3, 4, 5, 4))


def _pixelwise(name, forward, bias=True):
    """The layer with another forward."""

    def init(self, c_in, c_out):
        nn.Module.__init__(self)
        self.linear = nn.Linear(c_in, c_out, bias=bias)

    return type(name, (nn.Module,), {"__init__": init, "forward": forward})


def _moved(self, x):
    return self.linear(x.movedim(1, -1)).movedim(-1, 1)


def _scrambled(self, x):
    n, c, h, w = x.shape
    return self.linear(x.reshape(n, h, w, c)).reshape(n, -1, h, w)


def _scrambled_back(self, x):
    n, _, h, w = x.shape
    return self.linear(x.movedim(1, -1)).reshape(n, -1, h, w)


_PIXEL_SLIPS = {  # name: (forward, bias, sentence)
    "reshaped": (
        _scrambled,
        True,
        (
            "You cut the numbers anew with `reshape` or `view`, so the channels of a pixel no"
            " longer stand together. Move the axis."
        ),
    ),
    "reshaped_back": (
        _scrambled_back,
        True,
        "Your way there is right. Going back, your `reshape` tears pixels apart: move the axis.",
    ),
    "not_moved_back": (
        lambda self, x: self.linear(x.movedim(1, -1)),
        True,
        "Your channels are still at the end. Move them back to axis 1.",
    ),
    "along_width": (
        lambda self, x: self.linear(x),
        True,
        "You apply `nn.Linear` along the width: it works on the last axis. Move the channels"
        " there.",
    ),
    "no_bias": (_moved, False, "Your linear layer has no bias. Leave it in."),
    "height_and_width_swapped": (
        lambda self, x: self.linear(x.transpose(1, 3)).permute(0, 3, 1, 2),
        True,
        "In your output, height and width have traded places.",
    ),
    "relu": (
        lambda self, x: _moved(self, x).relu(),
        True,
        "You end with a ReLU. A 1x1 convolution alone is linear.",
    ),
}


for _name, (_body, _bias, _sentence) in _PIXEL_SLIPS.items():
    per_pixel.mistake(_sentence, _name)(_pixelwise("PixelLinear", _body, _bias))


for _name, _body in {
    "Moved": _moved,
    "Permuted": lambda self, x: self.linear(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
    "Summed": lambda self, x: (
        torch.einsum("nchw,fc->nfhw", x, self.linear.weight) + self.linear.bias[:, None, None]
    ),
    "Flattened": lambda self, x: (
        self.linear(x.flatten(2).transpose(1, 2)).transpose(1, 2).unflatten(2, x.shape[2:])
    ),
}.items():
    per_pixel.alternative(_pixelwise(_name, _body))


def _renamed(self, c_in, c_out):
    nn.Module.__init__(self)
    self.fc = nn.Linear(c_in, c_out)


per_pixel.mistake("Call the part `self.linear`, as the task does.", "renamed")(
    type(
        "PixelLinear",
        (nn.Module,),
        {
            "__init__": _renamed,
            "forward": lambda self, x: self.fc(x.movedim(1, -1)).movedim(-1, 1),
        },
    )
)
per_pixel.mistake("This exercise is to write it yourself.", "library call")(PixelLinear)


per_pixel.demand("what `nn.Conv2d(c_in, c_out, 1)` does", violated_by="no_bias")
per_pixel.demand("by way of `self.linear", violated_by="renamed")
per_pixel.demand("becomes (N, O, H, W)", violated_by="not_moved_back")
per_pixel.demand("The library's convolutions are not allowed", violated_by="library call")


# 2.20

cost = Exercise(
    "2.20",
    "Multiply-adds",
    difficulty=2,
    minutes=5,
    hints=[
        "How many numbers does the output hold? How many products does each of them need?",
        "Each output number is a sum over a window of `c_in * k * k` numbers.",
        (
            "`output_size(h, k, stride, padding)` times the same for `w`, times `c_out`, times"
            " `c_in * k * k`."
        ),
    ],
)


@cost.reference
def multiply_adds(c_in, h, w, c_out, k, stride=1, padding=0):
    """The library's output for one channel and one filter, times all pairs of them."""
    y = F.conv2d(torch.zeros(1, 1, h, w), torch.zeros(1, 1, k, k), stride=stride, padding=padding)
    return y.numel() * c_in * c_out * k * k


@cost.cases
def _(rng):
    yield call(1, 3, 3, 1, 2)
    yield call(1, 2, 4, 1, 1)
    yield call(2, 3, 3, 1, 3)
    yield call(1, 3, 3, 5, 3)
    yield call(1, 5, 6, 1, 2, stride=2)
    yield call(1, 4, 4, 1, 3, padding=1)
    yield call(1, 5, 5, 1, 3, stride=3, padding=1)
    yield call(3, 32, 32, 10, 5, padding=2)
    yield call(192, 28, 28, 32, 5, padding=2)
    yield call(3, 227, 227, 96, 11, stride=4)
    yield call(64, 7, 9, 128, 3, stride=2, padding=1)
    for c_in, c_out, h, w, k, s, p in rng.integers(
        [1, 1, 20, 20, 2, 1, 0], [99, 99, 60, 60, 6, 4, 3], (4, 7)
    ):
        yield call(int(c_in), int(h), int(w), int(c_out), int(k), stride=int(s), padding=int(p))


def _cost(c_in, c_out, k, rows, columns):
    return c_in * k * k * c_out * rows * columns


@cost.recall
def _(rng):
    c, f, side = rng.randint(2, 6), rng.randint(3, 9), rng.randint(6, 12)
    text = (
        f"{c} channels of {side} x {side} pixels, {f} filters of 3 x 3, stride 1, no padding. How "
        "many multiply-adds?"
    )
    return text, call(c, side, side, f, 3)


@cost.mistake("You took the size of the input. One sum is computed for every output pixel.")
def for_every_input_pixel(c_in, h, w, c_out, k, stride=1, padding=0):
    return _cost(c_in, c_out, k, h, w)


@cost.mistake("You left out the input channels: every window is `c_in` deep.")
def flat_windows(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(1, h, w, c_out, k, stride, padding)


@cost.mistake("That is one filter. There are `c_out`.")
def one_filter(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, 1, k, stride, padding)


@cost.mistake("That is the number of weights. Each of them is used at every output pixel.")
def weights(c_in, h, w, c_out, k, stride=1, padding=0):
    return c_in * c_out * k * k


@cost.mistake("You counted a multiplication and its addition as two. Here the pair is one.")
def counted_twice(c_in, h, w, c_out, k, stride=1, padding=0):
    return 2 * multiply_adds(c_in, h, w, c_out, k, stride, padding)


@cost.mistake("You count `k` weights in each channel of the kernel. It has `k * k`.")
def one_side_of_the_kernel(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, stride, padding) // k


@cost.mistake("You count the bias as well. Adding it is no multiply-add: leave it out.")
def with_bias(c_in, h, w, c_out, k, stride=1, padding=0):
    pixels = places_along(h, k, stride, padding) * places_along(w, k, stride, padding)
    return multiply_adds(c_in, h, w, c_out, k, stride, padding) + c_out * pixels


@cost.mistake("That is for a stride of 1. A larger stride makes fewer windows, and so fewer sums.")
def stride_not_counted(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, 1, padding)


@cost.mistake("That is without padding. By convention the zeros are multiplied as well.")
def padding_not_counted(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, w, c_out, k, stride)


@cost.mistake("You take the output to be as wide as it is high. It need not be square.")
def square_output(c_in, h, w, c_out, k, stride=1, padding=0):
    return multiply_adds(c_in, h, h, c_out, k, stride, padding)


@cost.mistake("The number is right, but it is a float. Products are counted: return an `int`.")
def a_float(c_in, h, w, c_out, k, stride=1, padding=0):
    return float(multiply_adds(c_in, h, w, c_out, k, stride, padding))


@cost.alternative
def windows_times_weights(c_in, h, w, c_out, k, stride=1, padding=0):
    return _cost(
        c_in, c_out, k, places_along(h, k, stride, padding), places_along(w, k, stride, padding)
    )


@cost.alternative
def counted_by_ranges(c_in, h, w, c_out, k, stride=1, padding=0):
    rows, columns = [len(range(0, n + 2 * padding - k + 1, stride)) for n in (h, w)]
    return rows * columns * c_out * (c_in * k**2)


@cost.alternative
def from_a_real_layer(c_in, h, w, c_out, k, stride=1, padding=0):
    layer = nn.Conv2d(1, 1, k, stride, padding, bias=False)
    return layer(torch.zeros(1, 1, h, w)).numel() * c_out * c_in * layer.weight.numel()


cost.demand("A product and its addition count as one", violated_by="counted_twice")
cost.demand("the bias is not counted", violated_by="with_bias")
cost.demand("products with the zeros of the padding are", violated_by="padding_not_counted")
cost.demand("`c_out` filters", violated_by="one_filter")
cost.demand("-> int", violated_by="a_float")
