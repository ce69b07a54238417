"""The architectures against what was published of them, against PyTorch's own functions, and with
small pictures.
"""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.precisions import check_both
from utils import train
from utils.models import alexnet, googlenet, inception, input_size, lenet, nin, start, vgg
from utils.shapes import ledger, output_size

# name: what builds the net, its parameters as published, the picture it takes
PUBLISHED = {
    "LeNet-5 of 1998": (lambda: lenet.lenet("1998"), 60_000, (1, 32)),
    "LeNet-5, modern": (lambda: lenet.lenet(), 61_706, (1, 28)),
    "LeNet, 20-50-500": (lambda: lenet.lenet("20-50-500"), 1_256_080, (1, 28)),
    "AlexNet in one tower": (lambda: alexnet.alexnet(), 62_378_344, (3, 227)),
    "AlexNet in groups": (lambda: alexnet.alexnet(groups=2), 60_965_224, (3, 227)),
    "VGG-11": (lambda: vgg.vgg(11), 132_863_336, (3, 224)),
    "VGG-13": (lambda: vgg.vgg(13), 133_047_848, (3, 224)),
    "VGG-16": (lambda: vgg.vgg(16), 138_357_544, (3, 224)),
    "VGG-19": (lambda: vgg.vgg(19), 143_667_240, (3, 224)),
    "NiN for CIFAR-10": (lambda: nin.nin(), 966_986, (3, 32)),
    "NiN for ImageNet": (lambda: nin.nin("imagenet", 1000), 7_595_176, (3, 224)),
    "GoogLeNet": (lambda: googlenet.googlenet(heads=False), 6_998_552, (3, 224)),
    "GoogLeNet with side heads": (lambda: googlenet.googlenet(), 13_378_280, (3, 224)),
    "Inception v3": (lambda: inception.inception_v3(head=False), 23_834_568, (3, 299)),
    "Inception v3 with side head": (lambda: inception.inception_v3(), 27_161_264, (3, 299)),
}


def without_values(build):
    with torch.device("meta"):
        return build()


def picture(channels, side, count=2):
    return torch.empty(count, channels, side, side, device="meta")


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_as_published(name):
    build, count, _ = PUBLISHED[name]
    assert train.parameters(without_values(build)) == count


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_output_has_a_number_for_each_class(name):
    build, _, (channels, side) = PUBLISHED[name]
    output = without_values(build).eval()(picture(channels, side))
    assert output.shape == (2, 10 if name.startswith("LeNet") or "CIFAR" in name else 1000)


STAGES = {
    "LeNet-5 of 1998": "c1 6x28x28 s2 6x14x14 c3 16x10x10 s4 16x5x5 c5 120x1x1 f6 84 output 10",
    "LeNet-5, modern": "c1 6x28x28 s2 6x14x14 c3 16x10x10 s4 16x5x5 hidden 84 output 10",
    "LeNet, 20-50-500": "c1 20x28x28 s2 20x14x14 c3 50x14x14 s4 50x7x7 hidden 500 output 10",
    "AlexNet in one tower": (
        "conv1.0 96x55x55 conv1 96x27x27 conv2.0 256x27x27 conv2 256x13x13 conv3 384x13x13 "
        "conv4 384x13x13 conv5.0 256x13x13 conv5 256x6x6 fc6 4096 fc7 4096 fc8 1000"
    ),
    "VGG-16": (
        "stage1 64x112x112 stage2 128x56x56 stage3 256x28x28 stage4 512x14x14 stage5 512x7x7 "
        "fc1 4096 fc2 4096 fc3 1000"
    ),
    "NiN for CIFAR-10": (
        "rows.0 96x32x32 rows.1 96x16x16 rows.3 192x16x16 rows.4 192x8x8 classify 10x8x8"
    ),
    "NiN for ImageNet": (
        "rows.0 96x54x54 rows.1 96x27x27 rows.4 256x13x13 rows.7 384x6x6 classify 1000x6x6"
    ),
    "GoogLeNet with side heads": (
        "conv1 64x112x112 pool1 64x56x56 conv2 192x56x56 pool2 192x28x28 inception3a 256x28x28"
        " inception3b 480x28x28 pool3 480x14x14 inception4a 512x14x14 inception4b 512x14x14"
        " inception4c 512x14x14 inception4d 528x14x14 inception4e 832x14x14 pool4 832x7x7"
        " inception5a 832x7x7 inception5b 1024x7x7 average 1024x1x1 fc 1000 head4a.pool 512x4x4"
        " head4d.pool 528x4x4 head4a 1000 head4d 1000"
    ),
    "Inception v3 with side head": (
        "conv1.0 32x149x149 conv1.1 32x147x147 conv1.2 64x147x147 conv1 64x73x73 conv2.1 192x71x71"
        " conv2 192x35x35 modules_a.0 256x35x35 modules_a.1 288x35x35 modules_a 288x35x35"
        " reduction_a 768x17x17 modules_b 768x17x17 reduction_b 1280x8x8 modules_c.0 2048x8x8"
        " modules_c 2048x8x8 average 2048x1x1 fc 1000 head.pool 768x5x5 head.conv2 768x1x1 head"
        " 1000"
    ),
}


