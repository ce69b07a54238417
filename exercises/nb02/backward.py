"""Exercises 2.23 to 2.26: the gradients of a convolution."""

import itertools

import torch
import torch.nn.functional as F

from checker.exercise import Exercise, call, normal, whole
from checker.sandbox import AUTOGRAD, CONVOLUTION
from exercises.nb02.shared import places, zeros_around

# 2.23


def _backward_shapes(rng):
    """Sizes of x and w, stride, padding, and how numbers are drawn: plain first, then what catches
    slips.
    """
    yield (1, 1, 1, 2), (1, 1, 1, 1), 1, 0, whole
    yield (1, 1, 1, 3), (1, 1, 1, 2), 1, 0, whole
    yield (1, 1, 3, 3), (1, 1, 2, 2), 1, 0, whole
    yield (1, 1, 2, 2), (1, 1, 2, 2), 1, 1, whole
    yield (1, 1, 3, 4), (1, 1, 2, 3), 1, 0, whole
    yield (2, 1, 2, 3), (1, 1, 1, 2), 1, 0, whole
    yield (1, 2, 3, 3), (2, 2, 2, 2), 1, 0, whole
    yield (1, 1, 3, 3), (1, 1, 1, 1), 2, 0, whole
    yield (1, 1, 5, 5), (1, 1, 3, 3), 2, 1, whole
    yield (1, 1, 5, 7), (1, 1, 2, 4), 2, 0, whole
    yield (1, 1, 9, 5), (1, 1, 3, 2), 2, 0, whole
    yield (2, 3, 5, 6), (4, 3, 2, 4), 2, 1, whole
    yield (2, 2, 6, 5), (3, 2, 3, 2), 3, 2, normal


def _backward_case(rng, x, w, stride, padding, draw):
    x, w = draw(rng, *x), draw(rng, *w)
    return x, w, draw(rng, len(x), len(w), *places(x, w, stride, padding))


def _kept(stride, padding):
    return {
        name: value
        for name, value, usual in [("stride", stride, 1), ("padding", padding, 0)]
        if value != usual
    }


bias_gradient = Exercise(
    "2.23",
    "The gradient of the bias",
    difficulty=2,
    minutes=4,
    core=False,
    hints=[
        (
            "One bias is added to which numbers of the output? All of those send their gradient"
            " back, and it adds up."
        ),
        "The bias of filter f is added at every place of channel f, in every picture.",
        "Sum `dy` over all axes but the second.",
    ],
)


