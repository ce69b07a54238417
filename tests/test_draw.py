"""A drawing shows what a net does: its own steps, arrows and counts; a wrong net looks wrong."""

import copy
import importlib
import operator
import pkgutil
import re
import subprocess
import sys

import pytest
import torch
from torch import fx, nn
from torch.nn import functional as F

from utils import draw, models, shapes
from utils.draw import labels, layout, svg, view
from utils.draw.trace import trace
from utils.models import (
    alexnet,
    densenet,
    digit_nets,
    efficientnet,
    googlenet,
    highway,
    inception,
    lenet,
    mobilenet,
    nasnet,
    nin,
    resnet,
    resnext,
    search_space,
    senet,
    vgg,
    xception,
)

COLUMN = 688  # px, of a page 1280 px wide
CELL = search_space.Cell(1, 2, 0, 3, 1, 0)
NETS = {
    "alexnet": (alexnet.alexnet, (1, 3, 227, 227)),
    "two towers": (lambda: alexnet.alexnet(groups=2), (1, 3, 227, 227)),
    "recipe": (digit_nets.recipe, (2, 1, 28, 28)),
    "quick": (digit_nets.quick, (2, 1, 28, 28)),
    "lite0": (efficientnet.lite0, (2, 3, 224, 224)),
    "googlenet": (googlenet.googlenet, (2, 3, 224, 224)),
    "highway": (highway.highway, (2, 1, 28, 28)),
    "plain": (lambda: highway.highway(gated=False), (2, 1, 28, 28)),
    "gated convolution": (lambda: highway.conv(4), (2, 4, 9, 7)),
    "inception v3": (inception.inception_v3, (2, 3, 299, 299)),
    "inception residual": (inception.InceptionResidual, (2, 384, 9, 9)),
    "lenet 1998": (lambda: lenet.lenet("1998"), (2, 1, 32, 32)),
    "lenet": (lenet.lenet, (2, 1, 28, 28)),
    "lenet wide": (lambda: lenet.lenet("20-50-500"), (2, 1, 28, 28)),
    "nasnet": (nasnet.nasnet, (2, 3, 64, 64)),
    "nin": (nin.nin, (2, 3, 32, 32)),
    "nin large": (lambda: nin.nin("imagenet", 1000), (2, 3, 224, 224)),
    "resnet 18": (lambda: resnet.resnet(18), (2, 3, 64, 64)),
    "resnet 50": (resnet.resnet, (2, 3, 64, 64)),
    "option A": (lambda: resnet.cifar(20), (2, 3, 32, 32)),
    "no shortcut": (lambda: resnet.cifar(20, shortcut="none"), (2, 3, 32, 32)),
    "pre-activated": (lambda: resnet.cifar(20, block=resnet.PreBasic), (2, 3, 32, 32)),
    "pre-bottleneck": (lambda: resnet.PreBottleneck(16, 8, 2), (2, 16, 8, 8)),
    "cell net": (lambda: search_space.CellNet(CELL), (2, 1, 8, 8)),
    "squeeze": (lambda: senet.SqueezeExcitation(32), (2, 32, 5, 5)),
    "dense": (densenet.densenet, (2, 3, 64, 64)),
    "mobile": (mobilenet.mobilenet, (2, 3, 64, 64)),
    "inverted": (lambda: mobilenet.mobilenet(2), (2, 3, 64, 64)),
    "grouped": (resnext.resnext, (2, 3, 64, 64)),
    "wide": (lambda: resnext.WideResNet(16, 2), (2, 3, 32, 32)),
    "separable": (xception.Xception, (2, 3, 96, 96)),
    "excited": (lambda: senet.excited(resnet.resnet(18)), (2, 3, 64, 64)),
    "vgg": (lambda: vgg.vgg(16), (1, 3, 224, 224)),
}


@pytest.fixture(params=NETS)
def built(request):
    make, shape = NETS[request.param]
    with torch.device("meta"):
        return make(), shape


def test_no_file_of_nets_is_left_out():
    """But that of the shared cells, which are another net at each call."""
    with torch.device("meta"):
        parts = [part for make, _ in NETS.values() for part in make().modules()]
    drawn = {type(part).__module__ for part in parts}
    names = [f"utils.models.{file.name}" for file in pkgutil.iter_modules(models.__path__)]
    assert {name for name in names if _classes(name)} - drawn == {"utils.models.shared_cells"}


