"""A warm kernel is what a common one is, but for the time it takes to start."""

import ast
import os
import socket
import subprocess
import sys
import time

import linux_only  # noqa: F401

from authoring import kernel_server
from course.paths import ROOT, STUDENT

ASKED = """\
import os, sys
loaded = [name in sys.modules for name in ("torch._dynamo", "matplotlib.pyplot", "utils")]
left_behind = hasattr(sys, "mark")
sys.mark = True
import matplotlib, torch, utils
from matplotlib import pyplot
print({"process": os.getpid(), "loaded": loaded, "left behind": left_behind, "folder": os.getcwd(),
       "asked": os.environ["ASKED"], "threads": torch.get_num_threads(),
       "backend": matplotlib.get_backend(),
       "utils": os.path.dirname(utils.__path__[0]), "leads": os.getsid(0) == os.getpid()})
"""
TWO_KERNELS = f"""\
import sys
from jupyter_client.manager import run_kernel
for other in ("first", "second"):
    with run_kernel(kernel_name="warm", cwd={str(STUDENT)!r}, env={{"ASKED": other}}) as client:
        client.execute_interactive({ASKED!r}, timeout=60)
sys.exit(3)
"""


def test_each_is_a_fresh_process_with_what_notebooks_load():
    command = [sys.executable, "-m", "authoring.kernel_server", sys.executable, "-c", TWO_KERNELS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 3, done.stderr
    first, second = map(ast.literal_eval, done.stdout.strip().split("\n"))
    same = {
        "loaded": [True, True, False],
        "left behind": False,
        "folder": str(STUDENT),
        "threads": 1,
        "backend": "module://matplotlib_inline.backend_inline",
        "utils": str(ROOT),
        "leads": True,
    }
    assert first == same | {"asked": "first", "process": first["process"]}
    assert second == same | {"asked": "second", "process": second["process"]}
    assert first["process"] != second["process"]


def test_elsewhere_a_common_kernel_has_the_name(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    asked = "from jupyter_client.kernelspec import get_kernel_spec as get"
    asked += "; exit(3 * ('ipykernel_launcher' in get('warm').argv))"
    assert kernel_server.main([sys.executable, "-c", asked]) == 3


def test_a_kernel_ends_with_the_one_that_asked():
    """Else every notebook's memory would be held until the last is done."""
    kernel, asked = socket.socketpair()
    process = os.fork()
    if process == 0:
        asked.close()
        kernel_server.last_as_long_as(kernel)
        time.sleep(60)
        os._exit(1)
    asked.close()
    assert os.waitpid(process, 0)[1] == 0
