"""Exercises 3.5 to 3.7: tokens, the past only, and the first layer that listens."""

import torch
from torch.nn import functional as F

from checker.exercise import Exercise, Number, call, whole

# 3.5

tokens = Exercise(
    "3.5",
    "Mend: a convolution over tokens",
    difficulty=2,
    minutes=8,
    hints=[
        "PyTorch's layers want the channels at axis 1: (N, C, L). Which axis is C here?",
        "`x.transpose(1, 2)` swaps two axes. `reshape` only reads the numbers in another rhythm.",
        "Transpose, convolve with `padding=weight.shape[2] // 2`, transpose back.",
    ],
)


@tokens.reference
def convolve_tokens(x, weight, bias):
    return F.conv1d(x.transpose(1, 2), weight, bias, padding=weight.shape[2] // 2).transpose(1, 2)


@tokens.cases
def _(rng):
    yield call(whole(rng, 1, 3, 3), whole(rng, 3, 3, 3), whole(rng, 3))
    yield call(whole(rng, 1, 4, 2), whole(rng, 3, 2, 1), whole(rng, 3))
    yield call(whole(rng, 2, 5, 2), whole(rng, 5, 2, 3), whole(rng, 5))
    yield call(whole(rng, 3, 6, 4), whole(rng, 2, 4, 5), whole(rng, 2))


@tokens.mistake(
    "You hand `x` over as it is, so the layer takes tokens for channels. Swap axes 1 and 2 first."
)
def as_they_are(x, weight, bias):
    return F.conv1d(x, weight, bias, padding=weight.shape[2] // 2)


@tokens.mistake(
    "You cut the numbers of `x` anew with `reshape` or `view`, which mixes the tokens. Use"
    " `transpose`."
)
def reshaped(x, weight, bias):
    turned = x.reshape(x.shape[0], x.shape[2], x.shape[1])
    return F.conv1d(turned, weight, bias, padding=weight.shape[2] // 2).transpose(1, 2)


@tokens.mistake(
    "Your output is (N, O, L). The tokens were on axis 1, and belong there: (N, L, O)."
)
def not_back(x, weight, bias):
    return convolve_tokens(x, weight, bias).transpose(1, 2)


@tokens.mistake(
    "Your output is cut anew by `reshape` or `view`, which mixes the tokens. Use `transpose`."
)
def reshaped_back(x, weight, bias):
    y = convolve_tokens(x, weight, bias).transpose(1, 2)
    return y.reshape(y.shape[0], y.shape[2], y.shape[1])


@tokens.mistake("Your outer tokens are lost. Pad with zeros, so that every token gets its answer.")
def unpadded(x, weight, bias):
    return F.conv1d(x.transpose(1, 2), weight, bias).transpose(1, 2)


@tokens.mistake("You padded with copies of the outer tokens. Pad with zeros.")
def edges_repeated(x, weight, bias):
    half = weight.shape[2] // 2
    padded = F.pad(x.transpose(1, 2), (half, half), mode="replicate")
    return F.conv1d(padded, weight, bias).transpose(1, 2)


@tokens.mistake("Your output is that without the bias.")
def no_bias(x, weight, bias):
    return convolve_tokens(x, weight, torch.zeros_like(bias))


@tokens.alternative
def by_permute(x, weight, bias):
    y = F.conv1d(x.permute(0, 2, 1), weight, bias, padding="same")
    return torch.einsum("nol->nlo", y)


@tokens.alternative
def by_windows(x, weight, bias):
    half = weight.shape[2] // 2
    windows = F.pad(x, (0, 0, half, half)).unfold(1, weight.shape[2], 1)
    return torch.einsum("nlck,ock->nlo", windows, weight) + bias


@tokens.alternative
def token_by_token(x, weight, bias):
    half, length = weight.shape[2] // 2, x.shape[1]
    x = F.pad(x, (0, 0, half, half))
    parts = [x[:, i : i + 2 * half + 1] for i in range(length)]
    return torch.stack([torch.einsum("nkc,ock->no", part, weight) + bias for part in parts], 1)


tokens.demand("Return (N, L, O)", violated_by="not_back")
tokens.demand("the `k` tokens around token `i`", violated_by="as_they_are")
tokens.demand("with zeros beyond both ends", violated_by="edges_repeated")
tokens.demand("`bias` (O,)", violated_by="no_bias")


# 3.6

causal = Exercise(
    "3.6",
    "Only the past",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        (
            "How far does the window reach? With kernel size k and dilation d, (k - 1) d steps"
            " beyond its first number."
        ),
        (
            "The output at time t should end its window at t. So where must zeros be added, and"
            " where not?"
        ),
        "`F.pad(x, ((k - 1) * dilation, 0))`, then convolve without padding.",
    ],
)


@causal.reference
def causal_conv1d(x, weight, dilation=1):
    reach = (weight.shape[2] - 1) * dilation
    return F.conv1d(x, weight, padding=reach, dilation=dilation)[..., : x.shape[2]]


@causal.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[1.0, 1.0]]]))
    yield call(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]), torch.tensor([[[5.0]]]))
    yield call(
        torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), torch.tensor([[[1.0, 0.0, 2.0]]]), dilation=2
    )
    yield call(whole(rng, 2, 3, 7), whole(rng, 2, 3, 4))
    yield call(whole(rng, 1, 2, 3), whole(rng, 2, 2, 3), dilation=3)
    for n, c, o, k, d in rng.integers(1, 5, (4, 5)):
        yield call(whole(rng, n, c, 9), whole(rng, o, c, k), dilation=int(d))


