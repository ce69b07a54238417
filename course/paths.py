"""Where the notebooks of the course are, and where its site is built."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
SOLUTIONS = ROOT / "solutions"
STUDENT = ROOT / "notebooks"
DATA = ROOT / "data"
SITE = ROOT / "build" / "site"


class Complaint(Exception):
    """What an author did wrong, said in one sentence that names the notebook and the cell."""


def sources(folder: Path, numbers: list[str] | None = None) -> list[Path]:
    """The notebooks of a folder in order, or those whose numbers are given ("02" or "2")."""
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    wanted = {given.zfill(2) for given in numbers or []}
    missing = wanted - {number(path) for path in paths}
    if missing:
        raise Complaint(f"No notebook {', '.join(sorted(missing))} in {folder.name}/.")
    return [path for path in paths if not wanted or number(path) in wanted]


def number(path: Path) -> str:
    """The number of a notebook, "02"."""
    return path.name[:2]
