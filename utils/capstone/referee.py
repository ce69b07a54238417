"""What a net keeps and spends, and what it should not touch, seen while it is built and runs.

It stops what a learner might try, by accident or for fun. It runs in the same process as the net
and so cannot stop somebody who attacks Python itself; a teacher who must be sure reads the code.
"""

import contextlib
import functools
import sys
import threading
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from utils.capstone.rules import CODE

STORAGE = Tensor.untyped_storage  # the net itself may not ask for it
IMPORTED = (".py", ".pyc", ".so", ".pyd", ".dll", ".pth", ".zip")
OUTSIDE = ("socket", "subprocess", "os.system", "os.exec", "os.posix_spawn", "os.fork")
OUTSIDE += ("os.startfile", "urllib")
OWN = {"_parameters", "_buffers", "_modules"}  # where nn.Module keeps what is registered
READS = {"_local_scalar_dense", "equal", "nonzero", "item", "is_nonzero"}
LEAVES = ("numpy", "tolist", "__array__", "__dlpack__", "data_ptr", "untyped_storage", "storage")
LEAVES += ("register_hook",)
PRODUCTS = {"mul", "div", "addcmul", "addcdiv", "lerp", "pow"}
PRODUCTS |= {f"{name}_" for name in PRODUCTS}  # in place
# What nets usually have and does no products of its own, or few.
FREE = frozenset(
    """
    native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training
    _batch_norm_impl_index native_layer_norm native_group_norm native_dropout _softmax _log_softmax
    max_pool2d max_pool2d_with_indices max_pool3d_with_indices fractional_max_pool2d
    adaptive_max_pool2d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d
    _adaptive_avg_pool2d upsample_nearest2d upsample_bilinear2d upsample_bicubic2d grid_sampler_2d
    affine_grid_generator sum mean amax amin max min aminmax var var_mean std std_mean norm
    linalg_vector_norm logsumexp argmax argmin topk sort median cumsum any all cat stack
    constant_pad_nd reflection_pad2d replication_pad2d im2col col2im repeat roll flip rot90 gather
    tril triu index index_select index_put index_put_ index_add index_add_ scatter scatter_
    scatter_add scatter_add_ slice_scatter select_scatter masked_fill masked_fill_ where embedding
    pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle one_hot clone copy copy_
    _to_copy lift lift_fresh lift_fresh_copy detach detach_ alias fill fill_ zero_ empty empty_like
    empty_strided new_empty new_empty_strided zeros zeros_like new_zeros ones ones_like new_ones
    full full_like new_full scalar_tensor arange linspace eye rand rand_like randn randn_like
    randint randint_like randperm bernoulli bernoulli_ uniform_ normal normal_ random_ exponential_
    multinomial _unsafe_view _reshape_alias split_with_sizes_copy unsafe_split
    unsafe_split_with_sizes transpose_ t_ squeeze_ unsqueeze_
    """.split()
)


class Refused(Exception):
    """The entry does not count; the message is the reason, one or two sentences."""


class _Gate:
    """Sees every file that Python opens. It can't be taken out, so without a thread it is deaf."""

    def __init__(self):
        self.thread = self.reason = None
        self.hooked = False

    def hook(self, event: str, arguments: tuple) -> None:
        if self.thread != threading.get_ident():
            return
        if event == "open":
            if type(arguments[0]) is int or str(arguments[0]).endswith(IMPORTED):
                return  # modules that are loaded when first needed
            what = f"opens the file {_short(arguments[0])!r}"
        elif event.startswith(OUTSIDE):
            what = f"goes outside ({event})"
        else:
            return
        rule = "Weights, pictures and labels from elsewhere are not allowed."
        self.reason = f"The net {what}. {rule}"
        raise Refused(self.reason)


_gate = _Gate()


def _short(path) -> str:
    name = path.decode(errors="replace") if type(path) is bytes else str(path)
    return name.replace("\\", "/").rsplit("/", 1)[-1]


