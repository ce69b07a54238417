"""Exercises 12.1 to 12.3: pixels as the weights expect them, and the five best classes."""

import numpy as np
import torch

from checker import comparison
from checker.exercise import Exercise, call

# 12.1

preprocessing = Exercise(
    "12.1",
    "Pixels as the weights expect them",
    difficulty=2,
    minutes=8,
    hints=[
        (
            "In whole numbers from 0 to 255 there is no -127: 0 - 127 wraps around to 129. Which"
            " type can be negative?"
        ),
        (
            "`permute(2, 0, 1)` brings the axis of the colors to the front; `[None]` adds the axis"
            " of the pictures."
        ),
        "`pixels.double()` first, then minus 127, divided by 128, then the axes.",
    ],
)


def _bytes(rng, *shape):
    return torch.from_numpy(rng.integers(0, 256, shape).astype(np.uint8))


@preprocessing.reference
def preprocess(pixels):
    planes = [
        torch.from_numpy(pixels.numpy()[..., color].astype(np.float64)) for color in range(3)
    ]
    return torch.stack(planes)[None].sub(127).div(128)


@preprocessing.cases
def _(rng):
    yield call(torch.tensor([[[255, 127, 0]]], dtype=torch.uint8))
    yield call(torch.tensor([[[127, 255, 191], [0, 63, 127]]], dtype=torch.uint8))
    yield call(_bytes(rng, 3, 3, 3))
    yield call(_bytes(rng, 2, 5, 3))
    yield call(_bytes(rng, 7, 4, 3))


def _planes(pixels):
    return pixels.permute(2, 0, 1)[None].double()


for _name, _answer, _sentence in (
    (
        "zero_to_one",
        lambda p: _planes(p) / 255,
        (
            "Your numbers go from 0 to 1, as other weights expect it. These were trained on (p -"
            " 127) / 128."
        ),
    ),
    (
        "minus_one_to_one",
        lambda p: _planes(p) / 127.5 - 1,
        "Your numbers go from -1 to 1. These weights were trained on (p - 127) / 128.",
    ),
    (
        "float32",
        lambda p: (_planes(p).float() - 127) / 128,
        "Your numbers are right, but float32. The nets of the course compute in float64.",
    ),
    ("minus_128", lambda p: (_planes(p) - 128) / 128, "You take 128 off. Take 127 off."),
    ("only_shifted", lambda p: _planes(p) - 127, "You left out the division by 128."),
    ("only_divided", lambda p: _planes(p) / 128, "You left out the 127 to take off."),
    (
        "precedence",
        lambda p: _planes(p) - 127 / 128,
        ("You divide 127 by 128 and take that off. Subtract first: put parentheses in."),
    ),
    (
        "wraps",
        lambda p: (p.permute(2, 0, 1)[None] - 127).double() / 128,
        (
            "You subtract while the pixels are bytes, which are never negative: 0 - 127 becomes"
            " 129."
        ),
    ),
    (
        "truncated",
        lambda p: ((p.permute(2, 0, 1)[None].long() - 127) // 128).double(),
        "You round down to whole numbers when you divide. Keep the fractions.",
    ),
    (
        "of_torchvision",
        lambda p: (
            (_planes(p) / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None])
            / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
        ),
        (
            "You use the means and spreads of torchvision's weights. These were trained on (p -"
            " 127) / 128."
        ),
    ),
    (
        "own_statistics",
        lambda p: (_planes(p) - _planes(p).mean()) / (_planes(p).std(correction=0) + 1e-9),
        ("You scale by the picture's own mean and spread. Use 127 and 128 for all pictures."),
    ),
    (
        "colors_last",
        lambda p: (p[None].double() - 127) / 128,
        "In your result the colors stand in the last axis. They belong on axis 1.",
    ),
    (
        "no_batch",
        lambda p: ((_planes(p) - 127) / 128)[0],
        "You left out the axis of the pictures: a batch of one.",
    ),
    (
        "reshaped",
        lambda p: (p.reshape(1, 3, *p.shape[:2]).double() - 127) / 128,
        ("You reshape, which tears the colors of a pixel apart. Move the axis instead."),
    ),
    (
        "transposed",
        lambda p: (p.permute(2, 1, 0)[None].double() - 127) / 128,
        "You exchanged height and width: your picture lies on its side.",
    ),
    (
        "blue_first",
        lambda p: (_planes(p).flip(1) - 127) / 128,
        "Your channels are blue, green, red. Red comes first.",
    ),
):
    preprocessing.mistake(_sentence, _name)(_answer)


