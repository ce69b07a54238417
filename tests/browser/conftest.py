"""One browser, one server of the site and one JupyterLab for all browser tests; skipped where
something is missing.
"""

import contextlib
import functools
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

# Nothing that loads torch: no browser starts before it is there.
from course.paths import SITE, STUDENT

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}

# Thousands of words of code have some twenty looks; axe-core, which takes a millisecond a word,
# sees each look once.
HIDE_REPEATED_LOOKS = """() => {
    const seen = new Set(), clear = 'rgba(0, 0, 0, 0)'
    const own = node => getComputedStyle(node).backgroundColor
    const ground = node =>
        node && own(node) === clear ? ground(node.parentElement) : node && own(node)
    for (const word of document.querySelectorAll('pre span')) {
        const style = getComputedStyle(word), count = seen.size
        if (!word.checkVisibility()) continue
        seen.add([style.color, style.fontSize, style.fontWeight, ground(word)].join())
        word.style.visibility = seen.size === count ? 'hidden' : 'visible'
    }
}"""


def pytest_collection_modifyitems(items):
    for item in items:
        if "browser" in item.path.parent.name:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser():
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        pytest.skip(
            "no Chromium here: install it (apt-get install chromium), or name one in CHROMIUM"
        )
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright: `make test-browser` installs it"
    )
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def barriers():
    """What axe-core finds serious: `barriers(page, ".a-part")`, with further options for axe-core
    by name.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def found(page, part=None, **options):
        if part is None:
            page.evaluate(HIDE_REPEATED_LOOKS)
        seen = axe.run(page, part, {"resultTypes": ["violations"], **options}).response[
            "violations"
        ]
        return [
            f"{rule['id']}: {node['html']} {node['any'][0]['message'] if node['any'] else ''}"
            for rule in seen
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    return found


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site(browser):
    """The address of the built site, on this machine."""
    if not (SITE / "index.html").exists():
        pytest.skip("the site is not built: `make site`")
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """The address of a JupyterLab that has copies of the student notebooks, and the file of the
    learner's marks.
    """
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(STUDENT, home / "notebooks")
    (home / "settings").mkdir()
    (home / "settings" / "overrides.json").write_text(json.dumps(SETTINGS))
    marks, port = home / "marks.txt", free_port()
    own = {
        "HOME": home,
        "JUPYTER_CONFIG_DIR": home,
        "JUPYTER_RUNTIME_DIR": home,
        "IPYTHONDIR": home,
    }
    env = (
        os.environ
        | {name: str(value) for name, value in own.items()}
        | {"COURSE_PROGRESS": str(marks)}
    )
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--allow-root",
        "--no-browser",
        f"--port={port}",
        "--ServerApp.token=test",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.app_settings_dir={home / 'settings'}",
        f"--LabApp.workspaces_dir={home / 'workspaces'}",  # no notebook is open at first
        f"--ServerApp.root_dir={home / 'notebooks'}",
        "--log-level=ERROR",
    ]
    with open(home / "log.txt", "w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(f"http://127.0.0.1:{port}/api?token=test", server, home / "log.txt")
            yield f"http://127.0.0.1:{port}/lab?token=test", marks
        finally:
            server.terminate()
            server.wait(30)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(address, server, log, seconds=120):
    for _ in range(10 * seconds):
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(address)
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")
