"""Run a learner's code so that nothing it does outlives the call: time, output, globals,
inputs.
"""

import contextlib
import copy
import ctypes
import functools
import inspect
import io
import random
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from unittest import mock

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from checker import operations, settings

CONVOLUTION = frozenset("convolution scipy.signal scipy.ndimage".split())
AUTOGRAD = "torch.autograd"
GROUPS = "groups"  # a convolution in more than one
SEED = 20_26
PATIENCE = 5  # the limit by the clock, in limits of processor time


class TimeUp(BaseException):
    """The time limit has passed; with an argument, by the clock alone, and the argument says for
    how many seconds the code had the processor.

    Not an `Exception`, so that `except Exception` does not swallow it.
    """


class Deadline:
    """When code has to end: after `seconds` of processor time, so that a busy machine takes
    nothing away, and for what sleeps or waits, after a few times as long by the clock.
    """

    def __init__(self, seconds: float):
        self.seconds, self.processor = seconds, time.process_time() + seconds
        self.clock = time.monotonic() + PATIENCE * seconds

    def left(self) -> tuple[float, float]:
        """Seconds of processor time, and by the clock."""
        return self.processor - time.process_time(), self.clock - time.monotonic()

    def used(self) -> float:
        """Seconds of processor time so far."""
        return self.seconds - self.left()[0]


@dataclass
class Outcome:
    """What one call did: a value or an error, what it printed, and what it should have left
    alone: `changed` is the first argument that it changed, by place or name, and `left` names the
    settings that it left changed.
    """

    value: object = None
    error: BaseException | None = None
    printed: str = ""
    changed: int | str | None = None
    seeded: bool = False
    alias: bool = False
    used: set = field(default_factory=set)
    left: list[str] = field(default_factory=list)


def run(function, args, kwargs, deadline: Deadline, *, watch: bool = False) -> Outcome:
    """Call `function` on copies of its arguments and report; raises nothing that the code raises.

    With `watch`, `used` names the torch operations and the numpy and scipy functions that ran.
    """
    given = copies((args, kwargs))
    outcome, printed = Outcome(), Printed()
    with (
        globals_kept() as seeds,
        _kernel_kept(),
        _captured(printed),
        _watched(outcome.used, watch),
    ):
        try:
            with time_limit(deadline):
                value = function(*given[0], **given[1])
            if inspect.iscoroutine(value):
                value.close()
            outcome.alias = _shares(value, given)
            outcome.value = _detached(value)
        except BaseException as error:
            outcome.error = error
        outcome.seeded, outcome.left = seeds(), settings.changed()
    outcome.changed = _first_changed(given, (args, kwargs))
    outcome.printed = printed.text()
    return outcome


def copies(value):
    """Copy tensors, arrays and containers; modules deeply; leave functions and classes as they
    are.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if type(value) in (list, tuple):
        return type(value)(copies(item) for item in value)
    if type(value) is dict:
        return {key: copies(item) for key, item in value.items()}
    if callable(value) and not isinstance(value, torch.nn.Module):
        return value
    return copy.deepcopy(value)


def _detached(value):
    """Keep what was returned as it is now: a later call may write into the same memory."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return value.detach().clone()
    if type(value).__module__ == "torch.return_types":
        value = tuple(value)  # what `x.max(1)` gives: values and indices
    if type(value) in (list, tuple):
        return type(value)(_detached(item) for item in value)
    if type(value) is dict:
        return {key: _detached(item) for key, item in value.items()}
    return value.copy() if type(value) is np.ndarray else value


def _shares(value, given) -> bool:
    """Whether a tensor that came back lies in the memory of an argument."""
    if type(value) is not torch.Tensor:
        return False
    items = [*given[0], *given[1].values()]
    tensors = [item for item in items if type(item) is torch.Tensor and item.numel()]
    return any(_memory(value) == _memory(item) for item in tensors)


def _memory(tensor) -> int:
    return 0 if tensor.layout != torch.strided else tensor.untyped_storage().data_ptr()


def _first_changed(given, kept) -> int | str | None:
    """The place or the name of an argument that is no longer what it was copied from."""
    pairs = [*enumerate(zip(given[0], kept[0]))]
    pairs += [(name, (given[1].get(name), value)) for name, value in kept[1].items()]
    return next((place for place, pair in pairs if not _same(*pair)), None)


def _same(given, kept) -> bool:
    """Whether arguments are still equal to the originals they were copied from."""
    if isinstance(kept, torch.Tensor):
        return given.shape == kept.shape and torch.equal(given.nan_to_num(), kept.nan_to_num())
    if type(kept) in (list, tuple):
        return len(given) == len(kept) and all(map(_same, given, kept))
    if type(kept) is dict:
        return given.keys() == kept.keys() and all(_same(given[key], kept[key]) for key in kept)
    if type(kept) is np.ndarray:
        return given.shape == kept.shape and bool(np.array_equal(given, kept))
    return given == kept if isinstance(kept, (int, float, str)) else True


class Printed(io.TextIOBase):
    """A stream that keeps the first characters and counts the rest, so that megabytes cost
    nothing.
    """

    keep = 300

    def __init__(self):
        super().__init__()
        self.start, self.count = "", 0

    def writable(self):
        return True

    def write(self, text):
        text = str(text)
        self.start += text[: self.keep - len(self.start)]
        self.count += len(text)
        return len(text)

    def text(self) -> str:
        dropped = self.count - len(self.start)
        return self.start + (f"\n… and {dropped:,} more characters" if dropped else "")


@contextlib.contextmanager
def _captured(printed):
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        yield


