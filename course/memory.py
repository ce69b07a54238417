"""How much memory this process has."""

import resource
from pathlib import Path

SIZES = Path("/proc/self/statm")  # of Linux


def held() -> int:
    """Bytes of address space, gigabytes with torch; 0 where the system does not say."""
    pages = int(SIZES.read_text(encoding="utf-8").split()[0]) if SIZES.exists() else 0
    return pages * resource.getpagesize()
