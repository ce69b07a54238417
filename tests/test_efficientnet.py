"""EfficientNet-Lite0 against what was published of it, and with the published weights on known
photographs.
"""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from utils import data, train, weights
from utils.models import efficientnet
from utils.shapes import ledger

needs_weights = pytest.mark.skipif(
    not weights.has_imagenet(), reason="the package with the weights is not installed"
)


@pytest.fixture(scope="module")
def trained():
    return weights.imagenet().eval()


def without_values(build):
    with torch.device("meta"):
        return build()


def picture(side):
    return torch.empty(2, 3, side, side, device="meta")


def test_the_published_number_of_parameters():
    """4,652,008, as Google's own table of the Lite nets rounds to 4.7 million."""
    net = without_values(efficientnet.lite0)
    assert train.parameters(net) == 4_652_008
    assert (
        train.parameters(without_values(lambda: efficientnet.lite0(62))) == 4_652_008 - 938 * 1281
    )


def test_the_multiply_adds_counted_from_table_1():
    """For a picture of 224x224 Google's table says 407 million, and not what it counts besides
    convolutions.
    """
    rows = ledger(without_values(efficientnet.lite0), (1, 3, 224, 224))
    side, inputs, count = 112, efficientnet.STEM, 27 * efficientnet.STEM * 112**2
    for blocks, channels, kernel, stride, ratio in efficientnet.STAGES:
        for number in range(blocks):
            wide, expands = ratio * inputs, (ratio > 1) * inputs
            count += expands * wide * side**2
            side //= 1 if number else stride
            count += (kernel**2 + channels) * wide * side**2
            inputs = channels
    assert rows.multiply_adds == count + inputs * 1280 * side**2 + 1280 * 1000 == 385_187_552


def test_the_stages_have_the_shapes_of_table_1():
    net, seen = without_values(efficientnet.lite0), []
    for module in (net.stem, *net.blocks, net.head):
        module.register_forward_hook(
            lambda _, __, output: seen.append((output.shape[1], output.shape[2]))
        )
    net(picture(224))
    table = [
        (32, 112),
        (16, 112),
        *[(24, 56)] * 2,
        *[(40, 28)] * 2,
        *[(80, 14)] * 3,
        *[(112, 14)] * 3,
    ]
    assert seen == [*table, *[(192, 7)] * 4, (320, 7), (1280, 7)]
    assert net.features(picture(96)).shape == (2, 1280) and net(picture(33)).shape == (2, 1000)


@pytest.mark.parametrize(
    "side, kernel, stride", [(224, 3, 2), (7, 5, 2), (6, 5, 2), (9, 3, 1), (5, 1, 1), (1, 3, 2)]
)
def test_same_pads_below_and_on_the_right_first(side, kernel, stride):
    """TensorFlow's rule, its sum written out: position i reads from i * stride - (padding // 2)
    on.
    """
    conv, x = efficientnet.Same(2, 3, kernel, stride), torch.randn(1, 2, side, side + 1)
    output = conv(x)
    assert output.shape[2:] == (-(-side // stride), -(-(side + 1) // stride))
    before = [
        max((length - 1) * stride + kernel - old, 0) // 2
        for length, old in zip(output.shape[2:], x.shape[2:])
    ]
    wide = F.pad(x, (9, 9, 9, 9))
    for row, column in ((0, 0), (output.shape[2] - 1, output.shape[3] - 1)):
        top, left = (9 - lead + place * stride for lead, place in zip(before, (row, column)))
        patch = wide[0, :, top : top + kernel, left : left + kernel]
        torch.testing.assert_close(output[0, :, row, column], (conv.weight * patch).sum((1, 2, 3)))


def test_a_block_adds_its_input_where_the_shapes_agree():
    torch.manual_seed(0)
    x = torch.randn(2, 4, 6, 6)
    for block, adds in (
        (efficientnet.MBConv(4, 4, 3, 1, 6), True),
        (efficientnet.MBConv(4, 4, 3, 2, 6), False),
    ):
        block.eval()
        nn.init.zeros_(block.project[1].weight)
        assert block.adds is adds
        assert torch.equal(block(x), x if adds else torch.zeros(2, 4, 3, 3))


def test_the_wide_convolution_sees_each_map_by_itself():
    block = efficientnet.MBConv(4, 8, 5, 2, 6)
    assert block.depthwise[0].weight.shape == (24, 1, 5, 5) and block.expand[0].weight.shape == (
        24,
        4,
        1,
        1,
    )
    assert isinstance(efficientnet.MBConv(4, 8, 3, 1, 1).expand, nn.Identity)


def test_forward_and_backward_in_both_precisions():
    torch.manual_seed(0)
    net, x = efficientnet.EfficientNetLite(7, efficientnet.STAGES[:2]), torch.rand(2, 3, 32, 32)
    for dtype in (torch.float64, torch.float32):
        net.to(dtype).zero_grad()
        output = net(x.to(dtype))
        assert output.shape == (2, 7) and output.dtype == dtype
        F.cross_entropy(output, torch.tensor([0, 1])).backward()
        assert all(p.grad.isfinite().all() for p in net.parameters())


def test_prepare_makes_pixels_from_minus_127_to_128_over_128():
    gray = torch.tensor([0, 127 / 255, 1]).view(3, 1, 1, 1).expand(3, 3, 2, 2)
    torch.testing.assert_close(
        efficientnet.prepare(gray)[:, 0, 0, 0], torch.tensor([-127 / 128, 0, 1])
    )


@needs_weights
def test_the_names_of_the_layers_in_the_file_are_all_translated(trained):
    net = efficientnet.lite0()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert weights.imagenet(net) is net
    same = [name for name, value in net.state_dict().items() if torch.equal(value, before[name])]
    assert len(before) == 296 and all(name.endswith("num_batches_tracked") for name in same)


FIRST = {
    "astronaut": "bobsled",  # wrong
    "chelsea": "Egyptian cat",
    "china": "palace",
    "coffee": "espresso",
    "flower": "daisy",  # a dahlia, of which ImageNet has no class
    "rocket": "missile",
}


@needs_weights
def test_the_photographs_are_what_they_are_known_to_be_in_both_precisions(trained):
    x, names = efficientnet.prepare(data.color_photographs()), weights.imagenet_classes()
    single = weights.imagenet(efficientnet.lite0().float()).eval()
    with torch.no_grad():
        exact, rough = trained(x).softmax(1), single(x.float()).softmax(1)
    assert {
        photo: names[label] for photo, label in zip(data.COLOR_PHOTOGRAPHS, exact.argmax(1))
    } == FIRST
    assert torch.equal(exact.topk(5).indices, rough.topk(5).indices)
    torch.testing.assert_close(rough.double(), exact, rtol=0, atol=1e-5)
    assert exact[data.COLOR_PHOTOGRAPHS.index("coffee")].max() > 0.9


@needs_weights
def test_there_are_1000_names_of_which_two_stand_for_two_classes():
    names = weights.imagenet_classes()
    assert len(names) == 1000 and names[0] == "tench" and names[-1] == "toilet tissue"
    assert {name for name in names if names.count(name) > 1} == {"crane", "maillot"}


def test_color_photographs_have_the_promised_shape():
    x = data.color_photographs()
    assert (
        x.shape == (6, 3, 224, 224) and x.dtype == torch.float64 and x.min() == 0 and x.max() == 1
    )
    coffee = x[data.COLOR_PHOTOGRAPHS.index("coffee")].mean((1, 2))
    assert coffee[0] > coffee[1] > coffee[2]  # brown: red, green, blue
