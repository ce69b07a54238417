"""Modules that nobody planned for are drawn as they are, and what is said of them is true."""

import contextlib
import copy
import random
import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from utils import draw, shapes
from utils.draw import view


class Gives(nn.Module):
    """What a function of the module and its input gives; `held` are its parts and numbers."""

    def __init__(self, function, **held):
        super().__init__()
        self.function = function
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, *xs):
        return self.function(self, *xs)


@dataclass
class Pair:
    first: Tensor
    second: Tensor


class Pieces(nn.Module):
    def forward(self, x):
        return Pair(x.relu(), x)


class AdaptiveThing(nn.Module):
    """Of its own, by the name of a layer of the library."""

    kernel_size, stride, dilation, out_channels = "three", None, None, "many"

    def forward(self, x):
        return 2 * x


def put_together(net, x):
    out = torch.empty_like(x)
    out[:, :1], out[:, 1:] = x[:, :1] * 2, x[:, 1:].relu()
    return out


def pieces(order):
    def function(net, x):
        first, second = x.chunk(2, 2)
        return torch.cat([first, second.relu()] if order else [first.relu(), second], 2)

    return Gives(function)


ONE = nn.Parameter(torch.ones(3, 1, 1))
SHOWN = {
    "channels in another order": (lambda net, x: x[:, [2, 1, 0]], "slice [:, [2, 1, 0]]"),
    "another half": (lambda net, x: x[:, :, 3:], "slice [:, :, 3:], to 3 x 3 x 6"),
    "what it is put into": (put_together, "and ReLU, to 2 x 6 x 6; put into [:, 1:]; output"),
    "turned": (lambda net, x: x.mT, "transpose"),
    "fewer channels": (lambda net, x: x[:, :2].tanh(), "slice [:, :2] and tanh, to 2 x 6 x 6"),
    "no batch any more": (lambda net, x: x.sum((0, 2, 3)), "sum, to 3; output 3"),
    "the batch in a row": (lambda net, x: x.flatten(0, 1), "flatten, to 6 x 6 x 6"),
    "joined with itself": (
        lambda net, x: torch.cat([x] * 3),
        "axis 0, 3 times the same, to 6 x 3",
    ),
    "joined with nothing": (lambda net, x: torch.cat([x], 1), "6; output"),
    "joined with its own": (
        lambda net, x: torch.cat([x, net.own.expand(2, 3, 6, 1)], 3),
        "joined with own",
    ),
    "Python's sum": (
        lambda net, x: sum([x.relu(), x]),
        "(a) ReLU; (b) straight on; added; output",
    ),
    "a size is no value": (lambda net, x: x.relu() + torch.zeros_like(x), "ReLU; + a tensor"),
    "as wide as another": (lambda net, x: x.mean(1, True).expand_as(x), "; expand as, to 3"),
    "its own minus": (lambda net, x: net.own - x, "own − x"),
    "a view of its own": (lambda net, x: x / net.own[None], "÷ own"),
    "of a matrix": (lambda net, x: x @ torch.ones(6, 2), "@ a tensor, to 3 x 6 x 2"),
    "compared": (lambda net, x: (x > 0) * 1, "> 0; × 1"),
    "mirrored edges": (lambda net, x: F.pad(x, [1] * 4, "reflect"), "padding, to"),
    "of one axis": (lambda net, x: F.adaptive_avg_pool1d(x[:, 0], 4), "mean to 4, to 6 x 4"),
    "another pool": (lambda net, x: F.lp_pool2d(x, 2, 3), "6; lp pool2d, to 3 x 2 x 2"),
    "where the largest is": (
        lambda net, x: F.max_pool2d(x, 2, return_indices=True),
        "max pool 2x2",
    ),
    "by a mask": (lambda net, x: x[x > 0].sum(), "picked"),
    "in a class of its own": (lambda net, x: net.part(x).first, "6; Pieces; output"),
    "a name of the library's": (lambda net, x: net.thing(x).relu(), "AdaptiveThing and ReLU"),
    "by name": (lambda net, x: net.act(input=x) + x, "(a) tanh; (b) straight on; added"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_strangers_write_is_drawn(name):
    function, said = SHOWN[name]
    net = Gives(function, own=ONE, part=Pieces(), thing=AdaptiveThing(), act=nn.Tanh())
    x = torch.randn(2, 3, 6, 6)
    assert said in draw.net(net, x.abs()).alt


def raises(net, x):
    raise AssertionError


FAILS = {
    "returns nothing": (lambda net, x: None, "at output: forward returns nothing"),
    "asserts": (lambda net, x: exec("assert x is None", {"x": x}) or x, "at AssertionError"),
    "one example": (
        lambda net, x: F.batch_norm(x[:1, :, 0, 0], None, None, training=True),
        "more than 1 value",
    ),
    "reshaped": (lambda net, x: x.reshape(5, 5), "2x3x6x6: shape '[5, 5]' is invalid"),
    "words": (lambda net, x: net.words(x), "scalar types: Long, Int"),
}


@pytest.mark.parametrize("name", FAILS)
def test_why_it_fails_is_said(name):
    function, said = FAILS[name]
    assert said in draw.net(Gives(function, words=nn.Embedding(9, 2)), (2, 3, 6, 6)).alt


@pytest.mark.parametrize("layer", [nn.Linear(4, 4), nn.LayerNorm(4), nn.Conv1d(3, 4, 1)])
def test_numbers_of_another_kind_are_seen(layer):
    said = draw.net(layer.double(), torch.ones(1, 3, 4, dtype=torch.float32)).alt
    assert "it fails" in said and "1x3x4 float32 met weights" in said and "float64: " in said


COUNTED = {
    "weights from others": lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 3))),
    "of no size yet": lambda: nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d(), nn.ReLU()),
    "used twice": lambda: Gives(
        lambda net, x: net.part(F.linear(x, net.part.weight)), part=nn.Linear(4, 4)
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_each_parameter_is_counted_once(name):
    net = COUNTED[name]()
    drawn = draw.net(net, (2, 4)).graph.nodes
    net(torch.ones(2, 4))  # now a lazy one has its size, too
    assert sum(node.parameters for node in drawn) == sum(p.numel() for p in net.parameters())
    assert sum(node.multiply_adds for node in drawn) in (2 * 12, 2 * 32)


def test_a_lazy_net_stays_lazy_and_has_a_ledger():
    net = nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d())
    assert "conv 3x3, 8 and batch norm" in draw.net(net, (2, 3, 8, 8)).alt
    assert shapes.ledger(net, (2, 3, 8, 8)).parameters == 8 * 27 + 8 + 16
    assert net[0].has_uninitialized_params()


