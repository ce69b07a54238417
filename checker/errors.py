"""Say in plain words what went wrong in a learner's code, and at which line of theirs."""

import builtins
import linecache
import re
import sysconfig
import traceback
from pathlib import Path

import torch

from checker import own_code, show

MESSAGES = [
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        (
            "The matrix on the left has {1} columns, the one on the right {2} rows; they must be"
            " equal."
        ),
    ),
    (
        r"size mismatch, got input \((\d+)\), mat \((\d+)x(\d+)\), vec \((\d+)\)",
        "The matrix has {2} columns, the vector {3} entries; they must be equal.",
    ),
    (
        (
            r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at"
            r" non-singleton dimension (\d+)"
        ),
        "Two tensors meet elementwise, but along axis {2} one has {0} entries and the other {1}.",
    ),
    (
        (
            r"weight of size \[(.*?)\], expected input\[(.*?)\] to have (\d+) channels, but got"
            r" (\d+) channels"
        ),
        (
            "The kernels expect {2} channels, the input has {3}. The weight is (out, in, height,"
            " width)."
        ),
    ),
    (
        r"shape '\[(.*?)\]' is invalid for input of size (\d+)",
        "{1} numbers cannot be arranged as ({0}): the product of the sizes must be {1}.",
    ),
    (
        r"(?:expected scalar type|same dtype, but got:?) ?(\w+)[^\w]+(?:but found|and|!=) (\w+)",
        "Two tensors have different dtypes, {0} and {1}. Make new tensors with `dtype=x.dtype`.",
    ),
    (
        r"Calculated padded input size per channel: \((.*?)\)\. Kernel size: \((.*?)\)",
        "The kernel ({1}) is larger than the padded input ({0}): there is no place to put it.",
    ),
    (
        r"index (-?\d+) is out of bounds for (?:dimension|axis) (\d+) with size (\d+)",
        "Index {0} does not exist: axis {1} has {2} entries, numbered from 0.",
    ),
    (
        (
            r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got"
            r" size (\d+)"
        ),
        "Tensors joined along axis {0} must agree in all other axes; here {1} meets {2}.",
    ),
    (
        r"operands could not be broadcast together with shapes (\(.*?\)) (\(.*?\))",
        "Two arrays of shapes {0} and {1} meet elementwise and do not fit.",
    ),
    (
        (
            r"subscript (\w) has size (\d+) for operand \d+ which does not broadcast with"
            r" previously seen size (\d+)"
        ),
        "In the einsum, the letter {0} stands for {1} in one tensor and {2} in another.",
    ),
    (
        (
            r"shape mismatch: value tensor of shape \[(.*?)\] cannot be broadcast to indexing"
            r" result of shape \[(.*?)\]"
        ),
        "A value of shape ({0}) is written into a place of shape ({1}).",
    ),
    (
        (
            r"expanded size .*? \((\d+)\) must match the existing size \((\d+)\) at non-singleton"
            r" dimension (\d+)"
        ),
        "A value with {1} entries along axis {2} is written where there are {0}.",
    ),
    (
        r"Expected .*?(\d)D.*? input to (\w+), but got input of size: \[(.*?)\]",
        "The input has shape ({2}), which has too many or too few axes. Images are (N, C, H, W).",
    ),
    (
        r"cannot assign (?:module|parameters) before Module\.__init__\(\) call",
        "Start `__init__` with `super().__init__()`.",
    ),
    (
        r"Expected more than 1 value per channel when training",
        "With one value a channel the variance is zero: batch statistics need more than one.",
    ),
    (
        r"view size is not compatible",
        (
            "The memory is not in the order `view` needs, for example after a transpose. Use"
            " `reshape`."
        ),
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "The tensor is part of a gradient computation. Use `.detach()` first.",
    ),
    (
        r"element 0 of tensors does not require grad",
        (
            "Nothing on the way to this value asked for gradients. Set `requires_grad=True` before"
            " computing it."
        ),
    ),
    (
        r"a leaf Variable that requires grad is being used in an in-place operation",
        (
            "A tensor that wants gradients may not be changed in place. Write `w = w + ...`, or"
            " use `torch.no_grad()`."
        ),
    ),
    (
        r"can't allocate memory: you tried to allocate (\d+) bytes",
        (
            "That asks for {0} bytes, more than this machine has. Is a size multiplied once too"
            " often?"
        ),
    ),
    (
        r"only integer tensors of a single element can be converted to an index",
        "An index must be a whole number. `/` gives a float; `//` does not.",
    ),
    (
        (
            r"'NoneType' object is not|unsupported operand type\(s\) for .*'NoneType'|must be"
            r" Tensor, not NoneType"
        ),
        (
            "Something on this line is None. Is it an argument that may be left out, or a function"
            " without `return`?"
        ),
    ),
    (
        r"'float' object cannot be interpreted as an integer",
        "A whole number is needed here. `/` gives a float; `//` does not.",
    ),
    (
        r"Boolean value of Tensor with more than one value is ambiguous",
        "An `if` needs one truth value; this tensor holds several. Use `.all()` or `.any()`.",
    ),
]