@contextlib.contextmanager
def _kernel_kept():
    """In a notebook `exit()` does not raise: it tells the kernel to go.

    Let it raise, as elsewhere.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    with mock.patch.object(shell, "ask_exit", sys.exit) if shell else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def globals_kept():
    """The course's settings and seeds; afterwards the random generators and settings that there
    were. Yields a test for "was a seed set?".
    """
    kept = torch.get_rng_state(), np.random.get_state(), random.getstate()
    # Not torch.manual_seed: it also queues the seed for devices that were never used, with a
    # traceback each.
    torch.default_generator.manual_seed(SEED)
    np.random.seed(SEED)
    random.seed(SEED)
    called = []
    try:
        with settings.course(), _noted(np.random, "seed", called), _noted(random, "seed", called):
            yield lambda: torch.initial_seed() != SEED or bool(called)
    finally:
        torch.set_rng_state(kept[0])
        np.random.set_state(kept[1])
        random.setstate(kept[2])


def _noted(module, name, called):
    """Let a function of a module note that it was called, and work as before."""
    function = getattr(module, name)

    @functools.wraps(function)
    def noting(*args, **kwargs):
        called.append(name)
        return function(*args, **kwargs)

    return mock.patch.object(module, name, noting)


@contextlib.contextmanager
def time_limit(deadline: Deadline):
    """Raise `TimeUp` in the running code after its deadline, and again while it swallows that.

    Works in the main thread of Unix by signals, which also end a sleep. Elsewhere (Windows,
    other threads) a second thread plants the exception, which the code meets at its next line of
    Python: one long call into C, such as a huge matrix product, ends first. The grader, which must
    not rely on this, kills the process.
    """
    main = threading.current_thread() is threading.main_thread()
    with _by_signal(deadline) if main and hasattr(signal, "setitimer") else _by_thread(deadline):
        yield


@contextlib.contextmanager
def _by_signal(deadline):
    inside = True

    def ring(number, frame):
        if inside and not _enters_or_leaves(frame):
            raise TimeUp(*[deadline.used()] * (number == signal.SIGALRM))

    timers = {signal.SIGPROF: signal.ITIMER_PROF, signal.SIGALRM: signal.ITIMER_REAL}
    before = {number: signal.signal(number, ring) for number in timers}
    try:
        for timer, seconds in zip(timers.values(), deadline.left()):
            signal.setitimer(timer, max(seconds, 0.001), 0.05)
        yield
    finally:
        inside = False
        for number, timer in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def _enters_or_leaves(frame) -> bool:
    """Whether a frame, or the one that called ours, is on the way in or out of a `with`: stopped
    there, a limit would never end. It rings again soon.
    """
    while frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename == contextlib.__file__


@contextlib.contextmanager
def _by_thread(deadline):
    done, learner = threading.Event(), ctypes.c_ulong(threading.get_ident())
    plant = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch():
        while not done.wait(0.05):
            if min(deadline.left()) < 0:
                plant(learner, ctypes.py_object(TimeUp))

    guard = _Guard(target=watch, daemon=True)
    guard.start()
    try:
        yield
    finally:
        _settle(guard, done)


def _settle(guard, done):
    """End the watching thread.

    What it has planted last surfaces here; taking it back instead can hang Python 3.11.
    """
    try:
        done.set()
        guard.join()
    except TimeUp:
        _settle(guard, done)


class Watching(TorchDispatchMode):
    """Sees every torch operation that runs, by the name the dispatcher knows."""

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # skipping it would first load it, which takes seconds


class _Operations(Watching):
    """Notes every operation and what it does, whatever the code called it."""

    def __init__(self, used):
        super().__init__()
        self.used = used

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        self.used |= operations.of(operation)
        if operations.is_grouped(operation, args, kwargs):
            self.used.add(GROUPS)
        if _differentiates(operation):
            self.used.add(AUTOGRAD)
        return operation(*args, **(kwargs or {}))


def _differentiates(operation) -> bool:
    """Whether autograd runs it: backwards, by whatever way that was started, or forwards, where
    each tensor has another of the same layout beside it.
    """
    forwards = operation.overloadpacket.__name__ == "_has_same_storage_numel"
    return forwards or torch._C._current_autograd_node() is not None


def _noted_call(used: set, module: str, name: str) -> None:
    """A call of a function of a library, by module and name."""
    package, _, rest = module.partition(".")
    if package == "numpy":
        used |= {f"numpy.{name}"} | operations.families(name)
    elif package == "scipy":
        used.add(f"scipy.{rest.split('.')[0]}")
    elif package == "torch" and rest in ("autograd", "autograd.forward_ad"):
        used.add(AUTOGRAD)  # `backward`, `grad`, and all that call them
    elif package == "torch" and rest.startswith("_"):
        used |= operations.families(name)  # torch's operations written in Python once more


@contextlib.contextmanager
def _watched(used, watch):
    """Note torch operations, calls of numpy ("numpy.convolve") and scipy ("scipy.signal"), and
    autograd.
    """
    if not watch:
        yield
        return

    def note(frame, event, argument):
        if event == "call":
            _noted_call(used, str(frame.f_globals.get("__name__")), frame.f_code.co_name)
        elif event == "c_call" and argument.__module__:
            _noted_call(used, argument.__module__, argument.__name__)

    before = sys.getprofile()
    with _Operations(used), mock.patch.object(threading.Thread, "start", _refuse_thread):
        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(before)


def _refuse_thread(thread):
    raise RuntimeError("this exercise is solved without threads: what runs in one is not seen")


class _Guard(threading.Thread):
    """A thread of this file, which starts where no other may."""

    start = threading.Thread.start