def test_what_a_net_has_kept_is_no_hindrance():
    def keep(net, x):
        net.kept.append(x * net.own)
        return net.kept[-1]

    net, x = Gives(keep, own=nn.Parameter(torch.ones(4)), kept=[]), torch.ones(1, 4)
    net(x)
    assert "× own" in draw.net(net, x).alt and len(net.kept) == 1


def test_what_runs_with_values_changes_none():
    def asks(net, x):
        x += F.dropout(torch.ones_like(x)).sum().item()
        return net.part(x) if net.norm(x).mean() < 1e-3 else x

    x = torch.rand(4, 3, 2, 2)
    net, before, state = (
        Gives(asks, norm=nn.BatchNorm2d(3), part=nn.ReLU()),
        x + 0,
        torch.get_rng_state(),
    )
    assert "(b) ReLU, output" in draw.net(net, x).alt
    assert torch.equal(x, before) and torch.equal(torch.get_rng_state(), state)


def test_a_shape_takes_no_memory():
    assert "to 4 x 99998 x 99998" in draw.net(nn.Conv2d(3, 4, 3), (1, 3, 100_000, 100_000)).alt


class Unready(nn.Module):
    def __init__(self):
        self.channels = 3


@pytest.mark.parametrize(
    ("net", "x", "said"),
    [
        (Unready(), (1, 4), r"Unready is not ready; its __init__ begins with super"),
        (torch.jit.ScriptModule(), (1, 4), "A compiled script says nothing"),
        (Gives(len, steps=(n for n in range(3))), (1, 4), "this net has none: cannot pickle"),
        (nn.ReLU(), (1, "4"), r"this is \(1, '4'\)"),
        (nn.ReLU(), (1, -4), r"this is \(1, -4\)"),
    ],
)
def test_what_cannot_be_drawn_gets_one_sentence(net, x, said):
    with pytest.raises(TypeError, match=said):
        draw.net(net, x)


