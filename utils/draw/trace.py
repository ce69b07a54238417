"""What a module does to its input, as a graph: recorded while it runs, once, without values.

torch.fx reads a module without running it and stops at the first `if` that asks for a size; many
nets here do. So the module runs, on shapes only, and each layer and function is written down as it
is called. Whatever a net decides on its way is then as it was, and where it fails it fails.
"""

import contextlib
import io
import random
import re
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from utils import shapes
from utils.draw import labels
from utils.receptive_field import tensors

Shape = tuple[int, ...]
LARGE = 10**7  # numbers of an input; with values its layers would take gigabytes
NORMED = {nn.BatchNorm1d: (2, 3), nn.BatchNorm2d: (4,), nn.BatchNorm3d: (5,)}  # and the axes


@dataclass(frozen=True)
class Call:
    """One call of a module: its `name` in the net, its class, and which call of all it was."""

    name: str
    module: nn.Module
    number: int


@dataclass
class Node:
    """A step: a layer, a function, an input or an output. `reads` are the steps before it.

    `calls` are the modules it ran inside, the net first. `joint` is the sign of a sum, a product
    or a joining. `shape` leaves the batch out; `failed` says why it could not go on.
    """

    name: str
    lines: tuple[str, ...]
    reads: tuple[int, ...] = ()
    shape: Shape = ()
    calls: tuple[Call, ...] = ()
    joint: str = ""
    parameters: int = 0
    multiply_adds: int = 0
    uncounted: bool = False  # it multiplies more, which can't be counted
    failed: str = ""
    end: bool = False  # an input or an output


@dataclass
class Graph:
    """The steps of a module in the order of their calls, its class's name, its ledger, and for how
    many inputs its work is counted.
    """

    title: str
    nodes: list[Node] = field(default_factory=list)
    ledger: shapes.Ledger = shapes.Ledger(())
    batch: int = 1
    lost: bool = False  # where a step reads what nobody saw being made

    @property
    def failed(self) -> str:
        return next((node.failed for node in self.nodes if node.failed), "")


def trace(module: nn.Module, *inputs: Tensor, made_up: bool = False) -> Graph:
    """The graph of `module` for these inputs, up to where it fails.

    It runs without values. With them runs what fails without, and where they may decide whether it
    does: numbers of several kinds, places in a tensor. `made_up` says that only shapes were given,
    so that it must not fail for the values.
    """
    with _same_chances():
        graph, doubts = _run(_copy(module, "meta"), _like(inputs, "meta"))
        size, parts = sum(map(Tensor.numel, inputs)), (*inputs, *module.parameters())
        if not doubts or size > LARGE or any(x.is_meta for x in parts):
            return graph
        valued = _valued(module, inputs)
    blameless = made_up and valued.failed and "type" not in valued.failed
    return graph if blameless and not graph.failed else valued


@contextlib.contextmanager
def _same_chances():
    """Whatever a net draws at random, those after it draw what they would have without it."""
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _valued(module: nn.Module, inputs: Sequence[Tensor]) -> Graph:
    """The graph with values; one box where it runs, but is not all seen, or only unwatched."""
    graph, _ = _run(_copy(module), _like(inputs))
    whole = _unwatched(module, inputs) if graph.failed or graph.lost else None
    return whole or graph


def _like(inputs: Sequence[Tensor], device: str | None = None) -> list[Tensor]:
    """The inputs once more; without their values on the device "meta"."""
    made = (torch.empty_like(x, device=device) if device else x.detach().clone() for x in inputs)
    return [one.requires_grad_(x.requires_grad) for one, x in zip(made, inputs, strict=True)]


def _copy(net: nn.Module, device: str | None = None) -> nn.Module:
    try:
        return shapes._copied(net, device)
    except (TypeError, RuntimeError) as error:
        raise TypeError(
            f"It is a copy that runs for a drawing, and this net has none: {error}."
        ) from error


def _unwatched(module: nn.Module, inputs: Sequence[Tensor]) -> Graph | None:
    """The graph of a net that is one box, run without being watched; None where it fails, too."""
    net, xs = _copy(module), _like(inputs)
    clerk = shapes._Clerk(net, None)
    recorder = _Recorder(net, clerk)
    try:
        with _quiet(), clerk.counter:
            output = net(*recorder.begin(xs))
    except Exception:
        return None
    counts = sum(p.numel() for p in net.parameters()), *recorder.since((0, 0))
    lines = type(net).__name__, "not followed inside"
    recorder.write(type(net).__name__, lines, xs, output, counts)
    recorder.end(output)
    return recorder.graph()


