"""What a module does to its input, as a graph: recorded while it runs, once, without values.

torch.fx reads a module without running it and stops at the first `if` that asks for a size; many
nets here do. So the module runs, on shapes only, and each layer and function is written down as it
is called. Whatever a net decides on its way is then as it was, and where it fails it fails.
"""

import contextlib
import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from utils import shapes
from utils.draw import labels
from utils.receptive_field import tensors

Shape = tuple[int, ...]
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

    @property
    def failed(self) -> str:
        return next((node.failed for node in self.nodes if node.failed), "")


def trace(module: nn.Module, *inputs: Tensor) -> Graph:
    """The graph of `module` for these inputs, up to where it fails."""
    bare = shapes._without_values(module)
    graph, error = _run(bare, [x.detach().to("meta") for x in inputs])
    if "meta" in str(error) and not any(x.is_meta for x in inputs):  # it asked for values
        graph, _ = _run(copy.deepcopy(module), [x.detach() for x in inputs])
    return graph


def _run(net: nn.Module, inputs: list[Tensor]) -> tuple[Graph, Exception | None]:
    """The graph, and the error if it failed."""
    for module in net.modules():
        if type(module) in NORMED:
            module.forward = partial(_normalized, module, module.forward)
    clerk = shapes._Clerk(net, None)
    recorder = _Recorder(net, clerk)
    xs, failure = [recorder.begin(x) for x in inputs], None
    with torch.no_grad(), clerk.counter, clerk.hooks(), recorder.hooks():
        try:
            with recorder:
                output = net(*xs)
        except Exception as error:
            failure = error
            recorder.fail(error)
        else:
            recorder.end(output)
    idle = sum(p.numel() for p in net.parameters() if id(p) not in clerk.counted)
    ledger = shapes.Ledger(tuple(clerk.rows), idle)
    batch = inputs[0].shape[0] if inputs[0].dim() else 1
    return Graph(type(net).__name__, recorder.nodes, ledger, batch), failure


def _normalized(norm: nn.Module, forward: Callable, x: Tensor) -> Tensor:
    """The shape that batch normalization gives, as it would be for more pictures than one.

    PyTorch finds it, too, but takes a millisecond; and one picture is enough for a drawing.
    """
    fits = x.dim() in NORMED[type(norm)] and x.shape[1] == norm.num_features
    return torch.empty_like(x) if fits else forward(x)


