"""Exercises 12.1 to 12.3: pixels as the weights expect them, and the five best classes."""

import numpy as np
import torch

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
            "Your numbers go from 0 to 1. That is what other weights expect; these were trained on"
            " (x - 127) / 128."
        ),
    ),
    (
        "minus_one_to_one",
        lambda p: _planes(p) / 127.5 - 1,
        "Your numbers go from -1 to 1 exactly. Close, but these weights had (x - 127) / 128.",
    ),
    (
        "float32",
        lambda p: (_planes(p).float() - 127) / 128,
        "`float()` gives float32. The nets of the course compute in float64: `double()`.",
    ),
    (
        "minus_128",
        lambda p: (_planes(p) - 128) / 128,
        "You take 128 off. These weights had 127 taken off.",
    ),
    ("only_shifted", lambda p: _planes(p) - 127, "The division by 128 is missing."),
    ("only_divided", lambda p: _planes(p) / 128, "The 127 is not taken off."),
    (
        "precedence",
        lambda p: _planes(p) - 127 / 128,
        (
            "You divide 127 by 128 and take that off. Division comes before subtraction; put the"
            " parentheses in."
        ),
    ),
    (
        "wraps",
        lambda p: (p.permute(2, 0, 1)[None] - 127).double() / 128,
        (
            "You subtract while the pixels are still bytes, and bytes are never negative: 0 - 127"
            " wraps around to 129."
        ),
    ),
    (
        "truncated",
        lambda p: ((p.permute(2, 0, 1)[None].long() - 127) // 128).double(),
        "You divide whole numbers and keep whole numbers. Change the type first.",
    ),
    (
        "of_torchvision",
        lambda p: (
            (_planes(p) / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None])
            / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
        ),
        (
            "Those are the means and spreads that torchvision's weights expect. Other weights,"
            " other numbers."
        ),
    ),
    (
        "own_statistics",
        lambda p: (_planes(p) - _planes(p).mean()) / (_planes(p).std(correction=0) + 1e-9),
        (
            "You scale by the picture's own mean and spread. A dark picture would come out as"
            " bright as a light one."
        ),
    ),
    (
        "colors_last",
        lambda p: (p[None].double() - 127) / 128,
        "The colors still stand in the last axis. The net reads (N, C, H, W).",
    ),
    (
        "no_batch",
        lambda p: ((_planes(p) - 127) / 128)[0],
        "The axis of the pictures is missing: a batch of one.",
    ),
    (
        "reshaped",
        lambda p: (p.reshape(1, 3, *p.shape[:2]).double() - 127) / 128,
        (
            "`reshape` and `view` keep the order of the numbers, and tear the colors of a pixel"
            " apart. Move the axis."
        ),
    ),
    (
        "transposed",
        lambda p: (p.permute(2, 1, 0)[None].double() - 127) / 128,
        "Height and width have traded places: your picture lies on its side.",
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
    ("unchanged", _prepared, "That is how it was: the first channel is still blue."),
    (
        "upside_down",
        lambda p: _prepared(p.flip(0)),
        "Axis 0 is the height. Your picture stands on its head, still blue first.",
    ),
    (
        "mirrored",
        lambda p: _prepared(p.flip(1)),
        "Axis 1 is the width. Your picture is mirrored, still blue first.",
    ),
    (
        "all_axes",
        lambda p: _prepared(p.flip(0, 1, 2)),
        "You reversed all three axes: the picture is turned, too.",
    ),
    (
        "rolled",
        lambda p: _prepared(p.roll(1, 2)),
        "You moved the channels on by one: red, blue, green.",
    ),
    (
        "rolled_back",
        lambda p: _prepared(p.roll(-1, 2)),
        "You moved the channels on by one: green, red, blue.",
    ),
    (
        "one_pair",
        lambda p: _prepared(p[..., [1, 0, 2]]),
        "You swapped blue and green. Blue and red trade places.",
    ),
    (
        "overwritten",
        _assigned,
        (
            "Both views look at the same memory: the first assignment overwrites what the second"
            " reads. Make a new tensor."
        ),
    ),
    (
        "gray",
        lambda p: _prepared(p.double().mean(2, keepdim=True).expand_as(p)),
        "You took the mean of the colors. The picture is gray now.",
    ),
    (
        "negative",
        lambda p: _prepared(255 - p),
        "You turned bright into dark. The order of the channels is what is off.",
    ),
    (
        "pixels_only",
        lambda p: p.flip(2),
        "The order is right now. The pixels still have to go through `preprocess`.",
    ),
):
    order.mistake(_sentence, _name)(_answer)


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


