"""Residual, highway, squeeze-and-excitation nets and NASNet-A against what was published of them
and by their parts.
"""

import functools

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.precisions import check_both
from tests.test_models import picture, without_values
from utils import train
from utils.models import highway, nasnet, resnet, senet
from utils.shapes import ledger

# name: what builds the net, its parameters as published, the side of the picture it takes
PUBLISHED = {
    "ResNet-18": (lambda: resnet.resnet(18), 11_689_512, 224),
    "ResNet-34": (lambda: resnet.resnet(34), 21_797_672, 224),
    "ResNet-50": (lambda: resnet.resnet(50), 25_557_032, 224),
    "ResNet-101": (lambda: resnet.resnet(101), 44_549_160, 224),
    "ResNet-152": (lambda: resnet.resnet(152), 60_192_808, 224),
    "SE-ResNet-50": (lambda: senet.se_resnet(50), 28_088_024, 224),
    "NASNet-A mobile": (lambda: nasnet.nasnet("mobile"), 5_289_978, 224),
    "NASNet-A large": (lambda: nasnet.nasnet("large"), 88_753_150, 331),
}


@functools.cache
def published(name):
    return without_values(PUBLISHED[name][0]).eval()


@functools.cache
def counted(name):
    return ledger(published(name), (1, 3, PUBLISHED[name][2], PUBLISHED[name][2]), depth=2)


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_as_published(name):
    assert train.parameters(published(name)) == PUBLISHED[name][1]
    assert counted(name).parameters == PUBLISHED[name][1] and counted(name).idle == 0


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_output_has_a_number_for_each_class(name):
    assert list(counted(name))[-1].shape == (1, 1000)


@pytest.mark.parametrize(
    "depth, millions", [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)
def test_the_millions_of_the_nets_for_small_pictures(depth, millions):
    """Deep Residual Learning, Table 6.

    The plain nets and those with pre-activation have as many.
    """
    for options in ({}, {"shortcut": "none"}, {"block": resnet.PreBasic}):
        count = train.parameters(
            without_values(lambda options=options: resnet.cifar(depth, **options))
        )
        assert round(count / 1e6, 1 if depth == 110 else 2) == millions


def test_bottlenecks_with_pre_activation_as_published():
    """Identity Mappings, Table 4: ResNet-164 has 1.7 million. (Of ResNet-1001 it says 10.2;
    counted it is 10.3.)
    """
    net = without_values(lambda: resnet.cifar(164, shortcut="B", block=resnet.PreBottleneck))
    assert round(train.parameters(net) / 1e6, 1) == 1.7


@pytest.mark.parametrize(
    "name, giga, digits",
    [
        ("ResNet-18", resnet.GIGA[18], 1),
        ("ResNet-101", resnet.GIGA[101], 1),
        ("ResNet-152", resnet.GIGA[152], 1),
        ("ResNet-50", 3.86, 2),  # Squeeze-and-Excitation Networks, section 4
        ("NASNet-A mobile", 0.564, 3),  # its paper, Tables 3 and 2
        ("NASNet-A large", 23.8, 1),
    ],
)
def test_multiply_adds_as_published(name, giga, digits):
    assert round(counted(name).multiply_adds / 1e9, digits) == giga


def test_the_two_rounded_otherwise():
    """ResNet-34 has the multiply-adds of Table 1 with option A; ResNet-50 only if what follows 3.8
    is cut off.
    """
    net = without_values(lambda: resnet.resnet(34, shortcut="A"))
    assert round(ledger(net, (1, 3, 224, 224), depth=0).multiply_adds / 1e9, 1) == resnet.GIGA[34]
    assert round(counted("ResNet-34").multiply_adds / 1e9, 1) == 3.7
    assert counted("ResNet-50").multiply_adds // 10**8 / 10 == resnet.GIGA[50]


@pytest.mark.parametrize("name", ["ResNet-18", "SE-ResNet-50", "NASNet-A mobile"])
def test_the_ledger_agrees_with_pytorchs_counter(name):
    with FlopCounterMode(display=False) as counter:
        published(name)(picture(3, PUBLISHED[name][2], 1))
    assert 2 * counted(name).multiply_adds == counter.get_total_flops()


STAGES = {
    "ResNet-18": ["64x56x56", "128x28x28", "256x14x14", "512x7x7"],
    "ResNet-50": ["256x56x56", "512x28x28", "1024x14x14", "2048x7x7"],
    "NASNet-A mobile": (
        ["44x56x56", "88x28x28"]
        + ["264x28x28"] * 4
        + ["352x14x14"]
        + ["528x14x14"] * 4
        + ["704x7x7"]
        + ["1056x7x7"] * 4
    ),
}


@pytest.mark.parametrize("name", STAGES)
def test_the_stages_have_the_shapes_of_the_papers(name):
    rows = [row for row in counted(name) if row.name.startswith(("stages.", "cells."))]
    assert ["x".join(map(str, row.shape[1:])) for row in rows] == STAGES[name]


def test_the_number_in_the_name_counts_the_layers_with_weights():
    """Projections are not counted, so with option A it is all of them."""
    nets = {
        depth: lambda depth=depth: resnet.resnet(depth, shortcut="A") for depth in resnet.TABLE_1
    }
    nets |= {depth: lambda depth=depth: resnet.cifar(depth) for depth in (20, 32, 56, 110)}
    for depth, build in nets.items():
        layers = without_values(build).modules()
        assert sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in layers) == depth


