"""Watching which operations run must not cost a learner seconds."""

import subprocess
import sys

FIRST_WATCHED_CALL = """
import sys, torch
from utils import sandbox
outcome = sandbox.run(lambda: torch.ones(3).sum(), watch=True)
print("sum" in outcome.used, any(name.startswith("torch._dynamo.") for name in sys.modules))
"""


def test_watching_does_not_load_the_compiler():
    told = subprocess.run([sys.executable, "-c", FIRST_WATCHED_CALL], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "False"]
