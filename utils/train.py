"""Train a classifier, score it, and do both over several seeds."""

import contextlib
import copy
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Adam
from torch.optim.lr_scheduler import OneCycleLR
from tqdm import tqdm

from utils.data import Labeled

Loss = Callable[[Tensor, Tensor], Tensor]
Augment = Callable[[Tensor, torch.Generator], Tensor]
Device = str | torch.device | None


class Score(NamedTuple):
    """How good a net is on one set: the share that is right, 0 to 1, and the mean loss."""

    accuracy: float
    loss: float


@dataclass(frozen=True)
class History:
    """A training: the loss of every step, and the scores on a validation set after each epoch.

    `losses` are (steps,); `accuracy` and `loss` are (epochs,), or (0,) without that set. The net
    has the weights it had after epoch `best`, counted from 1; 0 if none was scored.
    """

    losses: Tensor
    accuracy: Tensor
    loss: Tensor
    best: int


@dataclass(frozen=True)
class Options:
    """What a training seldom needs.

    `loss` maps outputs and y to one number. `augment` gets the pictures of each batch, and a
    generator that the seed fixes; what it returns is learned from. `device` is where to compute
    ("cuda", "mps"): net and data go there, and the net comes back. MPS has no float64, so there
    the work is done in float32. `progress` names a progress bar; without a name there is none.
    """

    loss: Loss = cross_entropy
    augment: Augment | None = None
    device: Device = None
    progress: str = ""


PLAIN = Options()


def fit(
    net: nn.Module,
    train: Labeled,
    *,
    epochs: int,
    lr: float,
    batch: int = 64,
    seed: int = 0,
    valid: Labeled | None = None,
    options: Options = PLAIN,
) -> History:
    """Train `net` in place on (x, y) with Adam and a one-cycle rate that peaks at `lr`.

    x is (N, ...), y is int64 (N,). `seed` fixes the order of the pictures and what layers such as
    dropout draw; the global random state is left as it was (Apple's MPS has its own, which is left
    at the seed). With a validation set (x, y) the net keeps the weights of the epoch with the best
    accuracy on it (of equals, the one with the lowest loss). Ctrl-C ends the training: the history
    so far is returned. Raises FloatingPointError, which names the step, if the loss stops being a
    finite number.
    """
    steps, losses = epochs * math.ceil(len(train[0]) / batch), []
    device, bar = options.device, _bar(options.progress, total=steps)
    with _moved(net, device) as move, _seeded(seed, device), bar:
        x, y = move(train)
        best = _Best(net, move(valid), Options(options.loss))
        change, step = _changer(options, seed), _stepper(net, options.loss, lr, steps)
        try:
            for _ in range(epochs):
                for rows in torch.randperm(len(x)).to(x.device).split(batch):
                    losses.append(step(change(x[rows]), y[rows]))
                    bar.update()
                best.look(bar)
        except KeyboardInterrupt:
            print(f"Stopped after {len(losses)} of {steps} steps.")
        return best.history(torch.tensor(losses))


def evaluate(net: nn.Module, x: Tensor, y: Tensor, *, batch=25, options=PLAIN) -> Score:
    """Accuracy and mean loss on x (N, ...) and y, int64 (N,), in evaluation mode.

    `batch` pictures go at a time: so few stay in the processor's cache. The net's mode stays.
    """
    mode, right, total = net.training, 0, 0.0
    net.eval()
    with _moved(net, options.device) as move, torch.no_grad():
        for some, answers in zip(*(part.split(batch) for part in move((x, y))), strict=True):
            output = net(some)
            right += (output.argmax(1) == answers).sum().item()
            total += options.loss(output, answers).item() * len(answers)
    net.train(mode)
    return Score(right / len(y), total / len(y))


