"""Errors in plain words: each message here is the one that torch or Python really gives."""

import linecache

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from checker import comparison, errors


def join(branches):
    return torch.cat(branches, 1)


SAID = {
    "Channels: the kernels expect 2, the input has 1.": lambda x: nn.Conv2d(2, 1, 3)(x),
    "`ModuleList` has no `forward`": lambda x: nn.ModuleList([nn.ReLU()])(x),
    "`nn.ModuleList` takes one list of modules, and gets something of type ReLU": (
        lambda x: nn.ModuleList(nn.ReLU())
    ),
    "In place of the parameter `bias` stands only": (
        lambda x: setattr(nn.Linear(2, 2), "bias", torch.ones(2))
    ),
    "the scores first, then the classes": (
        lambda x: F.cross_entropy(torch.tensor([0]), torch.ones(1, 2))
    ),
    "does not take whole numbers": lambda x: torch.tensor([1]).softmax(0),
    "No way leads from one of these tensors": (
        lambda x: torch.autograd.grad(
            torch.ones(1, requires_grad=True).sum(), torch.ones(1, requires_grad=True)
        )
    ),
    "A size must be a whole number": lambda x: torch.zeros(2, 4 / 2),
    "at most half of its window; here they are 2 and 3": lambda x: F.max_pool2d(x, 3, 1, 2),
    "given by their place: 2; there is room for 1": lambda x: join(x, x),
    "`stride` is given twice": lambda x: nn.MaxPool2d(x, 3, stride=1),
    "takes no `[...]`": lambda x: len(x)[0],
    "no items to go through": lambda x: list(len(x)),
}


@pytest.mark.parametrize("words", SAID)
def test_a_message_in_plain_words(words):
    assert words in errors.in_words(raised(SAID[words]))


def raised(function) -> Exception:
    with pytest.raises(Exception) as found:
        function(torch.ones(1, 1, 4, 4))
    return found.value


def written(code: str):
    """A function whose text is known, as that of a cell is."""
    file, names = "<a cell>", {"torch": torch}
    linecache.cache[file] = (len(code), None, code.splitlines(True), file)
    exec(compile(code, file, "exec"), names)
    return names["answer"]


TAKEN = "`x` is 4 here: the function gave the name of its argument to something else."


def test_an_argument_whose_name_was_given_to_a_number():
    taken = "def answer(x):\n    n, c, h, x = x.shape\n    return x[0]\n"
    assert errors.in_words(raised(written(taken))).endswith(TAKEN)


@pytest.mark.parametrize(
    "code",
    [
        "def answer(x):\n    n, c, h, w = x.shape\n    return w[0]\n",
        "def answer(x, n=3):\n    return n[0]\n",
        "def answer(x, n=3):\n    n, y = 4, 5\n    return x[n] + y[0]\n",
    ],
)
def test_of_any_other_number_that_is_not_said(code):
    assert "its argument" not in errors.in_words(raised(written(code)))


def test_a_gradient_that_is_not_there_is_no_missing_return():
    wanted = {"the net": torch.ones(2), "the gradient of the input": torch.ones(2)}
    said = comparison.difference(wanted | {"the gradient of the input": None}, wanted)
    assert said == "the gradient of the input gave None: none reaches it."
    assert "`return`" in comparison.difference(wanted | {"the net": None}, wanted)
