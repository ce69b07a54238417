"""Compare what came back with what was expected, strictly, and say the difference in words."""

import inspect
import itertools
import numbers

import numpy as np
import torch
from torch import nn

TENSORS = (torch.Tensor, nn.Parameter)
SEQUENCES = (tuple, list, torch.Size)
LONGEST = 80


def short(value) -> str:
    """Show any value in a few words, whatever its own `repr` does."""
    if type(value) in TENSORS:
        return _short_tensor(value.detach())
    if type(value) is np.ndarray:
        return f"array {value.shape}"
    if isinstance(value, nn.Module):
        return type(value).__name__
    if isinstance(value, (*SEQUENCES, dict)) and len(value) > 12:
        return f"{_kind(value)} of {len(value)} items"
    if type(value) in SEQUENCES:
        inside = ", ".join(map(short, value)) + "," * (len(value) == 1 and type(value) is not list)
        return clip(f"[{inside}]" if type(value) is list else f"({inside})")
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    return clip(_safe_repr(value))


def _short_tensor(value) -> str:
    if value.numel() > 12 or value.is_meta or value.layout != torch.strided:
        return f"tensor {tuple(value.shape)}"
    return clip(str(_rounded(value.tolist())))


def _rounded(nested):
    if isinstance(nested, list):
        return [_rounded(item) for item in nested]
    return float(f"{nested:.4g}") if isinstance(nested, float) else nested


def _safe_repr(value) -> str:
    try:
        return repr(_rounded(value))
    except BaseException:
        return f"an object of type {type(value).__name__}"


