"""Exercises 12.5 and 12.6: features extracted once, and nearest neighbors."""

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, call, normal

# 12.5

extraction = Exercise(
    "12.5",
    "Features, extracted once",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "Dropout and batch normalization behave otherwise in training mode. Which mode gives"
            " one answer a picture?"
        ),
        "`torch.no_grad()` around it, or the graph of every batch stays in memory.",
        (
            "Note `body.training`, call `body.eval()`, join `[body(part) for part in"
            " x.split(batch)]`, and go back to the mode you noted: `body.train(mode)`."
        ),
    ],
)


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
        "whether the result still has its graph (`requires_grad`):": bool(
            getattr(features, "requires_grad", False)
        ),
        "whether the body was given at most `batch` pictures at a time:": body.largest <= batch,
        "whether a layer can learn from the result:": not getattr(
            features, "is_inference", bool
        )(),
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
    """`extract` with one thing changed; `back` is the mode it leaves behind, by default the one it
    found.
    """
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
    (
        "as_it_was",
        _extract(mode=None),
        (
            "The net stays in the mode it is in. In training mode dropout rolls dice, and batch"
            " normalization looks at the batch and moves its statistics."
        ),
    ),
    (
        "training_mode",
        _extract(mode=True),
        "You switch to training mode. Features need the evaluation mode.",
    ),
    (
        "left_in_eval",
        _extract(back=False),
        "You leave the net in evaluation mode. Whoever trains it next will not expect that.",
    ),
    (
        "left_in_train",
        _extract(back=True),
        "You always leave the net in training mode. It may have been in evaluation mode before.",
    ),
    (
        "with_graph",
        _extract(grad=True),
        (
            "The result still carries its graph: the memory of all batches is kept for a backward"
            " pass that never comes."
        ),
    ),
    (
        "all_at_once",
        _extract(parts=lambda x, batch: [x]),
        "All pictures go through at once. That is what `batch` is to prevent.",
    ),
    (
        "rest_lost",
        _extract(
            parts=lambda x, batch: (
                [x[i * batch : (i + 1) * batch] for i in range(len(x) // batch)] or [x[:batch]]
            )
        ),
        "When `batch` does not divide the number of pictures, the rest is lost.",
    ),
    (
        "first_batch",
        _extract(parts=lambda x, batch: [x[:batch]]),
        "Only the first batch came back.",
    ),
    ("last_batch", _extract(join=lambda parts: parts[-1]), "Only the last batch came back."),
    (
        "inference_mode",
        torch.inference_mode()(_extract()),
        (
            "What is made in `torch.inference_mode()` can never take part in training, and a head"
            " shall learn from these. `torch.no_grad()` is the milder one."
        ),
    ),
    ("a_list", _extract(join=list), "That is a list of batches. Join them into one tensor."),
):
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
    "12.6",
    "The nearest neighbors",
    difficulty=3,
    minutes=10,
    points=2,
    hints=[
        (
            "Divide each row by its length, `F.normalize(features, dim=1)`. All cosines then are"
            " one matrix product."
        ),
        (
            "The diagonal of that product is 1: every row's cosine with itself. Make it smaller"
            " than any cosine can be."
        ),
        "`cosines.fill_diagonal_(-2)`, then `cosines.topk(k, dim=1).indices`.",
    ],
)


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
    (
        "dot_product",
        lambda f, k: _without_self(f @ f.T).topk(k).indices,
        (
            "You compare by the dot product. A long row is everybody's neighbor then; divide each"
            " row by its length."
        ),
    ),
    (
        "distance",
        lambda f, k: _without_self(-torch.cdist(f, f)).topk(k).indices,
        "You compare by the distance between the rows. The angle is asked for: normalize first.",
    ),
    (
        "columns_normalized",
        lambda f, k: (
            _without_self(F.normalize(f, dim=0) @ F.normalize(f, dim=0).T).topk(k).indices
        ),
        (
            "You divide each feature by its length over all pictures. Each picture's row is to be"
            " divided by its own."
        ),
    ),
    (
        "sum_of_squares",
        lambda f, k: (
            _without_self((lambda g: g @ g.T)(f / f.square().sum(1, True))).topk(k).indices
        ),
        "You divide by the squared length. The root is missing.",
    ),
    (
        "sum_of_sizes",
        lambda f, k: _without_self((lambda g: g @ g.T)(f / f.abs().sum(1, True))).topk(k).indices,
        "You divide by the sum of the sizes. The length is the root of the sum of squares.",
    ),
    (
        "itself",
        lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices,
        "Each row is its own first neighbor. Leave it out.",
    ),
    (
        "itself_dropped_from_k",
        lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices[:, 1:],
        "You drop each row itself from its k neighbors, so k - 1 are left.",
    ),
    (
        "least_similar",
        lambda f, k: (-_cosines(f)).fill_diagonal_(-torch.inf).topk(k).indices,
        "Those are the least similar ones.",
    ),
    (
        "reversed",
        lambda f, k: _without_self(_cosines(f)).topk(k).indices.flip(1),
        "Your k neighbors are in reverse order where k is larger than 1: the most similar first.",
    ),
    (
        "zero_on_the_diagonal",
        lambda f, k: _cosines(f).fill_diagonal_(0.0).topk(k).indices,
        "You set each row's cosine with itself to 0. Others may be negative, so it still gets in.",
    ),
    (
        "similarities",
        lambda f, k: _without_self(_cosines(f)).topk(k).values,
        "Those are the cosines. Say which rows they belong to.",
    ),
    (
        "by_column",
        lambda f, k: _without_self(_cosines(f)).topk(k, dim=0).indices,
        "Your neighbors stand in columns, (k, N). Each picture has a row.",
    ),
    (
        "sign_lost",
        lambda f, k: _without_self(_cosines(f).abs()).topk(k).indices,
        "You dropped the sign: a row that points the opposite way is far, not near.",
    ),
    (
        "centered",
        lambda f, k: _without_self(_cosines(f - f.mean(0))).topk(k).indices,
        "You took the mean off before. That changes the angles; they are asked for as they are.",
    ),
):
    nearest.mistake(_sentence, _name)(_answer)


nearest.alternative(lambda f, k: _without_self(_cosines(f)).topk(k).indices)


nearest.alternative(lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k + 1).indices[:, 1:])


nearest.alternative(
    lambda f, k: (torch.cdist(_normalized(f), _normalized(f)) + 9 * torch.eye(len(f))).argsort(1)[
        :, :k
    ]
)


@nearest.alternative
def by_pairs(features, k):
    def cosine(a, b):
        return (a @ b / (a.norm() * b.norm())).item()

    rows = range(len(features))
    ranked = [
        sorted((j for j in rows if j != i), key=lambda j: -cosine(features[i], features[j]))
        for i in rows
    ]
    return torch.tensor([row[:k] for row in ranked])