@contextlib.contextmanager
def closed() -> Iterator[None]:
    """Refuse files, sockets and other programs within, also where the code swallows that. Raises
    Refused, at the end at the latest.
    """
    if not _gate.hooked:
        sys.addaudithook(_gate.hook)
        _gate.hooked = True
    before, _gate.thread, _gate.reason = _gate.thread, threading.get_ident(), None
    try:
        yield
    except Exception as error:
        raise (Refused(_gate.reason) if _gate.reason else error) from None
    finally:
        _gate.thread = before
    if _gate.reason:
        raise Refused(_gate.reason)


def parts(net: nn.Module) -> list[nn.Module]:
    """The net and all modules in it, each once, whatever its own methods say."""
    found, new = {}, [net]
    while new:
        module = new.pop()
        if id(module) not in found:
            found[id(module)] = module
            new += [part for part in vars(module)["_modules"].values() if part is not None]
    return list(found.values())


def kept(net: nn.Module, kind: str) -> dict[str, Tensor]:
    """The registered tensors, kind "_parameters" or "_buffers", each once, as "Conv2d.weight"."""
    found = {}
    for place, module in enumerate(parts(net)):
        for name, tensor in vars(module)[kind].items():
            if tensor is not None and not any(tensor is other for other in found.values()):
                found[f"{type(module).__name__} {place}.{name}" if place else name] = tensor
    return found


def size(tensor: Tensor) -> int:
    """Numbers in the memory behind a tensor, of which it may show a part only."""
    return max(tensor.numel(), STORAGE(tensor).nbytes() // tensor.element_size())


def numbers(net: nn.Module) -> tuple[int, int]:
    """Numbers kept: in parameters, and in buffers. Raises Refused for hidden and for lazy ones."""
    lazy = [name for name, p in kept(net, "_parameters").items() if nn.parameter.is_lazy(p)]
    if lazy:
        remedy = "Run the net once in the function that makes it."
        raise Refused(f"`{lazy[0]}` has no size yet. {remedy}")
    known = {id(t) for kind in ("_parameters", "_buffers") for t in kept(net, kind).values()}
    for module in parts(net):
        _nothing_hidden(module, known)
    places, counts = set(), []
    for kind in ("_parameters", "_buffers"):
        new = {_place(t): size(t) for t in kept(net, kind).values()}
        counts.append(sum(count for place, count in new.items() if place not in places))
        places |= set(new)
    return counts[0], counts[1]


def _nothing_hidden(module: nn.Module, known: set[int]) -> None:
    """What is registered is counted already, also where it stands in a list once more."""
    for name, value in vars(module).items():
        count = 0 if name in OWN else _count(value, known)
        if count > CODE:
            keeps = f"`{type(module).__name__}` keeps {count:,} numbers in the attribute `{name}`"
            raise Refused(f"{keeps}, where nobody counts them. Make it an `nn.Parameter`.")


def _count(value, known: set[int], depth: int = 4) -> int:
    """Numbers in tensors other than those known, in arrays, text and containers of these."""
    if isinstance(value, Tensor):
        return 0 if id(value) in known else size(value)
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, str | bytes | bytearray):
        return len(value) // 8
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return sum(_count(item, known, depth - 1) for item in value)
    if isinstance(value, nn.Module) and depth:
        return sum(map(size, value.parameters()))
    return int(isinstance(value, int | float) and not isinstance(value, bool))


def fixed(net: nn.Module) -> int:
    """Numbers in buffers that do not all start alike: what a net brings along."""
    buffers = kept(net, "_buffers").values()
    return sum(size(t) for t in buffers if size(t) > t.numel() or bool((t != t.max()).any()))


