"""Our own answer with one of its steps left out, or another one in its place.

Ours runs as it is written; on the way, one operation of torch is replaced. As with `near_misses`,
what an attempt gave is compared with what that gives.
"""

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from checker.diagnosis.near_misses import near_miss
from checker.exercise import Call, Exercise, Mistake
from checker.sandbox import Deadline, Outcome, TimeUp

LONGEST = 0.2  # seconds of one call
NEVER = 60.0  # for the limit that rings
ANSWERS = 3  # beside ours, whose steps are changed, too
CALLS = 4  # whose steps are looked at
MOST = 6  # of one operation, so that "the fourth ReLU" is found by counting


@dataclass(frozen=True)
class Step:
    """One operation: the name torch has for it, and the layer it stands behind, or its number."""

    operation: str
    behind: str = ""
    number: int = 0  # 0 is every one


Way = Callable[[Callable, tuple, dict], object]


def other_steps(exercise: Exercise) -> Iterator[Mistake]:
    """Ours, or another right answer, with one step changed."""
    for words, then in AFTERWARDS.items():
        yield near_miss(exercise, words, _followed(exercise.answer, then))
    for answer in (exercise.answer, *exercise.alternatives[:ANSWERS]):
        yield from _of_one(exercise, answer)


def _of_one(exercise, answer) -> Iterator[Mistake]:
    steps = _taken(exercise, answer)
    often = Counter(step.operation for step in steps)
    for step in _worth_a_change(steps, often):
        for phrase, way in WAYS.get(step.operation, {}).items():
            words = phrase.format(_spoken(step, often[step.operation]))
            yield near_miss(exercise, words, _otherwise(answer, step, way))


def run(exercise: Exercise, miss: Mistake, case: Call) -> Outcome:
    """What ours gives with the step changed; a TimeUp where it takes too long."""
    return exercise.run(miss.attempt, case, Deadline(NEVER))


def _worth_a_change(steps: list[Step], often) -> Iterator[Step]:
    """All of one kind at once, then one by one."""
    for operation in often:
        yield Step(operation)
    for step in steps:
        if 1 < often[step.operation] and (step.behind or step.number <= MOST):
            yield step


def _taken(exercise, answer) -> list[Step]:
    """All steps of the first few calls, each once."""
    noting = _Noting()
    for case in exercise.calls()[:CALLS]:
        exercise.run(_under(answer, noting), case, Deadline(NEVER))
        noting.count.clear()
    return list(dict.fromkeys(noting.steps))


ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")


def _spoken(step: Step, often: int) -> str:
    """ "the ReLU behind `conv1`", "the second ReLU", "any ReLU": with the article."""
    word = WORDS.get(step.operation, f"`{step.operation}`")
    if step.behind:
        return f"the {word} behind `{step.behind}`"
    if step.number:
        return f"the {ORDINALS[step.number]} {word}"
    return f"the {word}" if often == 1 else f"any {word}"


# Running ours with one step changed


class _Stepwise(TorchFunctionMode):
    """Sees every operation that our code asks for, not what torch does inside of it.

    It looks at the clock itself. A limit that rings at any moment could ring while the mode is
    taken off, and leave it on for all that comes after.
    """

    def __init__(self):
        super().__init__()
        self.count, self.made = Counter(), {}
        self.deadline = Deadline(LONGEST)

    def remember(self, output, layer: str) -> None:
        """Kept by identity, and alive, so that no other tensor takes its place."""
        if isinstance(output, Tensor):
            self.made[id(output)] = (layer, output)

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if self.deadline.left()[0] < 0:
            raise TimeUp
        operation = getattr(function, "__name__", "")
        if operation not in WAYS:
            return function(*args, **(kwargs or {}))
        self.count[operation] += 1
        layer, _ = self.made.get(id(args[0]) if args else None, ("", None))
        step = Step(operation, layer, 0 if layer else self.count[operation])
        return self.take(step, function, args, kwargs or {})


class _Noting(_Stepwise):
    def __init__(self):
        super().__init__()
        self.steps: list[Step] = []

    def take(self, step, function, args, kwargs):
        self.steps.append(step)
        return function(*args, **kwargs)


class _Changing(_Stepwise):
    def __init__(self, changed: Step, way: Way):
        super().__init__()
        self.changed, self.way = changed, way

    def take(self, step, function, args, kwargs):
        if step == self.changed or Step(step.operation) == self.changed:
            return self.way(function, args, kwargs)
        return function(*args, **kwargs)


