"""The work of a net is that of its formula; what can't be counted is named, and is no zero."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import draw, shapes
from utils.products import Counter


class Gives(nn.Module):
    """What a function of x and a weight gives."""

    def __init__(self, function, *shape):
        super().__init__()
        self.function, self.weight = function, nn.Parameter(torch.rand(shape))

    def forward(self, x):
        return self.function(x, self.weight)


class Attention(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.layer, self.options = nn.MultiheadAttention(4, 2, batch_first=True), options

    def forward(self, x):
        return self.layer(x, x, x, **self.options)[0]


WORK = {  # a net, the shape of its input, multiply-adds
    "bilinear": (Gives(lambda x, w: F.bilinear(x, x, w), 3, 4, 4), (2, 4), 2 * 3 * (16 + 4)),
    "as einsum": (
        Gives(lambda x, w: torch.einsum("ni,oij,nj->no", x, w, x), 3, 4, 4),
        (2, 4),
        2 * 3 * (16 + 4),
    ),
    "matrix by vector": (Gives(lambda x, w: x @ w, 4), (2, 4), 2 * 4),
    "linear to one": (Gives(F.linear, 4), (2, 4), 2 * 4),
    "vector by vector": (Gives(lambda x, w: x[0] @ w, 4), (2, 4), 4),
    "a vector added": (Gives(lambda x, w: torch.addmv(w[:2], x, w), 4), (2, 4), 2 * 4),
    "matrices added": (
        Gives(lambda x, w: torch.addbmm(w[0, 0], x, w), 2, 4, 3),
        (2, 5, 4),
        2 * 5 * 4 * 3,
    ),
    "transposed": (
        nn.ConvTranspose2d(4, 6, 3, 2, groups=2, dilation=2),
        (2, 4, 5, 5),
        2 * 25 * 4 * 3 * 9,
    ),
    "recurrent": (nn.RNN(4, 3, 2, bidirectional=True), (5, 2, 4), 10 * 2 * (12 + 9 + 18 + 9)),
    "LSTM": (nn.LSTM(4, 3, batch_first=True), (2, 5, 4), 10 * 4 * (12 + 9)),
    "GRU": (nn.GRU(4, 3, batch_first=True), (2, 5, 4), 10 * 3 * (12 + 9)),
    "a cell": (nn.LSTMCell(4, 3), (2, 4), 2 * 4 * (12 + 9)),
    "attention": (Attention(), (2, 5, 4), 2 * (5 * 4 * 16 + 2 * 25 * 4)),
    "without its weights": (
        Attention(need_weights=False),
        (2, 5, 4),
        2 * (5 * 4 * 16 + 2 * 25 * 4),
    ),
    "attention alone": (
        Gives(lambda x, _: F.scaled_dot_product_attention(x, x, x)),
        (2, 2, 5, 4),
        2 * 2 * 2 * 25 * 4,
    ),
    "a table": (Gives(lambda x, w: F.embedding(x.long(), w), 9, 4), (2, 3), 0),
}


@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("learns", [True, False])
def test_work_is_that_of_the_formula(name, learns):
    net, shape, work = WORK[name]
    with torch.set_grad_enabled(learns), Counter() as counter:
        net(torch.ones(shape))
    assert counter.total == work and not counter.uncounted
    assert shapes.ledger(net, shape).multiply_adds == work
    assert sum(node.multiply_adds for node in draw.net(net, shape).graph.nodes) == work


def test_a_bilinear_layer_shows_its_work():
    drawing = draw.net(nn.Bilinear(4, 5, 3), [torch.ones(2, 4), torch.ones(2, 5)])
    assert drawing.note == "63 parameters · 150 multiply-adds for 2 inputs"
    assert ">63 · 150<" in drawing.svg


def test_none_is_no_count_where_single_numbers_are_multiplied():
    shifts = Gives(lambda x, w: sum(x[:, n : n + 2] * w[n] for n in range(3)), 3)
    assert draw.net(shifts, (2, 4)).note == "3 parameters"
    assert (
        draw.net(nn.Linear(4, 3), (2, 4)).note == "15 parameters · 24 multiply-adds for 2 inputs"
    )


UNCOUNTED = {
    "linalg solve": Gives(lambda x, w: torch.linalg.solve(w.diag(), x.T), 4),
    "cdist forward": Gives(torch.cdist, 3, 4),
    "fft r2c": Gives(lambda x, w: torch.fft.rfft(x * w).real, 4),
}


@pytest.mark.parametrize("name", UNCOUNTED)
def test_what_cannot_be_counted_is_named_and_no_zero(name):
    net = UNCOUNTED[name]
    drawing, ledger = draw.net(net, (2, 4)), shapes.ledger(net, (2, 4))
    assert "multiply-adds" not in drawing.note
    assert drawing.note.endswith(f"parameters, the work of {name} not counted")
    assert "· ?<" in drawing.svg
    assert ledger.uncounted == (name,)
    assert f"Without the multiply-adds of {name}, which can't" in repr(ledger)
    plain = shapes.ledger(nn.Linear(4, 3), (2, 4))
    assert plain.uncounted == () and "Without" not in repr(plain)
