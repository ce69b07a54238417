"""Values as text and back: all that crosses the wall between the grader and a learner's code.

Nothing is ever unpickled. What is no plain value (an object of the learner's own class, a tensor
subclass) comes out as an `Odd` thing that says what it was and equals nothing.
"""

import base64
import builtins

import numpy as np
import torch

from checker import errors, own_code
from checker.module_comparison import Unfit
from checker.sandbox import Outcome, TimeUp

DEEPEST = 12
LARGEST_INT = 10**300
LONGEST_TEXT, LONGEST_NAME = 600, 100
MOST_OPERATIONS, MOST_SETTINGS = 10_000, 10
FLAGS = ("seeded", "alias")
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in vars(torch).values()
    if isinstance(dtype, torch.dtype) and not str(dtype).startswith(("torch.q", "torch.bits"))
}
NUMBERS = "biufc"  # numpy's kinds: truth values, whole, unsigned, real and complex numbers
CONTAINERS = {"list": list, "tuple": tuple, "size": torch.Size, "set": set, "frozenset": frozenset}
CONSTANTS = {"ellipsis": Ellipsis, "not implemented": NotImplemented}
# Python's own puts its text in quotes, and what comes back has them already.
KEY_ERROR = type("KeyError", (KeyError,), {"__str__": Exception.__str__})
OWN_ERRORS = {"TimeUp": TimeUp, "Unfit": Unfit}


class Malformed(Exception):
    """What came back follows no rule of this file."""


def encode(value, strict: bool = False, depth: int = 0):
    """A form that JSON can hold.

    With `strict`, TypeError for what is not plain; else that becomes odd.
    """
    if value is None or type(value) in (bool, float, str):
        return value
    if type(value) is int and abs(value) < LARGEST_INT:
        return value
    if depth > DEEPEST:
        return _odd(value, strict)
    for name, kind in CONTAINERS.items():
        if type(value) is kind:
            return {name: [encode(item, strict, depth + 1) for item in value]}
    if type(value) is dict:
        return {
            "dict": [[encode(part, strict, depth + 1) for part in pair] for pair in value.items()]
        }
    return _encode_numbers(value, strict)


def _encode_numbers(value, strict):
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return _encode_tensor(value)
    if type(value) is np.ndarray and value.dtype.kind in NUMBERS:
        return {"array": value.dtype.str, "shape": value.shape, "bytes": _text(value.tobytes())}
    if type(value).__module__ == "numpy" and isinstance(value, np.generic):
        if value.dtype.kind in NUMBERS:
            return {"number": value.dtype.str, "bytes": _text(value.tobytes())}
    if type(value) is complex:
        return {"complex": [value.real, value.imag]}
    for name, constant in CONSTANTS.items():
        if value is constant:
            return {"constant": name}
    return _odd(value, strict)


def _encode_tensor(value):
    dtype = str(value.dtype).removeprefix("torch.")
    form = {"tensor": dtype, "shape": list(value.shape), "grad": value.requires_grad}
    if value.is_meta or value.layout != torch.strided or dtype not in DTYPES:
        return {**form, "bytes": None}
    flat = value.detach().resolve_conj().resolve_neg().contiguous().flatten()
    return {
        **form,
        "bytes": _text(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""),
    }


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _odd(value, strict):
    if strict:
        raise TypeError(f"{type(value).__name__} is not plain")
    return {"odd": str(type(value).__name__)[:60], "callable": callable(value)}


def decode(form, depth: int = 0):
    """The value; Malformed where the form is none of the above."""
    try:
        return _decode(form, depth)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(str(error)) from error


def _decode(form, depth):
    if depth > DEEPEST + 1:
        raise Malformed("nested too deeply")
    if type(form) is not dict:
        return form if form is None or type(form) in (bool, int, float, str) else _refuse(form)
    for name, kind in CONTAINERS.items():
        if name in form:
            return kind([_decode(item, depth + 1) for item in form[name]])
    if "dict" in form:
        return {_decode(key, depth + 1): _decode(value, depth + 1) for key, value in form["dict"]}
    return _decode_numbers(form)


