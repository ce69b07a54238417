"""Exercises of notebook 12, first half: pictures as the weights expect them, top-k, features, nearest neighbors."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal

# 12.1

preprocessing = Exercise(
    "12.1", "Pixels as the weights expect them", difficulty=2, minutes=8,
    hints=[
        "In whole numbers from 0 to 255 there is no -127: 0 - 127 wraps around to 129. Which type can be negative?",
        "`permute(2, 0, 1)` brings the axis of the colors to the front; `[None]` adds the axis of the pictures.",
        "`pixels.double()` first, then minus 127, divided by 128, then the axes.",
    ],
)  # fmt: skip


def _bytes(rng, *shape):
    return torch.from_numpy(rng.integers(0, 256, shape).astype(np.uint8))


@preprocessing.reference
def preprocess(pixels):
    planes = [torch.from_numpy(pixels.numpy()[..., color].astype(np.float64)) for color in range(3)]
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
    ("zero_to_one", lambda p: _planes(p) / 255,
     "Your numbers go from 0 to 1. That is what other weights expect; these were trained on (x - 127) / 128."),
    ("minus_one_to_one", lambda p: _planes(p) / 127.5 - 1,
     "Your numbers go from -1 to 1 exactly. Close, but these weights had (x - 127) / 128."),
    ("float32", lambda p: (_planes(p).float() - 127) / 128,
     "`float()` gives float32. The nets of the course compute in float64: `double()`."),
    ("minus_128", lambda p: (_planes(p) - 128) / 128, "You take 128 off. These weights had 127 taken off."),
    ("only_shifted", lambda p: _planes(p) - 127, "The division by 128 is missing."),
    ("only_divided", lambda p: _planes(p) / 128, "The 127 is not taken off."),
    ("precedence", lambda p: _planes(p) - 127 / 128,
     "You divide 127 by 128 and take that off. Division comes before subtraction; put the parentheses in."),
    ("wraps", lambda p: (p.permute(2, 0, 1)[None] - 127).double() / 128,
     "You subtract while the pixels are still bytes, and bytes are never negative: 0 - 127 wraps around to 129."),
    ("truncated", lambda p: ((p.permute(2, 0, 1)[None].long() - 127) // 128).double(),
     "You divide whole numbers and keep whole numbers. Change the type first."),
    ("of_torchvision", lambda p: (_planes(p) / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None])
     / torch.tensor([0.229, 0.224, 0.225])[:, None, None],
     "Those are the means and spreads that torchvision's weights expect. Other weights, other numbers."),
    ("own_statistics", lambda p: (_planes(p) - _planes(p).mean()) / (_planes(p).std(correction=0) + 1e-9),
     "You scale by the picture's own mean and spread. A dark picture would come out as bright as a light one."),
    ("colors_last", lambda p: (p[None].double() - 127) / 128,
     "The colors still stand in the last axis. The net reads (N, C, H, W)."),
    ("no_batch", lambda p: ((_planes(p) - 127) / 128)[0], "The axis of the pictures is missing: a batch of one."),
    ("reshaped", lambda p: (p.reshape(1, 3, *p.shape[:2]).double() - 127) / 128,
     "`reshape` and `view` keep the order of the numbers, and tear the colors of a pixel apart. Move the axis."),
    ("transposed", lambda p: (p.permute(2, 1, 0)[None].double() - 127) / 128,
     "Height and width have traded places: your picture lies on its side."),
    ("blue_first", lambda p: (_planes(p).flip(1) - 127) / 128, "Your channels are blue, green, red. Red comes first."),
):  # fmt: skip
    preprocessing.mistake(_sentence, _name)(_answer)

preprocessing.alternative(lambda p: (p.movedim(-1, 0).unsqueeze(0).to(torch.float64) - 127) / 128)
preprocessing.alternative(lambda p: p.unsqueeze(0).permute(0, 3, 1, 2) / 128.0 - 127 / 128)
preprocessing.alternative(lambda p: torch.tensor((p.numpy().transpose(2, 0, 1)[None] - 127.0) / 128))
preprocessing.alternative(lambda p: torch.einsum("hwc->chw", (p.double() - 127) / 128)[None])


@preprocessing.alternative
def color_by_color(pixels):
    x = torch.zeros(1, 3, *pixels.shape[:2])
    for color in range(3):
        x[0, color] = (pixels[:, :, color].double() - 127) / 128
    return x


# 12.2

order = Exercise(
    "12.2", "Spot the bug: blue comes first", difficulty=2, minutes=5,
    hints=[
        "Which of the three axes of `pixels` is that of the colors?",
        "`pixels.flip(2)` is a copy with that axis reversed. Then `preprocess`.",
    ],
)  # fmt: skip


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
    ("upside_down", lambda p: _prepared(p.flip(0)), "Axis 0 is the height. Your picture stands on its head, still blue"
                                                    " first."),
    ("mirrored", lambda p: _prepared(p.flip(1)), "Axis 1 is the width. Your picture is mirrored, still blue first."),
    ("all_axes", lambda p: _prepared(p.flip(0, 1, 2)), "You reversed all three axes: the picture is turned, too."),
    ("rolled", lambda p: _prepared(p.roll(1, 2)), "You moved the channels on by one: red, blue, green."),
    ("rolled_back", lambda p: _prepared(p.roll(-1, 2)), "You moved the channels on by one: green, red, blue."),
    ("one_pair", lambda p: _prepared(p[..., [1, 0, 2]]), "You swapped blue and green. Blue and red trade places."),
    ("overwritten", _assigned,
     "Both views look at the same memory: the first assignment overwrites what the second reads. Make a new tensor."),
    ("gray", lambda p: _prepared(p.double().mean(2, keepdim=True).expand_as(p)),
     "You took the mean of the colors. The picture is gray now."),
    ("negative", lambda p: _prepared(255 - p),
     "You turned bright into dark. The order of the channels is what is off."),
    ("pixels_only", lambda p: p.flip(2), "The order is right now. The pixels still have to go through `preprocess`."),
):  # fmt: skip
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
    "12.3", "Among the five best", difficulty=2, minutes=8,
    hints=[
        "`scores.topk(k, dim=1).indices` are the k best classes of every picture, (N, k).",
        "Compare them with `y[:, None]`, (N, 1). In how many rows is there a match?",
        "`(best == y[:, None]).any(1)` says it for every picture; the mean of that, as float64, is the share.",
    ],
)  # fmt: skip


@top.reference
def topk_accuracy(scores, y, k):
    better = (scores > scores.gather(1, y[:, None])).sum(1)  # classes that score higher than the right one
    return (better < k).double().mean().item()


@top.cases
def _(rng):
    yield call(torch.tensor([[1.0, 5.0, 3.0]]), torch.tensor([2]), 2)
    yield call(torch.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 1.0]]), torch.tensor([0, 1]), 2)
    yield call(torch.tensor([[9.0, 1.0, 5.0, 4.0]]), torch.tensor([0]), 3)
    yield call(torch.tensor([[-1.0, -5.0, -3.0], [-2.0, -3.0, -4.0]]), torch.tensor([1, 2]), 1)
    for n, classes, k in ((6, 4, 2), (9, 7, 3), (4, 5, 1), (5, 6, 5), (8, 3, 3)):
        scores = torch.stack([torch.from_numpy(rng.permutation(classes).astype(np.float64)) for _ in range(n)])
        yield call(scores - 2, torch.from_numpy(rng.integers(0, classes, n)), k)


def _best(scores, k):
    return scores.topk(k, dim=1).indices


for _name, _answer, _sentence in (
    ("top_one", lambda s, y, k: (s.argmax(1) == y).double().mean().item(),
     "That is top-1: only the best guess counts. The k best count."),
    ("kth_only", lambda s, y, k: (_best(s, k)[:, -1] == y).double().mean().item(),
     "You look at the k-th guess alone. All k count."),
    ("one_more", lambda s, y, k: (_best(s, min(k + 1, s.shape[1])) == y[:, None]).any(1).double().mean().item(),
     "You look at k + 1 guesses. Is there an off-by-one?"),
    ("one_less", lambda s, y, k: ((s > s.gather(1, y[:, None])).sum(1) < k - 1).double().mean().item(),
     "You look at k - 1 guesses. Is there an off-by-one?"),
    ("worst", lambda s, y, k: ((-s).topk(k).indices == y[:, None]).any(1).double().mean().item(),
     "Those are the k smallest scores: `sort` and `argsort` begin with the smallest."),
    ("count", lambda s, y, k: (_best(s, k) == y[:, None]).any(1).sum().item(),
     "That is how many. Divide by the number of pictures."),
    ("percent", lambda s, y, k: 100 * (_best(s, k) == y[:, None]).any(1).double().mean().item(),
     "That is in percent. The share from 0 to 1 is asked for."),
    ("mean_of_guesses", lambda s, y, k: (_best(s, k) == y[:, None]).double().mean().item(),
     "You take the mean over all N x k guesses. At most one of a picture's k guesses can be right; divide by N."),
    ("any_picture", lambda s, y, k: torch.isin(y, _best(s, k)).double().mean().item(),
     "You ask whether the class is among the guesses of *any* picture. Compare each picture with its own."),
    ("all_guesses", lambda s, y, k: (_best(s, k) == y[:, None]).all(1).double().mean().item(),
     "You demand that all k guesses are right. One is enough."),
    ("absolute", lambda s, y, k: (_best(s.abs(), k) == y[:, None]).any(1).double().mean().item(),
     "You rank by size without the sign. A score of -5 is a low one."),
    ("over_pictures", lambda s, y, k: (s.topk(k, dim=0).indices.T == y[:, None]).any(1).double().mean().item(),
     "Your k best are taken along axis 0: the pictures that score best for a class. The classes are axis 1."),
    ("values", lambda s, y, k: (s.topk(k).values == y[:, None]).any(1).double().mean().item(),
     "You compare the classes with the scores themselves. `topk` gives values and indices; you need the indices."),
    ("errors", lambda s, y, k: 1 - (_best(s, k) == y[:, None]).any(1).double().mean().item(),
     "That is the top-k error. One minus it is asked for."),
):  # fmt: skip
    top.mistake(_sentence, _name)(_answer)

top.alternative(lambda s, y, k: (_best(s, k) == y[:, None]).any(1).double().mean().item())
top.alternative(lambda s, y, k: sum(c in row.topk(k).indices for row, c in zip(s, y)) / len(y))
top.alternative(lambda s, y, k: float((s.argsort(1, descending=True)[:, :k] == y.unsqueeze(1)).sum()) / len(y))
top.alternative(lambda s, y, k: float((s.argsort(1).argsort(1)[range(len(y)), y] >= s.shape[1] - k).double().mean()))


@top.alternative
def by_loops(scores, y, k):
    right = 0
    for row, answer in zip(scores.tolist(), y.tolist()):
        ranking = sorted(range(len(row)), key=lambda c: row[c], reverse=True)
        right += answer in ranking[:k]
    return right / len(y)


# 12.4

places = Exercise(
    "12.4", "Where a unit responds most", difficulty=3, minutes=10, points=2,
    hints=[
        "First one number a picture: its strongest response, `maps.flatten(1).max(1)`. Its index is within H * W.",
        "Then the pictures, sorted by that number, the largest first; the first k of them.",
        "Index i in a map of width W lies in row `i // W` and column `i % W`.",
    ],
)  # fmt: skip


@places.reference
def strongest(maps, k):
    found = []
    for place, response in enumerate(maps.tolist()):
        height, width = len(response), len(response[0])
        found.append(max((response[i][j], place, i, j) for i in range(height) for j in range(width)))
    return [found[1:] for found in sorted(found, reverse=True)[:k]]


@places.probe
def _(attempt, maps, k):
    """A tensor or an array (k, 3) says the same as a list of triples."""
    found = attempt(maps, k)
    found = found.tolist() if isinstance(found, (torch.Tensor, np.ndarray)) else found
    tuples = isinstance(found, list) and all(isinstance(triple, (tuple, list, torch.Tensor)) for triple in found)
    return [tuple(map(_whole, triple)) for triple in found] if tuples else found


def _whole(number):
    """Numbers of torch and numpy as Python's own; a fraction stays one."""
    number = number.item() if isinstance(number, (torch.Tensor, np.generic)) else number
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _distinct(rng, *shape):
    """Different whole numbers, half of them negative."""
    count = int(np.prod(shape))
    return torch.from_numpy((rng.permutation(count) - count // 2).reshape(shape).astype(np.float64))


@places.cases
def _(rng):
    yield call(torch.tensor([[[1.0, 9.0, 2.0]], [[3.0, 0.0, 4.0]]]), 1)
    yield call(torch.tensor([[[5.0, -9.0], [1.0, 2.0]], [[8.0, 7.0], [-3.0, 0.0]], [[4.0, 3.0], [3.5, 6.0]]]), 3)
    for n, h, w, k in ((4, 2, 5, 3), (3, 4, 3, 2), (6, 3, 2, 6), (5, 4, 4, 2)):
        yield call(_distinct(rng, n, h, w), k)


def _places(rank=lambda m: m.flatten(1).amax(1), where=lambda m: m.flatten(1).argmax(1), split=None, first=None):
    """`strongest` with one step changed: what ranks the pictures, where to look, how to split an index, which k."""
    split = split or (lambda i, h, w: (i // w, i % w))
    first = first or (lambda values, k: values.argsort(descending=True)[:k])

    def strongest(maps, k):
        index, (_, h, w) = where(maps).tolist(), maps.shape
        return [(n, *split(index[n], h, w)) for n in first(rank(maps), k).tolist()]

    return strongest


def _anywhere(maps, k):
    _, h, w = maps.shape
    return [(i // (h * w), i % (h * w) // w, i % w) for i in maps.flatten().argsort(descending=True)[:k].tolist()]


for _name, _answer, _sentence in (
    ("several_a_picture", _anywhere, "One picture comes more than once. Each may give its strongest place only."),
    ("by_mean", _places(rank=lambda m: m.mean((1, 2))),
     "You rank the pictures by their mean response. Their strongest place counts."),
    ("by_size", _places(lambda m: m.abs().flatten(1).amax(1), lambda m: m.abs().flatten(1).argmax(1)),
     "You go by size without the sign. A strongly negative response is a weak one here."),
    ("weakest", _places(first=lambda v, k: v.argsort()[:k]), "Your pictures begin with the weakest response."),
    ("reversed", _places(first=lambda v, k: v.argsort(descending=True)[:k].flip(0)),
     "The right pictures, in reverse order: the strongest first."),
    ("unsorted", _places(first=lambda v, k: v.argsort(descending=True)[:k].sort().values),
     "The right pictures, in the order of the batch. Sort them by their response, the strongest first."),
    ("first_k", _places(first=lambda v, k: torch.arange(k)), "Those are the first k pictures, not the k strongest."),
    ("divided", _places(split=lambda i, h, w: (i / w, i % w)),
     "A row is a whole number: `//` drops the fraction that `/` keeps."),
    ("column_first", _places(split=lambda i, h, w: (i % w, i // w)), "Row and column have traded places."),
    ("by_height", _places(split=lambda i, h, w: (i // h, i % h)),
     "You take the index apart by the height. A row has as many numbers as the map is wide."),
    ("whole_index", lambda maps, k: [triple[:1] + (triple[1] * maps.shape[2] + triple[2],)
                                     for triple in _places()(maps, k)],
     "The place is still one index into the flattened map. Make a row and a column of it."),
    ("lowest_place", _places(where=lambda m: m.flatten(1).argmin(1)),
     "The pictures are right; the place is that of their smallest response."),
):  # fmt: skip
    places.mistake(_sentence, _name)(_answer)

places.alternative(_places())


@places.alternative
def unraveled(maps, k):
    values, index = maps.flatten(1).max(1)
    pictures = values.topk(k).indices
    rows, columns = torch.unravel_index(index[pictures], maps.shape[1:])
    return torch.stack([pictures, rows, columns], 1)


@places.alternative
def all_in_order(maps, k):
    found, seen = [], set()
    for i in maps.flatten().argsort(descending=True).tolist():
        n, row, column = (int(part) for part in np.unravel_index(i, maps.shape))
        if n not in seen and len(found) < k:
            seen.add(n), found.append((n, row, column))
    return found


@places.alternative
def axis_by_axis(maps, k):
    in_row, column = maps.max(2)
    best, row = in_row.max(1)
    return [(n, row[n], column[n, row[n]]) for n in best.sort(descending=True).indices[:k]]


# 12.5

extraction = Exercise(
    "12.5", "Features, extracted once", difficulty=3, minutes=10, points=2,
    hints=[
        "Dropout and batch normalization behave otherwise in training mode. Which mode gives one answer a picture?",
        "`torch.no_grad()` around it, or the graph of every batch stays in memory.",
        "Note `body.training`, call `body.eval()`, join `[body(part) for part in x.split(batch)]`, and go back to the"
        " mode you noted: `body.train(mode)`.",
    ],
)  # fmt: skip


@extraction.reference
def extract(body, x, batch=50):
    mode = body.training
    with torch.inference_mode():
        body.eval()
        parts = [body(x[start : start + batch]) for start in range(0, len(x), batch)]
        body.train(mode)
    return torch.cat(parts).clone()


class Body(nn.Module):
    """(N, 2, H, W) -> (N, 3), with dropout and batch normalization."""

    def __init__(self, rng):
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3), nn.Dropout(0.5)
        with torch.no_grad():
            self.conv.weight.copy_(normal(rng, 3, 2, 1, 1))
            self.conv.bias.copy_(normal(rng, 3))
            self.norm.running_mean.copy_(normal(rng, 3))
            self.norm.running_var.copy_(normal(rng, 3).square() + 0.5)
            self.norm.weight.copy_(normal(rng, 3))
        self.largest = 0

    def forward(self, x):
        self.largest = max(self.largest, len(x))
        return self.drop(self.norm(self.conv(x)).relu()).mean((2, 3))


@extraction.probe
def _(attempt, body, x, batch):
    features = attempt(body, x, batch)
    return {
        "the result": features,
        "afterwards `body.training`": body.training,
        "whether the result still has its graph (`requires_grad`):": bool(getattr(features, "requires_grad", False)),
        "whether the body was given at most `batch` pictures at a time:": body.largest <= batch,
        "whether a layer can learn from the result:": not getattr(features, "is_inference", bool)(),
        "afterwards the running mean": body.norm.running_mean,
    }


@extraction.cases
def _(rng):
    yield call(Body(rng).eval(), normal(rng, 1, 2, 1, 1), 1)
    yield call(Body(rng).train(), normal(rng, 2, 2, 2, 2), 1)
    yield call(Body(rng).train(), normal(rng, 7, 2, 3, 2), 3)
    yield call(Body(rng).eval(), normal(rng, 6, 2, 2, 3), 3)
    yield call(Body(rng).train(), normal(rng, 4, 2, 2, 3), 9)


def _extract(mode=False, back=None, grad=False, parts=None, join=torch.cat):
    """`extract` with one thing changed; `back` is the mode it leaves behind, by default the one it found."""
    parts = parts or (lambda x, batch: x.split(batch))

    def extract(body, x, batch=50):
        before = body.training
        body.train(before if mode is None else mode)
        with torch.set_grad_enabled(grad):
            features = join([body(part) for part in parts(x, batch)])
        body.train(before if back is None else back)
        return features

    return extract


for _name, _answer, _sentence in (
    ("as_it_was", _extract(mode=None),
     "The net stays in the mode it is in. In training mode dropout rolls dice, and batch normalization looks at the"
     " batch and moves its statistics."),
    ("training_mode", _extract(mode=True), "You switch to training mode. Features need the evaluation mode."),
    ("left_in_eval", _extract(back=False),
     "You leave the net in evaluation mode. Whoever trains it next will not expect that."),
    ("left_in_train", _extract(back=True),
     "You always leave the net in training mode. It may have been in evaluation mode before."),
    ("with_graph", _extract(grad=True),
     "The result still carries its graph: the memory of all batches is kept for a backward pass that never comes."),
    ("all_at_once", _extract(parts=lambda x, batch: [x]),
     "All pictures go through at once. That is what `batch` is to prevent."),
    ("rest_lost", _extract(parts=lambda x, batch: [x[i * batch : (i + 1) * batch] for i in range(len(x) // batch)]
                           or [x[:batch]]),
     "When `batch` does not divide the number of pictures, the rest is lost."),
    ("first_batch", _extract(parts=lambda x, batch: [x[:batch]]), "Only the first batch came back."),
    ("last_batch", _extract(join=lambda parts: parts[-1]), "Only the last batch came back."),
    ("inference_mode", torch.inference_mode()(_extract()),
     "What is made in `torch.inference_mode()` can never take part in training, and a head shall learn from these."
     " `torch.no_grad()` is the milder one."),
    ("a_list", _extract(join=list), "That is a list of batches. Join them into one tensor."),
):  # fmt: skip
    extraction.mistake(_sentence, _name)(_answer)

extraction.alternative(_extract())


@extraction.alternative
def written_in(body, x, batch=50):
    mode, rows = body.training, []
    body.eval()
    for part in torch.split(x, batch):
        rows.extend(body(part).detach())
    body.train(mode)
    return torch.stack(rows)


@extraction.alternative
@torch.no_grad()
def one_by_one(body, x, batch=50):
    mode = body.training
    body.eval()
    result = [body(x[i : i + 1])[0] for i in range(len(x))]
    body.train(mode)
    return torch.stack(result)


# 12.6

nearest = Exercise(
    "12.6", "The nearest neighbors", difficulty=3, minutes=10, points=2,
    hints=[
        "Divide each row by its length, `F.normalize(features, dim=1)`. All cosines then are one matrix product.",
        "The diagonal of that product is 1: every row's cosine with itself. Make it smaller than any cosine can be.",
        "`cosines.fill_diagonal_(-2)`, then `cosines.topk(k, dim=1).indices`.",
    ],
)  # fmt: skip


@nearest.reference
def neighbors(features, k):
    return _without_self(_cosines(features)).sort(1, descending=True).indices[:, :k]


@nearest.cases
def _(rng):
    yield call(torch.tensor([[1.0, 0.0], [9.0, 9.0], [0.0, 1.0], [1.0, 0.2]]), 1)
    yield call(torch.tensor([[3.0, 4.0], [-3.0, -4.1], [0.3, 0.5], [9.0, -1.0]]), 2)
    yield call(torch.tensor([[1.0, 0.0], [-2.0, 0.0]]), 1)
    for n, d, k in ((4, 4, 3), (5, 3, 2), (7, 4, 1), (8, 5, 7)):
        yield call(normal(rng, n, d) * torch.from_numpy(rng.uniform(0.2, 5, (n, 1))) + 0.5, k)


def _without_self(similar):
    similar = similar.clone()
    return similar.fill_diagonal_(-torch.inf)


def _normalized(features):
    return features / features.norm(dim=1, keepdim=True)


def _cosines(features):
    return _normalized(features) @ _normalized(features).T


for _name, _answer, _sentence in (
    ("dot_product", lambda f, k: _without_self(f @ f.T).topk(k).indices,
     "You compare by the dot product. A long row is everybody's neighbor then; divide each row by its length."),
    ("distance", lambda f, k: _without_self(-torch.cdist(f, f)).topk(k).indices,
     "You compare by the distance between the rows. The angle is asked for: normalize first."),
    ("columns_normalized", lambda f, k: _without_self(F.normalize(f, dim=0) @ F.normalize(f, dim=0).T).topk(k).indices,
     "You divide each feature by its length over all pictures. Each picture's row is to be divided by its own."),
    ("sum_of_squares", lambda f, k: _without_self((lambda g: g @ g.T)(f / f.square().sum(1, True))).topk(k).indices,
     "You divide by the squared length. The root is missing."),
    ("sum_of_sizes", lambda f, k: _without_self((lambda g: g @ g.T)(f / f.abs().sum(1, True))).topk(k).indices,
     "You divide by the sum of the sizes. The length is the root of the sum of squares."),
    ("itself", lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices,
     "Each row is its own first neighbor. Leave it out."),
    ("itself_dropped_from_k", lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices[:, 1:],
     "You drop each row itself from its k neighbors, so k - 1 are left."),
    ("least_similar", lambda f, k: (-_cosines(f)).fill_diagonal_(-torch.inf).topk(k).indices,
     "Those are the least similar ones."),
    ("reversed", lambda f, k: _without_self(_cosines(f)).topk(k).indices.flip(1),
     "Your k neighbors are in reverse order where k is larger than 1: the most similar first."),
    ("zero_on_the_diagonal", lambda f, k: _cosines(f).fill_diagonal_(0.0).topk(k).indices,
     "You set each row's cosine with itself to 0. Others may be negative, so it still gets in."),
    ("similarities", lambda f, k: _without_self(_cosines(f)).topk(k).values,
     "Those are the cosines. Say which rows they belong to."),
    ("by_column", lambda f, k: _without_self(_cosines(f)).topk(k, dim=0).indices,
     "Your neighbors stand in columns, (k, N). Each picture has a row."),
    ("sign_lost", lambda f, k: _without_self(_cosines(f).abs()).topk(k).indices,
     "You dropped the sign: a row that points the opposite way is far, not near."),
    ("centered", lambda f, k: _without_self(_cosines(f - f.mean(0))).topk(k).indices,
     "You took the mean off before. That changes the angles; they are asked for as they are."),
):  # fmt: skip
    nearest.mistake(_sentence, _name)(_answer)

nearest.alternative(lambda f, k: _without_self(_cosines(f)).topk(k).indices)
nearest.alternative(lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k + 1).indices[:, 1:])
nearest.alternative(
    lambda f, k: (torch.cdist(_normalized(f), _normalized(f)) + 9 * torch.eye(len(f))).argsort(1)[:, :k]
)


@nearest.alternative
def by_pairs(features, k):
    def cosine(a, b):
        return (a @ b / (a.norm() * b.norm())).item()

    rows = range(len(features))
    ranked = [sorted((j for j in rows if j != i), key=lambda j: -cosine(features[i], features[j])) for i in rows]
    return torch.tensor([row[:k] for row in ranked])

