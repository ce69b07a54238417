"""Write glyphs.npz: 62 characters of the font families in glyphs.csv, 28x28. Needs Debian 12 and
`pip install pillow`.

The packages named in glyphs.csv are downloaded with `apt-get download` and unpacked into a
temporary folder; nothing is installed. A package may be kept from one run to the next: `python
data/make_glyphs.py FOLDER`.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).parent
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PARTS = ["train", "valid", "test"]
# Pixels: of a picture, of the letter H, of the largest character.
SIDE, CAPITAL, LARGEST = (28, 20, 26)
FINE = 8  # drawn this many times larger, then averaged: smooth edges, and places between pixels


def unpack(packages: set[str], folder: Path) -> None:
    """Download the packages that `folder` does not have yet, and extract each into a folder of its
    name.
    """
    missing = sorted(package for package in packages if not (folder / package).exists())
    if missing:
        subprocess.run(["apt-get", "download", *missing], cwd=folder, check=True)
    for package in missing:
        (archive,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg", "-x", archive, folder / package], check=True)


def draw(character: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    """The ink of a character, 0 to 255, without a border."""
    left, top, right, bottom = font.getbbox(character)
    picture = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(picture).text((2 - left, 2 - top), character, 255, font)
    return np.asarray(picture.crop(picture.getbbox()))


def fitting(path: Path) -> ImageFont.FreeTypeFont:
    """The font at the size where H is CAPITAL pixels high, or smaller, so that no character
    exceeds LARGEST.
    """
    trial = ImageFont.truetype(path, 200)
    capital = draw("H", trial).shape[0]
    largest = max(max(draw(character, trial).shape) for character in CHARACTERS)
    return ImageFont.truetype(path, 200 * FINE * min(CAPITAL / capital, LARGEST / largest))


def center(ink: np.ndarray) -> np.ndarray:
    """Ink -> (28, 28) uint8 with the center of mass in the middle, as in MNIST, unless that would
    cut ink off.
    """
    canvas = np.zeros((SIDE * FINE, SIDE * FINE))
    corner = []
    for axis, length in enumerate(ink.shape):
        mass = ink.sum(1 - axis)
        middle = (mass * (np.arange(length) + 0.5)).sum() / mass.sum()
        corner.append(int(np.clip(round(SIDE * FINE / 2 - middle), 0, SIDE * FINE - length)))
    row, column = corner
    canvas[row : row + ink.shape[0], column : column + ink.shape[1]] = ink
    return canvas.reshape(SIDE, FINE, SIDE, FINE).mean((1, 3)).round().astype(np.uint8)


def render(path: Path) -> np.ndarray:
    """All characters of one font, (62, 28, 28) uint8, 0 for the background to 255 for ink."""
    font = fitting(path)
    return np.stack([center(draw(character, font)) for character in CHARACTERS])


def main(folder: Path) -> None:
    with open(HERE / "glyphs.csv", encoding="utf-8", newline="") as file:
        families = list(csv.DictReader(file))
    unpack({family["package"] for family in families}, folder)
    images = np.stack([render(folder / family["package"] / family["file"]) for family in families])
    parts = np.array([PARTS.index(family["part"]) for family in families], np.uint8)
    names = np.array([family["family"] for family in families])
    np.savez_compressed(HERE / "glyphs.npz", images=images, parts=parts, families=names)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(*(sys.argv[1:] or [temporary])))