@bias_gradient.reference
def grad_bias(dy):
    """By autograd, through a convolution whose weights are all zero."""
    n, f, h, w = dy.shape
    b = torch.zeros(f, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(torch.zeros(n, 1, h, w), torch.zeros(f, 1, 1, 1), b)
    return torch.autograd.grad((y * dy).sum(), b)[0]


@bias_gradient.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    yield call(whole(rng, 2, 1, 1, 2, low=1))
    yield call(whole(rng, 1, 2, 2, 2, low=1))
    yield call(whole(rng, 2, 3, 3, 2))
    yield call(normal(rng, 3, 2, 4, 5))


@bias_gradient.mistake(
    "You took the mean. The bias is added at all places, so their gradients add up."
)
def mean_of_places(dy):
    return dy.mean((0, 2, 3))


@bias_gradient.mistake(
    "You averaged over the batch. Sum over it: if the loss is a mean, `dy` holds that already."
)
def mean_of_batch(dy):
    return dy.sum((0, 2, 3)) / len(dy)


@bias_gradient.mistake(
    "You give one number for every picture. The pictures share the bias: sum over them, too."
)
def one_a_picture(dy):
    return dy.sum((2, 3))


@bias_gradient.mistake(
    "You give one number for every place. All places share the bias: sum over them, too."
)
def one_a_place(dy):
    return dy.sum(0)


@bias_gradient.mistake("You give a single number. Every filter has a bias of its own.")
def one_for_all(dy):
    return dy.sum()


@bias_gradient.mistake(
    "Your shape is (1, O, 1, 1). A gradient has the shape of what it belongs to: (O,)."
)
def axes_kept(dy):
    return dy.sum((0, 2, 3), keepdim=True)


@bias_gradient.mistake(
    "You give one number for every column. Keep the axis of the filters and sum over the others."
)
def along_the_width(dy):
    return dy.sum((0, 1, 2))


@bias_gradient.alternative
def filter_by_filter(dy):
    return torch.stack([dy[:, f].sum() for f in range(dy.shape[1])])


@bias_gradient.alternative
def summed_in_einsum(dy):
    return torch.einsum("nfhw->f", dy)


@bias_gradient.alternative
def summed_in_turn(dy):
    return dy.sum(3).sum(2).sum(0)


bias_gradient.demand("the gradient with respect to the bias", violated_by="mean_of_places")
bias_gradient.demand("of shape (O,)", violated_by="axes_kept")


# 2.24

weight_gradient = Exercise(
    "2.24",
    "The gradient of the weights",
    difficulty=4,
    minutes=20,
    core=False,
    points=3,
    forbidden=CONVOLUTION | {AUTOGRAD},
    hints=[
        (
            "The forward loop multiplies the window at (i, j) by w. So (i, j) adds window times"
            " `dy[:, :, i, j]` to dw."
        ),
        (
            "Loop over the places of `dy`, with the same windows as in 2.8; `+=` into zeros of"
            " shape (O, C, KH, KW)."
        ),
        "`dw += torch.einsum('nf,nchw->fchw', dy[:, :, i, j], window)`.",
    ],
)


@weight_gradient.reference
def grad_weight(x, dy, size, stride=1, padding=0):
    w = torch.zeros(dy.shape[1], x.shape[1], *size, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(x, w, None, stride, padding)
    return torch.autograd.grad((y * dy).sum(), w)[0]


@weight_gradient.cases
def _(rng):
    for x, w, stride, padding, draw in _backward_shapes(rng):
        x, w, dy = _backward_case(rng, x, w, stride, padding, draw)
        yield call(x, dy, tuple(w.shape[2:]), **_kept(stride, padding))


def _dw(x, dy, size, stride, padding, combine, column_stride=None):
    padded, (kh, kw), (sh, sw) = zeros_around(x, padding), size, (stride, column_stride or stride)
    dw = x.new_zeros(dy.shape[1], x.shape[1], kh, kw)
    for i, j in itertools.product(*map(range, dy.shape[2:])):
        window = padded[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
        dw = combine(dw, torch.einsum("nf,nchw->fchw", dy[:, :, i, j], window))
    return dw


def _add(total, more):
    return total + more


@weight_gradient.mistake(
    "You keep the share of the last place only. Every place adds its own: `+=`."
)
def last_place_only(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, padding, lambda total, more: more)


@weight_gradient.mistake(
    "You averaged over the batch. Sum over it: if the loss is a mean, `dy` holds that already."
)
def weights_mean_of_batch(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding) / len(x)


@weight_gradient.mistake(
    "You averaged over the places. A weight is used at all of them, so their shares add up."
)
def weights_mean_of_places(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding) / dy[0, 0].numel()


@weight_gradient.mistake("Your windows start at i, j. Multiply both by the stride.")
def windows_without_stride(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, 1, padding, _add)


@weight_gradient.mistake(
    "Your windows start at row `i * stride`, but at column `j`. Multiply j by the stride as well."
)
def windows_without_column_stride(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, padding, _add, column_stride=1)


@weight_gradient.mistake("You use the first picture only. The gradients of all pictures add up.")
def weights_first_picture(x, dy, size, stride=1, padding=0):
    return grad_weight(x[:1], dy[:1], size, stride, padding)


@weight_gradient.mistake(
    "Your gradient is turned by half a turn. Forward, the kernel is laid as it is: so leave it as"
    " it is here."
)
def weights_turned(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding).flip(2, 3)


@weight_gradient.mistake(
    "Your axes are (C, O, KH, KW). The gradient has the shape of the weight, (O, C, KH, KW)."
)
def weights_channels_swapped(x, dy, size, stride=1, padding=0):
    return grad_weight(x, dy, size, stride, padding).transpose(0, 1)


@weight_gradient.mistake(
    "You let each filter meet one channel of the input only. Every filter meets all of them."
)
def weights_own_channel(x, dy, size, stride=1, padding=0):
    dw = grad_weight(x, dy, size, stride, padding)
    own = [[float(f % dw.shape[1] == c) for c in range(dw.shape[1])] for f in range(len(dw))]
    return dw * torch.tensor(own)[:, :, None, None]


@weight_gradient.mistake("You always pad by 1, whatever `padding` says.")
def weights_padded_by_one(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, 1, _add)


@weight_gradient.mistake(
    "Your gradient is that of a kernel `size[1]` high and `size[0]` wide. `size` is (KH, KW)."
)
def weights_sides_swapped(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size[::-1], stride, padding, _add)


@weight_gradient.mistake("Your gradient is that of a square kernel, `size[0]` on both sides.")
def weights_of_a_square(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, (size[0], size[0]), stride, padding, _add)


@weight_gradient.mistake("This exercise is to write it yourself.", "library call")
def weights_by_autograd(x, dy, size, stride=1, padding=0):
    w = torch.zeros(dy.shape[1], x.shape[1], *size, requires_grad=True)
    with torch.enable_grad():
        y = w.flatten(1) @ F.unfold(x, size, stride=stride, padding=padding)
    return torch.autograd.grad((y * dy.flatten(2)).sum(), w)[0]


@weight_gradient.alternative
def place_by_place_added(x, dy, size, stride=1, padding=0):
    return _dw(x, dy, size, stride, padding, _add)


@weight_gradient.alternative
def weights_by_columns(x, dy, size, stride=1, padding=0):
    columns = F.unfold(x, size, stride=stride, padding=padding)
    return torch.einsum("nfl,nkl->fk", dy.flatten(2), columns).reshape(
        dy.shape[1], x.shape[1], *size
    )


@weight_gradient.alternative
def weights_one_by_one(x, dy, size, stride=1, padding=0):
    padded, (rows, columns) = zeros_around(x, padding), dy.shape[2:]
    dw = x.new_zeros(dy.shape[1], x.shape[1], *size)
    for i, j in itertools.product(*map(range, size)):
        seen = padded[
            :,
            :,
            i : i + stride * (rows - 1) + 1 : stride,
            j : j + stride * (columns - 1) + 1 : stride,
        ]
        dw[:, :, i, j] = torch.tensordot(dy, seen, dims=([0, 2, 3], [0, 2, 3]))
    return dw


@weight_gradient.alternative
def weights_by_views(x, dy, size, stride=1, padding=0):
    windows = zeros_around(x, padding).unfold(2, size[0], stride).unfold(3, size[1], stride)
    return torch.einsum("nfhw,nchwij->fcij", dy, windows)


weight_gradient.demand("the gradient of the weights", violated_by="weights_turned")
weight_gradient.demand("(O, C, KH, KW)", violated_by="weights_channels_swapped")
weight_gradient.demand(
    "no autograd, and none of the library's convolutions", violated_by="library call"
)


# 2.25

cropping = Exercise(
    "2.25",
    "Spot the bug: cutting the padding off",
    difficulty=2,
    minutes=3,
    core=False,
    hints=[
        "What is `[5, 6, 7][0:-0]`? And `-0` is 0, so `[0:0]` is empty.",
        "Count the end from the front: it is the size minus the padding.",
        (
            "`x[:, :, padding : h - padding, padding : w - padding]` with the sizes `h, w ="
            " x.shape[2:]`."
        ),
    ],
)


@cropping.reference
def crop(x, padding):
    return F.pad(x, (-padding,) * 4)


@cropping.cases
def _(rng):
    yield call(torch.tensor([[[[1.0, 2.0]]]]), 0)
    yield call(torch.arange(9.0).reshape(1, 1, 3, 3), 1)
    yield call(whole(rng, 1, 1, 3, 4), 1)
    yield call(whole(rng, 2, 3, 6, 5), 2)
    yield call(whole(rng, 1, 2, 2, 3), 0)


@cropping.mistake("Your slice is still the broken one: at padding 0, `[0:-0]` is empty.")
def to_minus_padding(x, padding):
    return x[:, :, padding:-padding, padding:-padding]


@cropping.mistake("You repaired the rows. The columns have the same bug.")
def rows_repaired(x, padding):
    return x[:, :, padding : x.shape[2] - padding, padding:-padding]


@cropping.mistake("You cut the start off, and not the end. Cut both.")
def start_only(x, padding):
    return x[:, :, padding:, padding:]


@cropping.mistake("You cut the end off, and not the start. Cut both.")
def end_only(x, padding):
    return x[:, :, : x.shape[2] - padding, : x.shape[3] - padding]


@cropping.mistake("You use the height for the width. A picture need not be square.")
def square_pictures(x, padding):
    h = x.shape[2]
    return x[:, :, padding : h - padding, padding : h - padding]


@cropping.mistake(
    "You cut twice the padding off at the end. Count the end from the front of the padded picture."
)
def twice_at_the_end(x, padding):
    h, w = x.shape[2:]
    return x[:, :, padding : h - 2 * padding, padding : w - 2 * padding]


@cropping.alternative
def from_the_front(x, padding):
    h, w = x.shape[2:]
    return x[:, :, padding : h - padding, padding : w - padding]


@cropping.alternative
def with_a_condition(x, padding):
    return x[:, :, padding:-padding, padding:-padding] if padding else x


@cropping.alternative
def with_none(x, padding):
    return x[..., padding : -padding or None, padding : -padding or None]


@cropping.alternative
def by_narrow(x, padding):
    return x.narrow(2, padding, x.shape[2] - 2 * padding).narrow(
        3, padding, x.shape[3] - 2 * padding
    )


cropping.demand("above and below", violated_by="start_only")
cropping.demand("left and right", violated_by="square_pictures")
cropping.demand("With padding 0, everything stays", violated_by="to_minus_padding")


# 2.26

input_gradient = Exercise(
    "2.26",
    "The gradient of the input",
    difficulty=5,
    minutes=25,
    core=False,
    points=3,
    forbidden=CONVOLUTION | {AUTOGRAD},
    hints=[
        (
            "Each place (i, j) of the output read one window. It sends `dy[:, :, i, j]` times w"
            " back to that same window."
        ),
        (
            "Windows overlap, so use `+=`, into zeros as large as the padded picture. Cut the"
            " padding off at the end."
        ),
        (
            "`dx[:, :, top : top + kh, left : left + kw] += torch.einsum('nf,fchw->nchw', dy[:, :,"
            " i, j], w)`."
        ),
    ],
)


@input_gradient.reference
def grad_input(w, dy, size, stride=1, padding=0):
    x = torch.zeros(len(dy), w.shape[1], *size, requires_grad=True)
    with torch.enable_grad():
        y = F.conv2d(x, w, None, stride, padding)
    return torch.autograd.grad((y * dy).sum(), x)[0]


@input_gradient.cases
def _(rng):
    for x, w, stride, padding, draw in _backward_shapes(rng):
        x, w, dy = _backward_case(rng, x, w, stride, padding, draw)
        yield call(w, dy, tuple(x.shape[2:]), **_kept(stride, padding))


def _dx_padded(w, dy, size, stride, padding, overwrite=False, window_stride=None):
    """The gradient of the padded picture, window by window."""
    kh, kw = w.shape[2:]
    dx = dy.new_zeros(len(dy), w.shape[1], *(n + 2 * padding for n in size))
    for i, j in itertools.product(*map(range, dy.shape[2:])):
        top, left = i * stride, j * (window_stride or stride)
        share = torch.einsum("nf,fchw->nchw", dy[:, :, i, j], w)
        window = dx[:, :, top : top + kh, left : left + kw]
        window.copy_(share if overwrite else window + share)
    return dx


@input_gradient.mistake("Where your windows overlap, the last one wins. Add them up, with `+=`.")
def overwritten(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, stride, padding, overwrite=True), padding)


@input_gradient.mistake(
    "At padding 0, your slice `[padding:-padding]` is empty. That is the bug of the exercise"
    " before."
)
def cropped_to_nothing(w, dy, size, stride=1, padding=0):
    return to_minus_padding(_dx_padded(w, dy, size, stride, padding), padding)


@input_gradient.mistake(
    "Your gradient still has the padding. Cut it off: `size` is that of the input without padding."
)
def not_cropped(w, dy, size, stride=1, padding=0):
    return _dx_padded(w, dy, size, stride, padding)


@input_gradient.mistake(
    "You write the windows as if the picture were not padded. Write into a padded one, then cut."
)
def padding_ignored(w, dy, size, stride=1, padding=0):
    return _dx_padded(w, dy, [n + 2 * padding for n in size], stride, 0)[
        :, :, : size[0], : size[1]
    ]


@input_gradient.mistake("You write the windows at i, j. Multiply both by the stride.")
def no_stride_back(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, 1, padding), padding)


@input_gradient.mistake(
    "You write the windows at row `i * stride`, but at column `j`. Multiply j by the stride as"
    " well."
)
def no_column_stride_back(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, stride, padding, window_stride=1), padding)


