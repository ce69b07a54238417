"""The exercises, a file or a folder a notebook, loaded when first asked for."""

import functools
import importlib
import json
import pkgutil
from dataclasses import dataclass
from pathlib import Path

from checker.exercise import Exercise

# A learner's, of each notebook's core and of all of it: `authoring.stamp` counts them.
MINUTES = json.loads(Path(__file__).with_name("minutes.json").read_text(encoding="utf-8"))
# What can be asked again of questions with letters, taken from their tasks by `authoring.stamp`.
CHOICES = json.loads(Path(__file__).with_name("choices.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Notebook:
    """One line of the course's map."""

    file: str
    title: str

    @property
    def minutes(self) -> int:
        return MINUTES[self.file]["all"]

    @property
    def core_minutes(self) -> int:
        return MINUTES[self.file]["core"]


NOTEBOOKS = {
    "00": Notebook("00_start_here", "Start here"),
    "01": Notebook("01_fully_connected_versus_convolution", "Fully connected versus convolution"),
    "02": Notebook("02_convolution_shapes", "Convolution shapes"),
    "03": Notebook("03_one_two_three_dimensions", "One, two and three dimensions"),
    "04": Notebook("04_pooling", "Pooling"),
    "05": Notebook("05_normalization", "Normalization"),
    "06": Notebook("06_initialization", "Initialization"),
    "07": Notebook("07_lenet", "A first whole network: LeNet-5"),
    "08": Notebook("08_alexnet_and_vgg", "AlexNet and VGG"),
    "09": Notebook("09_network_in_network_and_inception", "Network in Network and Inception"),
    "10": Notebook("10_residual_networks", "Residual networks"),
    "11": Notebook(
        "11_squeeze_and_excitation_and_search",
        "Squeeze-and-excitation, and searching for architectures",
    ),
    "12": Notebook("12_transfer_learning", "Transfer learning"),
    "13": Notebook("13_capstone", "The capstone: a net under a budget"),
    "14": Notebook("14_regularization", "Regularization"),
    "15": Notebook("15_dense_and_depthwise", "Dense and depthwise nets"),
}


@functools.cache
def of(notebook: str) -> dict[str, Exercise]:
    """The exercises of one notebook, "02", by id, in order."""
    things = [
        item for module in _modules(f"exercises.nb{notebook}") for item in vars(module).values()
    ]
    found = {item.id: item for item in things if isinstance(item, Exercise)}
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].split(".")[1])))


def _modules(name: str) -> list:
    """A notebook's exercises are a file, or a folder with a file a section."""
    module = importlib.import_module(name)
    inside = pkgutil.iter_modules(getattr(module, "__path__", []), f"{name}.")
    return [module, *(importlib.import_module(found.name) for found in inside)]


def find(id: str) -> Exercise:
    """The exercise with an id such as "2.4".

    Raises LookupError, with the ids there are, when there is none.
    """
    if not isinstance(id, str):
        raise LookupError(
            f'check got {id!r} as the id; the id comes first and in quotes: check("2.4", conv2d).'
        )
    notebook = id.split(".")[0].zfill(2)
    if notebook not in NOTEBOOKS:
        raise LookupError(
            f"There is no notebook {notebook}; the course has {', '.join(NOTEBOOKS)}."
        )
    if id not in of(notebook):
        raise LookupError(
            f"There is no exercise {id}; notebook {notebook} has {', '.join(of(notebook))}."
        )
    return of(notebook)[id]
