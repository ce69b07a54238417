"""Compare what came back with what was expected, strictly, and say the difference in words."""

import inspect
import itertools
import numbers

import numpy as np
import torch
from torch import nn

from checker.show import (
    MORE_DIGITS,
    SEQUENCES,
    SMALL,
    TENSORS,
    apart,
    as_matrix,
    kind,
    listed,
    short,
    with_article,
)


def difference(got, expected, tolerance: float = 1e-5) -> str | None:
    """Say how `got` differs from `expected` ("gave 4, expected 5."), or return None where it does
    not.

    Types are compared first and strictly, so that an object whose `__eq__` lies is no way around.
    Numbers agree within `tolerance` times the largest expected magnitude; lists and tuples stand
    for each other.
    """
    return by_accident(got, expected) or _by_type(got, expected, tolerance)


def by_accident(got, expected) -> str | None:
    """What learners return by accident, and what may have happened."""
    if got is None and expected is not None:
        return "gave None. Is there a `return` on every way through?"
    return _odd(got, expected)


def _inner(got, expected, tolerance) -> str | None:
    """The difference of two parts of a value."""
    return _odd(got, expected) or _by_type(got, expected, tolerance)


def _odd(got, expected) -> str | None:
    if got is Ellipsis or got is NotImplemented:
        return f"gave {got}, which stands for work still to do."
    if (
        inspect.isgenerator(got)
        or isinstance(got, (map, filter, zip, range))
        and not isinstance(expected, range)
    ):
        return f"gave a lazy {kind(got)}, which holds no values yet. Wrap it in `list(...)`."
    if inspect.iscoroutine(got):
        return "gave a coroutine, which has not run. Write `def`, not `async def`."
    if isinstance(got, nn.Module) and not callable(expected):
        made = f"`{type(got).__name__}(...)` only makes the layer. Call the layer, too."
        return f"gave a net, {short(got)}, expected {_what(expected)}. {made}"
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
    odd = "" if got is None or type(got) is type(expected) else f", {with_article(got)}"
    shown, wanted = apart(got, expected)
    return f"gave {shown}{odd}, expected {wanted}."


def _named(value) -> str:
    """A value and what sort of thing it is."""
    return short(value) if value is None else f"{short(value)}, {with_article(value)}"


def _what(expected) -> str:
    return short(expected) if isinstance(expected, numbers.Number) else with_article(expected)


def _numbers(got, expected, tolerance) -> str | None:
    if type(got) in TENSORS and got.numel() == 1 and listed(got) is not None:
        got = got.item()
    if isinstance(got, np.generic):
        got = got.item()
    if type(got) not in (bool, int, float, complex):
        return _gave(got, expected)
    if isinstance(expected, bool) or isinstance(got, bool):
        return None if got is expected else _gave(got, expected)
    if isinstance(expected, int):
        return None if type(got) is int and got == expected else _gave(got, expected)
    value = None if type(got) is complex and type(expected) is float else _as_tensor(got)
    agrees = value is not None and _close(value, torch.tensor(expected), tolerance).all()
    return None if agrees else _gave(got, expected)


def _as_tensor(number, dtype=None) -> torch.Tensor | None:
    """None for a number that no dtype holds, such as 10**30."""
    try:
        return torch.tensor(number, dtype=dtype)
    except (RuntimeError, ValueError, OverflowError):
        return None


def in_kind(got, wanted):
    """A typed answer in the kind of the right one, so that only its numbers are judged.

    A tensor, an array or a number of theirs stands for the numbers it holds, a list for a tuple, a
    dict for its values in order, and a float that is whole for an int, or the other way round.
    """
    if type(got) in TENSORS and listed(got) is None:
        return got
    if type(got) in TENSORS or isinstance(got, (np.ndarray, np.generic)):
        return in_kind(_held(got, wanted), wanted)
    if isinstance(got, dict) and isinstance(wanted, tuple):
        return in_kind(list(got.values()), wanted)
    if type(got) in SEQUENCES and isinstance(wanted, tuple):
        kinds = itertools.chain(wanted, itertools.repeat(wanted[-1]))
        return tuple(map(in_kind, got, kinds))
    if {type(got), type(wanted)} == {int, float} and got == got // 1 and abs(got) < LARGEST:
        return type(wanted)(got)
    return got


LARGEST = 2**1000  # still a float


def _held(numbers_of, wanted):
    """What a tensor or an array holds: nested lists, or one number where one is asked for."""
    one = isinstance(wanted, numbers.Number) and np.prod(numbers_of.shape) == 1
    return numbers_of.item() if one else numbers_of.tolist()


def _count(values) -> str:
    return f"{len(values)} value{'' if len(values) == 1 else 's'}"


