"""The network is really blocked, and a notebook can still be run."""

import subprocess
import sys

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_notebook
from pages import code

from course import offline

REACH = """\
import socket

with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=2).close()
    print("loopback works")
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
    print("outside reached")
except TimeoutError:
    print("outside waits")
except OSError as error:
    print("outside refused")
"""
BLOCKED = "loopback works\noutside refused\n"


def test_a_command_has_loopback_and_nothing_else():
    if offline.namespace() is None:
        pytest.skip("this system permits no network namespace")
    command = [sys.executable, "-m", "course.offline", sys.executable, "-c", REACH]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(BLOCKED) and "with loopback only" in done.stdout


def test_the_status_of_the_command_is_kept():
    assert offline.run([sys.executable, "-c", "raise SystemExit(3)"], offline.namespace()) == 3


def test_without_a_namespace_kernels_refuse(tmp_path):
    notebook = new_notebook(cells=[code("reach", REACH)])
    NotebookClient(notebook).execute(env=offline.refusing_profile(tmp_path))
    assert notebook.cells[0].outputs[0].text == BLOCKED


def test_without_a_namespace_the_command_gets_the_refusing_profile(capfd):
    show = (
        "import os, pathlib;"
        " print(list(pathlib.Path(os.environ['IPYTHONDIR']).rglob('00-offline.py')) != [])"
    )
    assert offline.run([sys.executable, "-c", show], prefix=None) == 0
    out = capfd.readouterr().out
    assert out.startswith("Network blocked in kernels only") and out.endswith("True\n")
