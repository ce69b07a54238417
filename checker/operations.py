"""What the operations of torch, numpy and scipy do, whatever they are called.

A family is told by the words in a name ("mkldnn_convolution", "thnn_conv2d") or by what an
operation is given: what takes a weight, a stride and a padding convolves.
"""

import functools
import re

FAMILIES = {
    "convolution": re.compile("conv(?!ert)|correlate"),
    "pooling": re.compile("pool"),
    "normalization": re.compile("(batch|layer|group|instance|rms)_?norm|norm_?(batch|legit)"),
    "cross entropy": re.compile("log_softmax|nll_loss|cross_entropy"),
    "im2col": re.compile("im2col"),
}
CONVOLVES = {"weight", "stride", "padding"}


def families(name: str) -> set[str]:
    """Those that a name belongs to."""
    return {family for family, words in FAMILIES.items() if words.search(name)}


@functools.cache
def of(operation) -> frozenset[str]:
    """The name of a torch operation, as the dispatcher has it, and its families."""
    name, takes = operation.overloadpacket.__name__, set(_arguments(operation))
    convolves = {"convolution"} if takes >= CONVOLVES else set()
    return frozenset({name} | families(name) | convolves)


def is_grouped(operation, args, kwargs) -> bool:
    """Whether it is a convolution in more than one group."""
    given = dict(zip(_arguments(operation), args)) | (kwargs or {})
    groups = given.get("groups", 1)
    return "convolution" in of(operation) and isinstance(groups, int) and groups > 1


def _arguments(operation) -> list[str]:
    return [one.name for one in operation._schema.arguments]