def _classes(name):
    """The nets and blocks that a file defines."""
    found = vars(importlib.import_module(name)).values()
    classes = [one for one in found if isinstance(one, type) and issubclass(one, nn.Module)]
    return [one for one in classes if one.__module__ == name]


class Reader(fx.Tracer):
    """torch.fx, which reads a module without running it: the second opinion."""

    def is_leaf_module(self, module, name):
        return next(module.children(), None) is None


def read_by_fx(net, monkeypatch):
    """What fx reads: each step's name and the steps it reads, without what changes nothing."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("utils.models.") and hasattr(
            module, "demand"
        ):
            monkeypatch.setattr(module, "demand", lambda *_: None)
    steps, places = [], {}
    modules = dict(net.named_modules())
    for node in Reader().trace(net).nodes:
        sources = [places[n] for n in node.all_input_nodes if n in places]
        passes = node.target == operator.getitem and None in node.args[1]
        layer = modules.get(node.target) if node.op == "call_module" else None
        if node.op == "output":
            found = node.args[0] if isinstance(node.args[0], tuple) else (node.args[0],)
            steps += [("output", [places[n]]) for n in found]
        elif passes or isinstance(layer, nn.Identity):
            places[node] = sources[0]
        elif node.op != "get_attr":
            steps.append((_named(node), sorted(sources)))
            places[node] = len(steps) - 1
    return steps


def _named(node):
    if node.op == "placeholder":
        return "input"
    return labels.name_of(node.target) if callable(node.target) else node.target


def test_its_steps_and_arrows_are_those_that_fx_reads(built, monkeypatch):
    net, shape = built
    drawn = [
        (node.name.replace("rsub", "sub"), sorted(set(node.reads)))
        for node in trace(net, torch.empty(shape, device="meta")).nodes
    ]
    assert drawn == read_by_fx(net, monkeypatch)


def test_its_counts_are_those_of_the_ledger(built):
    net, shape = built
    ledger, graph = shapes.ledger(net, shape), draw.net(net, shape).graph
    layers = [node for node in graph.nodes if not node.end]
    counts = {node.name: (node.parameters, node.multiply_adds) for node in layers}
    for row in ledger:
        if "(itself)" not in row.name and row.kind != "Identity":
            assert counts[row.name] == row.counts[:2]
    assert sum(node.parameters for node in graph.nodes) == ledger.parameters
    assert sum(node.multiply_adds for node in graph.nodes) == ledger.multiply_adds


def test_folding_and_closing_lose_no_count(built):
    net, shape = built
    graph = draw.net(net, shape).graph
    for depth in (None, 1, 2, 9):
        shown = view.of(graph, depth)
        total = sum(box.repeats * _copies(box, shown) * _cost(box) for box in shown.boxes)
        assert total == graph.ledger.multiply_adds


def _copies(box, shown):
    copies = 1
    for call in box.frames:
        copies *= shown.repeats.get(call.number, 1)
    return copies


def _cost(box):
    return sum(step.multiply_adds for step in box.steps)


def test_no_two_boxes_touch(built):
    net, shape = built
    boxes = draw.net(net, shape).shown.boxes
    widths = [svg._width(box) for box in boxes]
    plan = layout.of([box.reads for box in boxes], widths)
    for row in plan.layers:
        places = [plan.places[number] for number in row]
        for one, other in zip(places, places[1:], strict=False):
            assert one.x + one.width / 2 < other.x - other.width / 2
    for number, box in enumerate(boxes):
        assert all(plan.places[read].layer < plan.places[number].layer for read in box.reads)


class Block(nn.Module):
    """A residual block, and by `wrong` what learners make of it."""

    def __init__(self, wrong="", stride=1, kernel=3):
        super().__init__()
        self.wrong = wrong
        self.conv1 = nn.Conv2d(8, 8, kernel, stride, padding=kernel // 2)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        change = self.conv2(F.relu(self.conv1(x)))
        if self.wrong == "no skip":
            return F.relu(change)
        if self.wrong == "product":
            return F.relu(x * change)
        if self.wrong == "active too early":
            return x + F.relu(change)
        if self.wrong == "joined":
            return F.relu(torch.cat([x, change], 1))
        if self.wrong == "wrong axis":
            return F.relu(torch.cat([x, change], 2))
        return F.relu(x + change)


WRONG = [Block(wrong) for wrong in "no skip,product,active too early,joined,wrong axis".split(",")]
WRONG += [Block(kernel=5), Block("no skip", stride=2)]


def test_wrong_blocks_have_other_drawings_and_other_words():
    drawings = [draw.net(block, (1, 8, 6, 6)) for block in [Block(), *WRONG]]
    assert len({drawing.svg for drawing in drawings}) == len(drawings)
    assert len({drawing.alt for drawing in drawings}) == len(drawings)


def test_a_block_in_words():
    assert draw.net(Block(), (1, 8, 6, 6)).alt == (
        "input 8 x 6 x 6; then two ways: (a) conv 3x3, 8 and ReLU, conv 3x3, 8; (b) straight on;"
        " added; ReLU; output 8 x 6 x 6."
    )


class Fails(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.how = how
        self.conv, self.late = nn.Conv2d(3, 8, 3), nn.Conv2d(4, 8, 3)
        self.norm, self.fc = nn.BatchNorm2d(4), nn.Linear(400, 10)

    def forward(self, x):
        y = self.conv(x)
        return self.how(self, x, y)


def _in_between(net, x, y):
    raise RuntimeError("lost")


FAILURES = {
    "conv": (lambda net, x, y: net.late(y), "1x8x6x6 met weights 8x4x3x3"),
    "linear": (lambda net, x, y: net.fc(y.flatten(1)), "1x288 met weights 10x400"),
    "norm": (lambda net, x, y: net.norm(y), "1x8x6x6"),
    "sum": (lambda net, x, y: x + y, "1x3x8x8 met 1x8x6x6"),
    "joining": (lambda net, x, y: torch.cat([x, y], 1), "1x3x8x8 met 1x8x6x6"),
    "reshape": (lambda net, x, y: y.reshape(1, 100), "1x8x6x6"),
    "in between": (_in_between, "lost"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_net_that_fails_is_drawn_to_where_it_fails(name):
    how, why = FAILURES[name]
    drawing = draw.net(Fails(how), (1, 3, 8, 8))
    assert drawing.graph.nodes[-1].failed.startswith(why)
    assert "conv 3x3, 8" in drawing.alt and "here it fails" in drawing.alt
    assert "✗" in drawing.svg and "stroke-dasharray" in drawing.svg


def test_a_layer_that_fails_deep_inside_is_seen():
    net = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.Sequential(nn.ReLU(), nn.Linear(5, 2)))
    )
    alt = draw.net(net, (1, 3, 8, 8), depth=1).alt
    assert "here it fails, at linear, 2: 1x8x6x6 met weights 2x5" in alt


def test_a_net_whose_path_depends_on_values_is_drawn():
    class Chooses(nn.Module):
        def forward(self, x):
            return x.relu() if x.sum() > 0 else x.tanh()

    class Lists(nn.Module):
        def forward(self, x):
            return x * max(x.tolist()[0])

    assert "× 1" in draw.net(Lists(), torch.ones(1, 3)).alt
    assert "ReLU" in draw.net(Chooses(), torch.ones(1, 3)).alt
    assert "tanh" in draw.net(Chooses(), -torch.ones(1, 3)).alt


def test_a_layer_in_place_and_one_used_twice_are_followed():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu = nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(inplace=True)

        def forward(self, x):
            x = self.relu(self.conv(x))
            return self.relu(self.conv(x)) + x

    drawing = draw.net(Net(), (1, 4, 5, 5))
    nodes = drawing.graph.nodes
    assert [node.reads for node in nodes] == [(), (0,), (1,), (2,), (3,), (4, 2), (5,)]
    assert [node.parameters for node in nodes if node.name == "conv"] == [148, 0]
    assert drawing.alt.count("conv 3x3, 4, same weights") == 1


def test_what_is_changed_in_place_is_changed_for_all_who_read_it():
    class Net(nn.Module):
        def forward(self, x):
            y = x * 2
            y += 1
            F.relu(y, inplace=True)
            return y.mul_(3) + y

    nodes = draw.net(Net(), (1, 4)).graph.nodes
    assert [node.reads for node in nodes] == [(), (0,), (1,), (2,), (3,), (4, 4), (5,)]


def test_what_meets_itself_is_said():
    class Net(nn.Module):
        def forward(self, x):
            return (x * x).exp() + x

    assert draw.net(Net(), (1, 4)).alt.startswith("input 4; then two ways: (a) squared, exp;")


def test_repeats_are_folded_and_one_is_open():
    with torch.device("meta"):
        drawing = draw.net(resnet.resnet(152), (1, 3, 224, 224))
    assert len(drawing.shown.boxes) <= view.LIMIT + view.OPENED
    assert [box.repeats for box in drawing.shown.boxes if box.repeats > 1] == [7, 35, 2]
    assert len({box.frames for box in drawing.shown.boxes}) == 2  # outside, inside the open one
    assert "; [2 times: then two ways: (a) conv 1x1, 64" in drawing.alt
    assert "added; ReLU]; Bottleneck 3x3" in drawing.alt


def test_a_part_by_name_is_opened():
    net = googlenet.googlenet(heads=False)
    drawing = draw.net(net, (1, 3, 224, 224), depth=1, part="inception4e")
    assert "conv 5x5, 128" in drawing.alt and "inception4d" in drawing.alt
    with pytest.raises(ValueError, match="no part 'inception9'"):
        draw.net(net, (1, 3, 224, 224), part="inception9")


def test_the_bytes_are_the_same_in_another_process():
    code = "from utils import draw; from utils.models import nasnet as n;"
    code += "print(draw.net(n.Cell(n.NORMAL, 8, 8, 8), (torch.ones(1, 8, 4, 4),) * 2).svg)"
    run = [sys.executable, "-c", "import torch; " + code]
    one, other = (
        subprocess.run(run, env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True).stdout
        for seed in ("1", "2")
    )
    assert one == other and b"<svg" in one
    assert not re.search(rb"\bid=|\d\.\d{2,}", one)


def test_its_text_is_never_smaller_than_the_page():
    drawing = draw.net(Block(), (1, 8, 6, 6)).svg
    size = re.search(r'viewBox="\S+ \S+ (\d+) (\d+)" width="(\d+)" height="(\d+)"', drawing)
    assert size.group(1, 2) == size.group(3, 4)
    assert {int(found) for found in re.findall(r'font-size="(\d+)"', drawing)} == {16}


@pytest.mark.parametrize("plan", [nasnet.NORMAL, nasnet.REDUCTION])
def test_a_cell_of_nasnet_is_no_wider_than_the_column_of_a_page(plan):
    x = torch.ones(1, 44, 28, 28)
    drawing = draw.net(nasnet.Cell(plan, 44, 44, 44), [x, x], depth=1)
    assert int(re.search(r'width="(\d+)"', drawing.svg)[1]) <= COLUMN


def test_how_often_a_box_is_there_stands_under_it():
    layers = [layer for _ in range(3) for layer in (nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())]
    drawing = draw.net(nn.Sequential(*layers), (1, 8, 12, 12)).svg
    times = int(re.search(r'y="(\d+)"[^>]*>× 3<', drawing)[1])
    boxes = re.findall(r'<rect [^>]*y="(\d+)" width="\d+" height="(\d+)"', drawing)
    assert [int(y) + int(high) for y, high in boxes][2] < times


def test_work_is_that_of_the_batch_and_says_so():
    one, eight = (draw.net(nn.Conv2d(3, 4, 3), (n, 3, 8, 8)).note for n in (1, 8))
    assert one == "112 parameters · 3,888 multiply-adds"
    assert eight == "112 parameters · 31.1k multiply-adds for 8 inputs"


@pytest.mark.parametrize(
    ("module", "x", "said"),
    [
        (Block, (1, 8, 6, 6), "Block is a class; give a net made from it"),
        (torch.relu, (1, 8, 6, 6), "is an nn.Module; this is builtin_function"),
        (Block(), None, "a tensor, or its shape .N, C, H, W.; this is NoneType"),
        (Block(), "eight", "this is str"),
        (Block(), 8, "this is int"),
    ],
)
def test_bad_input_gets_one_sentence(module, x, said):
    with pytest.raises(TypeError, match=said):
        draw.net(module, x)


@pytest.mark.parametrize(("count", "words"), [(9408, "9,408"), (12352, "12.4k"), (999_999, "1M")])
def test_counts_are_short(count, words):
    assert labels.short(count) == words


def test_the_net_is_left_as_it_was():
    block, x = Block(), torch.ones(1, 8, 6, 6)
    before = block(x)
    draw.net(block, x)
    assert torch.equal(block(x), before) and not block._forward_hooks


def test_several_nets_stand_side_by_side_under_their_names():
    row = draw.nets({"plain": Block("no skip"), "residual": Block()}, (1, 8, 6, 6))
    assert row._repr_html_().count("<svg") == 2
    assert [line.split(",")[0] for line in repr(row).split("\n")] == ["plain", "residual"]


def test_what_is_frozen_is_said_and_only_that():
    net = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)), nn.Conv2d(8, 4, 1))
    assert "frozen" not in draw.net(net, (1, 3, 8, 8)).alt
    net[0].requires_grad_(False)
    for depth in (1, 2):
        said = draw.net(net, (1, 3, 8, 8), depth=depth).alt
        assert "conv 3x3, 8, frozen" in said and "conv 1x1, 4; output" in said


def test_two_decisions_share_a_cell_and_the_first_goes_into_the_second():
    net = search_space.TwoDecisions(options=3, hidden=5)
    alt = draw.net(net, torch.tensor([2])).alt
    assert alt.count("RNNCell") == 2 and "RNNCell, same weights of 3 and 2" in alt
    first, second = zip(*(net(torch.tensor([drawn])) for drawn in range(3)))
    assert first[0].shape == (1, 3) and all(torch.equal(first[0], one) for one in first)
    assert not torch.allclose(second[0], second[1])


def test_what_has_other_numbers_than_before_is_new_and_only_that():
    before = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)), nn.Conv2d(8, 4, 1)
    )
    tuned, other = (copy.deepcopy(before) for _ in range(2))
    tuned[1] = nn.Conv2d(8, 5, 1)
    other.apply(lambda layer: [nn.init.constant_(p, 0.5) for p in layer.parameters()])
    nets = {"same": before, "tuned": tuned, "other": other}
    for depth in (1, 2):
        row = draw.nets(nets, (1, 3, 8, 8), depth=depth, since=before)
        same, head, scratch = (picture.alt for picture in row.pictures)
        assert "new" not in same and head.count("new") == 1 and "conv 1x1, 5, new" in head
        assert "conv 3x3, 8, new" in scratch and "conv 1x1, 4, new" in scratch


class Shift(nn.Module):
    """(N, C, L) -> the same shape, each number a place further: no layer of the library."""

    def forward(self, x):
        return x.roll(1, -1).abs()


@pytest.mark.parametrize(
    ("layer", "x", "said"),
    [
        (nn.Conv1d(1, 1, 3), (1, 1, 5), "1 reads 1 to 3, 2 reads 2 to 4, 3 reads 3 to 5"),
        (nn.Conv1d(1, 1, 3, 2), (1, 1, 5), "1 reads 1 to 3, 2 reads 3 to 5"),
        (nn.Conv1d(1, 1, 2, dilation=2), (1, 1, 4), "1 reads 1 and 3, 2 reads 2 and 4"),
        (
            nn.Conv1d(1, 1, 3, padding=1),
            (1, 1, 2),
            "from 4 numbers, 2 of them zeros put around, 2, all by the same 3 weights: 1 reads",
        ),
        (nn.Conv1d(4, 2, 1, groups=2), (1, 4, 1), "1 reads 1 to 2, 2 reads 3 to 4"),
        (nn.MaxPool1d(2), (1, 1, 4), "1 reads 1 to 2, 2 reads 3 to 4"),
        (nn.ConvTranspose1d(1, 1, 2, 2), (1, 1, 2), "1 reads 1, 2 reads 1, 3 reads 2, 4 reads 2"),
        (Shift(), (1, 1, 3), "1 reads 3, 2 reads 1, 3 reads 2"),
        (nn.Linear(3, 2), (1, 3), "1 reads 1 to 3, 2 reads 1 to 3"),
        (lambda x: x @ torch.tensor([[1.0, 0], [0, 2]]), (1, 2), "1 reads 1, 2 reads 2"),
    ],
)
def test_who_reads_whom_is_measured(layer, x, said):
    assert said in draw.reads(layer, torch.rand(x)).alt


def test_shared_weights_have_one_color_each():
    drawn = draw.reads(nn.Conv1d(1, 1, 3), torch.rand(1, 1, 6)).svg
    lines = re.findall(r'x1="(\d+)".* x2="(\d+)".*stroke="(\S+)"', drawn)
    colors = {int(start) - int(end): color for start, end, color in lines}
    assert len(lines) == 12 and len(colors) == len(set(colors.values())) == 3
    assert all(colors[int(start) - int(end)] == color for start, end, color in lines)


def test_many_weights_look_like_no_single_one():
    many = draw.reads(nn.Linear(7, 5), torch.rand(1, 7))
    assert set(re.findall(r'<line .*stroke="(\S+)"', many.svg)) == {"currentColor"}
    assert "weights" not in many.alt


def test_weights_that_are_used_again_are_counted():
    said = "from 4 numbers, 2, all by the same 3 weights: 1 reads 1 to 3"
    assert said in draw.reads(nn.Conv1d(1, 1, 3), torch.rand(1, 1, 4)).alt
    for layer, x in ((nn.Linear(3, 2), (1, 3)), (nn.MaxPool1d(2), (1, 1, 4))):
        assert "weights" not in draw.reads(layer, torch.rand(x)).alt


def test_one_number_is_followed_back_through_all_layers():
    layers = [nn.Conv1d(1, 1, 3) for _ in range(3)]
    alt = draw.reads(layers, torch.rand(1, 1, 9), one=1).alt
    assert (
        alt.startswith("from 9 numbers, 7, all by the same 3 weights: 2 reads 2 to 4")
        and "6 reads 6 to 8; then" in alt
    )


def test_drawing_draws_no_random_number():
    block, shift, x = Block(), Shift(), torch.ones(1, 1, 4)
    before = torch.get_rng_state()
    draw.reads(shift, x)
    draw.net(block, (1, 8, 6, 6))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_window_shows_its_products_and_the_number_they_sum_to():
    x, w = torch.arange(25.0).reshape(5, 5) % 7, torch.tensor([[1.0, 0, -1], [2, 0, -2]])
    for at, stride, padding in (((0, 0), 1, 0), ((1, 2), 2, 1)):
        row = draw.window(x, w, at, stride=stride, padding=padding)
        y = F.conv2d(x[None, None], w[None, None], stride=stride, padding=padding)[0, 0]
        assert f"their sum: {y[at]:g}" in repr(row)
    with pytest.raises(ValueError, match="has 4 x 3 places; there is no"):
        draw.window(x, w, (4, 0))


@pytest.mark.parametrize("x", [torch.ones(2, 2, 2), torch.ones(31, 2)])
def test_a_grid_of_another_shape_gets_one_sentence(x):
    with pytest.raises(ValueError, match="A grid is"):
        draw.grid(x)


def test_volumes_have_one_scale():
    pictures = draw.volumes({"input": torch.ones(3, 32, 32), "filter": (3, 8, 8)}).pictures
    assert pictures[0].alt == "a solid 3 deep, 32 high and 32 wide."
    wide = [re.search(r'points="0,\d+ (\d+),', picture.svg).group(1) for picture in pictures]
    assert abs(int(wide[0]) - 4 * int(wide[1])) <= 2
    with pytest.raises(ValueError, match="'line' has the shape"):
        draw.volumes({"line": (3,)})


def test_shares_are_as_wide_as_they_are_many():
    picture = draw.shares({"to learn from": torch.ones(30, 1), "held out": range(10)})
    assert picture.alt == "to learn from: 30 (75 %); held out: 10 (25 %)."
    strips = re.findall(r'y="0" width="(\d+)"', picture.svg)
    assert list(map(int, strips)) == [240, 80]
    for parts in ({}, {"none": []}, dict.fromkeys("abcde", [1])):
        with pytest.raises(ValueError, match="one to four parts"):
            draw.shares(parts)


@pytest.mark.parametrize("x", [torch.ones(2, 1, 5), torch.ones(5), None, torch.ones(1, 1, 41)])
def test_what_is_no_single_example_gets_one_sentence(x):
    with pytest.raises(ValueError, match="one example|too long to draw"):
        draw.reads(nn.Conv1d(1, 1, 3), x)


def test_a_window_that_does_not_fit_gets_one_sentence():
    with pytest.raises(ValueError, match=r"larger picture .H, W.; this is .3, 3. on .2, 2."):
        draw.window(torch.ones(2, 2), torch.ones(3, 3))


def test_where_gradients_meet_is_said_on_request():
    way_back = draw.net(Block(), (1, 8, 6, 6), back=True)
    assert way_back.alt.startswith("input 8 x 6 x 6 (2 gradients meet here); then two ways")
    assert way_back.alt.count("meet") == way_back.svg.count(">2 gradients meet<") == 1
    assert "meet" not in draw.net(Block(), (1, 8, 6, 6)).svg


class Gives(nn.Module):
    """What a function gives, of any kind."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *xs):
        return self.function(*xs)


