"""Dense, grouped, depthwise and wide nets against what was published of them, and by parts."""

import functools

import pytest
import torch
from torch import nn

from tests.test_models import picture, without_values
from utils import train
from utils.models import densenet, mobilenet, resnet, resnext, xception
from utils.shapes import ledger

# name: what builds the net, its parameters as published, the side of the picture it takes
PUBLISHED = {
    "DenseNet-121": (lambda: densenet.densenet(121), 7_978_856, 224),
    "DenseNet-169": (lambda: densenet.densenet(169), 14_149_480, 224),
    "DenseNet-201": (lambda: densenet.densenet(201), 20_013_928, 224),
    "ResNeXt-50, 32x4d": (lambda: resnext.resnext(50), 25_028_904, 224),
    "ResNeXt-101, 32x8d": (lambda: resnext.resnext(101, 32, 8), 88_791_336, 224),
    "wide ResNet-50-2": (lambda: resnext.resnext(50, 1, 128), 68_883_240, 224),
    "MobileNet v2": (lambda: mobilenet.mobilenet(2), 3_504_872, 224),
}
# As Keras lists them: with the running mean and variance of every norm.
KERAS = {
    "DenseNet-121": (lambda: densenet.densenet(121), 8_062_504),
    "DenseNet-169": (lambda: densenet.densenet(169), 14_307_880),
    "DenseNet-201": (lambda: densenet.densenet(201), 20_242_984),
    "MobileNet": (lambda: mobilenet.mobilenet(1), 4_253_864),
    "MobileNet v2": (lambda: mobilenet.mobilenet(2), 3_538_984),
    "Xception": (xception.Xception, 22_910_480),
}


@functools.cache
def built(name):
    return without_values(PUBLISHED[name][0]).eval()


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_as_published(name):
    net, (_, count, side) = built(name), PUBLISHED[name]
    assert train.parameters(net) == count
    found = ledger(net, (1, 3, side, side), depth=1)
    assert found.parameters == count and found.idle == 0
    assert list(found)[-1].shape == (1, 1000)


@pytest.mark.parametrize("name", KERAS)
def test_parameters_as_keras_lists_them(name):
    build, count = KERAS[name]
    net = without_values(build)
    running = [b for key, b in net.named_buffers() if "running" in key]
    assert sum(t.numel() for t in (*net.parameters(), *running)) == count


@pytest.mark.parametrize(
    "depth, widen, millions", [(40, 1, 0.6), (40, 4, 8.9), (16, 8, 11.0), (28, 10, 36.5)]
)
def test_the_millions_of_the_wide_nets(depth, widen, millions):
    """Wide Residual Networks, Table 4."""
    net = without_values(lambda: resnext.WideResNet(depth, widen))
    assert round(train.parameters(net) / 1e6, 1) == millions
    assert net(picture(3, 32)).shape == (2, 10)


@pytest.mark.parametrize(
    "build, side, mega",
    [(lambda: mobilenet.mobilenet(1), 224, 569), (lambda: mobilenet.mobilenet(2), 224, 300)],
)
def test_multiply_adds_as_published(build, side, mega):
    """MobileNets, Table 8; MobileNetV2, Table 4, rounded there to three hundred."""
    found = ledger(without_values(build).eval(), (1, 3, side, side), depth=0).multiply_adds / 1e6
    assert round(found) == mega or round(found, -1) == mega


def test_a_dense_block_hands_on_what_it_read():
    x, block = torch.randn(2, 6, 4, 4), densenet.block(6, 3, 5)
    assert block(x).shape == (2, 6 + 5 * 3, 4, 4)
    assert torch.equal(block(x)[:, :6], x)


def test_a_layer_reads_all_maps_before_it():
    widths = [layer.branch[0].num_features for layer in densenet.block(6, 3, 4)]
    assert widths == [6, 9, 12, 15]


@pytest.mark.parametrize("depth, counted", [(121, 121), (169, 169), (201, 201), (264, 265)])
def test_the_depth_counts_convolutions_and_the_last_layer(depth, counted):
    """The largest is one off in the paper's Table 1 itself."""
    net = without_values(lambda: densenet.densenet(depth))
    layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == counted


def test_groups_do_not_meet_in_the_3x3():
    """One group's input changes that group's output only."""
    grouped = resnext.bottleneck(4, 2)(8, 64).branch[3]
    x = torch.randn(1, 8, 5, 5)
    y, changed = grouped(x), x.clone()
    changed[:, :2] += 1
    same = (grouped(changed) == y).all(3).all(2)[0]
    assert same.tolist() == [False] * 2 + [True] * 6


def test_one_group_of_64_is_a_bottleneck():
    """Its parameters are those of the residual net's, whose stride is elsewhere."""
    one = without_values(lambda: resnext.resnext(50, 1, 64))
    assert train.parameters(one) == train.parameters(without_values(resnet.resnet))


@pytest.mark.parametrize("depth", [27, 4])
def test_a_wide_net_of_another_depth_is_refused(depth):
    with pytest.raises(ValueError, match=rf"6n \+ 4 layers, not {depth}"):
        resnext.WideResNet(depth)


def test_an_inverted_block_adds_where_the_shape_stays():
    block = mobilenet.Inverted(4, 4)
    for layer in block.branch:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.zeros_(layer.weight)
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(block(x), x)
    assert not mobilenet.Inverted(4, 4, stride=2).adds and not mobilenet.Inverted(4, 5).adds


def test_its_last_layer_is_linear():
    """Negative numbers come out."""
    torch.manual_seed(0)
    assert (mobilenet.Inverted(4, 6)(torch.randn(4, 4, 5, 5)) < 0).any()


def test_another_version_is_refused():
    with pytest.raises(ValueError, match="versions 1 and 2 of MobileNet; you asked for 3"):
        mobilenet.mobilenet(3)


@pytest.mark.parametrize(
    "build",
    [
        lambda: densenet.DenseNet(nn.Conv2d(1, 4, 3, padding=1), 4, 2, (2, 2), 10),
        lambda: resnet.ResNet(nn.Conv2d(3, 64, 3, 2), resnext.bottleneck(2, 4), (1, 1), (64, 128)),
        lambda: mobilenet.mobilenet(2, 10),
        lambda: xception.Xception(10),
    ],
)
def test_they_train(build):
    torch.manual_seed(0)
    net = build()
    first = next(p for p in net.parameters())
    net(torch.randn(2, first.shape[1], 40, 40)).square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
