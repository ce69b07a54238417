"""Sizes before anything is computed: of an output, a receptive field, a ledger of a whole net."""

import contextlib
import copy
import html
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from utils.products import Counter
from utils.receptive_field import Seen, Sight, tensors

HEADS = ("layer", "kind", "output", "parameters", "multiply-adds", "activations", "sees")
EMPTY = vars(nn.Module()).keys() - {"_parameters", "_buffers"}  # a module's own, without a tensor
Counts = tuple[int, int, int]  # parameters, multiply-adds, activations


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Positions of a window along one axis of `size` pixels, with `padding` at each end.

    An unfinished step is dropped. Raises ValueError if the window does not fit once. Source:
    Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, relationship 15.
    """
    covered, padded = dilation * (kernel - 1) + 1, size + 2 * padding
    if covered > padded:
        raise ValueError(
            f"A window that covers {covered} pixels does not fit into {size} + 2 x {padding}."
        )
    return (padded - covered) // stride + 1


def receptive_field(windows: Iterable[Sequence[int]]) -> int:
    """Input pixels, along one axis, that one output of a stack of layers can see.

    Each window is (kernel,), (kernel, stride) or (kernel, stride, dilation), the first layer
    first. Source: Araujo, Norris and Sim, Computing Receptive Fields, Distill, 2019, eq. 2.
    """
    seen = Seen(1, 1, 1)
    for window in windows:
        seen = seen.through(*window)
    return seen.field


@dataclass(frozen=True)
class Row:
    """One call of one layer: its `name` in the net, its class as `kind`, its output's `shape`.

    `parameters` are the numbers it holds, counted at their first use, `multiply_adds` those of
    convolutions and matrix products, `activations` the numbers it puts out; 0 if it only passes
    its input on, changed in place or seen in another shape. `receptive_field` are the input pixels
    that one output can see, a number an axis, the largest where branches meet; it may exceed the
    picture.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    activations: int
    receptive_field: tuple[int, ...]

    @property
    def counts(self) -> Counts:
        return self.parameters, self.multiply_adds, self.activations

    def cells(self) -> tuple[str, ...]:
        """What the table shows, in the order of its heads."""
        field = self.receptive_field
        sees = _times(field if len(set(field)) > 1 else field[:1])
        return self.name, self.kind, _times(self.shape), *map(_grouped, self.counts), sees


@dataclass(frozen=True, repr=False)
class Ledger:
    """The rows of a net, in the order of their calls, and their totals.

    `ledger["fc1"]` is the first row of that name; KeyError where there is none. `idle` is the
    number of parameters in layers that were not called, such as side heads outside training.
    `uncounted` names the operations that multiply in a way that is not counted.
    """

    rows: tuple[Row, ...]
    idle: int = 0
    uncounted: tuple[str, ...] = ()

    parameters = property(lambda self: sum(row.parameters for row in self.rows))
    multiply_adds = property(lambda self: sum(row.multiply_adds for row in self.rows))
    activations = property(lambda self: sum(row.activations for row in self.rows))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        names = ", ".join(row.name for row in self.rows)
        raise KeyError(f"The ledger has no layer {name!r}; it has {names}.")

    def __repr__(self) -> str:
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join([*(_aligned(line, widths) for line in lines), *self._note()])

    def _repr_html_(self) -> str:
        heads, *others = self._lines()
        lines = _html_line(heads, "th") + "".join(map(_html_line, others))
        return f"<table>{lines}</table>" + "".join(f"<p>{note}</p>" for note in self._note())

    def plot(self, alt: str) -> None:
        """Show which share of the parameters, multiply-adds and activations each layer has, in %.

        Layers with nothing of the three are left out. `alt` says in a sentence what it shows.
        """
        from utils import plots  # who draws nothing does not wait for matplotlib

        rows = [row for row in self.rows if any(row.counts)]
        places = range(len(rows))
        fig, axes = plots.figure(1, 3, height=1.0 + 0.3 * len(rows))
        for column, (ax, color) in enumerate(zip(axes, plots.COLORS[:3], strict=True)):
            counts = [row.counts[column] for row in rows]
            ax.barh(places, [100 * n / max(sum(counts), 1) for n in counts], color=color)
            ax.set(xlabel="% of all", title=HEADS[3 + column], yticks=[])
            ax.set_ylim(len(rows) - 0.5, -0.5)
        axes[0].set_yticks(places, [row.name for row in rows])
        axes[0].tick_params(axis="y", length=0)
        plots.show(fig, alt)

    def _lines(self) -> list[tuple[str, ...]]:
        totals = self.parameters, self.multiply_adds, self.activations
        total = "total", "", "", *map(_grouped, totals), ""
        return [HEADS, *(row.cells() for row in self.rows), total]

    def _note(self) -> list[str]:
        idle = f"{_grouped(self.idle)} more parameters belong to layers that were not called."
        work = f"Without the multiply-adds of {', '.join(self.uncounted)}, which can't be counted."
        return [idle] * bool(self.idle) + [work] * bool(self.uncounted)