class _Recorder(TorchFunctionMode):
    """Writes a node for each layer without parts, and for each function called between them."""

    def __init__(self, net: nn.Module, clerk: shapes._Clerk):
        super().__init__()
        self.net, self.clerk = net, clerk
        self.nodes: list[Node] = []
        self.made: dict[int, int] = {}  # id of a tensor -> the node that made it
        self.kept: list[Tensor] = []  # so that an id stays a tensor's own
        self.names = {id(p): (name, p) for name, p in net.named_parameters()}
        self.own = {key: {key} for key in self.names}  # id -> the parameters it is made from
        self.spent: set[int] = set()
        self.calls: list[Call] = []
        self.number = 0
        self.boxes = {module for module in net.modules() if _whole(module, net)}

    def begin(self, x: Tensor) -> Tensor:
        shape = tuple(x.shape[1:])
        self.add(Node("input", ("input",), shape=shape, end=True), [x])
        return x

    def end(self, output: object) -> None:
        found = list(tensors(output))
        for number, tensor in enumerate(found):
            reads = (self.made[id(tensor)],) if id(tensor) in self.made else ()
            words = f"output {number + 1}" if len(found) > 1 else "output"
            shape = tuple(tensor.shape[1:])
            self.nodes.append(Node("output", (words,), reads, shape, end=True))

    def fail(self, error: Exception) -> None:
        """The error, where no function was marked: a layer's own, or from between the layers."""
        if not any(node.failed for node in self.nodes):
            layers = [call for call in self.calls if call.module in self.boxes]
            lines = labels.of_layer(layers[0].module) if layers else (type(error).__name__,)
            name, reads = layers[0].name if layers else "failure", (len(self.nodes) - 1,)
            calls = tuple(call for call in self.calls if call not in layers)
            node = Node(name, lines, reads, calls=calls, failed=_sentence(error))
            self.nodes.append(node)

    def add(self, node: Node, outputs: Iterable[Tensor]) -> None:
        self.nodes.append(node)
        for tensor in outputs:
            self.made[id(tensor)] = len(self.nodes) - 1
            self.kept.append(tensor)

    @contextlib.contextmanager
    def hooks(self):
        pairs = [
            hook
            for module in self.net.modules()
            for hook in (
                module.register_forward_pre_hook(self.before),
                module.register_forward_hook(self.after),
            )
        ]
        try:
            yield
        finally:
            for hook in pairs:
                hook.remove()

    def before(self, module: nn.Module, inputs: tuple) -> None:
        self.number += 1
        self.calls.append(Call(self.clerk.names[module], module, self.number))

    def after(self, module: nn.Module, inputs: tuple, output: object) -> object:
        """After a layer without parts: its node, with the counts of its row in the ledger."""
        shown = module in self.boxes and not isinstance(module, nn.Identity)
        shown = shown and not any(call.module in self.boxes for call in self.calls[:-1])
        output = _aliased(module, output, inputs) if shown else output
        call = self.calls.pop()
        if not shown:
            return None
        row, given = self.clerk.rows[-1], list(tensors(inputs))
        own = set(map(id, module.parameters()))
        again = ("same weights",) if own and own <= self.spent else ()
        self.spent |= own
        counts = row.parameters, row.multiply_adds
        lines = labels.of_layer(module) + _frozen(module) + again
        self.write(call.name, lines, given, output, counts)
        return output

    def inner(self) -> bool:
        """Whether a layer that is one box is running."""
        return any(call.module in self.boxes for call in self.calls)

    def write(self, name, lines, given, output, counts=(0, 0), joint="") -> None:
        reads = tuple(self.made[id(x)] for x in given if id(x) in self.made)
        made = list(tensors(output))
        shape = tuple(made[0].shape[1:]) if made else ()
        self.add(Node(name, lines, reads, shape, tuple(self.calls), joint, *counts), made)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.inner():
            return self.inside(function, args, kwargs)
        given, before = list(tensors((args, kwargs))), self.clerk.counter.get_total_flops()
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
            why = self.met(given) or _sentence(error)
            lines, calls = labels.of_layer(call.module), tuple(self.calls[:-1])
            self.nodes.append(Node(call.name, lines, reads, calls=calls, failed=why))
            raise

    def stop(self, name: str, args: tuple, kwargs: dict, given: list, error: Exception) -> None:
        reads = tuple(self.made[id(x)] for x in given if id(x) in self.made)
        if reads:
            lines = (labels.JOINTS.get(name) or self.lines(name, args, kwargs, given)[0],)
            why = self.met(given) or _sentence(error)
            self.nodes.append(Node(name, lines, reads, calls=tuple(self.calls), failed=why))

    def met(self, given: list[Tensor]) -> str:
        """The shapes that met."""
        kinds = ("" if id(x) in self.made else "weights " for x in given)
        return " met ".join(f"{k}{labels.times(x.shape)}" for k, x in zip(kinds, given[:2]))

    def note(self, function, args, kwargs, given, output, before: int) -> None:
        changed = _in_place(function, kwargs)
        same = [] if changed else given
        made = [tensor for tensor in tensors(output) if not any(tensor is x for x in same)]
        follows = [x for x in given if id(x) in self.made]
        used = set().union(*(self.own.get(id(x), set()) for x in given)) - self.spent
        name = labels.name_of(function)
        if not follows:  # made from numbers of the net's own, or from nothing
            self.own |= {id(tensor): used for tensor in made}
            self.kept.extend(made)
        elif made:
            self.step(name, args, kwargs, given, output, made, used, before)

    def step(self, name, args, kwargs, given, output, made, used, before) -> None:
        if name in SHAPED and _only_shaped(given[0], made):
            self.made[id(made[0])] = self.made[id(given[0])]
            return self.kept.extend(made)
        self.spent |= used
        parameters = sum(self.names[key][1].numel() for key in used)
        counts = parameters, (self.clerk.counter.get_total_flops() - before) // 2
        sources = [self.made[id(x)] for x in given if id(x) in self.made]
        joint = labels.JOINTS.get(name, "") if len(sources) > 1 else ""
        if joint == "joined" and (axis := _axis(args, kwargs) % given[0].dim()) != 1:
            joint = f"joined, axis {axis}"
        lines = (joint,) if joint else self.lines(name, args, kwargs, given)
        if joint and len(sources) == 2 and len(set(sources)) == 1:
            joint, lines = "", (labels.ITSELF.get(name, f"x {joint} x"),)
        return self.write(name, lines, given, output, counts, joint)

    def lines(self, name: str, args: tuple, kwargs: dict, given: list) -> tuple[str, ...]:
        if name in labels.SIGNS:
            return labels.signed(name, args, lambda x: self.names.get(id(x), ("",))[0])
        return labels.of_function(name, args, kwargs, given[0].dim())


def _whole(module: nn.Module, net: nn.Module) -> bool:
    """Whether a module is one box: without parts, unless it is what the reader wrote."""
    library = type(module).__module__.startswith("torch.nn")
    holds_others = shapes._has_parts(module) or isinstance(module, nn.Sequential)
    return not holds_others and (library or module is not net)


SHAPED = ("getitem", "unsqueeze", "squeeze", "contiguous", "clone", "detach", "to")


def _only_shaped(x: Tensor, made: list[Tensor]) -> bool:
    """Whether the numbers are the same in the same order, with axes of one put in or taken out."""
    sizes = [[size for size in tensor.shape if size != 1] for tensor in (x, *made)]
    return len(made) == 1 and sizes[0] == sizes[1]


def _aliased(layer: nn.Module, output: object, inputs: tuple) -> object:
    """The output as a tensor of its own where a layer hands on the very one it was given."""
    handed_on = any(output is x for x in tensors(inputs))
    return output if not handed_on or getattr(layer, "inplace", False) else output.view_as(output)


def _frozen(layer: nn.Module) -> tuple[str, ...]:
    """A word where none of the numbers of a layer is to be learned."""
    learns = [parameter.requires_grad for parameter in layer.parameters()]
    return ("frozen",) if learns and not any(learns) else ()


def _in_place(function: Callable, kwargs: dict) -> bool:
    """Whether a function changes the tensor it is given: `relu_`, `x += y`."""
    name = getattr(function, "__name__", "")
    suffixed = name.endswith("_") and not name.endswith("__")
    return suffixed or name.startswith("__i") or bool(kwargs.get("inplace"))


def _axis(args: tuple, kwargs: dict) -> int:
    """The axis along which tensors are joined."""
    return kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else 0))


def _sentence(error: Exception) -> str:
    return str(error).split("\n")[0][:80] or type(error).__name__
