"""Multiply-adds of convolutions and matrix products, counted while a net runs."""

from math import prod

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, sdpa_flop_count

aten = torch.ops.aten
# What PyTorch's counter leaves out: each gives the multiply-adds of a call.
COUNTED = {
    aten.mv: lambda matrix, _: matrix.numel(),
    aten.addmv: lambda _, matrix, *__, **___: matrix.numel(),
    aten.dot: lambda vector, _: vector.numel(),
    aten.vdot: lambda vector, _: vector.numel(),
    aten.addbmm: lambda _, ones, others, **__: ones.numel() * others.shape[-1],
    aten._trilinear: lambda *given, **__: _bilinear(*given[:3]),
    aten.mkldnn_rnn_layer: lambda x, *given, **__: _recurrent(x, *given[:2]),
    aten._scaled_dot_product_flash_attention_for_cpu: lambda *given, **__: _attended(*given[:3]),
}
# What is no product at all; PyTorch would take it apart to find none.
COUNTED[aten.native_batch_norm] = lambda *_, **__: 0
# Work that is of products, but of how many depends on the numbers or on the library.
UNCOUNTED = ("linalg_", "fft_", "cdist", "pdist", "cholesky", "triangular_solve", "geqrf", "ormqr")
UNCOUNTED += ("sparse_", "grouped_mm", "scaled_grouped_mm", "mkldnn_")
PLAIN = ("linalg_vector_norm", "linalg_cross", "linalg_diagonal", "linalg_check")


class Counter(TorchDispatchMode):
    """Adds up the multiply-adds of all that runs in it; `uncounted` names the work it can't count.

    Each uncounted call is one more item, in their order.
    """

    def __init__(self):
        super().__init__()
        self.total = 0
        self.uncounted: list[str] = []

    @property
    def now(self) -> tuple[int, int]:
        return self.total, len(self.uncounted)

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs, packet = kwargs or {}, operation.overloadpacket
        if packet not in COUNTED and packet not in flop_registry:
            with self:
                output = operation.decompose(*args, **kwargs)
            if output is not NotImplemented:
                return output
        output = operation(*args, **kwargs)
        self.count(packet, args, kwargs, output)
        return output

    def count(self, packet, args: tuple, kwargs: dict, output: object) -> None:
        if packet in COUNTED:
            self.total += COUNTED[packet](*args, **kwargs)
        elif packet in flop_registry:
            self.total += flop_registry[packet](*args, **kwargs, out_val=output) // 2
        elif _unknown(packet):
            self.uncounted.append(_plain(packet))


def _unknown(packet) -> bool:
    """Whether an operation may multiply matrices in a way that is not known here."""
    own = packet._qualified_op_name.split("::")[0] in ("aten", "prim", "prims")
    name = packet.__name__.strip("_")
    return not own or (name.startswith(UNCOUNTED) and not name.startswith(PLAIN))


def _plain(packet) -> str:
    return packet.__name__.strip("_").removesuffix("_ex").replace("_", " ")


def _bilinear(one: Tensor, weight: Tensor, other: Tensor) -> int:
    """A product with each matrix of the weight, and then one of vectors."""
    return len(one) * (weight.numel() + len(weight) * other.shape[-1])


def _recurrent(x: Tensor, *weights: Tensor) -> int:
    """(T, N, features): two products of matrices at each step."""
    return prod(x.shape[:2]) * sum(weight.numel() for weight in weights)


def _attended(query: Tensor, key: Tensor, value: Tensor) -> int:
    return sdpa_flop_count(query.shape, key.shape, value.shape) // 2
