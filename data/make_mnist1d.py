"""Write mnist1d.npz: MNIST-1D as its package makes it. Needs `pip install mnist1d`, by hand."""

from pathlib import Path

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset


def main() -> None:
    made = make_dataset(get_dataset_args())
    signals = np.concatenate([made["x"], made["x_test"]]).astype(np.float16)
    labels = np.concatenate([made["y"], made["y_test"]]).astype(np.uint8)
    np.savez_compressed(Path(__file__).parent / "mnist1d.npz", signals=signals, labels=labels)


if __name__ == "__main__":
    main()