preprocessing.alternative(lambda p: (p.movedim(-1, 0).unsqueeze(0).to(torch.float64) - 127) / 128)


preprocessing.alternative(lambda p: p.unsqueeze(0).permute(0, 3, 1, 2) / 128.0 - 127 / 128)


preprocessing.alternative(
    lambda p: torch.tensor((p.numpy().transpose(2, 0, 1)[None] - 127.0) / 128)
)


preprocessing.alternative(lambda p: torch.einsum("hwc->chw", (p.double() - 127) / 128)[None])


@preprocessing.alternative
def color_by_color(pixels):
    x = torch.zeros(1, 3, *pixels.shape[:2])
    for color in range(3):
        x[0, color] = (pixels[:, :, color].double() - 127) / 128
    return x


preprocessing.demand("(p - 127) / 128 of each pixel p", violated_by="minus_one_to_one")
preprocessing.demand("Return float64", violated_by="float32")
preprocessing.demand("(1, 3, H, W)", violated_by="colors_last")
preprocessing.demand("a batch of one", violated_by="no_batch")
preprocessing.demand("red first", violated_by="blue_first")


# 12.2

order = Exercise(
    "12.2",
    "Spot the bug: blue comes first",
    difficulty=2,
    minutes=5,
    hints=[
        "Which of the three axes of `pixels` is that of the colors?",
        "`pixels.flip(2)` is a copy with that axis reversed. Then `preprocess`.",
    ],
)


def _prepared(pixels):
    return (_planes(pixels) - 127) / 128


@order.reference
def preprocess_bgr(pixels):
    return preprocess(torch.stack(pixels.unbind(2)[::-1], 2))


@order.cases
def _(rng):
    yield call(torch.tensor([[[0, 127, 255]]], dtype=torch.uint8))
    yield call(torch.tensor([[[0, 127, 255], [63, 31, 191]]], dtype=torch.uint8))
    yield call(_bytes(rng, 3, 3, 3))
    yield call(_bytes(rng, 4, 2, 3))


def _assigned(p):
    p = p.clone()
    p[..., 0], p[..., 2] = p[..., 2], p[..., 0]
    return _prepared(p)


for _name, _answer, _sentence in (
    ("unchanged", _prepared, "In your result blue still comes first. Red comes first."),
    (
        "upside_down",
        lambda p: _prepared(p.flip(0)),
        "You reversed the height: your picture stands on its head, still blue first.",
    ),
    (
        "mirrored",
        lambda p: _prepared(p.flip(1)),
        "You reversed the width: your picture is mirrored, still blue first.",
    ),
    (
        "all_axes",
        lambda p: _prepared(p.flip(0, 1, 2)),
        "You reversed all three axes: the picture is turned, too.",
    ),
    (
        "rolled",
        lambda p: _prepared(p.roll(1, 2)),
        "Your channels are red, blue, green. They should be red, green, blue.",
    ),
    (
        "rolled_back",
        lambda p: _prepared(p.roll(-1, 2)),
        "Your channels are green, red, blue. They should be red, green, blue.",
    ),
    (
        "one_pair",
        lambda p: _prepared(p[..., [1, 0, 2]]),
        "Your channels are green, blue, red. They should be red, green, blue.",
    ),
    (
        "overwritten",
        _assigned,
        ("Your red and your blue are the same: one was overwritten before it was read."),
    ),
    (
        "gray",
        lambda p: _prepared(p.double().mean(2, keepdim=True).expand_as(p)),
        "You took the mean of the colors, so your picture is gray.",
    ),
    (
        "negative",
        lambda p: _prepared(255 - p),
        "You turned bright into dark. Turn the order of the channels.",
    ),
    (
        "pixels_only",
        lambda p: p.flip(2),
        "Your order is right. The pixels still have to go through `preprocess`.",
    ),
):
    order.mistake(_sentence, _name)(_answer)


