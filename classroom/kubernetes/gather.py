"""Before nbgrader collects: `python -m classroom.kubernetes.gather [/srv/exchange/cnn]`.

Each student hands in into a folder that only they and the teacher see. nbgrader collects from one
folder for all, so their submissions get a link there. One in another student's name gets none, and
is named.
"""

import argparse
import sys
from pathlib import Path


def gather(exchange: Path) -> tuple[int, list[Path]]:
    """How many are linked now, and the submissions that bear another's name."""
    inbound, foreign = exchange / "inbound", []
    inbound.mkdir(exist_ok=True)
    found = sorted(
        path
        for path in exchange.glob("by-student/*/*+*+*")
        if path.is_dir() and not path.is_symlink()
    )
    for path in found:
        link = inbound / path.name
        if path.name.split("+")[0] != path.parent.name:
            foreign.append(path)
        elif not link.is_symlink():
            link.symlink_to(path)
    return len(found) - len(foreign), foreign


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="classroom.kubernetes.gather", description=__doc__.partition("\n\n")[0]
    )
    parser.add_argument(
        "exchange",
        nargs="?",
        type=Path,
        default="/srv/exchange/cnn",
        help="the folder of the course in nbgrader's exchange",
    )
    exchange = parser.parse_args(given).exchange
    if not exchange.is_dir():
        parser.error(f"there is no folder {exchange}")
    count, foreign = gather(exchange)
    for path in foreign:
        print(f"In another student's name, left out: {path}")
    print(f"{count} submissions to collect.")
    return int(bool(foreign))


if __name__ == "__main__":
    sys.exit(main())