class Watch(TorchDispatchMode):
    """Sees every operation of a net's forward pass; `multiply_adds` are those of the last call.

    An operation may work on the pictures, on what the net keeps, and on what earlier operations of
    the same call made. What comes from elsewhere, a tensor in a closure or one of an earlier call,
    may have `CODE` numbers in all. `drawn` are those made of nothing, such as a random shift: only
    they may be read as numbers, since they know neither pictures nor weights.
    """

    def __init__(self, net: nn.Module):
        super().__init__()
        self.own = [*kept(net, "_parameters").values(), *kept(net, "_buffers").values()]
        self.multiply_adds, self.reason = 0, None
        self.known, self.drawn, self.foreign = {}, set(), 0

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # skipping it would first load it, which takes seconds

    def call(self, net: nn.Module, x: Tensor) -> Tensor:
        """`net(x)`, watched. Raises Refused, also where the net swallows that."""
        self.known = {_place(tensor): tensor for tensor in (x, *self.own)}
        self.multiply_adds, self.foreign, self.drawn = 0, 0, set()
        try:
            with closed(), _no_way_out(self), self:
                output = net(x)
        except Exception as error:
            raise (Refused(self.reason) if self.reason else error) from None
        if self.reason:
            raise Refused(self.reason)
        if isinstance(output, Tensor) and _place(output) not in self.known:
            seen = "from the pictures by operations that can be seen"
            raise Refused(f"The output was not computed {seen}.")
        self.known = {}
        return output

    def refuse(self, reason: str) -> None:
        self.reason = self.reason or reason
        raise Refused(reason)

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name, kwargs = operation.overloadpacket.__name__, kwargs or {}
        given = [tensor for tensor in tree_leaves((args, kwargs)) if isinstance(tensor, Tensor)]
        drawn = all(_place(tensor) in self.drawn for tensor in given)
        if name in READS and not drawn:
            self.refuse(
                f"The forward pass reads single numbers out of a tensor (`{name}`), so that nobody"
                " can say what it will do, or cost, next time."
            )
        for tensor in given:
            if _place(tensor) not in self.known:
                self.meet(tensor)
        output = operation(*args, **kwargs)
        self.multiply_adds += self.cost(operation, name, args, kwargs, output)
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                self.known.setdefault(_place(tensor), tensor)
                (self.drawn.add if drawn else self.drawn.discard)(_place(tensor))
        return output

    def meet(self, tensor: Tensor) -> None:
        """A tensor from elsewhere."""
        self.foreign += size(tensor)
        self.known[_place(tensor)] = tensor
        if self.foreign > CODE:
            uses = f"The forward pass uses a tensor {tuple(tensor.shape)} that is neither computed"
            origin = "from the pictures nor a parameter or buffer of the net"
            self.refuse(f"{uses} {origin}: it was hidden, or kept from an earlier call.")

    def cost(self, operation, name: str, args, kwargs, output) -> int:
        """Multiply-adds of a convolution or matrix product; products of numbers one by one."""
        if operation.overloadpacket in flop_registry:
            return flop_registry[operation.overloadpacket](*args, **kwargs, out_val=output) // 2
        if name in PRODUCTS:
            return output.numel()
        if (
            name not in FREE | READS
            and torch.Tag.pointwise not in operation.tags
            and not operation.is_view
        ):
            self.refuse(
                f"The net calls `{name}`, whose multiply-adds nobody can count here. Use"
                " convolutions, matrix products and what nets usually have."
            )
        return 0


def _place(tensor: Tensor) -> int:
    return STORAGE(tensor)._cdata


@contextlib.contextmanager
def _no_way_out(watch: Watch) -> Iterator[None]:
    """Close the doors by which numbers leave torch, or gradients are changed, unseen."""

    def closed(name, *args, **kwargs):
        outside = "What happens outside torch cannot be counted."
        watch.refuse(f"The forward pass calls `{name}` of a tensor. {outside}")

    before = {name: vars(Tensor)[name] for name in LEAVES if name in vars(Tensor)}
    for name in LEAVES:
        setattr(Tensor, name, functools.partial(closed, name))
    try:
        yield
    finally:
        for name in LEAVES:
            delattr(Tensor, name)
        for name, method in before.items():
            setattr(Tensor, name, method)
