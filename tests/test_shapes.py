"""Sizes and the ledger, against PyTorch's convolution, its own counter, gradients, and the
literature.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.test_models import PUBLISHED, without_values
from utils import plots
from utils.models import alexnet, googlenet, inception, lenet, nin, vgg
from utils.shapes import Ledger, ledger, output_size, receptive_field

AXIS = [
    (n, k, s, p, d)
    for n in (1, 5, 8, 11)
    for k in (1, 2, 3, 5)
    for s in (1, 2, 3)
    for p in (0, 2)
    for d in (1, 2)
]


def test_output_size_is_that_of_pytorch_or_an_error_like_it():
    for n, k, s, p, d in AXIS:
        x, weight = torch.rand(1, 1, n), torch.rand(1, 1, k)
        if d * (k - 1) + 1 > n + 2 * p:
            with pytest.raises(ValueError, match=f"covers {d * (k - 1) + 1} pixels"):
                output_size(n, k, s, p, d)
        else:
            assert output_size(n, k, s, p, d) == F.conv1d(x, weight, None, s, p, d).shape[-1]


def test_receptive_fields_that_everyone_knows():
    assert receptive_field([]) == 1
    assert receptive_field([(3,)] * 2) == 5 and receptive_field([(3,)] * 3) == 7
    assert receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 4)]) == 15
    # LeNet-5 sees its whole picture.
    assert receptive_field([(5,), (2, 2), (5,), (2, 2), (5,)]) == 32


def fixed(net):
    """All weights one, so that no gradient cancels."""
    for parameter in net.parameters():
        nn.init.ones_(parameter)
    return net.eval()


def extents(net, shape):
    """Pixels, along each axis, from the first to the last that changes one place in the middle of
    the output.
    """
    x = torch.rand(shape, requires_grad=True)
    output = net(x)
    output[(0, 0, *(size // 2 for size in output.shape[2:]))].backward()
    places = x.grad[0].abs().sum(0).nonzero()
    return tuple((places.max(0).values - places.min(0).values + 1).tolist())


class Joined(nn.Module):
    """Branches of different sight that are joined, and one added to the input."""

    def __init__(self):
        super().__init__()
        self.small, self.large = (
            nn.Conv2d(1, 2, 3, padding=1),
            nn.Conv2d(1, 2, (7, 5), padding=(3, 2)),
        )

    def forward(self, x):
        return torch.cat([self.small(x), self.large(x)], 1) + x


SIGHT = {
    "stride and dilation": nn.Sequential(
        nn.Conv2d(1, 2, 3, 2), nn.Conv2d(2, 1, 3, dilation=2), nn.AvgPool2d(3, 2)
    ),
    "two axes": nn.Sequential(
        nn.Conv2d(1, 2, (1, 7)), nn.Conv2d(2, 2, (3, 1), stride=(2, 1)), nn.AvgPool2d((2, 1))
    ),
    "branches": nn.Sequential(Joined(), nn.AvgPool2d(2), nn.Conv2d(4, 1, 3)),
    "up again": nn.Sequential(
        nn.AvgPool2d(4), nn.ConvTranspose2d(1, 1, 4, 2, 1), nn.Conv2d(1, 1, 3)
    ),
    "whole maps": nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(1)),
    "adaptive pooling": nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(2)),
    "another form of padding": nn.Sequential(
        nn.Conv2d(1, 1, 5, padding="same"), nn.ReflectionPad2d(1), nn.ReLU()
    ),
}


@pytest.mark.parametrize("name", SIGHT)
def test_the_receptive_field_is_where_a_gradient_arrives(name):
    net = fixed(SIGHT[name])
    assert list(ledger(net, (1, 1, 42, 42)))[-1].receptive_field == extents(net, (1, 1, 42, 42))


@pytest.mark.parametrize("axes", [1, 3])
def test_the_receptive_field_along_one_and_three_axes(axes):
    conv, pool = ((nn.Conv1d, nn.AvgPool1d), None, (nn.Conv3d, nn.AvgPool3d))[axes - 1]
    maximum, mean = (
        (nn.MaxPool1d, nn.AdaptiveAvgPool1d),
        None,
        (nn.MaxPool3d, nn.AdaptiveAvgPool3d),
    )[axes - 1]
    shape = (1, 1, *[20] * axes)
    net = fixed(nn.Sequential(conv(1, 1, 3, dilation=2), pool(3, 2), conv(1, 1, 2)))
    assert list(ledger(net, shape))[-1].receptive_field == extents(net, shape) == (9,) * axes
    rows = ledger(nn.Sequential(maximum(2), maximum(3, 1, dilation=2), mean(1)), shape)
    assert [row.receptive_field[0] for row in rows] == [2, 2 + 2 * 4, 2 + 2 * 4 + 2 * 5]


def test_the_receptive_fields_of_the_literature():
    """Araujo, Norris and Sim, 2019, the table of nets: before global pooling and fully connected
    layers.
    """
    rows = ledger(without_values(alexnet.alexnet), (1, 3, 227, 227), depth=1)
    assert rows["conv5"].receptive_field == (195, 195)
    rows = ledger(without_values(vgg.vgg), (1, 3, 224, 224), depth=1)
    assert rows["stage5"].receptive_field == (212, 212)
    rows = ledger(without_values(inception.inception_v3).eval(), (1, 3, 299, 299), depth=1)
    assert rows["modules_c"].receptive_field == (1311, 1311)


def test_a_fully_connected_layer_sees_all_places():
    rows = list(ledger(lenet.lenet("1998"), (1, 1, 32, 32)))
    assert [row.receptive_field[0] for row in rows if row.kind in ("Conv2d", "PartialConv")] == [
        5,
        14,
        32,
    ]
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 8 * 8, 5), nn.Linear(5, 2))
    assert [row.receptive_field for row in ledger(net, (1, 1, 10, 10))] == [(3, 3)] * 2 + [
        (10, 10)
    ] * 2


# Multiply-adds


def by_formula(net, x):
    """Places of the output times weights of each convolution and linear layer; those of LeNet's
    own layer too.
    """
    total = []

    def add(layer, _, output):
        weights = (
            layer.weight(6).numel()
            if isinstance(layer, lenet.PartialConv)
            else layer.weight.numel()
        )
        places = (
            output.numel()
            if isinstance(layer, nn.Linear)
            else output.shape[0] * output[0, 0].numel()
        )
        total.append(weights * (x.shape[0] if isinstance(layer, nn.Linear) else places))

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | lenet.PartialConv):
            layer.register_forward_hook(add)
    net(x)
    return sum(total)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_ledger_agrees_with_pytorchs_counter_and_with_the_formula(name):
    build, count, (channels, side) = PUBLISHED[name]
    net, x = without_values(build), torch.empty(2, channels, side, side, device="meta")
    rows = ledger(net, x.shape)
    with FlopCounterMode(display=False) as counter:
        net(x)
    assert 2 * rows.multiply_adds == counter.get_total_flops()
    assert rows.multiply_adds == by_formula(net, x)
    assert rows.parameters == count and rows.idle == 0


@pytest.mark.parametrize(
    "build, side, giga",
    [
        (lambda: alexnet.alexnet(groups=2), 227, 0.72),  # the net published for Caffe
        (lambda: vgg.vgg(11), 224, 7.61),  # this and the next: torchvision's table of weights
        (lambda: vgg.vgg(13), 224, 11.31),
        (lambda: vgg.vgg(16), 224, 15.47),
        (lambda: vgg.vgg(19), 224, 19.63),
        (lambda: inception.inception_v3(head=False), 299, 5.71),
    ],
)
def test_multiply_adds_as_published(build, side, giga):
    assert round(ledger(without_values(build), (2, 3, side, side)).multiply_adds / 2e9, 2) == giga


def test_every_row_agrees_with_pytorchs_counter_of_modules():
    net = without_values(googlenet.googlenet).eval()
    rows = ledger(net, (1, 3, 224, 224), depth=1)
    with FlopCounterMode(display=False, depth=2) as counter:
        net(torch.empty(1, 3, 224, 224, device="meta"))
    counts = {
        name.removeprefix("GoogLeNet."): sum(each.values())
        for name, each in counter.get_flop_counts().items()
    }
    for row in rows:
        assert 2 * row.multiply_adds == counts.get(row.name, 0)


def test_a_batch_costs_as_much_as_its_pictures():
    one, four = (ledger(nin.nin(), (count, 3, 32, 32)) for count in (1, 4))
    assert four.multiply_adds == 4 * one.multiply_adds and four.activations == 4 * one.activations
    assert four.parameters == one.parameters


# Rows and totals


def test_only_new_numbers_count_as_activations():
    net = nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.ReLU(inplace=True),
        nn.Identity(),
        nn.Dropout(),
        nn.Flatten(),
        nn.ReLU(),
    )
    assert [row.activations for row in ledger(net.eval(), (1, 1, 6, 6))] == [48, 0, 0, 0, 0, 48]
    assert [row.activations for row in ledger(net.train(), (1, 1, 6, 6))] == [48, 0, 0, 48, 0, 48]


class Own(nn.Module):
    """Parts, a layer used twice, one never, and work of its own."""

    def __init__(self):
        super().__init__()
        self.scale, self.matrix = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(4, 6))
        self.twice, self.never = nn.Linear(4, 4), nn.Linear(100, 1)
        self.table = torch.ones(4)  # not registered

    def forward(self, x):
        return self.scale * self.twice(self.twice(x + self.table)) @ self.matrix


def test_what_a_layer_with_parts_does_itself_has_its_row():
    rows = ledger(Own(), (2, 4))
    assert [(row.name, row.parameters, row.multiply_adds) for row in rows] == [
        ("twice", 20, 32),
        ("twice", 0, 32),
        ("(itself)", 25, 48),
    ]
    assert rows.idle == 101 and rows.parameters == 45
    inner = ledger(nn.Sequential(Own(), nn.ReLU()), (2, 4))
    assert [row.name for row in inner] == ["0.twice", "0.twice", "0 (itself)", "1"]
    assert [row.name for row in ledger(nn.Sequential(Own(), nn.ReLU()), (2, 4), depth=1)] == [
        "0",
        "1",
    ]


@pytest.mark.parametrize("depth", [0, 1, 2, 3, None])
def test_depth_changes_the_rows_and_not_the_totals(depth):
    net = without_values(googlenet.googlenet)
    rows, full = ledger(net, (1, 3, 224, 224), depth), ledger(net, (1, 3, 224, 224))
    for total in ("parameters", "multiply_adds", "activations", "idle"):
        assert getattr(rows, total) == getattr(full, total)
    assert (
        len(rows) == 1 if depth == 0 else max(row.name.count(".") for row in rows) < (depth or 9)
    )


def test_layers_that_are_not_called_are_said():
    rows = ledger(without_values(googlenet.googlenet).eval(), (1, 3, 224, 224))
    assert rows.idle == 13_378_280 - 6_998_552
    assert repr(rows).endswith(
        "\n6,379,728 more parameters belong to layers that were not called."
    )


def test_the_net_is_left_as_it_was():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout())
    before, random = (
        {name: value.clone() for name, value in net.state_dict().items()},
        torch.get_rng_state(),
    )
    ledger(net, (4, 1, 9, 9))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random) and net.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


def test_a_net_in_float32_and_one_without_parameters():
    assert ledger(lenet.lenet().float(), (1, 1, 28, 28)).parameters == 61_706
    assert ledger(nn.MaxPool2d(2), (1, 1, 28, 28)).activations == 196


def test_the_error_of_the_net_comes_through():
    with pytest.raises(ValueError, match="at least 28x28"):
        ledger(lenet.lenet(), (1, 1, 8, 8))


# How it looks


@pytest.fixture
def rows():
    return ledger(
        nn.Sequential(nn.Conv2d(1, 2, (1, 3)), nn.Flatten(), nn.Linear(40 * 38 * 2, 10)),
        (1, 1, 40, 40),
    )


def test_the_table_is_aligned(rows):
    assert repr(rows).splitlines() == [
        "layer  kind     output     parameters  multiply-adds  activations  sees",
        "0      Conv2d   1x2x40x38           8          9,120        3,040   1x3",
        "1      Flatten  1x3040              0              0            0   1x3",
        "2      Linear   1x10           30,410         30,400           10    40",
        "total                          30,418         39,520        3,050",
    ]


def test_the_html_says_the_same(rows):
    html = rows._repr_html_()
    assert html.count("<tr>") == 5 and html.count("<th") == 7
    assert all(f">{word}<" in html for line in repr(rows).splitlines() for word in line.split())
    assert (
        "&lt;lambda&gt;"
        in Ledger((rows.rows[0].__class__("<lambda>", "x", (), 0, 0, 0, ()),))._repr_html_()
    )


def test_a_row_is_found_by_its_name(rows):
    assert rows["2"].shape == (1, 10) and len(rows) == 3
    with pytest.raises(KeyError, match="no layer 'fc'; it has 0, 1, 2"):
        rows["fc"]


def test_the_plot_shows_the_shares_with_an_alt_text(rows, monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "show", lambda fig, alt: shown.append((fig, alt)))
    rows.plot("where the numbers are")
    fig, alt = shown[0]
    axes = fig.axes
    assert alt == "where the numbers are"
    assert [ax.get_title() for ax in axes] == ["parameters", "multiply-adds", "activations"]
    assert [round(bar.get_width(), 1) for bar in axes[1].patches] == [23.1, 76.9]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["0", "2"]