# Residual blocks

BLOCKS = {
    block.__name__: block
    for block in (resnet.Basic, resnet.Bottleneck, resnet.PreBasic, resnet.PreBottleneck)
}


def lively(module):
    """In evaluation, with every normalization different from doing nothing."""
    torch.manual_seed(0)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
    return module.eval()


def without_change(net):
    """The last layer with weights of each branch is all zero."""
    for block in net.modules():
        if isinstance(block, resnet.Residual):
            for parameter in block.branch[-1].parameters():
                nn.init.zeros_(parameter)
    return net


def normalized(x, layer):
    return F.batch_norm(
        x, layer.running_mean, layer.running_var, layer.weight, layer.bias, eps=layer.eps
    )


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_whose_last_layer_is_zero_is_the_identity(name):
    block = BLOCKS[name]
    x, unit = (
        torch.randn(2, 4 * block.widens, 6, 5),
        without_change(lively(block(4 * block.widens, 4))),
    )
    assert torch.equal(unit(x.relu()), x.relu())
    assert torch.equal(unit(x), x) is issubclass(block, resnet.PreActivated)


@pytest.mark.parametrize("kind", resnet.SHORTCUTS)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_of_stride_2_halves_the_map(name, kind):
    block = BLOCKS[name]
    for (height, width), halved in (((8, 6), (4, 3)), ((7, 5), (4, 3))):
        output = block(6, 8, 2, kind)(torch.randn(2, 6, height, width))
        assert output.shape == (2, 8 * block.widens, *halved)


def test_option_a_keeps_every_second_pixel_and_adds_zeros():
    x = torch.randn(2, 3, 6, 5)
    layer = resnet.shortcut("A", 3, 7, 2)
    assert torch.equal(layer(x)[:, :3], x[:, :, ::2, ::2]) and layer(x)[:, 3:].eq(0).all()
    assert layer(x).shape == (2, 7, 3, 3) and not list(layer.parameters())


def projections(net):
    return sum(
        isinstance(block.shortcut, nn.Sequential) for stage in net.stages for block in stage
    )


def test_the_options_differ_where_the_paper_says():
    """A: no projection; B: where the channels grow, so also in the first stage of bottlenecks; C:
    in every block.
    """
    for kind, count in {"A": 0, "B": 3, "C": 8, "none": 0}.items():
        assert (
            projections(without_values(lambda kind=kind: resnet.resnet(18, shortcut=kind)))
            == count
        )
    assert projections(published("ResNet-50")) == 4
    kinds = {kind: type(resnet.shortcut(kind, 4, 4, 1)) for kind in resnet.SHORTCUTS}
    assert kinds == {"A": nn.Identity, "B": nn.Identity, "C": nn.Sequential, "none": type(None)}


