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
    minutes=15,
    core=False,
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
    trains = all(parameter.requires_grad for parameter in body.parameters())
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
        "whether `body` still trains afterwards:": trains,
    }


@extraction.cases
def _(rng):
    yield call(Body(rng).eval(), normal(rng, 1, 2, 1, 1), 1)
    yield call(Body(rng).train(), normal(rng, 2, 2, 2, 2), 1)
    yield call(Body(rng).train(), normal(rng, 7, 2, 3, 2), 3)
    yield call(Body(rng).eval(), normal(rng, 8, 2, 2, 3), 2)
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
            "You leave the body in the mode it is in. In training mode dropout draws by chance,"
            " and batch norm moves its statistics."
        ),
    ),
    (
        "training_mode",
        _extract(mode=True),
        "You switch the body to training mode. Switch it to evaluation mode.",
    ),
    (
        "left_in_eval",
        _extract(back=False),
        "You leave the body in evaluation mode. Leave it in the mode you found.",
    ),
    (
        "left_in_train",
        _extract(back=True),
        "You leave the body in training mode. Leave it in the mode you found.",
    ),
    (
        "with_graph",
        _extract(grad=True),
        ("Your result still carries its graph, which keeps the memory of all batches."),
    ),
    (
        "all_at_once",
        _extract(parts=lambda x, batch: [x]),
        "You give the body more than `batch` pictures at once.",
    ),
    (
        "as_many_parts",
        _extract(parts=lambda x, batch: x.chunk(batch)),
        "You cut `x` into `batch` parts. Cut it into parts of `batch` pictures: `x.split(batch)`.",
    ),
    (
        "rest_lost",
        _extract(
            parts=lambda x, batch: (
                [x[i * batch : (i + 1) * batch] for i in range(len(x) // batch)] or [x[:batch]]
            )
        ),
        "Where `batch` does not divide the number of pictures, you lose the rest.",
    ),
    (
        "first_batch",
        _extract(parts=lambda x, batch: [x[:batch]]),
        "You return the first batch only. Return all.",
    ),
    (
        "last_batch",
        _extract(join=lambda parts: parts[-1]),
        "You return the last batch only. Return all.",
    ),
    (
        "other_order",
        _extract(join=lambda parts: torch.cat(parts[::-1])),
        "You join the batches in reverse order. Keep the order of `x`.",
    ),
    (
        "inference_mode",
        torch.inference_mode()(_extract()),
        ("No layer can learn from what `torch.inference_mode()` makes. Use `torch.no_grad()`."),
    ),
    ("a_list", _extract(join=list), "You return a list of batches. Join them into one tensor."),
):
    extraction.mistake(_sentence, _name)(_answer)


@extraction.mistake(
    "The result is right, but the body is frozen now. Switch gradients off for the call alone."
)
def body_frozen(body, x, batch=50):
    body.requires_grad_(False)
    return _extract()(body, x, batch)


@extraction.mistake(
    "The result is right, but gradients stay switched off after it. Use `with torch.no_grad():`."
)
def grad_left_off(body, x, batch=50):
    features = _extract()(body, x, batch)
    torch.set_grad_enabled(False)
    return features


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


extraction.demand("at most `batch` pictures at a time", violated_by="all_at_once")
extraction.demand("in the order of `x`", violated_by="other_order")
extraction.demand("no dropout, no statistics of the batch", violated_by="training_mode")
extraction.demand("no statistics moved", violated_by="as_it_was")
extraction.demand("The result needs no gradient", violated_by="with_graph")
extraction.demand("a layer must be able to learn from it", violated_by="inference_mode")
extraction.demand("`body.training`", violated_by="left_in_eval")
extraction.demand("what trains, as you found them", violated_by="body_frozen")


# 12.6

nearest = Exercise(
    "12.6",
    "The nearest neighbors",
    difficulty=3,
    minutes=10,
    core=False,
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
    for n, d, k in ((4, 4, 3), (5, 3, 2), (7, 4, 1), (8, 5, 7), (12, 4, 5)):
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
            "Your order is that of the dot products, so long rows are near to all. Divide by both"
            " lengths."
        ),
    ),
    (
        "distance",
        lambda f, k: _without_self(-torch.cdist(f, f)).topk(k).indices,
        "You compare by the distance between the rows. Compare by the angle.",
    ),
    (
        "columns_normalized",
        lambda f, k: (
            _without_self(F.normalize(f, dim=0) @ F.normalize(f, dim=0).T).topk(k).indices
        ),
        ("You divide each column by its length. Divide each row by its own."),
    ),
    (
        "sum_of_squares",
        lambda f, k: (
            _without_self((lambda g: g @ g.T)(f / f.square().sum(1, True))).topk(k).indices
        ),
        "You divide each row by its squared length. Divide by the length.",
    ),
    (
        "sum_of_sizes",
        lambda f, k: _without_self((lambda g: g @ g.T)(f / f.abs().sum(1, True))).topk(k).indices,
        "You divide each row by the sum of its sizes. Divide by the root of the sum of squares.",
    ),
    (
        "itself",
        lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices,
        "In your result each row is its own first neighbor. Leave it out.",
    ),
    (
        "itself_dropped_from_k",
        lambda f, k: _cosines(f).add(torch.eye(len(f))).topk(k).indices[:, 1:],
        "You give k - 1 neighbors of each row. Give k, without the row itself.",
    ),
    (
        "least_similar",
        lambda f, k: (-_cosines(f)).fill_diagonal_(-torch.inf).topk(k).indices,
        "You give the least similar rows. Give the most similar.",
    ),
    (
        "reversed",
        lambda f, k: _without_self(_cosines(f)).topk(k).indices.flip(1),
        "Your neighbors are in reverse order. The most similar comes first.",
    ),
    (
        "zero_on_the_diagonal",
        lambda f, k: _cosines(f).fill_diagonal_(0.0).topk(k).indices,
        "A row is among its own neighbors where the other cosines are below 0. Leave it out.",
    ),
    (
        "similarities",
        lambda f, k: _without_self(_cosines(f)).topk(k).values,
        "You return the cosines. Return the rows they belong to.",
    ),
    (
        "by_column",
        lambda f, k: _without_self(_cosines(f)).topk(k, dim=0).indices,
        "Your result is (k, N). Each picture has a row: (N, k).",
    ),
    (
        "sign_lost",
        lambda f, k: _without_self(_cosines(f).abs()).topk(k).indices,
        "You drop the sign of the cosine. A row that points the opposite way is far.",
    ),
    (
        "centered",
        lambda f, k: _without_self(_cosines(f - f.mean(0))).topk(k).indices,
        "You take the mean off the features, which changes the angles. Take them as they are.",
    ),
):
    nearest.mistake(_sentence, _name)(_answer)


nearest.mistake("Your rows are right, but not of dtype int64.", "of_another_dtype")(
    lambda f, k: _without_self(_cosines(f)).topk(k).indices.int()
)


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


nearest.demand("the **cosine** of the angle", violated_by="dot_product")
nearest.demand("Return int64 (N, k)", violated_by="of_another_dtype")
nearest.demand("the most similar first", violated_by="reversed")
nearest.demand("without i itself", violated_by="itself")
nearest.demand("Take the features as they are", violated_by="centered")