@pytest.mark.parametrize("name", STAGES)
def test_the_stages_have_the_shapes_of_the_papers(name):
    build, _, (channels, side) = PUBLISHED[name]
    net, seen = without_values(build), {}
    for stage, module in net.named_modules():
        module.register_forward_hook(
            lambda _, __, output, stage=stage: seen.update(
                {stage: output[0] if type(output) is tuple else output}
            )
        )
    net(picture(channels, side))
    words = STAGES[name].split()
    expected = dict(zip(words[::2], words[1::2]))
    assert {stage: "x".join(map(str, seen[stage].shape[1:])) for stage in expected} == expected


# LeNet-5 of 1998


def test_each_layer_of_1998_learns_as_many_numbers_as_the_paper_says():
    rows = ledger(lenet.lenet("1998"), (1, 1, 32, 32), depth=1)
    assert [row.parameters for row in rows] == [156, 12, 1_516, 32, 48_120, 10_164, 0]


def test_the_connections_of_1998_are_as_many_as_the_paper_says():
    """Weights and biases, each once for every place of the output; a pooling unit has four inputs
    and a bias.
    """
    rows = ledger(lenet.lenet("1998"), (1, 1, 32, 32), depth=1)
    places = {row.name: row.shape[-1] ** 2 for row in rows}
    assert [rows[name].parameters * places[name] for name in ("c1", "c3", "c5")] == [
        122_304,
        151_600,
        48_120,
    ]
    assert [5 * channels * places[name] for name, channels in (("s2", 6), ("s4", 16))] == [
        5_880,
        2_000,
    ]


def test_table_1_breaks_the_symmetry():
    sees = [frozenset(sources) for sources in lenet.C3_SEES]
    assert len(set(sees)) == 16
    assert [len(sources) for sources in sees] == [3] * 6 + [4] * 9 + [6]
    assert [sum(source in sources for sources in sees) for source in range(6)] == [10] * 6


def test_the_partial_convolution_is_one_convolution_for_each_output_map():
    conv, x = lenet.LeNet1998().c3, torch.rand(2, 6, 14, 14)
    first, expected = 0, []
    for bias, sources in zip(conv.bias, lenet.C3_SEES):
        kernels = conv.kernels[first : first + len(sources)]
        expected.append(F.conv2d(x[:, list(sources)], kernels[None], bias[None]))
        first += len(sources)
    torch.testing.assert_close(conv(x), torch.cat(expected, 1))


def test_pooling_adds_the_window_times_a_coefficient():
    pool, x = lenet.Subsample(3), torch.rand(2, 3, 6, 6)
    nn.init.uniform_(pool.coefficient)
    nn.init.uniform_(pool.bias)
    weight = (pool.coefficient / 4).expand(3, 2, 2)[:, None]
    torch.testing.assert_close(
        pool(x), F.conv2d(x, weight, pool.bias.flatten(), stride=2, groups=3)
    )


def test_the_squashing_function_maps_one_to_one_and_bends_most_there():
    squash, x = lenet.ScaledTanh(), torch.tensor([1.0, -1.0])
    torch.testing.assert_close(squash(x), x, rtol=0, atol=1e-4)
    grid = torch.linspace(0, 3, 3001)
    bend = torch.gradient(torch.gradient(squash(grid), spacing=0.001)[0], spacing=0.001)[0]
    assert abs(grid[bend.abs().argmax()] - 1) < 0.02


def test_the_output_is_the_distance_to_the_codes():
    layer, x = lenet.Codes(10), torch.rand(3, 84)
    torch.testing.assert_close(layer(x), -torch.cdist(x, layer.codes).square())


