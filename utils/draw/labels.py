"""What a layer or a function is called in a drawing: kernel, channels, stride, and its kind."""

import math
import re
from collections.abc import Callable
from numbers import Number

from torch import Tensor, nn

JOINTS = {"add": "+", "mul": "×", "sub": "−", "div": "÷", "cat": "joined", "matmul": "@"}
COMPARED = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "=", "ne": "≠"}
JOINTS |= COMPARED
ITSELF = {"mul": "squared", "add": "doubled"}
SIGNS = {"add": "+ {}", "mul": "× {}", "sub": "− {}", "rsub": "{} − x", "div": "÷ {}"}
SIGNS |= {name: f"{sign} {{}}" for name, sign in COMPARED.items()}
SIGNS |= {"matmul": "@ {}", "pow": "** {}", "rdiv": "{} ÷ x", "rpow": "{} ** x"}
FORMULAS = {"add": "{0} + {alpha}{1}", "sub": "{0} − {alpha}{1}", "rsub": "{1} − {alpha}{0}"}
FORMULAS |= {"addcmul": "{0} + {value}{1} × {2}", "addcdiv": "{0} + {value}{1} ÷ {2}"}
FORMULAS |= dict.fromkeys(("addmm", "addmv", "addbmm", "baddbmm"), "{beta}{0} + {alpha}{1} @ {2}")
FORMULAS |= {"div": "{0} ÷ {1}, {rounding_mode}"}
FACTORS = ("alpha", "beta", "value")
ORDINALS = "first", "second", "third"
REVERSED = {"sub": "{} − x", "div": "{} ÷ x", "matmul": "{} @ x", "pow": "{} ** x"}
PLAIN = {"truediv": "div", "iadd": "add", "imul": "mul", "concat": "cat", "concatenate": "cat"}
PLAIN |= {"radd": "add", "rmul": "mul", "bmm": "matmul", "multiply": "mul", "subtract": "sub"}
PLAIN |= {"rtruediv": "rdiv", "rmatmul": "matmul"}
FUNCTIONS = {"relu": "ReLU", "silu": "SiLU", "gelu": "GELU", "cat": "joined"}
FUNCTIONS |= {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
FUNCTIONS |= dict.fromkeys(("T", "mT"), "transpose")
FUNCTIONS |= dict.fromkeys(("multi_head_attention_forward", "scaled_dot_product"), "attention")
FUNCTIONS |= {"avg_pool": "average pool", "conv_transpose": "transposed conv"}
POSITIONS = {"conv": ("weight", "bias", "stride", "padding", "dilation", "groups")}
POSITIONS["pool"] = ("kernel_size", "stride", "padding", "dilation")
POSITIONS["conv_transpose"] = ("weight", "bias", "stride", "padding", "output_padding", "groups")
CLASSES = {"MaxPool": "max pool", "AvgPool": "average pool", "ConvTranspose": "transposed conv"}
CLASSES |= {"Conv": "conv", "BatchNorm": "batch norm", "LayerNorm": "layer norm"}
CLASSES |= {"GroupNorm": "group norm", "InstanceNorm": "instance norm", "Flatten": "flatten"}
CLASSES |= {"LocalResponseNorm": "response norm", "Softmax": "softmax", "Sigmoid": "sigmoid"}
CLASSES |= {"Upsample": "upsample", "Tanh": "tanh"}
STRIPS = ("norm", "ReLU", "SiLU", "GELU", "sigmoid", "tanh", "dropout", "Tanh", "ELU", "softmax")
Lines = tuple[str, ...]


def of_layer(layer: nn.Module) -> Lines:
    """The lines in the box of a layer: "conv 3x3, 64", "stride 2"."""
    try:
        return _described(layer)
    except (AttributeError, TypeError, ValueError):  # a learner's `stride` may be anything
        return (_kind(layer),)


def _described(layer: nn.Module) -> Lines:
    name = type(layer).__name__
    if isinstance(layer, nn.Linear):
        return (f"linear, {layer.out_features}",)
    if "Adaptive" in name:
        return adaptive("max" if "Max" in name else "mean", layer.output_size, name)
    if isinstance(layer, nn.Dropout):
        return (f"dropout {layer.p:g}",)
    if isinstance(layer, nn.GroupNorm):
        return (f"group norm, {layer.num_groups}",)
    if hasattr(layer, "kernel_size") and hasattr(layer, "stride"):
        return windowed(_kind(layer), vars(layer))
    return (_kind(layer),)


def _kind(layer: nn.Module) -> str:
    """The kind by the name of the class, or of the library's class that it is made from."""
    for kind in type(layer).__mro__:
        if kind.__module__.startswith("torch.nn") and "Parametrized" not in kind.__name__:
            found = [words for start, words in CLASSES.items() if kind.__name__.startswith(start)]
            return found[0] if found else type(layer).__name__
    return type(layer).__name__


def windowed(kind: str, settings: dict) -> Lines:
    """A window: its size, the channels it makes, and what is not as usual."""
    kernel = times(settings["kernel_size"], settings.get("rank", 2))
    made, groups = settings.get("out_channels"), settings.get("groups", 1)
    usual = 1 if made else settings["kernel_size"]
    stride = settings.get("stride") or usual
    lines = [f"{kind} {kernel}" + (f", {made}" if made else "")]
    if _first(stride) != _first(usual) or not made:
        lines.append(f"stride {_first(stride)}")
    if groups > 1:
        depthwise = groups == made == settings.get("in_channels")
        lines.append("depthwise" if depthwise else f"{groups} groups")
    if _first(settings.get("dilation", 1)) != 1:
        lines.append(f"dilation {_first(settings['dilation'])}")
    return tuple(lines)


def adaptive(kind: str, size: object, name: str) -> Lines:
    rank = int(re.search(r"(\d)d", name)[1])
    asked = times(size, rank).replace("None", "·")  # as large as it is
    return (f"{kind} of each map",) if _first(size) == 1 else (f"{kind} to {asked}",)


def name_of(function: Callable) -> str:
    """The plain name of a function of torch: "add" for `Tensor.__add__`, "T" for `x.T`."""
    name = getattr(function, "__name__", str(function)).strip("_")
    name = function.__self__.__name__ if name == "get" else name
    return PLAIN.get(name, name)


def of_function(name: str, args: tuple, kwargs: dict, rank: int) -> Lines:
    """The lines in the box of a function with these arguments, of a tensor of `rank` axes."""
    name = name.removesuffix("_with_indices")
    base = name.rstrip("123d").rstrip("_")
    if name == "getitem" and all(isinstance(part, Tensor) for part in _parts(args[1])):
        return ("picked",)  # by numbers that were computed, and have arrows of their own
    if name in ("getitem", "setitem"):
        return (f"{'slice' if name == 'getitem' else 'put into'} {_index(args[1])}",)
    if name == "pad":
        how = dict(zip(("mode", "value"), args[2:])) | kwargs
        zeros = how.get("mode", "constant") == "constant" and not how.get("value")
        return ("zeros around" if zeros else "padding",)
    if "adaptive" in name:
        size = args[1] if len(args) > 1 else kwargs["output_size"]
        return adaptive("max" if "max" in name else "mean", size, name)
    if base in ("conv", "conv_transpose"):
        return windowed(FUNCTIONS.get(base, base), _conv(base, args, kwargs))
    if base in ("max_pool", "avg_pool"):
        settings = dict(zip(POSITIONS["pool"], args[1:])) | kwargs | {"rank": rank - 2}
        kind = FUNCTIONS.get(base, base.replace("_", " "))
        return windowed(kind, settings)
    if name == "linear":
        weight = args[1] if len(args) > 1 else kwargs["weight"]
        return (f"linear, {weight.shape[0] if weight.dim() > 1 else 1}",)
    if name in ("mean", "sum", "amax"):
        over = args[1] if len(args) > 1 else kwargs.get("dim")
        maps = over in ((2, 3), [2, 3], (-2, -1), [-2, -1])
        return (f"{'max' if name == 'amax' else name} of each map" if maps else name,)
    return (FUNCTIONS.get(name, name.replace("_", " ")),)


def _conv(base: str, args: tuple, kwargs: dict) -> dict:
    settings = dict(zip(POSITIONS[base], args[1:])) | kwargs
    weight, groups = settings["weight"], settings.get("groups", 1)
    ends = weight.shape[0], weight.shape[1] * groups
    made, read = ends if base == "conv" else (weight.shape[1] * groups, weight.shape[0])
    sizes = {"kernel_size": tuple(weight.shape[2:]), "out_channels": made, "in_channels": read}
    return settings | sizes


def signed(name: str, args: tuple, known: Callable[[Tensor], str]) -> Lines:
    """A sum, product or comparison with a number, or with a tensor that is not of the input."""
    others = [_other(arg, known) for arg in args[:2]]
    signs = REVERSED if others[0] and name in REVERSED else SIGNS
    other = next((words for words in others if words), "")
    return (signs[name].format(other).strip(),)


def formula(name: str, args: tuple, kwargs: dict, known: Callable[[Tensor], str]) -> str:
    """A sum or quotient that is more than its sign says: "first + 0.1 × second"; else nothing."""
    options = {*FACTORS, "rounding_mode", "out"}
    factors = {key: kwargs.get(key, 1) for key in FACTORS}
    plain = set(factors.values()) == {1} and not kwargs.get("rounding_mode")
    if name not in FORMULAS or (plain and name in SIGNS):
        return ""
    operands = [*args, *(value for key, value in kwargs.items() if key not in options)]
    times = {key: "" if factor == 1 else f"{factor:g} × " for key, factor in factors.items()}
    words = _operands(operands, known)
    return FORMULAS[name].format(*words, **times, rounding_mode=kwargs.get("rounding_mode"))


def _operands(operands: list, known: Callable[[Tensor], str]) -> list[str]:
    """A word for each operand; "x" for what is made from the input, "first" where others are."""
    words = [_other(operand, known) for operand in operands]
    several = len({id(one) for one, word in zip(operands, words, strict=True) if not word}) > 1
    unnamed = iter(ORDINALS if several else ["x"] * len(words))
    return [word or next(unnamed) for word in words]


def _other(arg: object, known: Callable[[Tensor], str]) -> str:
    if isinstance(arg, Tensor):
        return known(arg)
    return f"{arg:g}" if isinstance(arg, Number) else ""


def with_itself(name: str, joint: str, count: int, same: bool) -> Lines:
    """What is done with a tensor and the very same tensor, or others that were made with it."""
    if not same:
        return (joint, f"{count} outputs") if name == "cat" else (f"one output {joint} another",)
    if name == "cat":
        return joint, f"{count} times the same"
    return (ITSELF.get(name, f"x {joint} x"),)


def _index(index: object) -> str:
    """An index as it is written: "[:, 4:]"."""
    return f"[{', '.join(map(_part, _parts(index)))}]"


def _parts(index: object) -> tuple:
    return index if isinstance(index, tuple) else (index,)


def _part(part: object) -> str:
    if isinstance(part, slice):
        ends = ("" if end is None else str(end) for end in (part.start, part.stop))
        return ":".join(ends) + (f":{part.step}" if part.step not in (None, 1) else "")
    if isinstance(part, Tensor) or len(str(part)) > 20:
        return "a tensor" if isinstance(part, Tensor) else "a list"
    return "..." if part is Ellipsis else str(part)


def times(sizes: object, rank: int = 2) -> str:
    """(3, 64, 64) -> "3x64x64"; a number stands for `rank` of them."""
    sizes = (sizes,) * max(rank, 1) if isinstance(sizes, int) else tuple(sizes)
    return "x".join(map(str, sizes))


def short(count: int) -> str:
    """A count in a few letters: 9,408, then 12.4k, 118M, 3.86G."""
    if count < 10_000:
        return f"{count:,}"
    power = int(math.log10(count)) // 3
    scaled = f"{count / 1000**power:.3g}"
    power, scaled = (power + 1, "1") if scaled == "1e+03" else (power, scaled)
    return f"{scaled}{' kMGT'[power]}"


def _first(value: object) -> object:
    """One number where all axes have the same, else all of them."""
    if isinstance(value, int | str) or value is None:
        return value
    values = tuple(value)
    return values[0] if len(set(values)) == 1 else times(values)