def test_a_projection_is_a_normalized_1x1_convolution():
    layer, x = lively(resnet.shortcut("B", 3, 5, 2)), torch.randn(2, 3, 6, 6)
    expected = F.conv2d(x[:, :, ::2, ::2], layer[0].weight)
    torch.testing.assert_close(layer(x), normalized(expected, layer[1]))


@pytest.mark.parametrize("kind", ["A", "none"])
def test_the_basic_block_is_pytorchs_own_functions(kind):
    block, x = lively(resnet.Basic(3, 5, 2, kind)), torch.randn(2, 3, 6, 6)
    conv1, norm1, _, conv2, norm2 = block.branch
    change = normalized(F.conv2d(x, conv1.weight, stride=2, padding=1), norm1).relu()
    change = normalized(F.conv2d(change, conv2.weight, padding=1), norm2)
    start = 0 if kind == "none" else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2))
    torch.testing.assert_close(block(x), (start + change).relu())


def test_the_bottleneck_has_its_stride_in_the_first_convolution():
    block, x = lively(resnet.Bottleneck(3, 2, 2)), torch.randn(2, 3, 6, 6)
    layers = [layer for layer in block.branch if isinstance(layer, nn.Conv2d)]
    assert [(layer.kernel_size[0], layer.stride[0]) for layer in layers] == [
        (1, 2),
        (3, 1),
        (1, 1),
    ]
    assert [layer.out_channels for layer in layers] == [2, 2, 8]
    torch.testing.assert_close(block(x), (block.shortcut(x) + block.branch(x)).relu())


def test_the_block_with_pre_activation_is_pytorchs_own_functions():
    block, x = lively(resnet.PreBasic(3, 5, 2, "A")), torch.randn(2, 3, 6, 6)
    conv1, norm1, _, conv2 = block.branch
    change = F.conv2d(normalized(x, block.activation[0]).relu(), conv1.weight, stride=2, padding=1)
    change = F.conv2d(normalized(change, norm1).relu(), conv2.weight, padding=1)
    torch.testing.assert_close(block(x), F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2)) + change)
    block = lively(resnet.PreBasic(3, 5, 2, "B"))
    active = normalized(x, block.activation[0]).relu()
    projected = F.conv2d(active, block.shortcut.weight, stride=2)
    torch.testing.assert_close(block(x), projected + block.branch(active))


def test_with_pre_activation_the_path_through_110_layers_is_clean():
    net = without_change(lively(resnet.cifar(110, block=resnet.PreBasic, channels=(4, 4, 4))))
    x = torch.randn(1, 3, 8, 8)
    assert torch.equal(net.stages(net.stem(x)), net.stem(x)[:, :, ::4, ::4])


def test_a_plain_net_is_the_residual_net_without_its_shortcuts():
    plain, residual = (
        resnet.cifar(20, shortcut=kind, channels=(4, 8, 16)).eval() for kind in ("none", "A")
    )
    residual.load_state_dict(plain.state_dict())
    for block in residual.modules():
        if isinstance(block, resnet.Residual):
            block.shortcut = None
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(plain(x), residual(x))
    assert not any(
        isinstance(layer, nn.Identity | resnet.ZeroPadding) for layer in plain.stages.modules()
    )


def test_what_cannot_be_built_is_refused():
    with pytest.raises(ValueError, match="no shortcut 'D'; there are A, B, C, none"):
        resnet.cifar(20, shortcut="D")
    for depth in (2, 21):
        with pytest.raises(ValueError, match=rf"Basic blocks have 6n \+ 2 layers, not {depth}"):
            resnet.cifar(depth)
    with pytest.raises(ValueError, match=r"PreBottleneck blocks have 9n \+ 2 layers, not 21"):
        resnet.cifar(21, block=resnet.PreBottleneck)
    with pytest.raises(ValueError, match="a multiple of 96"):
        nasnet.rows(nasnet.Size(1, 48, 4, True))


# Highway nets