def _otherwise(answer, step: Step, way: Way):
    return _under(answer, lambda: _Changing(step, way))


def _under(answer, mode):
    """Ours under a mode: a function's call, or a net's `forward`."""
    make = mode if not isinstance(mode, TorchFunctionMode) else lambda: mode
    return _wrapped(
        answer, lambda forward, net, args, kwargs: _run(forward, net, args, kwargs, make())
    )


def _run(forward, net, args, kwargs, mode):
    with _layers_told(net, mode), mode:
        return forward(*args, **kwargs)


@contextmanager
def _layers_told(net, mode):
    """Lets the mode know which layer an output comes from."""
    layers = net.named_modules() if isinstance(net, nn.Module) else ()
    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: mode.remember(output, name))
        for name, layer in layers
        if name
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _followed(answer, then: Callable[[Tensor], Tensor]):
    def run(forward, net, args, kwargs):
        return then(forward(*args, **kwargs))

    return _wrapped(answer, run)


def _wrapped(answer, run):
    """`run(forward, net, args, kwargs)` in place of a call, or of `forward` of the net built."""
    if not inspect.isclass(answer):
        return functools.wraps(answer)(lambda *args, **kwargs: run(answer, None, args, kwargs))

    @functools.wraps(answer, updated=())
    def build(*args, **kwargs):
        net = answer(*args, **kwargs)
        forward = net.forward
        net.forward = lambda *args, **kwargs: run(forward, net, args, kwargs)
        return net

    return build


# What can be done otherwise


def _left_out(function, args, kwargs):
    return next(value for value in args if isinstance(value, Tensor))


def _other_only(function, args, kwargs):
    return args[1] if isinstance(args[1], Tensor) else torch.full_like(args[0], args[1])


def _by(other: Callable) -> Way:
    """Another operation of the same arguments."""
    return lambda function, args, kwargs: other(*args, **kwargs)


def _of_the_first(other: Callable) -> Way:
    """Another operation of the first argument alone."""
    return lambda function, args, kwargs: other(args[0])


def _with(**options) -> Way:
    """The same operation with other options, where it has these by name or place."""

    def way(function, args, kwargs):
        names = PLACES.get(function.__name__, ())
        given = dict(zip(names, args)) | kwargs
        return function(**(given | options)) if names else function(*args, **kwargs | options)

    return way


def _divided_by(correction: int) -> Way:
    """The variance or deviation that divides by n (0) or n - 1 (1)."""

    def way(function, args, kwargs):
        axes = [value for value in args[1:] if not isinstance(value, bool)]
        kept = {key: kwargs[key] for key in ("dim", "axis", "keepdim") if key in kwargs}
        return function(args[0], *axes, **kept, correction=correction)

    return way


CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
PLACES = {"conv1d": CONVOLUTION, "conv2d": CONVOLUTION, "conv3d": CONVOLUTION}
PLACES["linear"] = ("input", "weight", "bias")

WORDS = {
    "relu": "ReLU",
    "relu_": "ReLU",
    "sqrt": "root",
    "rsqrt": "root",
    "abs": "absolute value",
    "square": "square",
    "pow": "power",
    "exp": "exponential",
    "log": "logarithm",
    "clamp": "clamp",
    "div": "division",
    "truediv": "division",
    "true_divide": "division",
    "mul": "product",
    "add": "sum",
    "add_": "sum",
    "sub": "difference",
    "conv1d": "convolution",
    "conv2d": "convolution",
    "conv3d": "convolution",
    "linear": "linear layer",
    "batch_norm": "batch normalization",
    "layer_norm": "layer normalization",
    "max_pool2d": "max pooling",
    "avg_pool2d": "average pooling",
    "matmul": "matrix product",
    "amax": "maximum",
    "max": "maximum",
    "var": "variance",
    "std": "deviation",
}
LEFT_OUT = {"without {}": _left_out}
FIRST_AXIS = {"with {} taken along the first axis": lambda f, args, kwargs: f(args[0], 0)}