@order.mistake("The result is right, but you changed `pixels` itself. Work on a copy of it.")
def changed_in_place(pixels):
    pixels.copy_(pixels.flip(2))
    return _prepared(pixels)


order.alternative(lambda p: _prepared(p.flip(2)))


order.alternative(lambda p: _prepared(p).flip(1))


order.alternative(lambda p: _prepared(p[..., [2, 1, 0]]))


order.alternative(lambda p: _prepared(torch.from_numpy(p.numpy()[:, :, ::-1].copy())))


@order.alternative
def swapped_in_a_copy(pixels):
    rgb = pixels.clone()
    rgb[..., 0] = pixels[..., 2]
    rgb[..., 2] = pixels[..., 0]
    return preprocess(rgb)


order.demand("Return what `preprocess` gives", violated_by="pixels_only")
order.demand("red first", violated_by="unchanged")
order.demand("may not be turned or mirrored", violated_by="all_axes")
order.demand("`pixels` stays as it is", violated_by="changed_in_place")


# 12.3

top = Exercise(
    "12.3",
    "Among the five best",
    difficulty=2,
    minutes=8,
    core=False,
    hints=[
        "`scores.topk(k, dim=1).indices` are the k best classes of every picture, (N, k).",
        "Compare them with `y[:, None]`, (N, 1). In how many rows is there a match?",
        (
            "`(best == y[:, None]).any(1)` says it for every picture; the mean of that, as"
            " float64, is the share."
        ),
    ],
)


@top.reference
def topk_accuracy(scores, y, k):
    # Classes that score higher than the right one.
    better = (scores > scores.gather(1, y[:, None])).sum(1)
    return (better < k).double().mean().item()


@top.cases
def _(rng):
    yield call(torch.tensor([[1.0, 5.0, 3.0]]), torch.tensor([2]), 2)
    yield call(torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 1.0]]), torch.tensor([0, 1]), 2)
    yield call(torch.tensor([[9.0, 1.0, 5.0, 4.0]]), torch.tensor([0]), 3)
    yield call(torch.tensor([[-1.0, -5.0, -3.0], [-2.0, -3.0, -4.0]]), torch.tensor([1, 2]), 1)
    for n, classes, k in ((6, 4, 2), (9, 7, 3), (4, 5, 1), (5, 6, 5), (8, 3, 3)):
        scores = torch.stack(
            [torch.from_numpy(rng.permutation(classes).astype(np.float64)) for _ in range(n)]
        )
        yield call(scores - 2, torch.from_numpy(rng.integers(0, classes, n)), k)


def _float_differs(got, wanted):
    found = comparison.difference(got, wanted)
    if found or isinstance(got, type(wanted)):
        return found
    return (
        f"gave {comparison.short(got)}, {comparison.with_article(got)}, expected a Python float."
    )


top.miss = _float_differs


def _best(scores, k):
    return scores.topk(k, dim=1).indices


