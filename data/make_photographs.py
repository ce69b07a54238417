"""Write photographs.npz: six free photographs, 200 pixels wide or high. Needs `pip install scikit-image`, by hand."""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

NAMES = ["astronaut", "brick", "camera", "chelsea", "coffee", "grass"]
LONG_SIDE = 200


def shrink(picture: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8 -> the same, at most 200 pixels high and wide."""
    scale = LONG_SIDE / max(picture.shape[:2])
    height, width = (round(side * scale) for side in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def main() -> None:
    pictures = {name: shrink(getattr(data, name)()) for name in NAMES}
    np.savez_compressed(Path(__file__).parent / "photographs.npz", **pictures)


if __name__ == "__main__":
    main()