@pytest.mark.parametrize("classes", [2, 10, 13])
def test_codes_are_fixed_distinct_and_of_two_values(classes):
    codes = lenet.codes(classes)
    assert codes.shape == (classes, 84) and codes.abs().eq(1).all()
    assert torch.equal(codes, lenet.codes(classes))
    # Four pixels or more.
    assert torch.cdist(codes, codes).square().fill_diagonal_(99).min() >= 4 * 4
    assert not list(lenet.Codes(classes).parameters())


def test_a_digit_of_twelve_rows_is_empty_below():
    eight = lenet.codes(10)[8].view(12, 7)
    assert (eight[-2:] == -1).all() and torch.equal(eight, eight.flip(1))


def test_1998_starts_within_its_bounds_and_not_at_one_value():
    net = lenet.lenet("1998")
    start = (
        torch.cat([net.c3.kernels[:18].flatten() * 75, net.c3.kernels[18:54].flatten() * 100])
        / 2.4
    )
    assert 0.95 < start.abs().max() <= 1 and abs(start.mean()) < 0.05


# AlexNet


def test_224_pixels_do_not_give_the_55_that_the_paper_prints():
    assert (224 - 11) % 4 != 0 and output_size(224, 11, 4) == 54
    assert (227 - 11) % 4 == 0 and output_size(227, 11, 4) == 55
    with pytest.raises(ValueError, match="at least 227x227 .* these are 224x224"):
        without_values(alexnet.alexnet)(picture(3, 224))


def test_the_layers_of_alexnet_have_the_neurons_of_the_paper():
    """Section 3.5: the input has 150,528 numbers, the layers 253,440 to 1,000. The first is
    55x55x96 = 290,400, as the paper's Figure 2 draws it, and not 253,440."""
    rows = ledger(without_values(alexnet.alexnet), (1, 3, 227, 227))
    layers = [row.activations for row in rows if row.multiply_adds]
    assert layers == [290_400, 186_624, 64_896, 64_896, 43_264, 4_096, 4_096, 1_000]
    assert 3 * 224**2 == 150_528