@pytest.mark.parametrize("build, shape", [(highway.dense, (3, 5)), (highway.conv, (2, 5, 4, 3))])
def test_a_highway_layer_is_the_formula_of_the_paper(build, shape):
    torch.manual_seed(0)
    layer, x = build(5), torch.randn(shape)
    work = F.linear if len(shape) == 2 else functools.partial(F.conv2d, padding=1)
    change = work(x, layer.change[0].weight, layer.change[0].bias).relu()
    share = torch.sigmoid(work(x, layer.gate.weight, layer.gate.bias))
    torch.testing.assert_close(layer(x), change * share + x * (1 - share))


@pytest.mark.parametrize("build, shape", [(highway.dense, (3, 5)), (highway.conv, (2, 5, 4, 3))])
def test_the_gate_decides_between_the_input_and_the_change(build, shape):
    x = torch.randn(shape)
    assert build(5).gate.bias.eq(-2).all()
    torch.testing.assert_close(build(5, bias=-99.0)(x), x)
    layer = build(5, bias=99.0)
    torch.testing.assert_close(layer(x), layer.change(x))


def test_both_nets_have_about_5000_parameters_a_layer():
    """Training Very Deep Networks, section 3.1: 50 units with gates, 71 without."""
    gated, plain = highway.highway(50), highway.highway(50, gated=False)
    assert {train.parameters(layer) for layer in gated.layers} == {2 * (50 * 50 + 50)} == {5_100}
    assert {train.parameters(layer) for layer in plain.layers} == {71 * 71 + 71} == {5_112}
    assert len(gated.layers) == len(plain.layers) == 49


def test_fifty_layers_with_closed_gates_pass_on_the_gradient():
    torch.manual_seed(0)
    net = highway.HighwayNet(51, 6, bias=-9.0)
    jacobian = torch.autograd.functional.jacobian(net.layers, torch.rand(6))
    assert len(net.layers) == 50 and (jacobian - torch.eye(6)).abs().max() < 0.1


# Squeeze-and-excitation


def test_squeeze_and_excitation_is_pytorchs_own_functions():
    torch.manual_seed(0)
    layer, x = senet.SqueezeExcitation(8, ratio=4), torch.randn(3, 8, 5, 4)
    narrow, wide = layer.excite[0], layer.excite[2]
    assert narrow.weight.shape == (2, 8) and wide.weight.shape == (8, 2)
    squeezed = F.adaptive_avg_pool2d(x, 1).flatten(1)
    scale = torch.sigmoid(
        F.linear(F.linear(squeezed, narrow.weight, narrow.bias).relu(), wide.weight, wide.bias)
    )
    torch.testing.assert_close(layer(x), torch.einsum("nchw,nc->nchw", x, scale))


def test_few_channels_meet_in_one_unit():
    assert senet.SqueezeExcitation(8).excite[0].out_features == 1


@pytest.mark.parametrize("name", BLOCKS)
def test_it_stands_on_any_residual_block_before_the_addition(name):
    block = BLOCKS[name]
    unit, x = lively(block(4 * block.widens, 4)), torch.rand(2, 4 * block.widens, 6, 6)
    before, start = unit.branch(unit.activation(x) if name.startswith("Pre") else x), x
    assert senet.excited(unit, 2) is unit
    change = unit.branch[-1](before)
    torch.testing.assert_close(
        unit(x), start + change if name.startswith("Pre") else (start + change).relu()
    )
    nn.init.constant_(unit.branch[-1].excite[2].bias, -99.0)  # closed gates leave the shortcut
    torch.testing.assert_close(unit(x), x)