@contextlib.contextmanager
def _quiet():
    """Prints and warnings are of the tracing, or come when the net runs."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _run(net: nn.Module, inputs: list[Tensor]) -> tuple[Graph, bool]:
    """The graph, and whether with values another one is possible."""
    for module in net.modules():
        if type(module) in NORMED:
            module.forward = partial(_normalized, module, module.forward)
    clerk = shapes._Clerk(net, None)
    recorder = _Recorder(net, clerk)
    xs = recorder.begin(inputs)
    with _quiet(), clerk.counter, clerk.hooks(), recorder.hooks():
        try:
            with recorder:
                output = net(*xs)
        except Exception as error:
            recorder.fail(error)
        else:
            recorder.end(output)
    graph = recorder.graph()
    return graph, bool(recorder.doubts or graph.failed or graph.lost)


def _normalized(norm: nn.Module, forward: Callable, x: Tensor) -> Tensor:
    """The shape that batch normalization gives, as it would be for more pictures than one.

    PyTorch finds it, too, but takes a millisecond; and one picture is enough for a drawing.
    """
    fits = x.dim() in NORMED[type(norm)] and x.shape[1] == norm.num_features
    return torch.empty_like(x) if x.is_meta and fits else forward(x)


class _Recorder(TorchFunctionMode):
    """Writes a node for each layer without parts, and for each function called between them."""

    def __init__(self, net: nn.Module, clerk: shapes._Clerk):
        super().__init__()
        self.net, self.clerk = net, clerk
        self.nodes: list[Node] = []
        self.made: dict[int, int] = {}  # id of a tensor -> the node that made it
        self.piece: dict[int, int] = {}  # and which of its outputs it is
        self.kept: list[Tensor] = []  # so that an id stays a tensor's own
        held = [*net.named_buffers(), *net.named_parameters()]
        self.names = {id(tensor): (name, tensor) for name, tensor in held}
        self.own = {id(tensor): set() for tensor in shapes._kept(net)}
        self.own |= {key: {key} for key in self.names}  # id -> the net's numbers it is made from
        self.spent: set[int] = set()
        self.calls: list[Call] = []
        self.starts: list[tuple[int, int]] = []  # where the counter stood at each call
        self.batch: int | None = None
        self.number = 0
        self.failures: list[tuple[BaseException, Node]] = []  # some are caught by the net itself
        self.left: list[Tensor] = []  # whose values went to Python or NumPy
        self.losses: list[Tensor] = []  # of which gradients were computed
        self.doubts = False
        self.lost = shapes._watchable(net) != list(net.modules())
        self.boxes = {module for module in net.modules() if _whole(module, net)}

    def begin(self, inputs: list[Tensor]) -> list[Tensor]:
        self.batch = len(inputs[0]) if inputs[0].dim() else None
        for number, x in enumerate(inputs, 1):
            words = f"input {number}" if len(inputs) > 1 else "input"
            self.add(Node("input", (words,), shape=self.shape(x), end=True), [x])
        return inputs

    def graph(self) -> Graph:
        ledger, title = self.clerk.ledger(self.net), type(self.net).__name__
        return Graph(title, self.nodes, ledger, self.batch or 1, self.lost)

    def shape(self, x: Tensor) -> Shape:
        """Without the batch, where that is still the first axis."""
        return tuple(x.shape[x.dim() > 0 and len(x) == self.batch :])

    def end(self, output: object) -> None:
        found = list(tensors(output))
        if output is None:
            reads, why = (len(self.nodes) - 1,), "forward returns nothing"
            self.nodes.append(Node("output", ("output",), reads, failed=why))
        for number, tensor in enumerate(found):
            reads = (self.made[id(tensor)],) if id(tensor) in self.made else ()
            self.lost |= not self.knows(tensor)
            words = f"output {number + 1}" if len(found) > 1 else "output"
            self.nodes.append(Node("output", (words,), reads, self.shape(tensor), end=True))

    def fail(self, error: Exception) -> None:
        """The node of the error that ended it, or of one that led to it."""
        self.failed(error)
        causes = list(_causes(error))
        self.nodes.append(next(node for one, node in self.failures if one in causes))

    def failed(self, error: BaseException) -> None:
        """The error, where no function was marked: a layer's own, or from between the layers."""
        layers = [call for call in self.calls if call.module in self.boxes]
        lines = labels.of_layer(layers[0].module) if layers else (type(error).__name__,)
        name, reads = layers[0].name if layers else "failure", (len(self.nodes) - 1,)
        calls = tuple(call for call in self.calls if call not in layers)
        self.mark(error, Node(name, lines, reads, calls=calls, failed=_sentence(error)))

    def mark(self, error: BaseException, node: Node) -> None:
        """Keeps the first node of an error, until it is known whether the net catches it."""
        if not any(one in _causes(error) for one, _ in self.failures):
            self.failures.append((error, node))

    def knows(self, x: Tensor) -> bool:
        """Whether it was seen how a tensor was made, or it was there before."""
        return id(x) in self.made or id(x) in self.own

    def add(self, node: Node, outputs: Iterable[Tensor]) -> None:
        self.nodes.append(node)
        for piece, tensor in enumerate(outputs):
            self.made[id(tensor)] = len(self.nodes) - 1
            self.piece[id(tensor)] = piece
            self.kept.append(tensor)

    @contextlib.contextmanager
    def hooks(self):
        def before(*given):  # functions, since a net that copies a part copies no recorder then
            self.before(*given)

        def after(*given):
            return self.after(*given)

        pairs = [
            hook
            for module in shapes._watchable(self.net)
            for hook in (
                module.register_forward_pre_hook(before),
                # Before the net's own hooks: what they do is no more of the layer.
                module.register_forward_hook(
                    after, with_kwargs=True, always_call=True, prepend=True
                ),
            )
        ]
        try:
            yield
        finally:
            for hook in pairs:
                hook.remove()

    def before(self, module: nn.Module, inputs: tuple) -> None:
        self.number += 1
        self.calls.append(Call(self.clerk.names.get(module, ""), module, self.number))
        self.starts.append(self.clerk.counter.now)

    def after(self, module: nn.Module, args: tuple, kwargs: dict, output: object) -> object:
        """After a layer that is one box: its node, with what it holds and what it computed."""
        if error := shapes._failure(output):
            self.failed(error)
            self.calls.pop(), self.starts.pop()
            return None
        shown = module in self.boxes and not isinstance(module, nn.Identity)
        shown = shown and not any(call.module in self.boxes for call in self.calls[:-1])
        given = list(tensors((args, kwargs)))
        output = _aliased(module, output, given) if shown else output
        call, start = self.calls.pop(), self.starts.pop()
        if not shown:
            return None
        held = [p for p in module.parameters() if id(p) not in self.spent]
        again = () if held or not list(module.parameters()) else ("same weights",)
        self.spent.update(map(id, held))
        counts = sum(p.numel() for p in held), *self.since(start)
        lines = labels.of_layer(module) + _frozen(module) + again
        self.write(call.name, lines, given, output, counts)
        return output

    def since(self, start: tuple[int, int]) -> tuple[int, bool]:
        """Multiply-adds since the counter stood at `start`; whether there were uncounted ones."""
        total, uncounted = self.clerk.counter.now
        return total - start[0], uncounted > start[1]

    def inner(self) -> bool:
        """Whether a layer that is one box is running."""
        return any(call.module in self.boxes for call in self.calls)

    def write(self, name, lines, given, output, counts=(), joint="") -> None:
        reads = tuple(self.made[id(x)] for x in given if id(x) in self.made)
        made = list(tensors(output))
        shape = self.shape(made[0]) if made else ()
        self.lost |= not reads and not all(map(self.knows, given))
        self.add(Node(name, lines, reads, shape, tuple(self.calls), joint, *counts), made)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        self.doubts |= _doubtful(args, kwargs)
        if self.inner():
            return self.inside(function, args, kwargs)
        given, before = list(tensors((args, kwargs))), self.clerk.counter.now
        try:
            output = function(*args, **kwargs)
        except Exception as error:
            self.stop(labels.name_of(function), args, kwargs, given, error)
            raise
        self.note(function, args, kwargs, given, output, before)
        return output

    def inside(self, function: Callable, args: tuple, kwargs: dict) -> object:
        """A function within a layer: only a failure is written down, as the layer's."""
        try:
            return function(*args, **kwargs)
        except Exception as error:
            call = next(call for call in self.calls if call.module in self.boxes)
            given = list(tensors((args, kwargs)))
            reads = tuple({self.made[id(x)] for x in given if id(x) in self.made})
            reads = reads or (len(self.nodes) - 1,)
            why = self.why(given, error)
            lines, calls = labels.of_layer(call.module), tuple(self.calls[:-1])
            self.mark(error, Node(call.name, lines, reads, calls=calls, failed=why))
            raise

    def stop(self, name: str, args: tuple, kwargs: dict, given: list, error: Exception) -> None:
        reads = tuple(self.made[id(x)] for x in given if id(x) in self.made)
        if reads:
            lines = (labels.JOINTS.get(name) or self.lines(name, args, kwargs, given)[0],)
            why = self.why(given, error)
            self.mark(error, Node(name, lines, reads, calls=tuple(self.calls), failed=why))

    def why(self, given: list[Tensor], error: Exception) -> str:
        """The shapes that met, with PyTorch's sentence where it is not the shapes."""
        innocent = len(given) < 2 or re.search(INNOCENT, str(error))
        told = [self.met(given), _sentence(error) if innocent else ""]
        return ": ".join(filter(None, told))

    def met(self, given: list[Tensor]) -> str:
        kinds = ("" if id(x) in self.made else "weights " for x in given)
        mixed = len({x.dtype for x in given[:2]}) > 1
        dtypes = (f" {x.dtype}".replace("torch.", "") if mixed else "" for x in given)
        shapes = (labels.times(x.shape) or "1 number" for x in given[:2])
        return " met ".join(map("".join, zip(kinds, shapes, dtypes, strict=False)))

    def note(self, function, args, kwargs, given, output, before) -> None:
        name = labels.name_of(function)
        changed = _in_place(function, kwargs)
        given = [x for x in given if x is not kwargs.get("out")]
        given = [*self.behind(name, args, given), *given]
        same = [] if changed else given
        made = [tensor for tensor in tensors(output) if not any(tensor is x for x in same)]
        made = [args[0]] if name in ("setitem", "backward") else made
        given = given[:1] if name in LIKE else given
        follows = [x for x in given if id(x) in self.made]
        self.left += follows if name in ("numpy", "array", "tolist") else []
        self.losses += follows if name == "backward" else []
        used = set().union(*(self.own.get(id(x), set()) for x in given))
        if not follows or name.endswith("_like") or name.startswith("new_"):
            if all(map(self.knows, given)):
                self.own |= {id(tensor): used for tensor in made}  # of no number of the input
                self.kept.extend(made)
        elif made:
            self.step(name, args, kwargs, given, output, made, used, before)

    def behind(self, name: str, args: tuple, given: list[Tensor]) -> list[Tensor]:
        """What a list or an array of values came from; the losses behind a tensor's `.grad`."""
        if name == "grad" and len(args) == 1:
            return self.losses
        made = name in ("tensor", "as_tensor", "asarray") and not given
        return self.left if made and args and hasattr(args[0], "__len__") else []

    def step(self, name, args, kwargs, given, output, made, used, before) -> None:
        if _passes(name, args, given, made):
            self.made[id(made[0])] = self.made[id(given[0])]
            self.piece[id(made[0])] = self.piece[id(given[0])]
            return self.kept.extend(made)
        held = [self.names[key][1] for key in used - self.spent]
        self.spent |= used
        parameters = sum(x.numel() for x in held if isinstance(x, nn.Parameter))
        counts = parameters, *self.since(before)
        if name in PIECES:
            return self.pieces(name, given, made)
        sources = [self.made[id(x)] for x in given if id(x) in self.made]
        joint = labels.JOINTS.get(name, "") if len(sources) > 1 else ""
        if joint == "joined" and (axis := _axis(args, kwargs) % given[0].dim()) != 1:
            joint = f"joined, axis {axis}"
        formula = labels.formula(name, args, kwargs, self.named)
        joint = formula if formula.startswith("first") else joint
        lines = (joint or formula,) if joint or formula else self.lines(name, args, kwargs, given)
        if joint and not formula and len(set(sources)) == 1:
            same = len({self.piece[id(x)] for x in given if id(x) in self.made}) == 1
            joint, lines = "", labels.with_itself(name, joint, len(sources), same)
        return self.write(name, lines, given, made, counts, joint)

    def pieces(self, name: str, given: list[Tensor], made: list[Tensor]) -> None:
        """A node for each piece, since one is not the other."""
        for number, piece in enumerate(made, 1):
            self.write(name, (f"part {number} of {len(made)}",), given, piece)

    def lines(self, name: str, args: tuple, kwargs: dict, given: list) -> tuple[str, ...]:
        alone = [self.named(x) for x in given if id(x) not in self.made]
        if name in labels.SIGNS and len(given) - len(alone) < 2:
            return labels.signed(name, args, self.named)
        if name == "cat" and alone:
            return (f"joined with {alone[0]}",)
        return labels.of_function(name, args, kwargs, given[0].dim())

    def named(self, x: Tensor) -> str:
        """The name of what is the net's own; nothing for what is made from the input."""
        if id(x) in self.made:
            return ""
        names = {self.names[key][0] for key in self.own.get(id(x), ())}
        return names.pop() if len(names) == 1 else "a tensor"


