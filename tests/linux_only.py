"""Import this where a file tests what only Linux has: elsewhere that file is skipped, with why."""

import sys

import pytest

if sys.platform != "linux":
    pytest.skip(
        "needs forks, namespaces and limits of a process, as Linux has them",
        allow_module_level=True,
    )
