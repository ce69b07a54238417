"""The settings that code is tried under: the course's, whatever a cell has set before.

`utils` sets the first two for the notebooks.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Setting:
    """A switch of the whole process: what it is called, how to read and set it, the course's
    value.
    """

    name: str
    get: Callable
    set: Callable
    course: object

    def put(self, value) -> None:
        if self.get() != value:
            self.set(value)


CPU = torch.device("cpu")
SETTINGS = [
    Setting("the default dtype", torch.get_default_dtype, torch.set_default_dtype, torch.float64),
    Setting("the number of threads", torch.get_num_threads, torch.set_num_threads, 1),
    Setting("the gradient mode", torch.is_grad_enabled, torch.set_grad_enabled, True),
    Setting(
        "the default device",
        torch.get_default_device,
        lambda device: torch.set_default_device(None if device == CPU else device),
        CPU,
    ),
    Setting(
        "the choice of deterministic algorithms",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
        False,
    ),
    Setting(
        "how numpy reacts to errors",
        np.geterr,
        lambda reactions: np.seterr(**reactions),
        {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"},
    ),
]


def changed() -> list[str]:
    """The names of the settings that are not the course's now."""
    return [setting.name for setting in SETTINGS if setting.get() != setting.course]


def put_back() -> list[str]:
    """Set the course's settings for good; the names of those that were others."""
    others = changed()
    for setting in SETTINGS:
        setting.put(setting.course)
    return others


@contextlib.contextmanager
def course():
    """The course's settings, and those there were before when it ends."""
    kept = [setting.get() for setting in SETTINGS]
    put_back()
    try:
        yield
    finally:
        for setting, value in zip(SETTINGS, kept):
            setting.put(value)