def clip(text: str, longest: int = LONGEST) -> str:
    """The start of a long text."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _kind(value) -> str:
    name = type(value).__name__
    return {
        "Tensor": "tensor",
        "Parameter": "tensor",
        "ndarray": "numpy array",
        "str": "string",
    }.get(name, name)


def with_article(value) -> str:
    if value is None:
        return "nothing"
    kind = _kind(value)
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def difference(got, expected, tolerance: float = 1e-5) -> str | None:
    """Say how `got` differs from `expected` ("gave 4, expected 5."), or return None where it does
    not.

    Types are compared first and strictly, so that an object whose `__eq__` lies is no way around.
    Numbers agree within `tolerance` times the largest expected magnitude; lists and tuples stand
    for each other.
    """
    return _odd(got, expected) or _by_type(got, expected, tolerance)


def _odd(got, expected) -> str | None:
    """What learners return by accident."""
    if got is None and expected is not None:
        return "gave None. Is there a `return` on every way through?"
    if got is Ellipsis or got is NotImplemented:
        return f"gave {got}, which stands for work still to do."
    if (
        inspect.isgenerator(got)
        or isinstance(got, (map, filter, zip, range))
        and not isinstance(expected, range)
    ):
        return f"gave a lazy {_kind(got)}, which holds no values yet. Wrap it in `list(...)`."
    if inspect.iscoroutine(got):
        return "gave a coroutine, which has not run. Write `def`, not `async def`."
    if callable(got) and not callable(expected) and not isinstance(got, torch.Tensor):
        return (
            f"gave the function or class {short(got)} itself, expected {_what(expected)}. Did you"
            " forget to call it?"
        )
    return None


def _by_type(got, expected, tolerance) -> str | None:
    if isinstance(expected, torch.Tensor):
        return _tensors(got, expected, tolerance)
    if isinstance(expected, np.ndarray):
        return _arrays(got, expected, tolerance)
    if isinstance(expected, dict):
        return _dicts(got, expected, tolerance)
    if isinstance(expected, SEQUENCES):
        return _sequences(got, expected, tolerance)
    if isinstance(expected, numbers.Number):
        return _numbers(got, expected, tolerance)
    same = type(got) is type(expected) and got == expected
    return None if same else _gave(got, expected)


def _gave(got, expected) -> str:
    odd = "" if type(got) is type(expected) else f", {with_article(got)}"
    return f"gave {short(got)}{odd}, expected {short(expected)}."


def _what(expected) -> str:
    return short(expected) if isinstance(expected, numbers.Number) else with_article(expected)


def _numbers(got, expected, tolerance) -> str | None:
    if (
        isinstance(got, torch.Tensor)
        and type(got) in TENSORS
        and got.numel() == 1
        and not got.is_meta
    ):
        got = got.item()
    if isinstance(got, np.generic):
        got = got.item()
    if type(got) not in (bool, int, float, complex):
        return _gave(got, expected)
    if isinstance(expected, bool) or isinstance(got, bool):
        return None if got is expected else _gave(got, expected)
    if isinstance(expected, int):
        return None if type(got) is int and got == expected else _gave(got, expected)
    return (
        None
        if _close(torch.tensor(got), torch.tensor(expected), tolerance).all()
        else _gave(got, expected)
    )


def in_kind(got, wanted):
    """A typed answer in the kind of the right one, so that only its numbers are judged.

    A tensor, an array or a number of theirs stands for the numbers it holds, a list for a tuple, a
    dict for its values in order, and a float that is whole for an int, or the other way round.
    """
    if type(got) in TENSORS and not got.is_meta or isinstance(got, (np.ndarray, np.generic)):
        return in_kind(_held(got, wanted), wanted)
    if isinstance(got, dict) and isinstance(wanted, tuple):
        return in_kind(list(got.values()), wanted)
    if type(got) in SEQUENCES and isinstance(wanted, tuple):
        kinds = itertools.chain(wanted, itertools.repeat(wanted[-1]))
        return tuple(map(in_kind, got, kinds))
    if {type(got), type(wanted)} == {int, float} and got == got // 1:
        return type(wanted)(got)
    return got


def _held(numbers_of, wanted):
    """What a tensor or an array holds: nested lists, or one number where one is asked for."""
    one = isinstance(wanted, numbers.Number) and np.prod(numbers_of.shape) == 1
    return numbers_of.item() if one else numbers_of.tolist()


def _count(values) -> str:
    return f"{len(values)} value{'' if len(values) == 1 else 's'}"


def _sequences(got, expected, tolerance) -> str | None:
    if type(got) not in SEQUENCES:
        return (
            f"gave {short(got)}, {with_article(got)}, expected {_count(expected)}:"
            f" {short(expected)}."
        )
    if len(got) != len(expected):
        return f"gave {_count(got)}, {short(got)}, expected {len(expected)}: {short(expected)}."
    found = [difference(*pair, tolerance) for pair in zip(got, expected)]
    if not any(found):
        return None
    if all(isinstance(item, numbers.Number) for item in [*got, *expected]):
        return f"gave {short(got)}, expected {short(expected)}."
    place, first = next((place, text) for place, text in enumerate(found) if text)
    return f"gave {_count(got)}; number {place + 1} of them is off: {first}"


def _dicts(got, expected, tolerance) -> str | None:
    if type(got) is not dict:
        return (
            f"gave {short(got)}, {with_article(got)}, expected a dict with the keys"
            f" {', '.join(map(str, expected))}."
        )
    for key in [key for key in expected if key in got]:
        text = difference(got[key], expected[key], tolerance)
        if text:
            return f"{key} {text}"
    missing, extra = (
        [key for key in expected if key not in got],
        [key for key in got if key not in expected],
    )
    lacks = f"gave no {missing[0]}." if missing else None
    return lacks or (f"gave {short(extra[0])}, which is not asked for." if extra else None)


def _arrays(got, expected, tolerance) -> str | None:
    if type(got) is not np.ndarray:
        return (
            f"gave {short(got)}, {with_article(got)}, expected a numpy array of shape"
            f" {expected.shape}."
        )
    if got.dtype.kind not in "biufc":
        return f"gave a numpy array of dtype {got.dtype}, expected {expected.dtype}."
    return _tensors(torch.from_numpy(got.copy()), torch.from_numpy(expected), tolerance)


def _tensors(got, expected, tolerance) -> str | None:
    if expected.ndim == 0 and type(got) in (int, float, bool):
        got = torch.tensor(got, dtype=expected.dtype)
    if type(got) not in TENSORS:
        return (
            f"gave {short(got)}, {with_article(got)}, expected a tensor of shape"
            f" {tuple(expected.shape)}."
        )
    if got.is_meta or got.layout != torch.strided:
        return "gave a tensor without values of its own (on the meta device, or sparse)."
    got, expected = got.detach(), expected.detach()
    return (
        _shapes(got, expected, tolerance)
        or _dtypes(got, expected)
        or _values(got, expected, tolerance)
    )


def _shapes(got, expected, tolerance) -> str | None:
    if got.shape == expected.shape:
        return None
    text = f"gave a tensor of shape {tuple(got.shape)}, expected {tuple(expected.shape)}."
    if (
        got.numel() == expected.numel() > 0
        and _close(got.reshape(expected.shape), expected, tolerance).all()
    ):
        text += " The numbers are right, only the shape is not."
    return text


def _dtypes(got, expected) -> str | None:
    if got.dtype == expected.dtype:
        return None
    if got.is_floating_point() and expected.is_floating_point():
        advice = "Make new tensors with the dtype of the input, for example `x.new_zeros(...)`."
        return f"gave a tensor of dtype {got.dtype}, expected {expected.dtype}. {advice}"
    return f"gave a tensor of dtype {got.dtype}, expected {expected.dtype}."


def _values(got, expected, tolerance) -> str | None:
    if torch.equal(got, expected):  # as most are, and much quicker to see
        return None
    wrong = ~_close(got, expected, tolerance)
    count = int(wrong.sum())
    if count == 0:
        return None
    nans = int(got.isnan().sum() - expected.isnan().sum()) if got.is_floating_point() else 0
    if nans > 0:
        return (
            f"gave {nans} NaN in {got.numel()} values. Is something divided by zero, or a root of"
            " a negative taken?"
        )
    if got.numel() <= 12:
        return f"gave {short(got)}, expected {short(expected)}."
    place = [int(i) for i in wrong.nonzero()[0]]
    one = f"at {place} stands {short(got[tuple(place)])}, expected {short(expected[tuple(place)])}"
    return (
        f"gave a tensor of the right shape {tuple(got.shape)}, but {one} ({count} of {got.numel()}"
        " differ)."
    )


def _close(got, expected, tolerance):
    """Elementwise agreement; integers and booleans must be equal."""
    if not (expected.is_floating_point() or expected.is_complex()):
        return got == expected
    finite = expected[expected.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    return torch.isclose(
        got.to(expected.dtype), expected, rtol=0, atol=tolerance * scale + 1e-12, equal_nan=True
    )
