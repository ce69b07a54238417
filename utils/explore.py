"""Explorers: small pages of HTML and JavaScript inside a notebook that a learner plays with.

They need no kernel, no network and no library. Where scripts do not run (GitHub, an untrusted
notebook), the static tables stay in their place. The scripts are in explorers/; the same settings
always give the same HTML.
"""

import functools
import json
from pathlib import Path

import torch
from IPython.display import display
from torch import Tensor
from torch.nn import functional as F

SCRIPTS = Path(__file__).parent / "explorers"
CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
SIZES = {1: 9, 2: 6, 3: 4}
POOL = {
    "max": F.max_pool2d,
    "average": functools.partial(F.avg_pool2d, count_include_pad=False),
    "average, zeros counted": F.avg_pool2d,
    "min": lambda x, *window: -F.max_pool2d(-x, *window),
}


def convolution(
    dims: int = 1, kernel: int = 3, stride: int = 1, padding: int = 0, dilation: int = 1
) -> None:
    """Show the window of a convolution sliding over a small input of whole numbers, in 1, 2 or 3
    dimensions.

    The sliders start at `kernel` (1 to 3), `stride`, `padding` and `dilation`, the same along
    every axis. Raises KeyError for another number of dimensions, RuntimeError where the window
    does not fit.
    """
    x, kernels = _numbers(dims)
    y = CONVOLVE[dims](x, kernels[kernel], stride=stride, padding=padding, dilation=dilation)
    settings = {
        "dims": dims,
        "size": SIZES[dims],
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
    }
    settings |= {
        "dilation": dilation,
        "input": _listed(x),
        "kernels": {k: _listed(w) for k, w in kernels.items()},
    }
    size = f"kernel size {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
    words = f"A window sliding over a small input in {dims}-D, at the start with {size}."
    tables = (
        _tables("input", x[0, 0])
        + _tables("kernel", kernels[kernel][0, 0])
        + _tables("output", y[0, 0])
    )
    _show("convolution", settings, words, tables)


def pooling(kind: str = "max", kernel: int = 2, stride: int = 2, padding: int = 0) -> None:
    """Show the window of a pooling sliding over 6x6 whole numbers.

    The sliders start at `kind` (a key of `POOL`), `kernel`, `stride` and `padding`, the same along
    both axes. Raises KeyError for another kind, RuntimeError where torch would not pool so.
    """
    x, _ = _numbers(2)
    y = POOL[kind](x, kernel, stride, padding).round(decimals=2)
    settings = {
        "dims": 2,
        "size": SIZES[2],
        "kind": list(POOL).index(kind),
        "kernel": kernel,
        "stride": stride,
    }
    settings |= {"padding": padding, "dilation": 1, "input": _listed(x)}
    size = f"kernel size {kernel}, stride {stride}, padding {padding}"
    words = f"The window of a pooling sliding over a small input, at the start {kind}, {size}."
    _show("pooling", settings, words, _tables("input", x[0, 0]) + _tables("output", y[0, 0]))


def _numbers(dims: int) -> tuple[Tensor, dict[int, Tensor]]:
    """An input (1, 1, n, ...) of digits and one kernel (1, 1, k, ...) for each size, always the
    same.
    """
    source = torch.Generator().manual_seed(dims)
    x = torch.randint(0, 10, (1, 1, *[SIZES[dims]] * dims), generator=source).double()
    sizes = range(1, 4)
    return x, {
        k: torch.randint(-1, 3, (1, 1, *[k] * dims), generator=source).double() for k in sizes
    }


def _listed(tensor: Tensor) -> list[int]:
    return [round(number) for number in tensor.flatten().tolist()]


def _tables(title: str, cube: Tensor) -> str:
    """A cube (n,), (n, n) or (n, n, n) as HTML tables, one a depth."""
    planes = cube.reshape(-1, cube.shape[-2] if cube.ndim > 1 else 1, cube.shape[-1]).tolist()
    rows = ["".join(_row(row) for row in plane) for plane in planes]
    return f"<p>{title}</p>" + "".join(f"<table>{row}</table>" for row in rows)


def _row(row: list[float]) -> str:
    return "<tr>" + "".join(f"<td>{number:g}</td>" for number in row) + "</tr>"


def _show(name: str, settings: dict, words: str, tables: str) -> None:
    """Put an explorer under the cell: static tables, then the script that replaces them.

    The script calls `startName(root, settings)` of explorers/NAME.js.
    """
    style, shared, own = (_script(file) for file in ("explorer.css", "explorer.js", f"{name}.js"))
    start = (
        f"start{name.capitalize()}(document.currentScript.previousElementSibling,"
        f" {json.dumps(settings)});"
    )
    html = (
        f"<style>\n{style}</style>\n"
        f'<div class="course-explore course-explore-{name}">\n<p>{words}</p>\n{tables}\n</div>\n'
        f"<script>\n(() => {{\n{shared}\n{own}\n{start}\n}})();\n</script>"
    )
    display({"text/html": html, "text/plain": words}, raw=True)


def _script(name: str) -> str:
    return (SCRIPTS / name).read_text(encoding="utf-8")