def _reach(weight, dilation):
    return (weight.shape[2] - 1) * dilation


@causal.mistake(
    "Your windows have their middle at t, so the output there sees what comes after t. Let them"
    " end at t."
)
def both_sides(x, weight, dilation=1):
    return F.conv1d(x, weight, padding="same", dilation=dilation)


@causal.mistake(
    "Your output at t sees `x` at t and after it, and nothing of the past. Put the zeros in front."
)
def the_future(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (0, _reach(weight, dilation))), weight, dilation=dilation)


@causal.mistake("Your output is too short: k - 1 zeros in front do without dilation only.")
def dilation_forgotten(x, weight, dilation=1):
    before = F.pad(x, (weight.shape[2] - 1, 0))
    return (
        F.conv1d(before, weight, dilation=dilation)
        if before.shape[2] > _reach(weight, dilation)
        else x[..., :0]
    )


@causal.mistake("Your windows take neighbors, whatever `dilation` says.")
def no_dilation_at_all(x, weight, dilation=1):
    return causal_conv1d(x, weight, 1)


@causal.mistake("Your output is too long: its last windows hang over the end of `x`. Drop them.")
def not_cut(x, weight, dilation=1):
    return F.conv1d(x, weight, padding=_reach(weight, dilation), dilation=dilation)


@causal.mistake("Your output comes one step late. At time t it should see `x` at t as well.")
def one_late(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (_reach(weight, dilation) + 1, 0)), weight, dilation=dilation)[
        ..., :-1
    ]


@causal.mistake(
    "Your kernel is turned round. Its last number belongs to time t, its first to the oldest"
    " input."
)
def turned(x, weight, dilation=1):
    return causal_conv1d(x, weight.flip(2), dilation)


@causal.mistake("Your output lacks its first places. Zeros in front keep the length.")
def shortened(x, weight, dilation=1):
    reach = _reach(weight, dilation)
    return F.conv1d(x, weight, dilation=dilation) if x.shape[2] > reach else x[..., :0]


@causal.alternative
def padded_left(x, weight, dilation=1):
    return F.conv1d(F.pad(x, (_reach(weight, dilation), 0)), weight, dilation=dilation)


@causal.alternative
def sum_of_delays(x, weight, dilation=1):
    k, length = weight.shape[2], x.shape[2]
    delayed = [F.pad(x, ((k - 1 - j) * dilation, 0))[..., :length] for j in range(k)]
    return sum(weight[:, :, j] @ delayed[j] for j in range(k))


@causal.alternative
def as_a_matrix(x, weight, dilation=1):
    length, k = x.shape[2], weight.shape[2]
    band = sum(
        torch.einsum(
            "oc,ts->octs", weight[:, :, k - 1 - j], torch.eye(length).roll(j * dilation, 0).tril()
        )
        for j in range(k)
        if j * dilation < length
    )
    return torch.einsum("octs,ncs->not", band, x)


causal.demand("the output (N, O, L) is as long as the input", violated_by="not_cut")
causal.demand(
    "depends on the input at t, t - d, t - 2d, ... where d is `dilation`",
    violated_by="no_dilation_at_all",
)
causal.demand("The *last* number of the kernel belongs to time t itself", violated_by="turned")
causal.demand("Before the start there are zeros", violated_by="shortened")


# 3.7

listening = Number(
    "3.7",
    "The first layer that listens",
    (222, 8.0),
    difficulty=2,
    minutes=4,
    core=False,
    wrong={
        "one_short": (
            (221, 8.0),
            "Your first number is the steps between places. The first place counts too.",
        ),
        "no_window": (
            (225, 8.0),
            "Your first number counts windows that hang over the end: 3,600 / 16.",
        ),
        "no_stride": ((3537, 8.0), "Your first number is that of places at stride 1."),
        "in_samples": (
            (222, 64),
            "Your places are right. 64 is the window in samples; a millisecond has 8 of them.",
        ),
        "the_stride_in_ms": (
            (222, 2.0),
            "Your places are right. 2 ms is the step between windows, not their length.",
        ),
        "in_seconds": (
            (222, 0.008),
            "Your places are right. 0.008 is in seconds; a second has 1,000 milliseconds.",
        ),
    },
    right=[[222, 8], ((3600 - 64) // 16 + 1, 64 / 8000 * 1000)],
    hints=[
        "The rule of 3.1, for one axis.",
        "8,000 samples last 1,000 ms, so 8 samples last 1 ms.",
    ],
)


@listening.recall
def _(rng):
    k, rate = rng.choice([32, 64, 128, 160]), rng.choice([8000, 16000])
    text = (
        f"A window of {k} samples, at {rate:,} samples a second. How many milliseconds does it "
        "cover?"
    )
    return text, k / rate * 1000