def _decode_numbers(form):
    if "tensor" in form:
        return _decode_tensor(form)
    if "array" in form:
        raw = np.frombuffer(base64.b64decode(form["bytes"]), np.dtype(form["array"]))
        return raw.reshape([int(size) for size in form["shape"]]).copy()
    if "number" in form:
        return np.frombuffer(base64.b64decode(form["bytes"]), np.dtype(form["number"]))[0]
    if "complex" in form:
        return complex(*form["complex"])
    if "constant" in form:
        return CONSTANTS[form["constant"]]
    return odd(str(form["odd"]), bool(form["callable"]))


def _decode_tensor(form):
    shape, dtype = [int(size) for size in form["shape"]], DTYPES.get(form["tensor"], torch.float64)
    if form["bytes"] is None:
        return torch.empty(shape, dtype=dtype, device="meta")
    raw = bytearray(base64.b64decode(form["bytes"]))
    flat = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return flat.reshape(shape).requires_grad_(bool(form["grad"]))


def _refuse(form):
    raise Malformed(f"a {type(form).__name__}")


class Odd:
    """Stands for something that is not plain."""

    __hash__ = None

    def __eq__(self, other):
        return False

    def __repr__(self):
        return f"an object of type {type(self).__name__}"


def odd(name: str, is_callable: bool):
    """A stand-in of the same name.

    A function or a generator comes back as one, so that the card can say so.
    """
    if name == "generator":
        return (item for item in ())
    extra = {"__call__": lambda self: None, "__name__": name} if is_callable else {}
    return type(name if name.isidentifier() else "object", (Odd,), extra)()


def encode_outcome(outcome: Outcome) -> dict:
    """One outcome of a case."""
    return {
        "value": encode(outcome.value),
        "error": None if outcome.error is None else _encode_error(outcome.error),
        "printed": outcome.printed[:LONGEST_TEXT],
        "used": sorted(str(name) for name in outcome.used),
        "left": outcome.left,
        "changed": outcome.changed,
        **{name: bool(getattr(outcome, name)) for name in FLAGS},
    }


def _encode_error(error) -> dict:
    """With the line of the learner's code in which it was raised, and why a module is unfit."""
    return {
        "name": type(error).__name__[:80],
        "module": str(type(error).__module__),
        "text": _message(error)[:LONGEST_TEXT],
        "line": errors.line_of(error),
        "why": _why(error),
    }


def _why(error) -> str:
    return str(error.why)[:LONGEST_TEXT] if type(error) is Unfit else ""


def _message(error) -> str:
    try:
        return str(error)
    except BaseException:
        return ""


def decode_outcome(form) -> Outcome:
    """Raises Malformed."""
    try:
        flags = {name: form[name] is True for name in FLAGS}
        changed = form["changed"] if type(form["changed"]) in (int, str) else None
        error = None if form["error"] is None else _decode_error(form["error"])
        printed = str(form["printed"])[:LONGEST_TEXT]
        used = {str(name)[:LONGEST_NAME] for name in form["used"][:MOST_OPERATIONS]}
        left = [str(name)[:LONGEST_NAME] for name in form["left"][:MOST_SETTINGS]]
        return Outcome(
            decode(form["value"]), error, printed, changed, used=used, left=left, **flags
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise Malformed(str(wrong)) from wrong


def _decode_error(form) -> BaseException:
    error = _error_type(str(form["name"])[:80], str(form["module"]))()
    error.args = (str(form["text"])[:LONGEST_TEXT],) if form["text"] else ()
    error.comes_from_afar = True
    error.line = str(form["line"])[:400] if form["line"] else None
    if type(error) is Unfit:
        error.why = str(form["why"])[:LONGEST_TEXT]
    return error


def _error_type(name, module) -> type:
    """The very type where it is one of Python's own or ours; else a new one of the same name."""
    known = OWN_ERRORS.get(name) if own_code.is_own_module(module) else vars(builtins).get(name)
    if _is_error(known) and module in ("builtins", known.__module__):
        return KEY_ERROR if known is KeyError else known
    return type(name if name.isidentifier() else "Error", (Exception,), {})


def _is_error(known) -> bool:
    """Whether it is one that can be made without arguments."""
    needs_arguments = (UnicodeError, BaseExceptionGroup)
    return (
        isinstance(known, type)
        and issubclass(known, BaseException)
        and not issubclass(known, needs_arguments)
    )