def _whole(module: nn.Module, net: nn.Module) -> bool:
    """Whether a module is one box: without parts, unless it is what the reader wrote."""
    library = type(module).__module__.startswith("torch.nn")
    parts = {name for name, _ in module.named_children()} - {"parametrizations"}
    holds_others = parts or isinstance(module, nn.Sequential)
    return not holds_others and (library or module is not net)


SHAPED = ("getitem", "unsqueeze", "squeeze", "contiguous", "clone", "detach", "to", "cat", "data")
SHAPED += ("float", "double", "half", "type", "type_as", "requires_grad", "cpu", "view_as")
LIKE = ("expand_as", "view_as", "reshape_as", "type_as", "to")  # only the kind of the other one
PIECES = ("chunk", "split", "split_with_sizes", "tensor_split", "unbind")
# Where shapes met, and it was not for them.
INNOCENT = "type|more than 1|recursion|implemented|index|bounds"


def _passes(name: str, args: tuple, given: list[Tensor], made: list[Tensor]) -> bool:
    """Whether a function only hands its input on: `sum` of Python begins with 0."""
    if name == "add" and len(given) == 1 and 0 in args[1:2]:
        return True
    return name in SHAPED and len(given) == 1 and _only_shaped(given[0], made, args)


def _only_shaped(x: Tensor, made: list[Tensor], args: tuple) -> bool:
    """Whether the numbers are the same in the same order, with axes of one put in or taken out."""
    index = args[1] if len(args) > 1 and isinstance(args[1], tuple) else args[1:2]
    if any(isinstance(part, list) for part in index):  # they may come in another order
        return False
    sizes = [[size for size in tensor.shape if size != 1] for tensor in (x, *made)]
    return len(made) == 1 and sizes[0] == sizes[1]