@pytest.mark.parametrize("options", [{"depth": -1}, {"depth": 1.5}, {"cards": 0}, {"cards": "2"}])
def test_counts_are_counts(options):
    with pytest.raises(ValueError, match="Depth and cards are counts"):
        draw.net(nn.ReLU(), (1, 4), **options)


def differ(*nets):
    drawings = [draw.net(net, (2, 3, 6, 6)) for net in nets]
    return all(len({getattr(d, kind) for d in drawings}) == len(nets) for kind in ("svg", "alt"))


def test_what_comes_first_is_seen():
    assert differ(pieces(0), pieces(1))
    joints = [torch.sub, torch.div, torch.matmul, lambda *xs: torch.cat(xs, 1)]
    joints += [torch.atan2, lambda x, y: torch.lerp(x, y, 0.3)]
    for joint in joints:
        one, other = (
            Gives(lambda net, x, a=a, joint=joint: joint(*[x.tanh(), x][::a])) for a in (1, -1)
        )
        assert differ(one, other)


def test_inputs_have_numbers():
    alt = draw.net(Gives(lambda net, a, b: a - b), [torch.ones(1, 2)] * 2).alt
    assert alt.startswith("1. input 1 2; 2. input 2 2; 3. subtracted of 1 and 2")


def test_ways_within_a_way_have_brackets():
    net = Gives(lambda net, x: (lambda y: y + y.exp())(x.tanh()) * x)
    assert "(a) tanh, then two ways [(a) exp; (b) straight on], added; (b) straight on; mult" in (
        draw.net(net, (1, 4)).alt
    )


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        return x + self.linear(x).relu()


def test_a_repeated_block_is_in_brackets_with_its_ways():
    alt = draw.net(nn.Sequential(Block(), Block()), (1, 4)).alt
    assert "[2 times: then two ways: (a) linear, 4 and ReLU; (b) straight on; added];" in alt


def test_many_ways_have_printable_names():
    alt = draw.net(Gives(lambda net, x: [x + n for n in range(1, 40)]), (1, 4)).alt
    assert "(z) + 26" in alt and "(39) + 39" in alt and alt.isprintable()


def test_what_reads_nothing_is_said_to():
    net = Gives(lambda net, x: x + net.own(), own=Gives(lambda net: net.own, own=ONE))
    assert "2. Gives, to 3 x 1 x 1 of nothing before" in draw.net(net, (1, 3, 6, 6)).alt


def test_a_loop_over_all_pixels_is_one_box():
    def convolve(net, x):
        out = torch.zeros(1, 14, 14)
        for i in range(14):
            for j in range(14):
                out[:, i, j] = (x[:, 0, i : i + 3, j : j + 3] * net.own).sum((1, 2))
        return out

    drawing = draw.net(Gives(convolve, own=nn.Parameter(torch.ones(3, 3))), (1, 1, 16, 16))
    assert len(drawing.graph.nodes) > view.CROWD
    assert drawing.alt == "input 1 x 16 x 16; Gives, to 14 x 14; output 14 x 14."


def test_a_long_error_has_several_lines():
    def fails(net, x):
        raise ValueError("a long sentence of many words " * 4)

    svg = draw.net(Gives(fails), (1, 4)).svg
    assert max(map(len, re.findall(r">([^<]*)</text>", svg))) <= 44


def test_only_what_is_marked_is_said_to_be():
    said = draw.grid(torch.ones(3, 3), [(0, 0), (2, 2), (7, 7)]).alt
    assert said.endswith("marked: row 1 column 1, row 3 column 3.")
    assert "marked" not in draw.grid(torch.ones(3, 3), [(7, 7)]).alt


def test_a_window_takes_numbers_of_any_kind():
    assert "their sum: 8" in repr(draw.window(torch.arange(9).reshape(3, 3), [[1.0, 1], [1, 1]]))


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (nn.MaxPool1d(3, 1, 1), "from 5 numbers, 5: 1 reads 1 to 2"),
        (nn.Conv1d(1, 1, 3, padding="same"), "from 5 numbers, 5: 1 reads 1 to 2"),
        (nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), "5: 1 reads 1 and 2 and 5"),
        (lambda x: x * 0, "from 5 numbers, 5: none is read"),
    ],
)
def test_only_zeros_are_zeros_put_around(layer, said):
    assert said in draw.reads(layer, torch.arange(5).reshape(1, 1, 5)).alt


