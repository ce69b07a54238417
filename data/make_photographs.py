"""Write photographs.npz and photographs_color.npz: free photographs, 200 pixels long, and 224x224
in color.

Needs `pip install scikit-image scikit-learn`, by hand.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

HERE = Path(__file__).parent
NAMES = ["astronaut", "brick", "camera", "chelsea", "coffee", "grass"]
LONG_SIDE = 200
COLOR = ["astronaut", "chelsea", "coffee", "rocket"]  # of scikit-image
SAMPLES = {"china": "china.jpg", "flower": "flower.jpg"}  # of scikit-learn
SQUARE = 224


def shrink(picture: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8 -> the same, at most 200 pixels high and wide."""
    scale = LONG_SIDE / max(picture.shape[:2])
    height, width = (round(side * scale) for side in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def square(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 -> its middle as (224, 224, 3)."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    middle = picture[top : top + side, left : left + side]
    return np.asarray(Image.fromarray(middle).resize((SQUARE, SQUARE), Image.Resampling.LANCZOS))


def main() -> None:
    pictures = {name: shrink(getattr(data, name)()) for name in NAMES}
    np.savez_compressed(HERE / "photographs.npz", **pictures)
    colored = {name: square(getattr(data, name)()) for name in COLOR}
    colored |= {name: square(load_sample_image(file)) for name, file in SAMPLES.items()}
    np.savez_compressed(HERE / "photographs_color.npz", **colored)


if __name__ == "__main__":
    main()