ODD = {
    "one layer": (nn.Conv2d(3, 8, 3), "conv 3x3, 8, to 8 x 4 x 4; output 8 x 4 x 4"),
    "nothing": (nn.Identity(), "input 3 x 6 x 6; output 3 x 6 x 6"),
    "an empty chain": (nn.Sequential(), "input 3 x 6 x 6; output 3 x 6 x 6"),
    "its input": (Gives(lambda x: x), "input 3 x 6 x 6; output 3 x 6 x 6"),
    "a dict": (Gives(lambda x: {"a": x.relu(), "b": x}), "output 1 3 x 6 x 6"),
    "one number": (Gives(lambda x: x.sum()), "sum, to 1 number; output 1 number"),
    "no tensor": (Gives(lambda x: 3), "input 3 x 6 x 6."),
    "a constant": (Gives(lambda x: torch.ones(2, 2)), "output 2 x 2"),
    "two parts of one": (Gives(lambda x: x.chunk(3, 1)[0]), "part 1 of 3, to 1 x 6 x 6, output"),
    "a loop": (Gives(lambda x: sum(x * n for n in range(4))), "added"),
    "an assignment": (Gives(lambda x: x.clone().fill_(0)), "fill"),
    "without batch": (nn.Flatten(0), "flatten"),
    "einsum": (Gives(lambda x: torch.einsum("nchw->nc", x)), "einsum, to 3"),
    "a product of matrices": (Gives(lambda x: x @ x.transpose(2, 3)), "transpose"),
    "names for all": (
        Gives(lambda x: torch.cat(tensors=[F.max_pool2d(input=x, kernel_size=2)] * 2, dim=-3)),
        "max pool 2x2, stride 2, to 3 x 3 x 3; joined, 2 times the same",
    ),
    "a named size": (Gives(lambda x: F.adaptive_avg_pool2d(x, output_size=1)), "mean of each map"),
    "a named kernel": (
        Gives(lambda x: F.conv2d(input=x, weight=torch.ones(4, 3, 5, 5), stride=(1, 1))),
        "conv 5x5, 4, to 4 x 2 x 2",
    ),
    "a layer's own complaint": (nn.Sequential(nn.ReLU(), nn.LSTM(5, 2)), "here it fails, at LSTM"),
    "one that never ends well": (Gives(lambda x: x.missing), "here it fails"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_nets_are_drawn(name):
    net, said = ODD[name]
    for depth in (None, 1):
        drawing = draw.net(net, (1, 3, 6, 6), depth=depth)
        assert said in drawing.alt and drawing.svg.count("<svg") == 1


def test_a_closed_chain_says_which_layers_are_in_it():
    alt = draw.net(nn.Sequential(nn.Sequential(Block(), Block())), (1, 8, 6, 6), depth=1).alt
    assert "4 × conv 3x3, 8; output" in alt


def test_no_words_lie_outside_the_drawing():
    svg_text = draw.net(Block(), (1, 8, 6, 6), back=True).svg
    left, width = re.search(r'viewBox="(\S+) \S+ (\d+)', svg_text).groups()
    for x, words in re.findall(r'<text x="(-?\d+)"[^>]*>([^<]*)<', svg_text):
        half = 8 * len(words) / 2
        assert int(left) <= int(x) - half and int(x) + half <= int(left) + int(width)


PLAIN_NETS = ["alexnet", "two towers", "lenet", "vgg", "nin", "resnet 18"]


@pytest.mark.parametrize("name", PLAIN_NETS)
def test_cards_have_their_share_of_the_parameters_and_the_work(name):
    make, shape = NETS[name]
    with torch.device("meta"):
        net = make()
    whole, parts = (draw.net(net, shape, depth=2, cards=cards).shown for cards in (1, 2))
    for count in ("parameters", "multiply_adds"):
        one, two = (
            sum(getattr(step, count) for box in v.boxes for step in box.steps)
            for v in (whole, parts)
        )
        assert 0 <= one - two < len(parts.boxes)
    assert len(parts.boxes) > len(whole.boxes)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_card_of_alexnet_reads_the_other_one_where_there_are_no_groups(groups):
    with torch.device("meta"):
        net = alexnet.alexnet(groups=groups)
    boxes = draw.net(net, (1, 3, 227, 227), depth=2, cards=2).shown.boxes
    convs = [box for box in boxes if "conv" in box.steps[0].lines[0]]
    alone = [len(box.reads) == 1 for box in convs[2:]]
    split = groups == 2
    assert alone == [split, split, False, False, split, split, split, split]


def test_what_a_card_reads_is_what_its_half_of_the_filters_computes():
    """Two columns, computed by themselves, give what the grouped layer gives."""
    conv = nn.Conv2d(8, 6, 3, groups=2)
    x = torch.randn(2, 8, 5, 5)
    shown = draw.net(nn.Sequential(conv, nn.Conv2d(6, 2, 1)), x, cards=2).shown
    halves = [box for box in shown.boxes if "conv 3x3, 3" in box.steps[0].lines]
    assert len(halves) == 2
    assert [box.steps[0].parameters for box in halves] == [3 * 4 * 9 + 3] * 2


def _trained(*, zero=True, steps=3, loss=F.cross_entropy):
    net, x, y = nn.Sequential(nn.Linear(4, 3), nn.ReLU()), torch.randn(5, 4), torch.arange(5) % 3
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(steps):
        value = loss(net(x), y)
        if zero:
            optimizer.zero_grad()
        value.backward()
        optimizer.step()


RING = [
    "net(x)",
    "F.cross_entropy",
    "optimizer.zero_grad()",
    "loss.backward()",
    "optimizer.step()",
]


@pytest.mark.parametrize(
    "run, ring",
    [
        (_trained, RING),
        (lambda: _trained(zero=False), [word for word in RING if "zero" not in word]),
        (lambda: _trained(loss=nn.CrossEntropyLoss()), RING),
    ],
)
def test_a_ring_has_what_the_loop_does_in_its_order(run, ring):
    words = draw.cycle(run).alt
    places = [words.find(word) for word in ring]
    assert places == sorted(places) and min(places) > 0
    assert ("zero" in words) == ("optimizer.zero_grad()" in ring)


def test_what_is_done_once_is_no_ring():
    with pytest.raises(ValueError, match="two or more"):
        draw.cycle(lambda: _trained(steps=1))


def test_a_weight_used_without_its_layer_is_counted():
    class Borrowing(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(4, 3), nn.Linear(3, 2)

        def forward(self, x):
            return F.linear(self.first(x), self.second.weight, self.second.bias)

    assert "23 parameters · 18 multiply-adds" in draw.net(Borrowing(), (1, 4))._repr_html_()


def test_where_a_drawing_is_taken_out_its_words_are_read():
    html = draw.net(nn.Conv2d(1, 4, 3), (1, 1, 8, 8), title="one layer")._repr_html_()
    left = re.sub(r"<(svg|style).*?</\1>", "", html, flags=re.DOTALL)
    assert "conv 3x3, 4" not in re.sub(r"<details>.*?</details>", "", left)
    assert re.search(r"<summary>In words</summary>.*conv 3x3, 4.*</details>", left)