@pytest.mark.parametrize("solids", [{}, {"a": (0, 3, 3)}, {"a": (3, -3, 3)}])
def test_what_is_no_solid_gets_one_sentence(solids):
    with pytest.raises(ValueError, match="no solid|has the shape"):
        draw.volumes(solids)


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.tensor(x.detach().numpy() > 0).float()


def hooked(layer):
    layer.register_forward_hook(lambda layer, given, made: made * 2)
    return layer


def tries(net, x):
    with contextlib.suppress(RuntimeError):
        return net.part(x) @ x[..., :5, :]
    return net.part(x)


def tries_a_layer(net, x):
    with contextlib.suppress(RuntimeError):
        return net.part(x[..., :5])
    return net.part(x)


def slope(net, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(net.part(x).sum(), x)[0]


def kept_slope(net, x):
    x = x.clone().requires_grad_()
    net.part(x).sum().backward()
    return x.grad


def keeps_gradient(net, x):
    y = net.part(x)
    y.retain_grad()
    return y


def on_the_processor(net, x):
    if x.device.type != "cpu":
        raise ValueError
    return x.relu()


def prints(net, x):
    print(f"{x.mean():.3f}")
    return x.relu()


RUNS = {
    "a gradient": (slope, "(b) straight on; grad, to 3 x 6 x 6; output"),
    "a gradient kept": (kept_slope, "number, backward; (b) straight on; grad, to 3"),
    "one that is to be kept": (keeps_gradient, "linear, 6; output"),
    "a number as text": (prints, "(b) ReLU, output"),
    "what has no shape before": (lambda net, x: torch.unique(x.round()), "unique, to"),
    "a device": (on_the_processor, "ReLU; output"),
    "by NumPy": (lambda net, x: torch.from_numpy(x.numpy()), "6; Gives, not followed"),
    "by a list": (lambda net, x: torch.tensor(x.tolist()), "tensor; output"),
    "a function of its own": (lambda net, x: Sign.apply(x), "6; tensor; output"),
    "an error caught": (tries, "(a) linear, 6; (b) slice"),
    "a layer's error caught": (tries_a_layer, "(b) linear, 6, output"),
    "a copy of a part": (lambda net, x: copy.deepcopy(net.part)(x), "linear, 6; output"),
    "a compiled part": (lambda net, x: net.script(x).relu(), "6; Gives, not followed"),
    "row by row": (lambda net, x: torch.vmap(torch.sin)(x), "Gives, not followed inside; output"),
    "a derived function": (
        lambda net, x: torch.func.grad(lambda y: net.part(y).sum())(x),
        "input 3 x 6 x 6; Gives, not followed inside; output 3 x 6 x 6",
    ),
    "into what there is": (
        lambda net, x: torch.mul(x.tanh(), x, out=torch.empty_like(x)),
        "(a) tanh; (b) straight on; multiplied; output",
    ),
    "what a hook does": (lambda net, x: net.hooked(x), "linear, 6; × 2; output"),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_module_that_runs_is_never_said_to_fail(name, capsys):
    function, said = RUNS[name]
    parts = {"part": nn.Linear(6, 6), "hooked": hooked(nn.Linear(6, 6))}
    parts |= {"script": torch.jit.script(nn.Linear(6, 6))} if name == "a compiled part" else {}
    net, x = Gives(function, **parts), torch.rand(2, 3, 6, 6, dtype=torch.float32)
    net = net.float()
    copy.deepcopy(net)(x.clone())
    capsys.readouterr()
    drawing = draw.net(net, x)
    assert not drawing.graph.failed and said in drawing.alt
    assert not capsys.readouterr().out


def in_place(net, x):
    net.own += 1
    return x * net.own


RAISES = {
    "a leaf in place": (in_place, "a leaf Variable that requires grad"),
    "NumPy on the way of gradients": (
        lambda net, x: torch.from_numpy(net.part(x).numpy()),
        "Can't call numpy()",
    ),
    "a place in a list": (lambda net, x: x[:, [0, 9]], "index 9 is out of bounds"),
    "a place in a tensor": (lambda net, x: x[:, torch.tensor([0, 9])], "int64: index 9 is out of"),
    "a row of a table": (lambda net, x: net.words((x * 9).long()), "float32: index out of range"),
    "a half": (lambda net, x: net.part(x.half()), "float16 met weights 6x6 float32"),
    "a double": (
        lambda net, x: x @ torch.eye(6, dtype=torch.float64),
        "float32 met weights 6x6 float64",
    ),
}


@pytest.mark.parametrize("name", RAISES)
def test_a_module_that_raises_is_said_to_fail(name):
    function, said = RAISES[name]
    parts = {"part": nn.Linear(6, 6), "words": nn.Embedding(3, 2), "own": nn.Parameter(+ONE)}
    net, x = Gives(function, **parts).float(), torch.ones(2, 3, 6, 6, dtype=torch.float32)
    with pytest.raises((RuntimeError, IndexError)):
        copy.deepcopy(net)(x)
    alt = draw.net(net, x).alt
    assert "here it fails" in alt and said in alt and ".." not in alt


def test_a_shape_has_no_values_to_fail_for():
    net = Gives(lambda net, x: net.words((x * 9).long()), words=nn.Embedding(3, 2))
    assert "Embedding, to 4 x 2; output" in draw.net(net, (2, 4)).alt


MEANT = {
    "a factor": (lambda a, b: torch.add(a, b, alpha=0.1), "first + 0.1 × second"),
    "a factor of the other": (lambda a, b: b.sub(a, alpha=3), "first − 3 × second, in the order"),
    "a factor of a number": (lambda a, b: torch.add(a, 1, alpha=3) + b, "x + 3 × 1"),
    "a product with a factor": (
        lambda a, b: torch.addcmul(a, a.tanh(), b, value=0.5),
        "first + 0.5 × second × third",
    ),
    "a quotient with a factor": (
        lambda a, b: torch.addcdiv(a, b, torch.ones(4), value=-2) + a,
        "first + -2 × second ÷ a tensor",
    ),
    "a matrix product": (
        lambda a, b: torch.addmm(a, a, torch.ones(4, 4), beta=2, alpha=3) + b,
        "2 × x + 3 × x @ a tensor",
    ),
    "whole numbers": (lambda a, b: a.div(b, rounding_mode="floor"), "first ÷ second, floor"),
    "a quotient": (lambda a, b: a.div(2, rounding_mode="trunc") * b, "x ÷ 2, trunc"),
    "a number of NumPy": (lambda a, b: a * np.float32(0.5) + b, "× 0.5"),
    "two outputs": (lambda a, b: torch.mul(*torch.aminmax(a, dim=1)) @ b, "one output × another"),
    "one neuron": (lambda a, b: F.linear(a, torch.ones(4)) @ b, "linear, 1, to 1 number"),
}


@pytest.mark.parametrize("name", MEANT)
def test_what_is_said_of_a_function_is_all_it_does(name):
    function, said = MEANT[name]
    net = Gives(lambda net, x: function(net.part(x), x), part=nn.Linear(4, 4))
    assert said in draw.net(net, torch.ones(2, 4)).alt


def test_a_sum_with_the_factor_one_stays_a_sum():
    net = Gives(lambda net, x: torch.add(x.tanh(), x, alpha=1))
    assert "(b) straight on; added" in draw.net(net, (2, 4)).alt


def test_a_parameter_used_again_has_its_name_and_is_counted_once():
    own = nn.Parameter(torch.ones(2))
    drawing = draw.net(
        Gives(lambda net, x: x * net.own[0] + x.tanh() * net.own[1], own=own), (1, 4)
    )
    assert drawing.alt.count("× own") == 2
    assert [node.parameters for node in drawing.graph.nodes if node.parameters] == [2]


@pytest.mark.parametrize("chance", [random.random, np.random.rand, lambda: torch.rand(1)])
def test_what_a_net_draws_at_random_is_not_missing_later(chance):
    net, x, rolls = Gives(lambda net, x: x.relu() if chance() < 2 else x), torch.ones(1, 4), []
    for drawn in (False, True):
        random.seed(0), np.random.seed(0), torch.manual_seed(0)
        _ = draw.net(net, x) if drawn else None
        rolls.append(float(chance()))
    assert rolls[0] == rolls[1]
