"""Say in plain words what went wrong in a learner's code, and at which line of theirs."""

import builtins
import difflib
import dis
import linecache
import re
import sysconfig
import traceback
from pathlib import Path

import torch

from checker import own_code, show
from checker.messages import MESSAGES


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
            groups = [group for group in found.groups() if group is not None]
            return sentence.format(*groups) + _by_its_line(error, groups)
    return _of_a_name(error) or _raised_on_purpose(error)


def _of_a_name(error) -> str | None:
    """A name, or a part of something, that does not exist: which one that is there comes near."""
    name = getattr(error, "name", None)
    if not isinstance(name, str) or not isinstance(error, (NameError, AttributeError)):
        return None
    near = difflib.get_close_matches(name, _names_near(error), 1, LIKE)
    hint = f" There is `{near[0]}`." if near else ""
    if isinstance(error, NameError):
        return f"Nothing is called `{name}` here.{hint}"
    if error.obj is None:
        return f"`.{name}` is asked of `None`. Which name in front of it, or which call, is None?"
    return f"What stands before the dot, {show.with_article(error.obj)}, has no `{name}`.{hint}"


LIKE = 0.8  # how much of a name must agree


def _names_near(error) -> list[str]:
    if isinstance(error, AttributeError):
        return [name for name in dir(error.obj) if not name.startswith("__")]
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return [*frame.f_locals, *frame.f_globals, *dir(builtins)]


def _raised_on_purpose(error) -> str | None:
    """By a line of the learner's own that says `assert` or `raise`."""
    line = (line_of(error) or "").partition(": ")[2]
    if line.startswith("assert"):
        return "Your own `assert` stops it: what it says does not hold for this call."
    return "Your own code raises that." if line.startswith("raise") else None


def _by_its_line(error, numbers) -> str:
    """What can be said beyond the message, from where it was raised."""
    line = (line_of(error) or "").partition(": ")[2]
    if taken := _taken_name(error, line):
        return f" {taken}"
    asked = re.match(r"(?:if|elif|while)\s+(?:not\s+)?(\w+)\s*:", line)
    if asked and "ambiguous" in _text(error):
        return f" To ask whether `{asked[1]}` was given, write `if {asked[1]} is not None`."
    if len(numbers) == 4 and "linear.py" in _files(error):
        return f" Here {numbers[1]} numbers meet a linear layer that expects {numbers[2]}."
    return ""


def _taken_name(error, line) -> str | None:
    """An argument whose name the function gave to a number, and then used as what it was."""
    kind, found = re.match(r"'(\w+)' object ", _text(error)), _deepest(error)
    if kind is None or found is None:
        return None
    names = found[0].f_locals
    for name in _rebound(found[0].f_code):
        value = names.get(name)
        if type(value).__name__ == kind[1] and re.search(rf"(?<![\w.]){name}[\[.(]", line):
            return (
                f"`{name}` is {show.short(value)} here: the function gave the name of its argument"
                " to something else."
            )
    return None


def _rebound(code) -> list[str]:
    """Arguments that the function also assigns to."""
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    stored = [str(one.argval) for one in dis.get_instructions(code) if "STORE_FAST" in one.opname]
    return [name for name in names if any(name in re.findall(r"\w+", text) for text in stored)]


def _files(error) -> set[str]:
    frames = traceback.walk_tb(error.__traceback__)
    return {Path(frame.f_code.co_filename).name for frame, _ in frames}


def line_of(error: BaseException) -> str | None:
    """Quote the deepest line of the learner's own code, with the shapes of the tensors there.

    An error that comes from another process brings it along as `line`.
    """
    if getattr(error, "comes_from_afar", False) is True:
        return error.line
    found = _deepest(error)
    if found is None:
        return None
    frame, number = found
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    shapes = _shapes(frame.f_locals)
    return f"line {number}: {text}" + (f"   where {shapes}" if shapes else "")


def _deepest(error) -> tuple | None:
    """The last frame of the learner's own code whose text is known, and the line it is at."""
    frames = [
        pair
        for pair in traceback.walk_tb(error.__traceback__)
        if is_theirs(pair[0].f_code.co_filename)
        and linecache.getline(pair[0].f_code.co_filename, pair[1])
    ]
    return frames[-1] if frames else None


def is_theirs(filename: str) -> bool:
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
