"""Explorers: their JavaScript computes what torch computes, and the same settings give the same
page.
"""

import itertools
import json
import re
import shutil
import subprocess

import pytest
import torch

from utils import explore

SETTINGS = list(itertools.product((1, 2, 3), (1, 2, 3), (1, 2, 3), (0, 1, 2), (1, 2, 3)))


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, newest last."""
    pages = []
    monkeypatch.setattr(explore, "display", lambda page, raw: pages.append(page))
    return pages


def computed(script: str):
    """What a script prints as JSON when it runs after the explorers' own."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node to run JavaScript")
    own = [
        path.read_text(encoding="utf-8")
        for path in sorted(explore.SCRIPTS.glob("*.js"), reverse=True)
    ]
    done = subprocess.run(
        [node, "-"], input="\n".join([*own, script]), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def torch_says(dims, kernel, stride, padding, dilation):
    x, kernels = explore._numbers(dims)
    if dilation * (kernel - 1) + 1 > x.shape[-1] + 2 * padding:
        return []
    y = explore.CONVOLVE[dims](
        x, kernels[kernel], stride=stride, padding=padding, dilation=dilation
    )
    return y.flatten().tolist()


def test_convolution_in_javascript_is_that_of_torch():
    names = ["dims", "kernel", "stride", "padding", "dilation"]
    states = [dict(zip(names, setting, strict=True)) for setting in SETTINGS]
    for state in states:
        x, kernels = explore._numbers(state["dims"])
        state |= {"size": x.shape[-1], "input": x.flatten().tolist()}
        state["weights"] = kernels[state["kernel"]].flatten().tolist()
    assert computed(f"console.log(JSON.stringify({json.dumps(states)}.map(convolve)))") == [
        torch_says(*setting) for setting in SETTINGS
    ]


def test_pooling_in_javascript_is_that_of_torch():
    x, _ = explore._numbers(2)
    fixed = {"dims": 2, "size": x.shape[-1], "dilation": 1, "input": x.flatten().tolist()}
    settings = [
        s
        for s in itertools.product(range(4), (1, 2, 3, 4), (1, 2, 3, 4), (0, 1, 2))
        if 2 * s[3] <= s[1]
    ]
    states = [
        fixed | dict(zip(["kind", "kernel", "stride", "padding"], s, strict=True))
        for s in settings
    ]
    pools = list(explore.POOL.values())
    found = computed(f"console.log(JSON.stringify({json.dumps(states)}.map(pool)))")
    for (kind, *window), values in zip(settings, found, strict=True):
        assert values == pytest.approx(pools[kind](x, *window).flatten().tolist(), abs=1e-12)


def test_the_kinds_of_pooling_have_one_order():
    assert computed("console.log(JSON.stringify(POOLINGS))") == list(explore.POOL)


@pytest.mark.parametrize("kind", explore.POOL)
def test_the_static_tables_hold_the_pooling(shown, kind):
    explore.pooling(kind, kernel=3, stride=2, padding=1)
    static = shown[0]["text/html"].split("<script>")[0].split("<p>output</p>")[1]
    wanted = explore.POOL[kind](explore._numbers(2)[0], 3, 2, 1).flatten().tolist()
    assert [float(cell) for cell in re.findall(r"<td>(.*?)</td>", static)] == pytest.approx(
        wanted, abs=0.01
    )


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_static_tables_hold_the_convolution(shown, dims):
    explore.convolution(dims, kernel=2)
    static = shown[0]["text/html"].split("<script>")[0].split("<p>output</p>")[1]
    assert [float(cell) for cell in re.findall(r"<td>(.*?)</td>", static)] == torch_says(
        dims, 2, 1, 0, 1
    )


def test_the_same_settings_give_the_same_page(shown):
    explore.convolution(2, padding=1)
    torch.manual_seed(5)
    explore.convolution(2, padding=1)
    assert shown[0] == shown[1]


def test_a_page_asks_for_nothing_outside(shown):
    explore.convolution()
    assert not re.search(r"https?:|src=|href=|import |fetch|@import|url\(", shown[0]["text/html"])


def test_a_page_is_small(shown):
    explore.convolution(3)
    assert len(shown[0]["text/html"]) < 20_000
