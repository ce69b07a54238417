"""The IPython that runs a learner's cells while they are graded: as in a notebook, but nothing is
shown, and what needs a notebook's window, the network or another program does nothing.
"""

import atexit
import functools
import tempfile

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

CONFIG = Config(HistoryManager={"enabled": False})
# Magics that need a window, an extension or the network.
IDLE = set(
    "matplotlib config gui pip conda mamba micromamba uv autoreload aimport"
    " edit connect_info qtconsole tensorboard".split()
)


class Shell(InteractiveShell):
    """Runs cells that are Python already, one part after another."""

    def enable_gui(self, gui=None):
        pass

    is_gone = False

    def ask_exit(self):
        """`exit()` in a notebook: the cell runs on, then the kernel goes."""
        self.is_gone = True

    def run_line_magic(self, name, line, _stack_depth=1):
        if name in IDLE:
            return None
        return super().run_line_magic(name, line, _stack_depth + 1)

    def system(self, command):
        """`!ls` starts nothing: outside the walls it would run with the teacher's rights."""
        self.user_ns["_exit_code"] = 0

    def getoutput(self, command, split=True, depth=0):
        return SList() if split else ""

    def showtraceback(self, *args, **kwargs):
        pass

    showsyntaxerror = showindentationerror = showtraceback

    def run(self, python: str) -> BaseException | None:
        """Run a part of a cell; what it raised."""
        running = self.run_cell_async(python, transformed_cell=python, store_history=False)
        result = self.loop_runner(running)
        return result.error_before_exec or result.error_in_exec


@functools.cache
def make() -> Shell:
    """The one shell of this process. Leaves no folder in the home of whoever grades."""
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell.instance(config=CONFIG, ipython_dir=folder)
    atexit.unregister(shell.atexit_operations)
    # Also after a cell has ended, for what is called then: `display` and `get_ipython`.
    shell.builtin_trap.activate()
    return shell