# 12.3

top = Exercise(
    "12.3",
    "Among the five best",
    difficulty=2,
    minutes=8,
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


def _best(scores, k):
    return scores.topk(k, dim=1).indices


for _name, _answer, _sentence in (
    (
        "top_one",
        lambda s, y, k: (s.argmax(1) == y).double().mean().item(),
        "That is top-1: only the best guess counts. The k best count.",
    ),
    (
        "kth_only",
        lambda s, y, k: (_best(s, k)[:, -1] == y).double().mean().item(),
        "You look at the k-th guess alone. All k count.",
    ),
    (
        "one_more",
        lambda s, y, k: (
            (_best(s, min(k + 1, s.shape[1])) == y[:, None]).any(1).double().mean().item()
        ),
        "You look at k + 1 guesses. Is there an off-by-one?",
    ),
    (
        "one_less",
        lambda s, y, k: ((s > s.gather(1, y[:, None])).sum(1) < k - 1).double().mean().item(),
        "You look at k - 1 guesses. Is there an off-by-one?",
    ),
    (
        "worst",
        lambda s, y, k: ((-s).topk(k).indices == y[:, None]).any(1).double().mean().item(),
        "Those are the k smallest scores: `sort` and `argsort` begin with the smallest.",
    ),
    (
        "count",
        lambda s, y, k: (_best(s, k) == y[:, None]).any(1).sum().item(),
        "That is how many. Divide by the number of pictures.",
    ),
    (
        "percent",
        lambda s, y, k: 100 * (_best(s, k) == y[:, None]).any(1).double().mean().item(),
        "That is in percent. The share from 0 to 1 is asked for.",
    ),
    (
        "mean_of_guesses",
        lambda s, y, k: (_best(s, k) == y[:, None]).double().mean().item(),
        (
            "You take the mean over all N x k guesses. At most one of a picture's k guesses can be"
            " right; divide by N."
        ),
    ),
    (
        "any_picture",
        lambda s, y, k: torch.isin(y, _best(s, k)).double().mean().item(),
        (
            "You ask whether the class is among the guesses of *any* picture. Compare each picture"
            " with its own."
        ),
    ),
    (
        "all_guesses",
        lambda s, y, k: (_best(s, k) == y[:, None]).all(1).double().mean().item(),
        "You demand that all k guesses are right. One is enough.",
    ),
    (
        "absolute",
        lambda s, y, k: (_best(s.abs(), k) == y[:, None]).any(1).double().mean().item(),
        "You rank by size without the sign. A score of -5 is a low one.",
    ),
    (
        "over_pictures",
        lambda s, y, k: (s.topk(k, dim=0).indices.T == y[:, None]).any(1).double().mean().item(),
        (
            "Your k best are taken along axis 0: the pictures that score best for a class. The"
            " classes are axis 1."
        ),
    ),
    (
        "values",
        lambda s, y, k: (s.topk(k).values == y[:, None]).any(1).double().mean().item(),
        (
            "You compare the classes with the scores themselves. `topk` gives values and indices;"
            " you need the indices."
        ),
    ),
    (
        "errors",
        lambda s, y, k: 1 - (_best(s, k) == y[:, None]).any(1).double().mean().item(),
        "That is the top-k error. One minus it is asked for.",
    ),
):
    top.mistake(_sentence, _name)(_answer)


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