def ledger(net: nn.Module, shape: Sequence[int], depth: int | None = None) -> Ledger:
    """The ledger of `net` for an input of `shape`, (N, C, ...); its mode, train or eval, counts.

    A row is a layer without parts of its own. With `depth`, parts nested deeper are summed up: 1
    gives a row for each attribute of the net. What a layer with parts does itself has a row of its
    own, called `name (itself)`. Nothing is computed: a copy without values runs on PyTorch's meta
    device. For a net whose path depends on values, PyTorch's error says that meta tensors have
    none.
    """
    twin = _without_values(net)
    x = torch.empty(shape, device="meta", dtype=_dtype(net))
    clerk = _Clerk(twin, depth)
    with torch.no_grad(), clerk.counter, clerk.sight, clerk.hooks():
        twin(clerk.sight.start(x))
    return clerk.ledger(twin)


def _dtype(net: nn.Module) -> torch.dtype:
    kinds = (p.dtype for p in net.parameters() if p.is_floating_point())
    return next(kinds, torch.get_default_dtype())


def _without_values(net: nn.Module) -> nn.Module:
    """A copy on the meta device; each tensor is replaced first, so that no value is copied."""
    return _copied(net, "meta")


def _copied(net: nn.Module, device: str | None = None) -> nn.Module:
    """A copy, on a device where it is given, also of the tensors a net keeps from its last run."""
    stand_ins = {}
    for tensor in _kept(net):
        if id(tensor) not in stand_ins:
            stand_ins[id(tensor)] = _stand_in(tensor, device or tensor.device)
    return copy.deepcopy(net, stand_ins)


def _kept(net: nn.Module) -> Iterator[Tensor]:
    """All tensors of a net, also those that it did not register."""
    for module in net.modules():
        yield from tensors([value for name, value in vars(module).items() if name not in EMPTY])