for _name, _answer, _sentence in (
    (
        "top_one",
        lambda s, y, k: (s.argmax(1) == y).double().mean().item(),
        "You count the best guess alone. Count the k best.",
    ),
    (
        "kth_only",
        lambda s, y, k: (_best(s, k)[:, -1] == y).double().mean().item(),
        "You count the k-th guess alone. Count all k.",
    ),
    (
        "one_more",
        lambda s, y, k: (
            (_best(s, min(k + 1, s.shape[1])) == y[:, None]).any(1).double().mean().item()
        ),
        "You count k + 1 guesses. Count k.",
    ),
    (
        "one_less",
        lambda s, y, k: ((s > s.gather(1, y[:, None])).sum(1) < k - 1).double().mean().item(),
        "You count k - 1 guesses. Count k.",
    ),
    (
        "worst",
        lambda s, y, k: ((-s).topk(k).indices == y[:, None]).any(1).double().mean().item(),
        "You take the k smallest scores. Take the k largest.",
    ),
    (
        "count",
        lambda s, y, k: (_best(s, k) == y[:, None]).any(1).sum().item(),
        "You give the number of pictures. Divide it by all pictures.",
    ),
    (
        "percent",
        lambda s, y, k: 100 * (_best(s, k) == y[:, None]).any(1).double().mean().item(),
        "You give percent. Give the share, from 0 to 1.",
    ),
    (
        "mean_of_guesses",
        lambda s, y, k: (_best(s, k) == y[:, None]).double().mean().item(),
        ("You divide by all N x k guesses. Divide by the N pictures."),
    ),
    (
        "any_picture",
        lambda s, y, k: torch.isin(y, _best(s, k)).double().mean().item(),
        (
            "You look for the class among the guesses of all pictures. Look among its own"
            " picture's."
        ),
    ),
    (
        "all_guesses",
        lambda s, y, k: (_best(s, k) == y[:, None]).all(1).double().mean().item(),
        "You ask for all k guesses to be right. One is enough.",
    ),
    (
        "absolute",
        lambda s, y, k: (_best(s.abs(), k) == y[:, None]).any(1).double().mean().item(),
        "You rank the scores without their signs. A score of -5 is a low one.",
    ),
    (
        "over_pictures",
        lambda s, y, k: (s.topk(k, dim=0).indices.T == y[:, None]).any(1).double().mean().item(),
        ("You take the k best along axis 0, the pictures. Take them along axis 1, the classes."),
    ),
    (
        "values",
        lambda s, y, k: (s.topk(k).values == y[:, None]).any(1).double().mean().item(),
        ("You compare the classes with the k best scores. Compare them with the places of these."),
    ),
    (
        "errors",
        lambda s, y, k: 1 - (_best(s, k) == y[:, None]).any(1).double().mean().item(),
        "You give the share of pictures that are missed. Give one minus it.",
    ),
):
    top.mistake(_sentence, _name)(_answer)


top.mistake("The share is right, but in a tensor. Return a Python float.", "a_tensor")(
    lambda s, y, k: (_best(s, k) == y[:, None]).any(1).double().mean()
)


top.alternative(lambda s, y, k: (_best(s, k) == y[:, None]).any(1).double().mean().item())


top.alternative(lambda s, y, k: sum(c in row.topk(k).indices for row, c in zip(s, y)) / len(y))


top.alternative(
    lambda s, y, k: float((s.argsort(1, descending=True)[:, :k] == y.unsqueeze(1)).sum()) / len(y)
)


top.alternative(
    lambda s, y, k: float(
        (s.argsort(1).argsort(1)[range(len(y)), y] >= s.shape[1] - k).double().mean()
    )
)


@top.alternative
def by_loops(scores, y, k):
    right = 0
    for row, answer in zip(scores.tolist(), y.tolist()):
        ranking = sorted(range(len(row)), key=lambda c: row[c], reverse=True)
        right += answer in ranking[:k]
    return right / len(y)


top.demand("as a Python float", violated_by="a_tensor")
top.demand("from 0 to 1", violated_by="percent")
top.demand("among the k with the highest scores", violated_by="worst")
top.demand("the share of pictures", violated_by="mean_of_guesses")