def _aliased(layer: nn.Module, output: object, given: list[Tensor]) -> object:
    """The output as a tensor of its own where a layer hands on the very one it was given."""
    handed_on = any(output is x for x in given)
    return output if not handed_on or getattr(layer, "inplace", False) else output.view_as(output)


def _frozen(layer: nn.Module) -> tuple[str, ...]:
    """A word where none of the numbers of a layer is to be learned."""
    learns = [parameter.requires_grad for parameter in layer.parameters()]
    return ("frozen",) if learns and not any(learns) else ()


def _in_place(function: Callable, kwargs: dict) -> bool:
    """Whether a function changes the tensor it is given: `relu_`, `x += y`."""
    name = getattr(function, "__name__", "")
    suffixed = name.endswith("_") and not name.endswith("__")
    given = kwargs.get("out") is not None or bool(kwargs.get("inplace"))
    return suffixed or name.startswith("__i") or given


def _doubtful(args: tuple, kwargs: dict) -> bool:
    """Whether a call may fail or not by the values: by kinds of numbers, by places asked for."""
    places = args[1] if len(args) > 1 and isinstance(args[1], tuple) else args[1:2]
    given = (*args, *places, *kwargs.values())
    kinds = {x.dtype for x in given if isinstance(x, Tensor)}
    return len(kinds) > 1 or any(isinstance(part, list) for part in places)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _axis(args: tuple, kwargs: dict) -> int:
    """The axis along which tensors are joined."""
    return kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else 0))


def _sentence(error: Exception) -> str:
    """What the error says; of one that says nothing, such as an assertion, the line."""
    said = str(error).strip().split("\n")[0][:160]
    line = traceback.extract_tb(error.__traceback__)[-1].line
    return said or line or type(error).__name__
