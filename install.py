"""Set up the course in .venv: `python install.py [--torch cpu|cuda]`. `make lab` begins with it.

It runs before anything is installed, on the Python that is there. An old one, too, must be able to
read it, to be told which ones will do.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ["3.11", "3.12", "3.13", "3.14"]
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PROCESSORS = (
    "https://download.pytorch.org/whl/cpu"  # PyPI's torch brings CUDA on Linux: 3 GB to download
)
PATIENCE = 4  # seconds to wait for that index, the look-up of its name included
STEPS = re.compile(r"^ *((?:Collecting|Processing|Downloading|Installing collected).*)", re.M)
TAKEN = re.compile(
    r"(?:Collecting |Ignoring |satisfied: |Processing .*/)([A-Za-z]\w*(?:-[A-Za-z]\w*)*)"
)

WRONG_PYTHON = (
    "This course needs Python {known}, and {given} is {version}: get one (`uv python install "
    "{newest}`, `pyenv install {newest}`, or your system's package, as in `apt install "
    "python{newest} python{newest}-venv`), then name it: `make lab PYTHON=python{newest}`, or "
    "without make `python{newest} install.py`."
)
NO_FOLDER = "Nothing can be written in {root}: copy the course to a folder of yours, and go there."
NO_VENV = (
    "No environment could be made, as said above. On Debian and Ubuntu: "
    "`apt install python{version}-venv`."
)
NO_TORCH = (
    "torch {pin} could not be installed, as said above. There are builds for Linux (64 bits, not "
    "Alpine), Windows, and Macs with Apple's processor; elsewhere the README says how to open the "
    "course without installing it."
)
NO_PACKAGE = (
    "Not all could be installed, as said above. What came is kept: the same command goes on there."
)
NO_CUDA = (
    "TORCH=cuda is for Linux. Elsewhere PyPI's torch is the build for processors, all that this "
    "course needs."
)
NO_ANSWER = (
    "No answer from download.pytorch.org, so torch comes from PyPI, whose build for Linux brings "
    "CUDA: 3 GB to download."
)


class Stop(Exception):
    """Why the course cannot be set up, and what to do."""


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="install.py", description=__doc__.partition("\n\n")[0])
    which = "which build; without this what is there, or else cpu"
    parser.add_argument("--torch", choices=["cpu", "cuda"], help=which)
    build = parser.parse_args(arguments).torch
    try:
        refuse(build)
        make_environment()
        install_torch(build)
        install_the_rest()
        keep_the_workspace()
    except Stop as stop:
        return str(stop)
    print("Installed: torch {}, {} packages in all, {:.1f} GB in .venv".format(*installed()))


def refuse(build):
    """Stop before anything is written, where it cannot end well."""
    version = platform.python_version()
    if minor(version) not in SUPPORTED:
        known = ", ".join(SUPPORTED[:-1]) + " or " + SUPPORTED[-1]
        told = {"known": known, "given": sys.executable, "version": version}
        raise Stop(WRONG_PYTHON.format(newest=SUPPORTED[-1], **told))
    if not os.access(str(ROOT), os.W_OK):
        raise Stop(NO_FOLDER.format(root=ROOT))
    if build == "cuda" and sys.platform != "linux":
        raise Stop(NO_CUDA)


def minor(version):
    return ".".join(version.split(".")[:2])


def make_environment():
    """The virtual environment, anew if it is damaged or its Python is gone."""
    if works("import pip"):
        return
    version = platform.python_version()
    print(f"Setting up .venv with Python {version}: some minutes, once.", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        shutil.rmtree(str(VENV), ignore_errors=True)
        raise Stop(NO_VENV.format(version=minor(version)))


def works(code):
    """Whether the environment's Python is there and runs the code."""
    return PYTHON.exists() and not subprocess.call(
        [str(PYTHON), "-c", code], stderr=subprocess.DEVNULL
    )


def install_torch(build):
    """The pinned torch: the build asked for, else what is there, else that for processors."""
    pin = re.search(r"^torch==([\d.]+)", pins(), re.M).group(1)
    found = "import importlib.metadata as m; found = m.version('torch').partition('+')[0]"
    there = works(f"{found}; exit(found != {pin!r})")
    if build == "cuda":
        done = pip("--no-deps", f"torch==={pin}")  # which `+cpu` is not equal to
    else:
        done = there and not build or from_processors(pin) or pip("--no-deps", f"torch=={pin}")
    if not done:
        raise Stop(NO_TORCH.format(pin=pin))


def pins():
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")


def from_processors(pin):
    """Whether the build for processors came from its own index. Only Linux needs that."""
    if sys.platform != "linux":
        return False
    if not answers(PROCESSORS):
        print(NO_ANSWER, flush=True)
        return False
    return pip("--no-deps", "--index-url", PROCESSORS, f"torch=={pin}+cpu")


def answers(index):
    """Whether an index answers soon. In a process: nothing else ends the look-up of a name."""
    code = f"import urllib.request as r; r.urlopen({index + '/torch/'!r}).read(1)"
    asking, quiet = [sys.executable, "-c", code], {"stderr": subprocess.DEVNULL}
    try:
        return not subprocess.call(asking, timeout=PATIENCE, **quiet)
    except subprocess.TimeoutExpired:
        return False


def install_the_rest():
    if not pip_counted("--requirement", str(ROOT / "requirements.txt")):
        raise Stop(NO_PACKAGE)
    if not pip("--quiet", "--no-build-isolation", "--no-deps", "--editable", str(ROOT)):
        raise Stop(NO_PACKAGE)
    subprocess.call([str(PYTHON), "-c", "import matplotlib.pyplot"])  # lists the fonts, once


def keep_the_workspace():
    """JupyterLab notes here which notebooks are open: in the home, two clones would share that."""
    folder = VENV / "etc" / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"LabApp": {"workspaces_dir": str(folder / "workspaces")}}
    (folder / "jupyter_lab_config.json").write_text(json.dumps(told), encoding="utf-8")


def pip(*words):
    return not subprocess.call(command(words))


def command(words):
    return [str(PYTHON), "-m", "pip", "install", *words]


def pip_counted(*words):
    """As pip, but in one line that counts the pinned packages; all that it said if it fails."""
    pipe, said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}, ""
    with subprocess.Popen(command(words), text=True, errors="replace", **pipe) as running:
        for line in running.stdout:
            said += line
            show(count(said))
    show("")
    print(said if running.returncode else "", end="", flush=True)
    return running.returncode == 0


def count(said):
    """How many of the pinned packages pip took up, and its last step."""
    pinned = set(map(plain, re.findall(r"^([\w.-]+)==", pins(), re.M)))
    done = pinned.intersection(map(plain, TAKEN.findall(said)))
    return f"{len(done)} of {len(pinned)} packages: {(STEPS.findall(said) or [''])[-1]}"


def plain(name):
    return re.sub("[-_.]+", "-", name).lower()


def show(text):
    """Put a text in place of the line of the terminal, if it is one."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + text[:width].ljust(width), end="\r", flush=True)


def installed():
    """Which torch, how many packages, how many gigabytes."""
    code = "import torch, importlib.metadata as m; every = list(m.distributions())"
    code += "; print(torch.__version__, len(every))"
    version, packages = subprocess.check_output([str(PYTHON), "-c", code], text=True).split()
    sizes = [path.lstat().st_size for path in VENV.rglob("*")]
    return version, packages, sum(sizes) / 1e9


if __name__ == "__main__":
    sys.exit(main())
