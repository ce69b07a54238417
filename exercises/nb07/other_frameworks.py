"""Exercises 7.15 and 7.16: a layer carried to Keras, and what a picture costs."""

import torch

from checker.exercise import Exercise, Number, call, whole

keras = Exercise(
    "7.15",
    "Carry a layer to Keras",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        (
            "The columns of the weight lie in the order C, H, W. `weight.reshape(-1, c, h, w)`"
            " gives them their axes back."
        ),
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
    "Your inputs are still in the order C, H, W: transposing moves none of them, nor does"
    " `reshape` without `permute`."
)
def transposed_only(weight, c, h, w):
    return weight.T


@keras.mistake(
    "Your order of the inputs is right. A kernel of Keras also has the inputs first: (in, out)."
)
def not_transposed(weight, c, h, w):
    return dense_kernel(weight, c, h, w).T


@keras.mistake("Your order is W, H, C. Keras flattens the rows first: H, W, C.")
def columns_first(weight, c, h, w):
    return weight.reshape(-1, c, h, w).permute(0, 3, 2, 1).flatten(1).T


@keras.mistake(
    "You moved the axes the wrong way round: from H, W, C to C, H, W. It should be the other way."
)
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


keras.demand("its inputs in PyTorch's order C, H, W", violated_by="back")
keras.demand("from maps flattened as H, W, C", violated_by="transposed_only")
keras.demand("shape (h·w·c, out)", violated_by="not_transposed")


race = Number(
    "7.16",
    "What a picture costs",
    (11_992_448, 1_774_784),
    difficulty=3,
    minutes=15,
    core=False,
    points=2,
    wrong={
        "swapped": (
            (1_774_784, 11_992_448),
            "Both are right, in the other order: the recipe comes first.",
        ),
        "weights": (
            (1_199_648, 60_944),
            (
                "Those are the weights. A convolution uses each of them once for every pixel of"
                " its output."
            ),
        ),
        "padded": (
            (16_283_392, 3_691_712),
            (
                "You let every convolution keep the size. Only the first two of the quick net are"
                " padded."
            ),
        ),
        "stride_forgotten": (
            (11_992_448, 10_267_520),
            (
                "The recipe is right. The first layer of the quick net has stride 2, so its output"
                " is 14 x 14."
            ),
        ),
        "one_channel": (
            (1_707_392, 155_072),
            (
                "A filter reaches through all channels of its input, 32 of them in the recipe's"
                " second layer."
            ),
        ),
        "convolutions_only": ((10_811_520, 1_774_144), "The linear layers are missing."),
        "input_sizes": (
            (13_866_752, 3_042_176),
            (
                "You multiplied with the size of each layer's input. The sums are done once for"
                " every pixel of its output."
            ),
        ),
    },
    right=[
        [11_992_448, 1_774_784],
        {"recipe": 11_992_448, "quick": 1_774_784},
        (194_688 + 10_616_832 + 1_179_648 + 1_280, 78_400 + 903_168 + 460_800 + 331_776 + 640),
    ],
    hints=[
        (
            "Output channels times output pixels times kernel pixels times input channels, layer"
            " by layer."
        ),
        (
            "The sides of the recipe: 28, 26, 24, and 12 after pooling. Those of the quick net:"
            " 28, 14, 14, 7, 5, 3."
        ),
        (
            "Recipe: 194,688 and 10,616,832 for the convolutions, 12 * 12 * 64 * 128 for the first"
            " linear layer."
        ),
    ],
)


@race.recall
def _(rng):
    c, f, side = rng.randint(1, 6), rng.randint(6, 16), rng.randint(8, 14)
    text = (
        f"A 5 x 5 convolution from {c} to {f} channels puts out {side} x {side}. How many "
        "multiply-adds is that for a picture?"
    )
    return text, f * c * 25 * side**2
