"""What runs in another thread or process is not seen by the watch on what an exercise forbids. So
none is there while its cases are tried, and none can be started.
"""

import os
import sys
import threading

import torch

from classroom.walls import system_calls

COMPANY = (
    "Your cells above have started {what}, which is still running. This exercise is tried without:"
    " end it before the check."
)
HARMLESS = "TMonitor"  # looks after tqdm's progress bars


def company() -> str | None:
    """A sentence where another thread or process is running."""
    threads = {thread.ident: type(thread).__name__ for thread in threading.enumerate()}
    others = sys._current_frames().keys() - {threading.get_ident()}
    if any(threads.get(one) != HARMLESS for one in others):
        return COMPANY.format(what="a thread")
    return COMPANY.format(what="a process") if _has_children() else None


def _has_children() -> bool:
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except (ChildProcessError, AttributeError):  # there are none; or this is no Linux
        return False


def stay() -> None:
    """From now on no thread and no process can be started."""
    torch.set_num_threads(1)  # those of torch, if there were more, could not start either
    system_calls.refuse(system_calls.NEW_PROCESS)