def _sequences(got, expected, tolerance) -> str | None:
    if type(got) not in SEQUENCES:
        return f"gave {_named(got)}, expected {_count(expected)}: {short(expected)}."
    if len(got) != len(expected):
        return f"gave {_count(got)}, {short(got)}, expected {len(expected)}: {short(expected)}."
    found = [_inner(*pair, tolerance) for pair in zip(got, expected)]
    if not any(found):
        return None
    if all(isinstance(item, numbers.Number) for item in [*got, *expected]):
        return "gave {}, expected {}.".format(*apart(got, expected))
    place, first = next((place, text) for place, text in enumerate(found) if text)
    return f"gave {_count(got)}; number {place + 1} of them is off: {first}"


def _dicts(got, expected, tolerance) -> str | None:
    if type(got) is not dict:
        return (
            f"gave {_named(got)}, expected a dict with the keys {', '.join(map(str, expected))}."
        )
    for key in [key for key in expected if key in got]:
        text = difference(got[key], expected[key], tolerance)
        if text:
            return f"{key} {_no_gradient(key, got[key]) or text}"
    missing, extra = (
        [key for key in expected if key not in got],
        [key for key in got if key not in expected],
    )
    lacks = f"gave nothing for {missing[0]}." if missing else None
    return lacks or (f"gave {short(extra[0])}, which is not asked for." if extra else None)


def _no_gradient(key, got) -> str | None:
    """A probe found none; that is no missing `return`."""
    return "gave None: none reaches it." if got is None and "gradient of" in str(key) else None


def _arrays(got, expected, tolerance) -> str | None:
    if type(got) is not np.ndarray:
        return f"gave {_named(got)}, expected a numpy array of shape {expected.shape}."
    if got.dtype.kind not in "biufc":
        return f"gave a numpy array of dtype {got.dtype}, expected {expected.dtype}."
    return _tensors(torch.from_numpy(got.copy()), torch.from_numpy(expected), tolerance)


def _tensors(got, expected, tolerance) -> str | None:
    if expected.ndim == 0 and type(got) in (int, float, bool):
        number = _as_tensor(got, expected.dtype)
        got = got if number is None else number
    if type(got) not in TENSORS:
        return f"gave {_named(got)}, expected a tensor of shape {tuple(expected.shape)}."
    if got.is_meta or got.layout != torch.strided or got.is_quantized:
        return "gave a tensor without values of its own (on the meta device, sparse or quantized)."
    got, expected = got.detach(), expected.detach()
    return _shapes(got, expected) or _dtypes(got, expected) or _values(got, expected, tolerance)


def _shapes(got, expected) -> str | None:
    if got.shape == expected.shape:
        return None
    return f"gave a tensor of shape {tuple(got.shape)}, expected {tuple(expected.shape)}."


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
    if matrices := _matrices(got, expected, wrong):
        return matrices
    shown, wanted = apart(got, expected)
    if got.numel() <= SMALL and shown != wanted:
        return f"gave {shown}, expected {wanted}."
    place = [int(i) for i in wrong.nonzero()[0]]
    one = "at {} stands {}, expected {}".format(place, *apart(got[wrong][0], expected[wrong][0]))
    return (
        f"gave a tensor of the right shape {tuple(got.shape)}, but {one} ({count} of {got.numel()}"
        " differ)."
    )


MARKED = "What is off is in brackets."


def _matrices(got, expected, wrong) -> str | None:
    """Both as matrices, with as many digits as it takes."""
    for digits in MORE_DIGITS:
        pair = as_matrix(got, wrong, digits), as_matrix(expected, wrong, digits)
        if None in pair:
            return None
        if pair[0] != pair[1]:
            return f"gave\n```\n{pair[0]}\n```\nexpected\n```\n{pair[1]}\n```\n{MARKED}"
    return None


def only_shapes_differ(got, expected, tolerance: float = 1e-5) -> bool:
    """Whether all numbers are right and in order, arranged as it may be."""
    if type(got) in SEQUENCES and type(expected) in SEQUENCES:
        pairs = list(zip(got, expected))
        return len(got) == len(expected) and all(only_shapes_differ(*p, tolerance) for p in pairs)
    if type(got) not in TENSORS or type(expected) not in TENSORS:
        return difference(got, expected, tolerance) is None
    if got.is_meta or got.layout != torch.strided or got.dtype != expected.dtype:
        return False  # of one dtype, so neither is quantized
    if got.numel() != expected.numel():
        return False
    return bool(_close(got.detach().reshape(expected.shape), expected.detach(), tolerance).all())


def _close(got, expected, tolerance):
    """Elementwise agreement; integers and booleans must be equal."""
    if not (expected.is_floating_point() or expected.is_complex()):
        return got == expected
    finite = expected[expected.isfinite()].abs()
    scale = finite.max().item() if finite.numel() else 0.0
    return torch.isclose(
        got.to(expected.dtype), expected, rtol=0, atol=tolerance * scale + 1e-12, equal_nan=True
    )
