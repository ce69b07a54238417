"""How an entry's code is kept in bounds: its time, and what it may leave behind."""

import contextlib
import random
import signal
import threading
from collections.abc import Iterator

import numpy as np
import torch

AGAIN = 0.05  # seconds from one alarm to the next


class TimeUp(BaseException):
    """The time is over. No `Exception`, so that a net that catches those does not swallow it."""


@contextlib.contextmanager
def settings_kept() -> Iterator[None]:
    """Put back random generators, default dtype, gradient mode and the number of threads."""
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    threads = torch.get_num_threads()
    numbers, draws = np.random.get_state(), random.getstate()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_grad_enabled(grad)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            np.random.set_state(numbers)
            random.setstate(draws)


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in the running code after `seconds`, and again while it swallows that.

    Without alarms (Windows, threads), the stop button is the limit.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(*_):
    raise TimeUp