def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of pictures x, (N, ...), whose largest output is the class y, int64 (N,)."""
    return evaluate(net, x, y).accuracy


def repeat(run: Callable[[int], object], seeds: Iterable[int], label: str = "seeds"):
    """Call `run(seed)` for every seed, each after `torch.manual_seed(seed)`, under a progress bar.

    `run` returns a number, a tensor, or a dict of these. Returns the same, stacked: a number
    becomes (seeds,), a tensor (d, ...) becomes (seeds, d, ...). The global random state stays.
    """
    results = []
    for seed in _bar(label, list(seeds)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            results.append(run(seed))
    return _stack(results)


def parameters(net: nn.Module) -> int:
    """How many numbers `net` learns."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def _stepper(net: nn.Module, loss: Loss, lr: float, steps: int) -> Callable[..., float]:
    """What learns from one batch and returns its loss; `steps` such batches are to come."""
    optimizer = Adam(net.parameters(), lr, fused=True)
    schedule = OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    net.train()

    def step(x: Tensor, y: Tensor) -> float:
        value = loss(net(x), y)
        number = _finite(value.item(), schedule.last_epoch + 1, steps, lr)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        return number

    return step


def _changer(options: Options, seed: int) -> Callable[[Tensor], Tensor]:
    if options.augment is None:
        return lambda x: x
    source = torch.Generator(options.device or "cpu").manual_seed(seed)
    return lambda x: options.augment(x, source)


def _finite(loss: float, step: int, steps: int, lr: float) -> float:
    if not math.isfinite(loss):
        stopped = f"The loss became {loss} at step {step} of {steps}, so training stopped"
        remedy = f"try a smaller learning rate than {lr:g}, and look for a division by zero"
        raise FloatingPointError(f"{stopped}: {remedy} or a log of zero.")
    return loss


class _Best:
    """Scores a net after every epoch and remembers its best weights; idle without `valid`."""

    def __init__(self, net: nn.Module, valid: Labeled | None, options: Options):
        self.net, self.valid, self.options = net, valid, options
        self.scores, self.best, self.rank, self.weights = [], 0, (), None

    def look(self, bar: tqdm) -> None:
        if self.valid is None:
            return
        score = evaluate(self.net, *self.valid, options=self.options)
        self.scores.append(score)
        bar.set_postfix_str(f"valid {score.accuracy:.1%}")
        rank = score.accuracy, -score.loss
        if rank > self.rank:  # any is larger than ()
            self.best, self.rank = len(self.scores), rank
            self.weights = copy.deepcopy(self.net.state_dict())

    def history(self, losses: Tensor) -> History:
        if self.best:
            self.net.load_state_dict(self.weights)
        accuracies, means = torch.tensor(self.scores, dtype=torch.float64).reshape(-1, 2).T
        return History(losses, accuracies, means, self.best)


@contextlib.contextmanager
def _moved(net: nn.Module, device: Device) -> Iterator[Callable]:
    """Take a net to a device and back; yield what takes a pair of tensors (or None) there."""
    if device is None:
        yield lambda pair: pair
        return
    home, lacks = next(net.parameters(), torch.empty(0)), torch.device(device).type == "mps"
    net.to(device=device, dtype=torch.float32 if lacks else None)
    try:
        yield lambda pair: pair and tuple(_to(device, part, lacks) for part in pair)
    finally:
        net.to(device=home.device, dtype=home.dtype if lacks else None)


def _to(device, part: Tensor, lacks: bool) -> Tensor:
    """MPS `lacks` float64."""
    return part.to(device, torch.float32 if lacks and part.is_floating_point() else part.dtype)


@contextlib.contextmanager
def _seeded(seed: int, device: Device) -> Iterator[None]:
    cuda = [torch.device(device)] if device and torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        yield


def _bar(label: str, things: list | None = None, total: int | None = None) -> tqdm:
    look = {"ascii": True, "file": sys.stdout, "leave": False}
    return tqdm(things, label, total, disable=not label, **look)


def _stack(results: list):
    if isinstance(results[0], dict):
        return {key: _stack([result[key] for result in results]) for key in results[0]}
    return torch.stack([torch.as_tensor(result) for result in results])
