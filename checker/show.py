"""Show any value in a few words: enough digits to tell it, and a small matrix as a matrix."""

import inspect

import numpy as np
import torch
from torch import nn

TENSORS = (torch.Tensor, nn.Parameter)
SEQUENCES = (tuple, list, torch.Size)
LONGEST = 80
DIGITS = 4
MORE_DIGITS = (DIGITS, 6, 8, 12, 17)
SMALL = 12  # numbers that are shown on one line
MATRIX = 36  # numbers that are shown as a matrix
WIDEST = 72


def short(value, digits: int = DIGITS) -> str:
    """Show any value in a few words, whatever its own `repr` does."""
    if type(value) in TENSORS:
        return _short_tensor(value.detach(), digits)
    if type(value) is np.ndarray:
        return f"array {value.shape}"
    if isinstance(value, nn.Module):
        return type(value).__name__
    if isinstance(value, (*SEQUENCES, dict)) and len(value) > SMALL:
        return f"{kind(value)} of {len(value)} items"
    if type(value) in SEQUENCES:
        return clip(_short_sequence(value, digits))
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    return clip(_safe_repr(value, digits))


def _short_sequence(value, digits):
    inside = ", ".join(short(item, digits) for item in value)
    comma = "," * (len(value) == 1 and type(value) is not list)
    return f"[{inside}]" if type(value) is list else f"({inside}{comma})"


def _short_tensor(value, digits) -> str:
    numbers = None if value.numel() > SMALL else listed(value)
    if numbers is None:
        return f"tensor {tuple(value.shape)}"
    return clip(str(_rounded(numbers, digits)))


def holds_numbers(tensor: torch.Tensor) -> bool:
    """Whether it has numbers of its own: not on the meta device, sparse or quantized."""
    return not (tensor.is_meta or tensor.layout != torch.strided or tensor.is_quantized)


def listed(tensor: torch.Tensor):
    """The numbers of a tensor as nested lists; None for one that holds none of its own, or of a
    dtype that only stores.
    """
    if not holds_numbers(tensor):
        return None
    try:
        return tensor.tolist()
    except RuntimeError:
        return None


def _rounded(nested, digits):
    """Floats to some digits, and never coarser than whole numbers."""
    if isinstance(nested, list):
        return [_rounded(item, digits) for item in nested]
    if not isinstance(nested, float) or nested != nested or abs(nested) == float("inf"):
        return nested
    whole = len(str(int(abs(nested))))
    return float(f"{nested:.{max(digits, whole)}g}")


def _safe_repr(value, digits) -> str:
    try:
        return repr(_rounded(value, digits))
    except BaseException:
        return f"an object of type {type(value).__name__}"


def clip(text: str, longest: int = LONGEST) -> str:
    """The start of a long text."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def apart(one, other) -> tuple[str, str]:
    """Two values with as many digits as it takes to see that they differ."""
    pairs = [(short(one, digits), short(other, digits)) for digits in MORE_DIGITS]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def as_matrix(
    values: torch.Tensor, wrong: torch.Tensor | None = None, digits=DIGITS
) -> str | None:
    """Two axes of few numbers as rows and columns, those that are `wrong` in brackets; None for
    what is no small matrix.
    """
    if values.ndim < 2 or min(values.shape[-2:]) < 2 or values.shape[:-2].numel() != 1:
        return None
    if values.numel() > MATRIX:
        return None
    rows = listed(values.reshape(values.shape[-2:]))
    if rows is None:
        return None
    off = torch.zeros(values.shape) if wrong is None else wrong
    marks = off.reshape(values.shape[-2:]).bool().tolist()
    return _lined_up([[_entry(*pair, digits) for pair in zip(*row)] for row in zip(rows, marks)])


def _entry(value, is_wrong, digits) -> str:
    text = str(_rounded(value, digits)).removesuffix(".0")
    return f"[{text}]" if is_wrong else f" {text} "


def _lined_up(rows) -> str | None:
    width = max(len(entry) for row in rows for entry in row)
    lines = ["".join(entry.rjust(width) for entry in row).rstrip() for row in rows]
    return "\n".join(lines) if max(map(len, lines)) <= WIDEST else None


def kind(value) -> str:
    """What sort of thing a value is, in a word or two."""
    name = type(value).__name__
    known = {"Tensor": "tensor", "Parameter": "tensor", "ndarray": "numpy array", "str": "string"}
    return known.get(name, name)


def with_article(value) -> str:
    """ "a tensor", "an int", "nothing"."""
    if value is None:
        return "nothing"
    return f"an {kind(value)}" if kind(value)[0] in "aeiou" else f"a {kind(value)}"