@input_gradient.mistake(
    "Your kernel is turned by half a turn. Written window by window, it goes back as it is."
)
def turned_kernel(w, dy, size, stride=1, padding=0):
    return grad_input(w.flip(2, 3), dy, size, stride, padding)


@input_gradient.mistake("You use the first filter only. Sum over all filters.")
def first_filter_only(w, dy, size, stride=1, padding=0):
    return grad_input(w[:1], dy[:, :1], size, stride, padding)


@input_gradient.mistake(
    "Your gradient leaves out the pixels that no window reads. Give them 0: `size` says how many"
    " there are."
)
def unread_pixels_missing(w, dy, size, stride=1, padding=0):
    return F.conv_transpose2d(dy, w, stride=stride, padding=padding)


@input_gradient.mistake("You always cut one ring off, whatever `padding` says.")
def one_ring_cut(w, dy, size, stride=1, padding=0):
    return to_minus_padding(_dx_padded(w, dy, size, stride, padding), 1)


@input_gradient.mistake("You cut the padding off above and on the left only. Cut all four sides.")
def cut_at_the_front(w, dy, size, stride=1, padding=0):
    return start_only(_dx_padded(w, dy, size, stride, padding), padding)


@input_gradient.mistake(
    "You cut twice the padding off above and on the left, and nothing below and on the right."
)
def twice_at_the_front(w, dy, size, stride=1, padding=0):
    return start_only(_dx_padded(w, dy, size, stride, padding), 2 * padding)


