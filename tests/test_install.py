"""install.py: which torch is taken, what is refused, what is shown meanwhile."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import install

PIN = "2.13.0"


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What pip was asked for, in a folder of its own, on Linux, where all indexes answer."""
    calls = []
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install.sys, "platform", "linux")
    monkeypatch.setattr(install, "pip", lambda *words: calls.append(" ".join(words)) or True)
    monkeypatch.setattr(install, "works", lambda code: False)
    monkeypatch.setattr(install, "answers", lambda index: True)
    (tmp_path / "requirements.txt").write_text(
        f"numpy==2.4.6\ntorch=={PIN}\ncolorama==0.4.6 ; os_name == 'nt'\n"
    )
    return calls


FROM_ITS_INDEX = f"--no-deps --index-url {install.PROCESSORS} torch=={PIN}+cpu"


@pytest.mark.parametrize("build", [None, "cpu"])
def test_the_build_for_processors_is_taken_unless_another_is_asked_for(asked, build):
    install.install_torch(build)
    assert asked == [FROM_ITS_INDEX]


def test_cuda_is_taken_where_it_is_asked_for(asked):
    install.install_torch("cuda")
    assert asked == [f"--no-deps torch==={PIN}"]


@pytest.mark.parametrize("build, expected", [(None, []), ("cpu", [FROM_ITS_INDEX])])
def test_what_is_there_stays_unless_another_is_asked_for(asked, monkeypatch, build, expected):
    monkeypatch.setattr(install, "works", lambda code: True)
    install.install_torch(build)
    assert asked == expected


def test_without_that_index_pypi_is_asked(asked, monkeypatch, capsys):
    monkeypatch.setattr(install, "answers", lambda index: False)
    install.install_torch(None)
    assert (
        asked == [f"--no-deps torch=={PIN}"]
        and "No answer from download.pytorch.org" in capsys.readouterr().out
    )


def test_an_index_without_a_build_for_this_python_is_no_end(asked, monkeypatch):
    monkeypatch.setattr(
        install, "pip", lambda *words: asked.append(words[-1]) or "+" not in words[-1]
    )
    install.install_torch(None)
    assert asked == [f"torch=={PIN}+cpu", f"torch=={PIN}"]


def test_elsewhere_no_index_is_asked_and_cuda_is_refused(asked, monkeypatch):
    monkeypatch.setattr(install.sys, "platform", "darwin")
    monkeypatch.setattr(install, "answers", pytest.fail)
    install.install_torch(None)
    assert asked == [f"--no-deps torch=={PIN}"]
    assert "all that this course needs" in install.main(["--torch", "cuda"])


def test_no_torch_for_this_machine_is_said(asked, monkeypatch):
    monkeypatch.setattr(install, "pip", lambda *words: False)
    monkeypatch.setattr(install, "make_environment", lambda: None)
    assert install.main([]) == install.NO_TORCH.format(pin=PIN)


def test_a_folder_that_cannot_be_written_is_said(asked, monkeypatch, tmp_path):
    monkeypatch.setattr(install.os, "access", lambda path, mode: False)
    assert install.main([]) == install.NO_FOLDER.format(root=tmp_path)


def test_a_failed_environment_leaves_nothing(asked, monkeypatch, tmp_path):
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install.sys, "executable", "/bin/false")
    (tmp_path / ".venv").mkdir()
    assert "python3" in install.main([]) and not (tmp_path / ".venv").exists()


# The index


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/cpu/torch/" else 404)
        self.end_headers()
        self.wfile.write(b"<a>torch</a>")

    def log_message(self, *_):
        pass


def test_an_index_that_has_torch_answers():
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert install.answers(f"{address}/cpu") and not install.answers(f"{address}/none")
        server.shutdown()


def test_an_index_that_hangs_or_is_not_there_costs_seconds_and_shows_nothing(monkeypatch, capfd):
    monkeypatch.setattr(install, "PATIENCE", 0.5)
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and says nothing
        assert not install.answers(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert not install.answers("http://no-such-host.invalid")
    assert time.monotonic() - begun < 5 and capfd.readouterr() == ("", "")


# What is shown


def test_packages_are_counted_whichever_way_pip_took_them_up(asked):
    said = "Requirement already satisfied: torch==2.13.0 in x\n"
    said += "Ignoring colorama: markers do not match\n"
    assert install.count(said) == "2 of 3 packages: "
    said += (
        "Processing /a/numpy-2.4.6-cp311-cp311-x.whl\n  Downloading sympy-1.14.0.whl (6.3 MB)\n"
    )
    assert install.count(said) == "3 of 3 packages: Downloading sympy-1.14.0.whl (6.3 MB)"


@pytest.mark.parametrize(
    "code, ended, shown", [("print('quiet')", True, ""), ("exit('no disk')", False, "no disk\n")]
)
def test_what_pip_says_is_shown_where_it_fails(asked, monkeypatch, capfd, code, ended, shown):
    monkeypatch.setattr(install, "command", lambda words: [install.sys.executable, "-c", code])
    assert install.pip_counted() is ended
    assert capfd.readouterr().out == shown


def test_each_clone_remembers_what_was_open_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "VENV", tmp_path / "내 강의" / ".venv")
    install.keep_the_workspace()
    there = {"JUPYTER_CONFIG_PATH": str(install.VENV / "etc" / "jupyter"), "HOME": str(tmp_path)}
    shown = subprocess.run(
        [sys.executable, "-m", "jupyterlab", "--show-config-json"],
        env=os.environ | there,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    told = json.loads(shown)["LabApp"]["workspaces_dir"]
    assert told == str(install.VENV / "etc" / "jupyter" / "workspaces")
