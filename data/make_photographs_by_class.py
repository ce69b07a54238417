"""Write stamps.npz: photographs of five kinds of things, cut out, 96x96. Needs Debian 12 and `pip
install pillow`.

The package tuxpaint-stamps-default is downloaded with `apt-get download` and unpacked into a
temporary folder; nothing is installed. A package may be kept from one run to the next: `python
data/make_photographs_by_class.py FOLDER`.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from make_glyphs import unpack
from PIL import Image

HERE = Path(__file__).parent
PACKAGE, STAMPS = "tuxpaint-stamps-default", "usr/share/tuxpaint/stamps"
FOLDERS = {
    "bird": ["animals/birds"],
    "food": ["food"],
    "mammal": ["animals/mammals", "animals/marsupials"],
    "object": ["household", "hobbies", "sports", "medical", "clothes"],
    "plant": ["plants"],
}
# Drawings (most are SVG files, which are not looked at), a toy, a thing too thin to see, and one
# shown twice
LEFT_OUT = {
    "hedgehog",
    "edward_bear",
    "pizza",
    "rugby_goal_posts",
    "tooth",
    "button",
    "measuring_tape_mirror",
}
LEFT_OUT_FOLDERS = {"hats", "cartoon"}
SIDE, LONGEST, BACKGROUND = 96, 88, (255, 255, 255)  # pixels, pixels, white


def photographs(root: Path, folders: list[str]) -> list[Path]:
    """The pictures of one class, in the order of their names."""
    found = [path for folder in folders for path in sorted((root / folder).rglob("*.png"))]
    return [path for path in found if not drawn(path)]


def drawn(path: Path) -> bool:
    clothes = path.parent.name == "clothes" and path.stem.startswith("t_")
    return clothes or path.stem in LEFT_OUT or bool(LEFT_OUT_FOLDERS & set(path.parts))


def picture(path: Path) -> np.ndarray:
    """The thing in the middle of a white square, its long side 88 pixels: (96, 96, 3) uint8."""
    cut = Image.open(path).convert("RGBA")
    cut = cut.crop(cut.getchannel("A").point(lambda alpha: 255 * (alpha > 32)).getbbox())
    scale = LONGEST / max(cut.size)
    cut = cut.resize([max(round(side * scale), 1) for side in cut.size], Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIDE, SIDE), BACKGROUND)
    square.paste(cut, tuple((SIDE - side) // 2 for side in cut.size), cut)
    return np.asarray(square)


def main(folder: Path) -> None:
    unpack({PACKAGE}, folder)
    root = folder / PACKAGE / STAMPS
    paths = {kind: photographs(root, folders) for kind, folders in FOLDERS.items()}
    labels = np.array(
        [label for label, found in enumerate(paths.values()) for _ in found], np.uint8
    )
    files = [path for found in paths.values() for path in found]
    names = np.array([str(path.relative_to(root)) for path in files])
    images = np.stack([picture(path) for path in files])
    np.savez_compressed(HERE / "stamps.npz", images=images, labels=labels, names=names)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(*(sys.argv[1:] or [temporary])))