def _stand_in(tensor: Tensor, device: str | torch.device) -> Tensor:
    if is_lazy(tensor):  # it gets its size when the net runs
        return type(tensor)(tensor.requires_grad, device, tensor.dtype)
    made = tensor.detach().to(device, copy=True)
    return nn.Parameter(made, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else made


@dataclass
class _Entry:
    """A layer that is running: where the counter stood, the storage it was given, its parts."""

    before: int
    given: set[int]
    parts: Counts = (0, 0, 0)


class _Clerk:
    """Writes the rows while the net runs: an entry before each layer, which then becomes a row."""

    def __init__(self, net: nn.Module, depth: int | None):
        self.counter = Counter()
        self.sight = Sight()
        self.net = net
        self.names = {module: name for name, module in net.named_modules()}
        self.depth = depth
        self.rows: list[Row] = []
        self.counted: set[int] = set()
        self.open: list[_Entry] = []

    def ledger(self, net: nn.Module) -> Ledger:
        idle = (p for p in net.parameters() if id(p) not in self.counted and not is_lazy(p))
        uncounted = tuple(dict.fromkeys(self.counter.uncounted))
        return Ledger(tuple(self.rows), sum(p.numel() for p in idle), uncounted)

    @contextlib.contextmanager
    def hooks(self) -> Iterator[None]:
        def before(*given):  # functions, since a net that copies a part copies no clerk then
            self.before(*given)

        def after(*given):
            self.after(*given)

        hooks = []
        for module in _watchable(self.net):
            hooks.append(module.register_forward_pre_hook(before))
            hooks.append(module.register_forward_hook(after, always_call=True))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def before(self, module: nn.Module, inputs: tuple) -> None:
        given = {_place(tensor) for tensor in tensors(inputs)}
        self.open.append(_Entry(self.counter.total, given))

    def after(self, module: nn.Module, inputs: tuple, output: object) -> None:
        entry, outputs = self.open.pop(), list(tensors(output))
        if module not in self.names or _failure(output):
            return
        counts = self.count(module, entry, outputs)
        if self.open:
            self.open[-1].parts = _added(self.open[-1].parts, counts)
        name = self.names[module]
        level = name.count(".") + 1 if name else 0
        if self.depth is not None and level > self.depth:
            return
        if _has_parts(module) and level != self.depth:
            name = f"{name} (itself)".strip()
            counts = _added(counts, entry.parts, -1)
        if any(counts) or not _has_parts(module):
            self.write(name, module, outputs, counts)

    def count(self, module: nn.Module, entry: _Entry, outputs: list[Tensor]) -> Counts:
        """The counts of a layer with all its parts."""
        own = [p for p in module.parameters(recurse=False) if id(p) not in self.counted]
        self.counted.update(map(id, own))
        new = [] if _has_parts(module) else [t for t in outputs if _place(t) not in entry.given]
        parameters, activations = (sum(t.numel() for t in some) for some in (own, new))
        multiply_adds = self.counter.total - entry.before
        return entry.parts[0] + parameters, multiply_adds, entry.parts[2] + activations

    def write(self, name: str, module: nn.Module, outputs: list[Tensor], counts: Counts) -> None:
        shape = tuple(outputs[0].shape) if outputs else ()
        field = self.sight.fields(outputs[0]) if outputs else ()
        self.rows.append(Row(name, type(module).__name__, shape, *counts, field))


def _watchable(net: nn.Module) -> list[nn.Module]:
    """The parts that can be watched; a compiled script can't."""
    return [part for part in net.modules() if not isinstance(part, torch.jit.ScriptModule)]


def _failure(output: object) -> BaseException | None:
    """The error with which a layer ends, asked by a hook that is called all the same."""
    return sys.exc_info()[1] if output is None else None


def _has_parts(module: nn.Module) -> bool:
    return next(module.children(), None) is not None


def _added(counts: Counts, others: Counts, sign: int = 1) -> Counts:
    return tuple(a + sign * b for a, b in zip(counts, others, strict=True))


def _place(tensor: Tensor) -> int:
    """Where its numbers are, the same for a view; without values it still has a storage."""
    if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        return id(tensor)
    return tensor.untyped_storage()._cdata


def _grouped(count: int) -> str:
    return f"{count:,}"


def _times(sizes: Iterable[int]) -> str:
    return "x".join(map(str, sizes))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A line of text: three columns to the left, then numbers to the right."""
    left = [cell.ljust(width) for cell, width in zip(cells[:3], widths[:3], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(cells[3:], widths[3:], strict=True)]
    return "  ".join(left + right).rstrip()


def _html_line(cells: Sequence[str], tag: str = "td") -> str:
    sides = ["left"] * 3 + ["right"] * 4
    inner = (
        f'<{tag} style="text-align: {side}">{html.escape(cell)}</{tag}>'
        for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{''.join(inner)}</tr>"