def test_it_adds_as_many_parameters_as_the_formula_says():
    """Section 4: 2/r times the sum of squared channels, over all blocks; and the biases."""
    channels = [
        c for c, blocks in zip((256, 512, 1024, 2048), (3, 4, 6, 3)) for _ in range(blocks)
    ]
    weights = 2 * sum(c * c for c in channels) // 16
    added = train.parameters(published("SE-ResNet-50")) - train.parameters(published("ResNet-50"))
    assert added == weights + sum(c + c // 16 for c in channels) and round(weights / 1e6, 1) == 2.5


def test_it_takes_the_precision_of_the_net():
    net = senet.excited(resnet.cifar(8, channels=(4, 8, 16)).float())
    assert {p.dtype for p in net.parameters()} == {torch.float32}


# NASNet-A


def test_the_cells_give_the_map_and_the_channels_of_the_figure():
    x = torch.randn(2, 6, 8, 8)
    for plan, states, side in ((nasnet.NORMAL, 6, 8), (nasnet.REDUCTION, 4, 4)):
        assert nasnet.Cell(plan, 6, 5, 4)(x, torch.randn(2, 5, 8, 8)).shape == (
            2,
            4 * states,
            side,
            side,
        )
        older = torch.randn(2, 5, 16, 16)
        assert nasnet.Cell(plan, 6, 5, 4, halve=True)(x, older).shape == (
            2,
            4 * states,
            side,
            side,
        )
        assert len(plan.pairs) == 5


def separable_layers(cell):
    layers = (layer for pair in zip(cell.first, cell.second) for layer in pair)
    return [layer for layer in layers if isinstance(layer, nasnet.Separable)]


def test_the_normal_cell_is_that_of_figure_4():
    cell = lively(nasnet.Cell(nasnet.NORMAL, 6, 5, 4))
    x, older = torch.randn(2, 6, 7, 7), torch.randn(2, 5, 7, 7)
    h, p = cell.fit(x), cell.fit_older(older)
    separable = separable_layers(cell)
    assert [layer[1].kernel_size[0] for layer in separable] == [5, 3, 5, 3, 3]
    a, b, c, d, e = separable
    mean = functools.partial(
        F.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False
    )
    expected = [p, a(h) + b(p), c(p) + d(p), mean(h) + p, 2 * mean(p), e(h) + h]
    torch.testing.assert_close(cell(x, older), torch.cat(expected, 1))


def test_the_reduction_cell_is_that_of_figure_4():
    cell = lively(nasnet.Cell(nasnet.REDUCTION, 6, 5, 4))
    x, older = torch.randn(2, 6, 8, 8), torch.randn(2, 5, 8, 8)
    h, p = cell.fit(x), cell.fit_older(older)
    separable = separable_layers(cell)
    strides = [(layer[1].kernel_size[0], layer[1].stride[0]) for layer in separable]
    assert strides == [(5, 2), (7, 2), (7, 2), (5, 2), (3, 1)]
    a, b, c, d, e = separable
    mean = functools.partial(F.avg_pool2d, kernel_size=3, padding=1, count_include_pad=False)
    one = a(h) + b(p)
    two = F.max_pool2d(h, 3, 2, 1) + c(p)
    expected = [
        two,
        mean(h, stride=2) + d(p),
        two + mean(one, stride=1),
        e(one) + F.max_pool2d(h, 3, 2, 1),
    ]
    torch.testing.assert_close(cell(x, older), torch.cat(expected, 1))


def test_a_separable_convolution_is_a_full_one_of_rank_one():
    layer, x = lively(nasnet.Separable(3, 5, 2, 5)), torch.randn(2, 3, 9, 8)
    expected = x
    for maps, mix, norm, stride in (
        (layer[1], layer[2], layer[3], 2),
        (layer[5], layer[6], layer[7], 1),
    ):
        weight = torch.einsum("oi,ihw->oihw", mix.weight[:, :, 0, 0], maps.weight[:, 0])
        expected = normalized(F.conv2d(expected.relu(), weight, stride=stride, padding=2), norm)
    torch.testing.assert_close(layer(x), expected)


def test_halving_sees_the_even_pixels_and_the_odd_ones():
    x = torch.randn(1, 3, 6, 6, requires_grad=True)
    halve = nasnet.Halve(3, 4).eval()
    x.data.abs_()
    halve(x).sum().backward()
    seen = x.grad[0].abs().sum(0) > 0
    assert (
        seen[::2, ::2].all()
        and seen[1::2, 1::2].all()
        and not seen[::2, 1::2].any()
        and not seen[1::2, ::2].any()
    )


def test_large_gives_the_cell_after_a_reduction_the_input_of_that_one():
    for size, keeps in (("mobile", 0), ("large", 2)):
        cells = nasnet.rows(nasnet.SIZES[size])
        assert sum(row.keeps for row in cells) == keeps
        assert len(cells) == 4 + 3 * nasnet.SIZES[size].repeats
        assert 6 * cells[-1].channels == nasnet.SIZES[size].penultimate


# Small pictures, any number of classes, both precisions

TINY = nasnet.Size(1, 96, 4, True)
SMALL = {
    "resnet": (lambda: resnet.resnet(18, 7), (3, 33)),
    "cifar A": (lambda: resnet.cifar(8, 7, channels=(4, 8, 16)), (3, 9)),
    "cifar B": (lambda: resnet.cifar(8, 7, "B", channels=(4, 8, 16), inputs=1), (1, 8)),
    "plain": (lambda: resnet.cifar(8, 7, "none", channels=(4, 8, 16)), (3, 9)),
    "bottleneck": (lambda: resnet.cifar(11, 7, "B", resnet.Bottleneck, (2, 4, 8)), (3, 9)),
    "pre-activation": (lambda: resnet.cifar(8, 7, "A", resnet.PreBasic, (4, 8, 16)), (3, 9)),
    "pre-activation in bottlenecks": (
        lambda: resnet.cifar(11, 7, "B", resnet.PreBottleneck, (2, 4, 8)),
        (3, 9),
    ),
    "squeeze and excitation": (
        lambda: senet.excited(resnet.cifar(8, 7, channels=(4, 8, 16)), 4),
        (3, 9),
    ),
    "highway": (lambda: highway.highway(10, 7), (1, 28)),
    "nasnet": (lambda: nasnet.NASNetA(TINY, 7), (3, 40)),
    "nasnet of two": (lambda: nasnet.NASNetA(TINY._replace(repeats=2, skips=False), 7), (3, 35)),
}


@pytest.mark.parametrize("name", SMALL)
def test_forward_and_backward_in_both_precisions(name):
    build, (channels, side) = SMALL[name]
    torch.manual_seed(0)
    check_both(build(), torch.rand(2, channels, side, side))


# NASNet-A needs more steps: until the running averages of its many normalizations have caught up
@pytest.mark.parametrize(
    "name, epochs, lr",
    [
        ("cifar A", 12, 0.005),
        ("pre-activation", 12, 0.005),
        ("squeeze and excitation", 12, 0.005),
        ("highway", 12, 0.005),
        ("nasnet", 30, 0.01),
    ],
)
def test_each_learns_two_classes(name, epochs, lr):
    torch.manual_seed(0)
    build, (channels, side) = SMALL[name]
    y = torch.arange(24) % 2
    x = 0.3 * torch.rand(24, channels, side, side)
    x[y == 1, :, side // 3 : side // 2] += 1
    net = build()
    train.fit(net, (x, y), epochs=epochs, lr=lr, batch=12)
    assert train.accuracy(net, x, y) == 1


# The smallest picture: the sentence, and that it is true

LIMITS = {
    "nasnet": (lambda: nasnet.NASNetA(TINY), nasnet, 3, 3, None),
    "highway": (lambda: highway.highway(), highway, 1, 28, 28),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_picture_of_the_wrong_size_is_refused_in_a_sentence_that_is_true(name, monkeypatch):
    build, module, channels, smallest, largest = LIMITS[name]
    net = without_values(build).eval()
    net(picture(channels, smallest))
    wrong = [smallest - 1, largest + 1] if largest else [smallest - 1]
    for side in wrong:
        with pytest.raises(
            ValueError, match=f"at least {smallest}x{smallest} .* these are {side}x{side}"
        ):
            net(picture(channels, side))
    monkeypatch.setattr(module, "demand", lambda *_: None)
    for side in wrong:  # PyTorch cannot do it either
        with pytest.raises((RuntimeError, ValueError)):
            net(picture(channels, side))


def test_a_residual_net_takes_pictures_of_any_size():
    for build in (
        lambda: resnet.resnet(18),
        lambda: resnet.cifar(8),
        lambda: resnet.cifar(8, block=resnet.PreBasic),
    ):
        net = without_values(build).eval()
        for height, width in ((1, 1), (5, 33)):
            assert net(torch.empty(1, 3, height, width, device="meta")).shape[0] == 1