ACTIVATION = LEFT_OUT | {
    "with tanh in place of {}": _of_the_first(torch.tanh),
    "with a sigmoid in place of {}": _of_the_first(torch.sigmoid),
    "with an absolute value in place of {}": _of_the_first(torch.abs),
}
TERMS = {"without the second term of {}": _left_out, "without the first term of {}": _other_only}
FACTORS = {
    "without the second factor of {}": _left_out,
    "without the first factor of {}": _other_only,
}
SPREAD = {"with {} divided by n - 1": _divided_by(1), "with {} divided by n": _divided_by(0)}
SUM = TERMS | {
    "with a product in place of {}": _by(torch.mul),
    "with a difference in place of {}": _by(torch.sub),
    "with the mean of both in place of {}": lambda f, args, kwargs: f(*args, **kwargs) / 2,
}
FOLLOWED = {"with a ReLU behind {}": lambda f, args, kwargs: f(*args, **kwargs).relu()}
LAYER = FOLLOWED | {
    "without the bias of {}": _with(bias=None),
    "with stride 1 in {}": _with(stride=1),
    "without the padding of {}": _with(padding=0),
    "without the dilation of {}": _with(dilation=1),
}
WAYS: dict[str, dict[str, Way]] = {
    "relu": ACTIVATION,
    "relu_": ACTIVATION,
    "tanh": ACTIVATION | {"with a ReLU in place of {}": _of_the_first(torch.relu)},
    "sigmoid": ACTIVATION | {"with a ReLU in place of {}": _of_the_first(torch.relu)},
    "softmax": LEFT_OUT
    | {
        "with its logarithm in place of {}": lambda f, args, kwargs: f(*args, **kwargs).log(),
        "with a sigmoid in place of {}": _of_the_first(torch.sigmoid),
    }
    | FIRST_AXIS,
    "log_softmax": LEFT_OUT
    | FIRST_AXIS
    | {"with its exponential in place of {}": lambda f, args, kwargs: f(*args, **kwargs).exp()},
    "sqrt": LEFT_OUT,
    "abs": LEFT_OUT,
    "square": LEFT_OUT | {"with an absolute value in place of {}": _of_the_first(torch.abs)},
    "pow": LEFT_OUT | {"with an absolute value in place of {}": _of_the_first(torch.abs)},
    "exp": LEFT_OUT,
    "log": LEFT_OUT,
    "clamp": LEFT_OUT,
    "dropout": LEFT_OUT,
    "pad": LEFT_OUT,
    "flip": LEFT_OUT,
    "batch_norm": LEFT_OUT,
    "layer_norm": LEFT_OUT,
    "group_norm": LEFT_OUT,
    "detach": LEFT_OUT,
    "cumsum": LEFT_OUT | FIRST_AXIS,
    "div": LEFT_OUT | {"with a product in place of {}": _by(torch.mul)},
    "true_divide": LEFT_OUT | {"with a product in place of {}": _by(torch.mul)},
    "mul": FACTORS | {"with a sum in place of {}": _by(torch.add)},
    "add": SUM,
    "add_": SUM,
    "sub": TERMS | {"with its sign changed in {}": lambda f, args, kwargs: -f(*args, **kwargs)},
    "mean": {"with the sum in place of {}": _by(torch.sum)},
    "sum": {"with the mean in place of {}": _by(torch.mean)},
    "amax": {
        "with the mean in place of {}": _by(torch.mean),
        "with the minimum in place of {}": _by(torch.amin),
    },
    "amin": {"with the maximum in place of {}": _by(torch.amax)},
    "var": SPREAD | {"with the deviation in place of {}": _by(torch.std)},
    "std": SPREAD | {"with the variance in place of {}": _by(torch.var)},
    "max_pool2d": LEFT_OUT | {"with average pooling in place of {}": _by(F.avg_pool2d)},
    "avg_pool2d": LEFT_OUT | {"with max pooling in place of {}": _by(F.max_pool2d)},
    "conv1d": LAYER,
    "conv2d": LAYER,
    "conv3d": LAYER,
    "linear": FOLLOWED | {"without the bias of {}": _with(bias=None)},
}
AFTERWARDS: dict[str, Callable[[Tensor], Tensor]] = {
    "with a ReLU behind it": torch.relu,
    "with a softmax behind it": lambda y: y.softmax(1),
    "with a log-softmax behind it": lambda y: y.log_softmax(1),
    "with a sigmoid behind it": torch.sigmoid,
    "with tanh behind it": torch.tanh,
    "averaged over the batch": lambda y: y.mean(0, keepdim=True).expand_as(y),
    "rounded": torch.round,
}