def test_the_two_towers_meet_only_where_the_paper_says():
    net = alexnet.AlexNet(classes=3, groups=2, size=67, hidden=8)
    for number, crosses in ((2, False), (3, True), (4, False), (5, False)):
        conv = getattr(net, f"conv{number}")[0]
        x = torch.rand(1, conv.in_channels, 3, 3, requires_grad=True)
        conv(x)[:, : conv.out_channels // 2].sum().backward()
        assert bool(x.grad[:, conv.in_channels // 2 :].any()) is crosses


def test_the_normalization_is_the_formula_of_the_paper():
    layer, x = alexnet.alexnet(3, size=67).conv1[2], 9 * torch.rand(1, 7, 2, 2)
    expected = torch.empty_like(x)
    for i in range(7):
        near = x[:, max(0, i - 2) : min(6, i + 2) + 1]
        expected[:, i] = x[:, i] / (2 + 1e-4 * near.square().sum(1)) ** 0.75
    torch.testing.assert_close(layer(x), expected)


def test_alexnet_starts_as_the_paper_says():
    net = alexnet.AlexNet(size=67, hidden=64)
    assert [
        net.get_submodule(name).bias.mean().item() for name in ("conv1.0", "conv2.0", "conv3.0")
    ] == [0, 1, 0]
    assert [
        layer.bias.mean().item() for layer in (net.conv4[0], net.conv5[0], net.fc6[2], net.fc8)
    ] == [1, 1, 1, 0]
    assert abs(net.conv3[0].weight.std() / 0.01 - 1) < 0.01


# VGG


def test_the_number_in_the_name_counts_the_layers_with_weights():
    for depth in (11, 13, 16, 19):
        net = without_values(lambda depth=depth: vgg.vgg(depth))
        assert sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in net.modules()) == depth


def test_the_millions_of_the_papers_table_2():
    counts = {
        depth: train.parameters(without_values(lambda depth=depth: vgg.vgg(depth)))
        for depth in (11, 13, 16, 19)
    }
    assert {depth: round(count / 1e6) for depth, count in counts.items()} == {
        11: 133,
        13: 133,
        16: 138,
        19: 144,
    }


def test_the_signal_reaches_the_end_of_a_deep_net():
    torch.manual_seed(0)
    net, x = (
        vgg.VGG(vgg.CONVOLUTIONS[19], (32,) * 5, classes=3, inputs=1, size=32, hidden=64),
        torch.randn(16, 1, 32, 32),
    )
    for name in net.names:
        x = net.get_submodule(name)(x)
    assert 0.1 < x.square().mean() < 10


def test_he_draws_the_variance_it_says():
    layer = nn.Conv2d(50, 200, 3)
    start.he(layer)
    assert abs(layer.weight.var() * 50 * 9 / 2 - 1) < 0.03 and not layer.bias.any()


# GoogLeNet and Inception


def multiplications(branch):
    return ledger(without_values(lambda: branch), (1, 192, 28, 28)).multiply_adds


def test_the_narrow_convolution_makes_the_wide_one_cheap():
    """28x28x192 to 32 maps by 5x5, and by way of 16 maps: Going Deeper with Convolutions, module
    3a.
    """
    direct = nn.Conv2d(192, 32, 5, padding=2)
    assert multiplications(direct) == 120_422_400
    assert multiplications(googlenet.Inception(192, googlenet.TABLE_1["3a"]).five) == 12_443_648


def test_a_module_is_four_branches_of_pytorchs_own_functions():
    torch.manual_seed(0)
    module, x = googlenet.Inception(5, (2, 3, 4, 2, 3, 6)), torch.rand(2, 5, 7, 8)
    one, reduce3, three, reduce5, five, pool = (
        lambda x, layer=layer: F.conv2d(x, layer.weight, layer.bias, padding="same").relu()
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d)
    )
    branches = [one(x), three(reduce3(x)), five(reduce5(x)), pool(F.max_pool2d(x, 3, 1, 1))]
    torch.testing.assert_close(module(x), torch.cat(branches, 1))


def test_table_1_beside_ours():
    """Multiply-adds agree in all rows but two, weights in three only; the names are in
    `googlenet.PUBLISHED`.
    """
    rows = ledger(without_values(googlenet.googlenet).eval(), (1, 3, 224, 224), depth=1)
    net = without_values(googlenet.googlenet)
    weights = {
        name: sum(p.numel() for p in net.get_submodule(name).parameters() if p.dim() > 1) / 1024
        for name in googlenet.PUBLISHED
    }
    off = {name: abs(weights[name] - kilos) for name, (kilos, _) in googlenet.PUBLISHED.items()}
    assert [name for name in off if off[name] <= 0.5] == ["conv2", "inception3a", "fc"]
    assert [name for name in off if 0.5 < off[name] <= 1] == ["inception3b", "inception4b"]
    costs = {
        name: abs(rows[name].multiply_adds / 1e6 - millions)
        for name, (_, millions) in googlenet.PUBLISHED.items()
    }
    assert [name for name in costs if costs[name] >= 1] == ["conv1", "inception5a"]
    assert rows["conv1"].parameters == 9_472 == 7 * 7 * 3 * 64 + 64


def test_3a_joins_64_128_32_and_32_channels():
    assert googlenet.TABLE_1["3a"].total == 64 + 128 + 32 + 32 == 256


def test_side_heads_speak_in_training_only():
    nets = [without_values(googlenet.googlenet), without_values(inception.inception_v3)]
    for net, side, count in zip(nets, (224, 299), (3, 2)):
        outputs = net(picture(3, side))
        assert [tuple(output.shape) for output in outputs] == [(2, 1000)] * count
        assert net.eval()(picture(3, side)).shape == (2, 1000)


def test_every_convolution_of_inception_v3_is_followed_by_batch_normalization():
    layers = list(without_values(inception.inception_v3).modules())
    followers = [
        after for layer, after in itertools.pairwise(layers) if isinstance(layer, nn.Conv2d)
    ]
    # 94 and the head's 2.
    assert len(followers) == 96 and all(isinstance(layer, nn.BatchNorm2d) for layer in followers)


def test_the_residual_block_adds_a_scaled_change():
    block, x = inception.InceptionResidual(6, scale=0.2).eval(), torch.randn(2, 6, 5, 5)
    change = F.conv2d(block.branches(x), block.widen.weight, block.widen.bias)
    assert change.shape == x.shape and block.branches(x).shape[1] == 32 + 32 + 64
    torch.testing.assert_close(block(x), F.relu(x + 0.2 * change))
    nn.init.zeros_(block.widen.weight)
    nn.init.zeros_(block.widen.bias)
    assert torch.equal(block(x), F.relu(x))


# Small pictures, any number of classes, both precisions

SMALL = {
    "lenet 1998": (lambda: lenet.lenet("1998", 7), (1, 32)),
    "lenet modern": (lambda: lenet.lenet("modern", 7), (1, 28)),
    "lenet 20-50-500": (lambda: lenet.lenet("20-50-500", 7), (1, 28)),
    "alexnet": (lambda: alexnet.AlexNet(7, size=67, hidden=16), (3, 67)),
    "alexnet grouped": (lambda: alexnet.AlexNet(7, groups=2, size=67, hidden=16), (3, 70)),
    "vgg": (
        lambda: vgg.VGG(vgg.CONVOLUTIONS[19], (4, 4, 8, 8, 8), 7, size=32, hidden=16),
        (3, 32),
    ),
    "nin": (lambda: nin.nin(classes=7, inputs=1), (1, 16)),
    "googlenet": (lambda: googlenet.googlenet(7, heads=False), (3, 32)),
    "side head of googlenet": (lambda: googlenet.SideHead(8, 7), (8, 14)),
    "inception v3": (lambda: inception.inception_v3(7, head=False), (3, 75)),
    "side head of inception v3": (lambda: inception.SideHead(7), (768, 17)),
}


@pytest.mark.parametrize("name", SMALL)
def test_forward_and_backward_in_both_precisions(name):
    build, (channels, side) = SMALL[name]
    torch.manual_seed(0)
    check_both(build(), torch.rand(2, channels, side, side))


def test_1998_and_modern_learn_two_digits():
    torch.manual_seed(0)
    y = torch.arange(40) % 2
    for form, side in (("1998", 32), ("modern", 28)):
        x = 0.3 * torch.rand(40, 1, side, side)
        x[y == 1, :, 8:20, 12:16] += 1
        net = lenet.lenet(form)
        train.fit(net, (x, y), epochs=12, lr=0.005, batch=8)
        assert train.accuracy(net, x, y) == 1


# The smallest picture (and the largest, where fully connected layers fix the size): the sentence,
# and that it is true

LIMITS = {
    "lenet 1998": (lambda: lenet.lenet("1998"), 1, 32, 35),
    "lenet modern": (lambda: lenet.lenet(), 1, 28, 31),
    "lenet 20-50-500": (lambda: lenet.lenet("20-50-500"), 1, 28, 31),
    "alexnet": (lambda: alexnet.alexnet(), 3, 227, 258),
    "alexnet of 67": (lambda: alexnet.alexnet(size=67), 3, 67, 98),
    "vgg": (lambda: vgg.vgg(11), 3, 224, 255),
    "vgg of 32": (lambda: vgg.VGG((1,) * 5, size=40), 3, 32, 63),
    "nin": (lambda: nin.nin(), 3, 4, None),
    "nin for imagenet": (lambda: nin.nin("imagenet"), 3, 39, None),
    "googlenet": (lambda: googlenet.googlenet(heads=False), 3, 31, None),
    "googlenet with heads": (lambda: googlenet.googlenet(), 3, 223, 270),
    "inception v3": (lambda: inception.inception_v3(head=False), 3, 75, None),
    "inception v3 with head": (lambda: inception.inception_v3(), 3, 299, None),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_picture_of_the_wrong_size_is_refused_in_a_sentence_that_is_true(name, monkeypatch):
    build, channels, smallest, largest = LIMITS[name]
    net = without_values(build)
    for side in filter(None, (smallest, largest)):
        net(picture(channels, side))
    wrong = [smallest - 1, largest + 1] if largest else [smallest - 1]
    for side in wrong:
        with pytest.raises(
            ValueError, match=f"at least {smallest}x{smallest} .* these are {side}x{side}"
        ):
            net(picture(channels, side))
    for module in (lenet, alexnet, vgg, nin, googlenet, inception):
        monkeypatch.setattr(module, "demand", lambda *_: None)
    for side in wrong:  # PyTorch cannot do it either
        with pytest.raises((RuntimeError, ValueError)):
            net(picture(channels, side))


def test_one_short_side_is_enough_to_be_refused():
    with pytest.raises(ValueError, match="these are 40x2"):
        input_size.demand(torch.empty(1, 1, 40, 2), "A net", 3)


def test_a_net_that_cannot_be_built_says_so():
    with pytest.raises(ValueError, match="at least 67x67"):
        alexnet.alexnet(size=66)
    with pytest.raises(ValueError, match="5 stages needs pictures of at least 32x32"):
        vgg.VGG((1,) * 5, size=31)
