"""Nobody waits for what is not used: for matplotlib without a figure, for torch's compiler without
an optimizer.
"""

import subprocess
import sys

import pytest

# Asked once, in a fresh process: whether each was loaded, and that the watching worked.
STEPS = """
import sys
import torch, utils, utils.data, utils.train, utils.shapes, utils.models.vgg
from checker import sandbox
outcome = sandbox.run(lambda: torch.ones(3).sum(), (), {}, sandbox.Deadline(9.0), watch=True)
compiler = any(name.startswith("torch._dynamo.") for name in sys.modules)
print("sum" in outcome.used, "matplotlib" in sys.modules, compiler)
"""


@pytest.fixture(scope="module")
def told():
    done = subprocess.run(
        [sys.executable, "-c", STEPS], capture_output=True, text=True, check=True
    )
    return dict(zip(("watched", "matplotlib", "compiler"), done.stdout.split(), strict=True))


def test_who_trains_or_counts_and_draws_nothing_does_not_load_matplotlib(told):
    assert told["matplotlib"] == "False"


def test_watching_which_operations_run_does_not_load_the_compiler(told):
    assert told["watched"] == "True" and told["compiler"] == "False"