def in_words(error: BaseException) -> str | None:
    """Explain one of the common messages of torch, numpy or Python; None where it is not known."""
    if isinstance(error, RecursionError):
        return "The function calls itself without an end."
    if isinstance(error, MemoryError):
        return "This needs more memory than there is. Is a size multiplied once too often?"
    if isinstance(error, SystemExit):
        return "`exit` and `quit` end a program; a function ends with `return`."
    for pattern, sentence in MESSAGES:
        found = re.search(pattern, _text(error))
        if found:
            return sentence.format(*found.groups()) + _by_its_line(error, found.groups())
    return None


def _by_its_line(error, numbers) -> str:
    """What can be said beyond the message, from where it was raised."""
    line = (line_of(error) or "").partition(": ")[2]
    asked = re.match(r"(?:if|elif|while)\s+(?:not\s+)?(\w+)\s*:", line)
    if asked and "ambiguous" in _text(error):
        return f" To ask whether `{asked[1]}` was given, write `if {asked[1]} is not None`."
    if len(numbers) == 4 and "linear.py" in _files(error):
        return f" Here {numbers[1]} numbers meet a linear layer that expects {numbers[2]}."
    return ""


def _files(error) -> set[str]:
    frames = traceback.walk_tb(error.__traceback__)
    return {Path(frame.f_code.co_filename).name for frame, _ in frames}


def line_of(error: BaseException) -> str | None:
    """Quote the deepest line of the learner's own code, with the shapes of the tensors there.

    An error that comes from another process brings it along as `line`.
    """
    if getattr(error, "comes_from_afar", False) is True:
        return error.line
    frames = [
        pair
        for pair in traceback.walk_tb(error.__traceback__)
        if _is_theirs(pair[0].f_code.co_filename)
        and linecache.getline(pair[0].f_code.co_filename, pair[1])
    ]
    if not frames:
        return None
    frame, number = frames[-1]
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    shapes = _shapes(frame.f_locals)
    return f"line {number}: {text}" + (f"   where {shapes}" if shapes else "")


def _is_theirs(filename: str) -> bool:
    """Not the engine's, not a library's: what is left was written by the learner."""
    return not filename.startswith(("<frozen", *LIBRARIES)) and not own_code.is_own_file(filename)


LIBRARIES = (
    str(Path(torch.__file__).parent.parent),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
)


def _shapes(names: dict) -> str:
    tensors = {name: value for name, value in names.items() if type(value) in show.TENSORS}
    return ", ".join(f"{name} {tuple(value.shape)}" for name, value in list(tensors.items())[:6])


def what_raised(error: BaseException) -> str:
    """Name the error and its message in one short line."""
    name, message = type(error).__name__, _text(error)
    own = "" if hasattr(builtins, name) else "its own "
    return f"raised {own}{name}" + (f": {show.clip(message, 150)}" if message else "")


def same(one: BaseException | None, other: BaseException | None) -> bool:
    """Whether two errors are of one kind and for one reason: what failed, and with which sizes.

    Two of one kind alone have little to say about each other.
    """
    return same_kind(one, other) and _reason(one) == _reason(other)


def same_kind(one: BaseException | None, other: BaseException | None) -> bool:
    """Whether two errors are of one type; by name, as some come from another process."""
    return type(one).__name__ == type(other).__name__


def _reason(error) -> str:
    """The message without what differs from run to run or by the name of the function called."""
    return OWN_NAME.sub("", ADDRESS.sub("", _text(error)))[:LONGEST]


ADDRESS = re.compile(r" at 0x[0-9a-f]+")
OWN_NAME = re.compile(r"^[\w.<>]+\(\)(?= (?:takes|missing|got) )")
LONGEST = 500  # as far as a message comes from another process


def _text(error) -> str:
    """The message in one line, whatever the error's own `__str__` does."""
    try:
        return " ".join(str(error).split())
    except BaseException:
        return ""