@input_gradient.mistake("This exercise is to write it yourself.", "library call")
def input_by_autograd(w, dy, size, stride=1, padding=0):
    x, kernel = torch.zeros(len(dy), w.shape[1], *size, requires_grad=True), w.shape[2:]
    with torch.enable_grad():
        y = w.flatten(1) @ F.unfold(x, kernel, stride=stride, padding=padding)
    return torch.autograd.grad((y * dy.flatten(2)).sum(), x)[0]


@input_gradient.alternative
def window_by_window_added(w, dy, size, stride=1, padding=0):
    return crop(_dx_padded(w, dy, size, stride, padding), padding)


@input_gradient.alternative
def folded(w, dy, size, stride=1, padding=0):
    return F.fold(
        w.flatten(1).T @ dy.flatten(2), size, tuple(w.shape[2:]), padding=padding, stride=stride
    )


@input_gradient.alternative
def weight_by_weight_back(w, dy, size, stride=1, padding=0):
    dx, (rows, columns), s = (
        dy.new_zeros(len(dy), w.shape[1], *(n + 2 * padding for n in size)),
        dy.shape[2:],
        stride,
    )
    for i, j in itertools.product(*map(range, w.shape[2:])):
        share = torch.einsum("nfhw,fc->nchw", dy, w[:, :, i, j])
        dx[:, :, i : i + s * (rows - 1) + 1 : s, j : j + s * (columns - 1) + 1 : s] += share
    return from_the_front(dx, padding)


@input_gradient.alternative
def sliding_the_turned_kernel(w, dy, size, stride=1, padding=0):
    """A full convolution of the spread gradient."""
    (kh, kw), (h, width) = w.shape[2:], [n + 2 * padding for n in size]
    spread = dy.new_zeros(*dy.shape[:2], h + kh - 1, width + kw - 1)
    (rows, columns), s = dy.shape[2:], stride
    spread[:, :, kh - 1 : kh + s * (rows - 1) : s, kw - 1 : kw + s * (columns - 1) : s] = dy
    windows = spread.unfold(2, kh, 1).unfold(3, kw, 1)
    return from_the_front(torch.einsum("nfhwij,fcij->nchw", windows, w.flip(2, 3)), padding)


input_gradient.demand("of the input without padding", violated_by="not_cropped")
input_gradient.demand("the gradient of the input", violated_by="turned_kernel")
input_gradient.demand(
    "A pixel that no window read has gradient 0", violated_by="unread_pixels_missing"
)
input_gradient.demand(
    "no autograd, and none of the library's convolutions", violated_by="library call"
)
