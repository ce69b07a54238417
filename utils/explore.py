"""Explorers: small pages of HTML and JavaScript inside a notebook that a learner plays with.

They need no kernel, no network and no library. Where scripts do not run (GitHub, an untrusted
notebook), static tables stay. The same settings give the same HTML.
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


def convolution(dims: int = 1, kernel: int = 3, stride=1, padding=0, dilation=1) -> None:
    """Show the window of a convolution sliding over whole numbers, in 1, 2 or 3 dimensions.

    The sliders start at `kernel` (1 to 3), `stride`, `padding` and `dilation`, alike on every
    axis. Raises KeyError for other dimensions or kernels, RuntimeError where a window does not
    fit.
    """
    x, kernels = _numbers(dims)
    y = CONVOLVE[dims](x, kernels[kernel], stride=stride, padding=padding, dilation=dilation)
    settings = {"dims": dims, "size": SIZES[dims], "kernel": kernel, "stride": stride}
    settings |= {"padding": padding, "dilation": dilation, "input": _listed(x)}
    settings |= {"kernels": {k: _listed(w) for k, w in kernels.items()}}
    size = f"kernel size {kernel}, stride {stride}, padding {padding}, dilation {dilation}"
    words = f"A window sliding over a small input in {dims}-D, at the start with {size}."
    _show("convolution", settings, words, _tables(input=x, kernel=kernels[kernel], output=y))


def pooling(kind: str = "max", kernel: int = 2, stride: int = 2, padding: int = 0) -> None:
    """Show the window of a pooling sliding over 6x6 whole numbers.

    The sliders start at `kind` (a key of `POOL`), `kernel`, `stride` and `padding`, the same along
    both axes. Raises KeyError for another kind, RuntimeError where torch would not pool so.
    """
    x, _ = _numbers(2)
    y = POOL[kind](x, kernel, stride, padding).round(decimals=2)
    settings = {"dims": 2, "size": SIZES[2], "kind": list(POOL).index(kind), "kernel": kernel}
    settings |= {"stride": stride, "padding": padding, "dilation": 1, "input": _listed(x)}
    size = f"kernel size {kernel}, stride {stride}, padding {padding}"
    words = f"The window of a pooling sliding over a small input, at the start {kind}, {size}."
    _show("pooling", settings, words, _tables(input=x, output=y))


def _numbers(dims: int) -> tuple[Tensor, dict[int, Tensor]]:
    """An input (1, 1, n, ...) of digits and a kernel (1, 1, k, ...) a size, always the same."""
    source = torch.Generator().manual_seed(dims)

    def draw(low: int, high: int, size: int) -> Tensor:
        return torch.randint(low, high, (1, 1, *[size] * dims), generator=source).double()

    return draw(0, 10, SIZES[dims]), {k: draw(-1, 3, k) for k in range(1, 4)}


def _listed(tensor: Tensor) -> list[int]:
    return [round(number) for number in tensor.flatten().tolist()]


def _tables(**cubes: Tensor) -> str:
    """Cubes (1, 1, n), (1, 1, n, n) or (1, 1, n, n, n) as HTML tables, one a depth."""
    return "".join(f"<p>{title}</p>{_table(cube[0, 0])}" for title, cube in cubes.items())


def _table(cube: Tensor) -> str:
    planes = cube.reshape(-1, cube.shape[-2] if cube.ndim > 1 else 1, cube.shape[-1]).tolist()
    return "".join(f"<table>{''.join(map(_row, plane))}</table>" for plane in planes)


def _row(numbers: list[float]) -> str:
    return f"<tr>{''.join(f'<td>{number:g}</td>' for number in numbers)}</tr>"


def _show(name: str, settings: dict, words: str, tables: str) -> None:
    """Static tables under the cell, and the script NAME.js, whose `startName` replaces them."""
    files = (SCRIPTS / file for file in ("explorer.css", "explorer.js", f"{name}.js"))
    style, shared, own = (file.read_text(encoding="utf-8") for file in files)
    root = "document.currentScript.previousElementSibling"
    start = f"start{name.capitalize()}({root}, {json.dumps(settings)});"
    html = (
        f"<style>\n{style}</style>\n"
        f'<div class="course-explore course-explore-{name}">\n<p>{words}</p>\n{tables}\n</div>\n'
        f"<script>\n(() => {{\n{shared}\n{own}\n{start}\n}})();\n</script>"
    )
    display({"text/html": html, "text/plain": words}, raw=True)
