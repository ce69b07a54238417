"""Admit an entry, train it, score it: the same for everybody."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils import train
from utils.capstone import entries
from utils.capstone.guard import TimeUp, settings_kept, time_limit
from utils.capstone.referee import Refused, Watch, closed, fixed, kept, numbers, parts
from utils.capstone.rules import CODE, RULES, Rules
from utils.data import Labeled

Make = Callable[[], nn.Module]
PATIENCE = 300.0  # seconds for a whole submission
STEPS = 6  # timed at once
KNOWS = 0.10  # a net that was never trained is right this often at most, where chance is below 2 %
ALIKE = 0.5  # correlation of a weight's first values for two seeds


@dataclass(frozen=True)
class Costs:
    """What a net keeps (`parameters`, `buffers`) and its `multiply_adds` a picture, all counts."""

    parameters: int
    buffers: int
    multiply_adds: int

    @property
    def numbers(self) -> int:
        return self.parameters + self.buffers

    def __repr__(self) -> str:
        kept = f"{self.parameters:,} parameters, {self.buffers:,} in buffers"
        return f"{self.numbers:,} numbers ({kept}), {self.multiply_adds:,} multiply-adds a picture"


def inspect(make: Make, rules: Rules = RULES) -> Costs:
    """What the nets that `make()` gives cost, all but the time. Raises Refused with the reason."""
    with refereed():
        return admit(build(make, rules), rules, rules.load("test")[0])


def contest(make: Make, lr: float, rules: Rules, progress="") -> tuple[Costs, float, list[float]]:
    """Costs, a step's time over the reference net's, the accuracy of each seed. Raises Refused."""
    with refereed():
        pair, (test_x, _) = rules.load("test")
        nets = build(make, rules)
        costs = admit(nets, rules, pair)
        ratio, step = pace(build(make, rules)[0], pair, lr, rules)
        allowed = 3 * step * rules.epochs * len(pair[0]) / rules.batch + 1
        guesses = []
        for net, seed in zip(nets, rules.seeds, strict=True):
            label = progress and f"{progress}, seed {seed}"
            watched = Watched(net, rules, allowed)
            guesses.append(run(watched, seed, pair, test_x, lr, label))
    answers = rules.load("test")[1][1]  # nobody looks at them before all guesses are made
    return costs, ratio, [(guess == answers).double().mean().item() for guess in guesses]


def practice(make: Make, lr: float, rules: Rules, seed: int = 0) -> float:
    """Train one net and score it on the validation part. Raises Refused."""
    with refereed():
        pair, (x, y) = rules.load("valid")
        net = build(make, rules)[0]
        admit([net], rules, pair)
        watched = Watched(net, rules, PATIENCE)
        guesses = run(watched, seed, pair, x, lr, f"practice, seed {seed}")
    return (guesses == y).double().mean().item()


@contextlib.contextmanager
def refereed() -> Iterator[None]:
    """float32, a time limit, errors of the net as reasons; settings are left as they were. Raises
    Refused.
    """
    with settings_kept():
        torch.set_default_dtype(torch.float32)
        try:
            with time_limit(PATIENCE):
                yield
        except Refused:
            raise
        except TimeUp:
            raise Refused(f"Still running after {PATIENCE:.0f} s.") from None
        except Exception as error:
            raise Refused(f"The net raised {type(error).__name__}: {error}") from error


def build(make: Make, rules: Rules) -> list[nn.Module]:
    """A fresh net a seed, all before any is trained, and shuffled. Raises Refused."""
    if isinstance(make, nn.Module) or not callable(make):
        wanted = "a class or a function without arguments"
        raise Refused(f"Submit what makes the net, {wanted}: every seed starts afresh.")
    nets = [_built(make, seed) for seed in rules.seeds]
    _fresh(nets)
    for net, seed in zip(nets, rules.seeds, strict=True):
        torch.manual_seed(seed)
        _shuffle(net)
    return nets


def _built(make: Make, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    with closed():
        net = make()
    if not isinstance(net, nn.Module) or isinstance(net, torch.jit.ScriptModule):
        given = f"`{getattr(make, '__name__', 'make')}()` gave a {type(net).__name__}"
        raise Refused(f"{given}; it should give a module.")
    numbers(net)
    return net.float()


def _fresh(nets: list[nn.Module]) -> None:
    """Two seeds share no memory, and no weight starts with nearly the same values for both."""
    one, other = (kept(net, "_parameters") for net in nets[:2])
    if {id(part) for part in parts(nets[0])} & {id(part) for part in parts(nets[1])}:
        same = "Two calls gave the same net, or nets with common parts"
        raise Refused(f"{same}. Make all parts anew in every call.")
    if [p.shape for p in one.values()] != [p.shape for p in other.values()]:
        raise Refused("The net has other shapes for another seed. Decide on one.")
    for (name, first), second in zip(one.items(), other.values(), strict=True):
        if _alike(first.detach().flatten(), second.detach().flatten()):
            alike = f"`{name}` starts with nearly the same values whatever the seed"
            remedy = "not from a file, an earlier training, or a seed of your own"
            raise Refused(f"{alike}. Draw them anew for every seed: {remedy}.")
        if first._backward_hooks or getattr(first, "_post_accumulate_grad_hooks", None):
            hooked = f"`{name}` has a hook that can change its gradient"
            raise Refused(f"{hooked}. The training is ours.")


def _alike(first: Tensor, second: Tensor) -> bool:
    first, second = (x.double() - x.double().mean() for x in (first, second))
    if not first.any() or not second.any():
        return False  # all equal, such as the zeros of a bias
    if len(first) < CODE:
        return torch.equal(first, second)
    return bool(first @ second / (first.norm() * second.norm()) > ALIKE)


def _shuffle(net: nn.Module) -> None:
    for tensor in kept(net, "_parameters").values():
        order = torch.randperm(tensor.numel())
        tensor.data = tensor.data.flatten()[order].view(tensor.shape).clone()


def admit(nets: list[nn.Module], rules: Rules, pair: Labeled) -> Costs:
    """Everything that can be said before the training. Raises Refused."""
    net, (x, y) = nets[0], pair
    count, extra = numbers(net)
    if count + extra > rules.numbers:
        kept = f"{count + extra:,} numbers ({count:,} parameters, {extra:,} in buffers)"
        raise Refused(f"The net keeps {kept}; the budget is {rules.numbers:,}.")
    if fixed(net) > CODE:
        brought = f"The buffers bring {fixed(net):,} numbers along; {CODE} are allowed, enough for"
        remedy = "What is learned belongs into parameters; what can be computed, into `forward`."
        raise Refused(f"{brought} a fixed filter. {remedy}")
    costs = Costs(count, extra, spent(net, rules, x))
    _knows_nothing(net, x[:1000], y[:1000], rules)
    return costs


def spent(net: nn.Module, rules: Rules, x: Tensor) -> int:
    """Multiply-adds a picture, the larger of both modes. Raises Refused for too many, odd ones."""
    watched = Watched(net, rules)
    for mode, name in ((False, "evaluation"), (True, "training")):
        watched.train(mode)
        with torch.set_grad_enabled(mode):
            _classes(watched(x[:8].float()), rules, name)
    watched.eval()
    with torch.no_grad():
        _one_by_one(watched, x[:8].float())
    return watched.most


def _classes(output, rules: Rules, mode: str) -> None:
    start = f"In {mode} mode"
    if not isinstance(output, Tensor):
        given = f"{start} the net returns a {type(output).__name__}"
        raise Refused(f"{given}; one tensor of scores is wanted.")
    wanted, shape = (8, rules.classes), tuple(output.shape)
    if shape != wanted:
        given = f"{start} 8 pictures give a result of shape {shape}"
        raise Refused(f"{given}; it should be {wanted}, a score for every class.")
    if not output.isfinite().all():
        raise Refused(f"{start} some scores are infinite or no numbers at all.")


def _one_by_one(watched: nn.Module, x: Tensor) -> None:
    together, alone = watched(x), torch.cat([watched(picture[None]) for picture in x])
    if not torch.allclose(together, alone, rtol=1e-3, atol=1e-3 * together.abs().max().item()):
        found = "In evaluation mode a picture gets other scores alone than among others"
        raise Refused(f"{found}. Each has to be judged by itself, and every time alike.")


def _knows_nothing(net: nn.Module, x: Tensor, y: Tensor, rules: Rules) -> None:
    right = (predict(Watched(net, rules), x) == y).double().mean().item()
    if right > max(KNOWS, 3 / rules.classes):
        early = f"The net is right on {right:.0%} of the pictures before any training"
        raise Refused(f"{early}. It has seen them before.")


class Watched(nn.Module):
    """A net under watch, (N, 1, 28, 28) -> (N, classes); it refuses after `allowed` seconds."""

    def __init__(self, net: nn.Module, rules: Rules, allowed: float = float("inf")):
        super().__init__()
        self.net, self.rules, self.most = net, rules, 0
        self.watch, self.until = Watch(net), time.process_time() + allowed

    def train(self, mode: bool = True) -> nn.Module:
        """Set the mode of all parts without asking them."""
        for part in (self, *parts(self.net)):
            part.training = mode
        return self

    def forward(self, x: Tensor) -> Tensor:
        if time.process_time() > self.until:
            raise Refused("The training takes far longer than the first steps did.")
        output = self.watch.call(self.net, x)
        spent = -(-self.watch.multiply_adds // len(x))
        self.most = max(self.most, spent)
        if spent > self.rules.multiply_adds:
            mode, budget = "training" if self.training else "evaluation", self.rules.multiply_adds
            spends = f"In {mode} mode the net spends {spent:,} multiply-adds on a picture"
            raise Refused(f"{spends}; the budget is {budget:,}.")
        return output


def pace(net: nn.Module, pair: Labeled, lr: float, rules: Rules) -> tuple[float, float]:
    """A step's processor time over the reference net's, and in seconds. Raises Refused."""
    torch.manual_seed(0)
    ours = Watched(net, rules)
    reference = Watched(entries.reference(rules.classes).float(), rules)
    few = pair[0][: STEPS * rules.batch].float(), pair[1][: STEPS * rules.batch]
    turns = [[seconds(one, few, lr) for one in (ours, reference)] for _ in range(3)]
    best, unit = map(min, zip(*turns, strict=True))
    ratio = best / unit
    if ratio > rules.time:
        slow = f"A training step takes {ratio:.1f} times as long as the reference net's"
        raise Refused(f"{slow}; {rules.time:g} times is the budget.")
    return ratio, best / STEPS


def seconds(net: Watched, pair: Labeled, lr: float) -> float:
    """Processor time of one epoch."""
    start = time.process_time()
    fit(net, pair, 0, lr, epochs=1)
    return time.process_time() - start


def fit(net: Watched, pair: Labeled, seed: int, lr: float, epochs: int, label: str = "") -> None:
    """Train the net in place, in batches as large as the rules say."""
    batch, named = net.rules.batch, train.Options(progress=label)
    train.fit(net, pair, epochs=epochs, lr=lr, batch=batch, seed=seed, options=named)


def run(net: Watched, seed: int, pair: Labeled, test_x: Tensor, lr: float, label: str) -> Tensor:
    """Train one net while its time lasts and return its guesses for test_x, (N,)."""
    fit(net, (pair[0].float(), pair[1]), seed, lr, net.rules.epochs, label)
    net.until = float("inf")
    net.eval()
    with torch.no_grad():
        _one_by_one(net, test_x[:8].float())
    return predict(net, test_x)


def predict(net: nn.Module, x: Tensor) -> Tensor:
    """The guessed classes, (N,), asked in a random order: a place in the row says nothing."""
    order = torch.randperm(len(x))
    guesses = torch.empty(len(x), dtype=torch.int64)
    net.eval()
    with torch.no_grad():
        for rows in order.split(250):
            guesses[rows] = net(x[rows].float()).argmax(1)
    return guesses
