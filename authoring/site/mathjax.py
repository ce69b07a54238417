"""MathJax for the site, from the package that carries it: no network, version 3.2.2 exactly."""

import hashlib
import importlib.util
import shutil
from pathlib import Path

PARTS = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
FONTS = "output/chtml/fonts/woff-v2"
SHA256 = (  # of all these files in a row
    "8b71e5a72b299def51b863efe819d1fbae9b7ca4427fafb6604d04c83ea002db"
)


def copy(folder: Path) -> None:
    """Put the parts that pages load, and the fonts, in `folder`.

    Stops where they are not those that are pinned.
    """
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    source = Path(package.submodule_search_locations[0]) / "static" / "mathjax"
    files = [*PARTS, *sorted(f"{FONTS}/{font.name}" for font in (source / FONTS).iterdir())]
    found = hashlib.sha256(b"".join((source / name).read_bytes() for name in files)).hexdigest()
    if found != SHA256:
        raise SystemExit(f"The MathJax that is installed is not version 3.2.2 as pinned: {found}")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
