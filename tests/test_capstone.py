"""The contest: honest nets are admitted and counted as the ledger does, every cheat is refused
with its reason.
"""

import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from utils import capstone, data, shapes, train
from utils.capstone import ENTRIES, Rules, inspect, submit

DIGITS = data.digits(640, 500)


def load(part="test"):
    return DIGITS


TINY = Rules("tiny", load, classes=10, numbers=50_000, multiply_adds=1_000_000, time=6.0, epochs=1)


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_SCOREBOARD", str(tmp_path / "board.txt"))
    return tmp_path / "board.txt"


def small(inputs=49, hidden=16):
    pool = nn.AvgPool2d(4)
    return nn.Sequential(
        pool, nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, 10)
    )


class Around(nn.Module):
    """An honest small net; the cheats change one thing of it."""

    def __init__(self):
        super().__init__()
        self.net = small()

    def forward(self, x):
        return self.net(x)


def refused(make, words, rules=TINY):
    report = inspect(make, rules)
    assert report.refused, report
    assert words in report.refused, report.refused


# Honest nets


@pytest.mark.parametrize("name", ENTRIES)
def test_reference_entries_are_counted_as_the_ledger_does(name):
    make, _ = ENTRIES[name]
    report = inspect(partial(make, 10), TINY)
    ledger = shapes.ledger(make(10), (1, 1, 28, 28))
    assert (report.costs.parameters, report.costs.multiply_adds) == (
        ledger.parameters,
        ledger.multiply_adds,
    )


@pytest.mark.parametrize("name", ENTRIES)
def test_reference_entries_leave_room(name):
    make, lr = ENTRIES[name]
    ledger = shapes.ledger(make(), (1, 1, 28, 28))
    assert ledger.parameters < 0.9 * capstone.RULES.numbers
    assert ledger.multiply_adds < 0.9 * capstone.RULES.multiply_adds


class Rich(nn.Module):
    """Much of what an honest designer may want."""

    def __init__(self):
        super().__init__()
        self.register_buffer(
            "blur", torch.tensor([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]])[None, None] / 16
        )
        self.scale = nn.Parameter(torch.ones(8, 1, 1))
        self.conv, self.norm = nn.Conv2d(1, 8, 3, 2, padding=1), nn.BatchNorm2d(8)
        self.group, self.gate, self.head = nn.GroupNorm(2, 8), nn.Linear(8, 8), nn.Linear(8, 10)
        self.drop, self.act, self.widths = nn.Dropout(0.1), nn.GELU(), [8, 8]

    def forward(self, x):
        if self.training:  # a shift by a fraction of a pixel
            shift = torch.rand(len(x), 2, device=x.device) / 14
            turn = torch.eye(2).expand(len(x), 2, 2)
            x = F.grid_sample(
                x,
                F.affine_grid(torch.cat([turn, shift[:, :, None]], 2), x.shape, False),
                align_corners=False,
            )
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.blur)
        x = self.group(self.act(self.norm(self.conv(x)))) * self.scale
        x = x * torch.sigmoid(self.gate(x.mean((2, 3))))[:, :, None, None]
        x = torch.cat([F.max_pool2d(x, 2), F.avg_pool2d(x, 2)], 1).unflatten(1, (2, 8)).amax(1)
        attention = torch.einsum("nci,ncj->nij", x.flatten(2), x.flatten(2)).softmax(-1)
        return self.head(self.drop((x.flatten(2) @ attention).mean(2)))


def test_what_nets_usually_have_is_admitted():
    report = inspect(Rich, TINY)
    assert report, report
    assert report.costs.buffers == 9 + 8 + 8 + 1


def test_buffers_of_batch_normalization_count():
    costs = inspect(partial(ENTRIES["residual"][0], 10), TINY).costs
    norms = [m for m in ENTRIES["residual"][0](10).modules() if isinstance(m, nn.BatchNorm2d)]
    assert costs.buffers == sum(2 * norm.num_features + 1 for norm in norms)


def test_products_one_by_one_count():
    class Gated(Around):
        def forward(self, x):
            return self.net(x * x)

    assert (
        inspect(Gated, TINY).costs.multiply_adds == inspect(Around, TINY).costs.multiply_adds + 784
    )


def test_the_global_state_is_left_alone():
    state, dtype, numpy_of = torch.get_rng_state(), torch.get_default_dtype(), torch.Tensor.numpy
    assert submit("mine", small, 0.01, TINY)
    assert torch.equal(state, torch.get_rng_state()) and torch.get_default_dtype() is dtype
    assert torch.Tensor.numpy is numpy_of and "numpy" not in vars(torch.Tensor)
    np.load(data.folder() / "digits.npz").close()  # files open again


# The budget


def test_too_many_parameters():
    refused(partial(small, hidden=1000), "60,010 parameters, 0 in buffers")


def test_parameters_in_buffers_count():
    class Buffered(Around):
        def __init__(self):
            super().__init__()
            self.register_buffer("weight", torch.zeros(300, 200))

    refused(Buffered, "60,000 in buffers")


def test_a_pretrained_buffer_within_the_budget():
    class Brought(Around):
        def __init__(self):
            super().__init__()
            self.register_buffer("weight", torch.randn(40, 49))

    refused(Brought, "The buffers bring 1,960 numbers along")


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(100),
        [torch.zeros(60), torch.zeros(60)],
        {"a": [torch.zeros(90)]},
        np.zeros(70),
        [0.5] * 100,
        "x" * 1000,
        [nn.Linear(9, 9)],
    ],
)
def test_numbers_in_plain_attributes(value):
    class Hidden(Around):
        def __init__(self):
            super().__init__()
            self.table = value

    refused(Hidden, "keeps")


def test_numbers_behind_a_view():
    class Behind(Around):
        def __init__(self):
            super().__init__()
            self.register_buffer("weight", torch.zeros(100_000)[:5])

    refused(Behind, "100,000 in buffers")


SECRET = torch.randn(49, 10, dtype=torch.float32)


def closure():
    secret, net = torch.randn(49, 10), nn.Linear(49, 10)

    class Closure(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            return F.avg_pool2d(x, 4).flatten(1) @ secret

    return Closure()


class Global(Around):
    def forward(self, x):
        return self.net(x) + F.avg_pool2d(x, 4).flatten(1) @ SECRET


class FromList(Around):
    def forward(self, x):
        return self.net(x) + F.avg_pool2d(x, 4).flatten(1) @ torch.tensor(WEIGHTS)


WEIGHTS = SECRET.tolist()
ARRAY = SECRET.numpy()


class FromArray(Around):
    def forward(self, x):
        return self.net(x) + F.avg_pool2d(x, 4).flatten(1) @ torch.from_numpy(ARRAY)


class AsDefault(Around):
    def forward(self, x, weight=nn.Parameter(torch.randn(49, 10))):  # noqa: B008
        return self.net(x) + F.avg_pool2d(x, 4).flatten(1) @ weight


class InAThread(Around):
    def forward(self, x):
        found = []
        thread = threading.Thread(
            target=lambda: found.append(F.avg_pool2d(x, 4).flatten(1) @ SECRET)
        )
        thread.start()
        thread.join()
        return self.net(x) + found[0]


@pytest.mark.parametrize("make", [closure, Global, FromList, FromArray, AsDefault, InAThread])
def test_weights_outside_the_net(make):
    refused(make, "neither computed from the pictures nor")


class InNumpy(Around):
    def forward(self, x):
        return self.net(x) + torch.from_numpy(x.detach().numpy().reshape(len(x), -1)[:, :10] * 2)


class WrittenBehind(Around):
    def forward(self, x):
        y = self.net(x).detach()
        np.asarray(y)[:] = 0
        return y


@pytest.mark.parametrize("make", [InNumpy, WrittenBehind])
def test_work_outside_torch(make):
    refused(make, "What happens outside torch cannot be counted.")


class Swallowed(Around):
    def forward(self, x):
        try:
            return self.net(x) + F.avg_pool2d(x, 4).flatten(1) @ SECRET
        except Exception:
            return self.net(x)


def test_a_refusal_that_is_swallowed_stands():
    refused(Swallowed, "neither computed")


class MoreInTraining(Around):
    def forward(self, x):
        return self.net(x) + (
            F.interpolate(x, (400, 400)) @ self.net[2].weight.mean() if self.training else 0
        )


class Doubled(Around):
    """A larger net in one of the two modes."""

    def __init__(self, in_training):
        super().__init__()
        self.in_training, self.large = in_training, nn.Conv2d(1, 64, 5, padding=2)

    def forward(self, x):
        extra = self.large(x).mean((1, 2, 3))[:, None] if self.training == self.in_training else 0
        return self.net(x) + extra


@pytest.mark.parametrize("in_training, mode", [(True, "training"), (False, "evaluation")])
def test_another_net_in_the_other_mode(in_training, mode):
    refused(partial(Doubled, in_training), f"In {mode} mode the net spends")


def test_more_work_after_the_inspection():
    class Later(Doubled):
        def __init__(self):
            super().__init__(False)
            self.calls = 0

        def forward(self, x):
            self.calls += self.training
            return super().forward(x) if self.calls > 5 else self.net(x)

    assert inspect(Later, TINY)
    assert "In evaluation mode the net spends" in submit("later", Later, 0.01, TINY).refused


class BySums(Around):
    def forward(self, x):
        x = F.unfold(x, 5, padding=2)
        return self.net(
            (x[:, :, None] * torch.ones(25, 64, 1))
            .sum(1)
            .view(-1, 64, 28, 28)
            .mean(1, keepdim=True)
        )


def test_a_convolution_written_as_products_and_sums():
    refused(BySums, "multiply-adds on a picture")


class ByFourier(Around):
    def forward(self, x):
        return self.net(torch.fft.irfft2(torch.fft.rfft2(x)))


class ByDistance(Around):
    def forward(self, x):
        return torch.cdist(F.avg_pool2d(x, 4).flatten(1), self.net[2].weight)[:, :10]


@pytest.mark.parametrize("make", [ByFourier, ByDistance])
def test_work_that_cannot_be_counted(make):
    refused(make, "whose multiply-adds nobody can count")


def test_a_slow_net():
    class Slow(Around):
        def forward(self, x):
            for _ in range(400):
                x = x + 0
            return self.net(x)

    report = submit("slow", Slow, 0.01, replace(TINY, time=1.0))
    assert "times as long as the reference net's" in report.refused


def test_a_net_that_becomes_slow(monkeypatch):
    class Later(Around):
        calls = 0

        def forward(self, x):
            Later.calls += 1
            for _ in range(5000 * (Later.calls > 60)):
                x = x + 0
            return self.net(x)

    assert (
        "far longer than the first steps"
        in submit("later", Later, 0.01, replace(TINY, epochs=8)).refused
    )


# Values from elsewhere


def from_file(tmp_path, load):
    path = tmp_path / "weights"

    def make():
        net = small()
        load(path, net)
        return net

    return make


def test_weights_from_a_file(tmp_path):
    torch.save(small().state_dict(), tmp_path / "weights")
    refused(
        from_file(tmp_path, lambda path, net: net.load_state_dict(torch.load(path))),
        "opens the file 'weights'",
    )
    np.save(tmp_path / "w.npy", np.zeros((16, 49)))
    refused(
        from_file(tmp_path, lambda path, net: np.load(tmp_path / "w.npy")),
        "opens the file 'w.npy'",
    )
    refused(from_file(tmp_path, lambda path, net: np.memmap(path)), "opens the file 'weights'")
    refused(from_file(tmp_path, lambda path, net: open(path).close()), "opens the file 'weights'")


def test_a_refused_file_that_is_swallowed(tmp_path):
    def load(path, net):
        try:
            open(path)
        except Exception:
            pass

    refused(from_file(tmp_path, load), "opens the file")


class Looks(Around):
    def forward(self, x):
        data.digits(10, 10)
        return self.net(x)


def test_data_files_in_the_forward_pass():
    refused(Looks, "opens the file 'digits.npz'")


def test_data_files_and_the_network_while_it_is_made():
    def with_data():
        data.digits()
        return small()

    def with_network():
        import socket

        socket.create_connection(("localhost", 9))
        return small()

    refused(with_data, "opens the file 'digits.npz'")
    refused(with_network, "goes outside (socket")


def test_a_net_already_made():
    refused(small(), "Submit what makes the net")
    refused(lambda: "net", "it should give a module")
    ready = small()
    refused(lambda: ready, "the same net, or nets with common parts")
    refused(
        lambda: nn.Sequential(ready, nn.Linear(10, 10)), "the same net, or nets with common parts"
    )


@pytest.fixture(scope="module")
def trained():
    """The same net whichever test asks first."""
    torch.manual_seed(0)
    net = small()
    train.fit(net, load()[0], epochs=30, lr=0.02)
    return net


def pasted(values, noise):
    net = small()
    net.load_state_dict(
        {name: value + noise * torch.randn_like(value) for name, value in values.items()}
    )
    return net


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_values_of_an_earlier_training(trained, noise):
    refused(
        partial(pasted, trained.state_dict(), noise),
        "starts with nearly the same values whatever the seed",
    )


def permuted(values):
    """The trained net with its hidden units in a random order and negated inputs' signs kept: the
    same function.
    """
    net, order = small(), torch.randperm(16)
    net.load_state_dict(
        {
            "2.weight": values["2.weight"][order],
            "2.bias": values["2.bias"][order],
            "4.weight": values["4.weight"][:, order],
            "4.bias": values["4.bias"] + 0.01 * torch.randn(10),
        }
    )
    return net


def test_an_earlier_training_in_disguise_is_lost(trained):
    """Whether or not the disguise is seen through, the start is at chance: the numbers are
    shuffled.
    """
    from utils.capstone import contest

    (x, y), _ = load()
    assert (trained(x).argmax(1) == y).double().mean() > 0.8
    with contest.refereed():
        net = permuted(trained.state_dict())
        contest._shuffle(net.float())
        assert (net(x.float()).argmax(1) == y).double().mean() < 0.35


def test_a_start_that_knows():
    """Where shuffling changes nothing, because every parameter has one value, the net must know
    nothing either.
    """

    class Built(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))
            self.register_buffer("low", torch.zeros(1))

        def forward(self, x):  # ink in the middle: that finds few zeros, but the rule is there
            ink = x.mean((1, 2, 3))[:, None]
            return -(ink * self.scale - torch.arange(10) / 40).square()

    from utils.capstone import contest

    (x, y), _ = load()
    only_ones = (x[y == 1], y[y == 1])
    with contest.refereed(), pytest.raises(capstone.Refused, match="before any training"):
        contest._knows_nothing(
            small(), only_ones[0], small().float()(only_ones[0].float()).argmax(1), TINY
        )
        contest._knows_nothing(
            Built(), only_ones[0], Built()(only_ones[0].float()).argmax(1), TINY
        )


def test_hooks_that_change_gradients():
    def hooked():
        net = small()
        net[2].weight.register_hook(lambda gradient: gradient * 2)
        return net

    class HooksLater(Around):
        def forward(self, x):
            y = self.net(x)
            if y.requires_grad:
                y.register_hook(lambda gradient: gradient * 2)
            return y

    refused(hooked, "has a hook that can change its gradient")
    refused(HooksLater, "calls `register_hook`")


# Nets that remember, look things up, or depend on the batch


class Remembers(Around):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x):
        self.seen.append(x)
        return self.net(x) + (self.seen[0].flatten(1)[:1, :10] if len(self.seen) > 1 else 0)


def test_a_net_that_remembers_pictures():
    refused(Remembers, "neither computed from the pictures nor")


class Reads(Around):
    def forward(self, x):
        return self.net(x) + int(x.sum() > 100)


class Masks(Around):
    def forward(self, x):
        return self.net(x) if torch.equal(x, x) else x


@pytest.mark.parametrize("make", [Reads, Masks])
def test_a_net_that_looks_things_up(make):
    refused(make, "reads single numbers out of a tensor")


class ShiftsAtRandom(Around):
    """A shift in training mode, drawn by torch and read as whole numbers."""

    def forward(self, x):
        if self.training:
            down, right = torch.randint(0, 3, (2,))
            x = F.pad(x, (1, 1, 1, 1))[:, :, down : down + x.shape[2], right : right + x.shape[3]]
        return self.net(x)


class FlipsACoin(Around):
    def forward(self, x):
        return self.net(x.flip(3) if self.training and torch.rand(()) < 0.5 else x)


class Recurrent(nn.Module):
    """Row by row: its weights stand in a list as well, and are counted once."""

    def __init__(self):
        super().__init__()
        self.rows = nn.GRU(28, 8, batch_first=True)
        self.last = nn.Linear(8, 10)

    def forward(self, x):
        return self.last(self.rows(x[:, 0])[0][:, -1])


@pytest.mark.parametrize("make", [ShiftsAtRandom, FlipsACoin, Recurrent])
def test_what_draws_its_own_numbers_or_lists_its_own_weights_is_admitted(make):
    report = inspect(make, TINY)
    assert not report.refused, report.refused


class DrawsAndLooks(Around):
    def forward(self, x):
        return self.net(x) + int(torch.rand(()) + x.sum() > 100)


class KeepsAList(Around):
    def __init__(self):
        super().__init__()
        self.others = [torch.rand(100)]


class OwnSeed(nn.Sequential):
    def __init__(self):
        torch.manual_seed(0)
        super().__init__(nn.Flatten(), nn.Linear(784, 10))


@pytest.mark.parametrize(
    "make, reason",
    [
        (DrawsAndLooks, "reads single numbers out of a tensor"),
        (KeepsAList, "where nobody counts them"),
        (OwnSeed, "or a seed of your own"),
    ],
)
def test_what_only_looks_like_it_is_refused_for_what_it_is(make, reason):
    refused(make, reason)


class ByTheBatch(Around):
    def forward(self, x):
        return self.net(x - x.mean(0))


class AtRandom(Around):
    def forward(self, x):
        return self.net(F.dropout(x, 0.5))


@pytest.mark.parametrize("make", [ByTheBatch, AtRandom])
def test_a_picture_is_judged_by_itself(make):
    refused(make, "other scores alone than among others")


# Nets that do not work


class Raises(Around):
    def forward(self, x):
        return self.net[2](x)


class Tuple(Around):
    def forward(self, x):
        return (self.net(x), x) if self.training else self.net(x)


class Wrong(Around):
    def forward(self, x):
        return self.net(x)[:, :9]


class NoNumber(Around):
    def forward(self, x):
        return self.net(x).log() * torch.inf


def test_nets_that_do_not_work(capsys):
    refused(Raises, "The net raised RuntimeError: mat1 and mat2")
    refused(Tuple, "In training mode the net returns a tuple")
    refused(Wrong, "(8, 10), a score for every class")
    refused(NoNumber, "infinite or no numbers")
    refused(lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), "has no size yet")
    refused(lambda: 1 / 0, "ZeroDivisionError")
    refused(lambda n: small(), "missing 1 required positional argument")
    assert "refused: The net raised" in repr(inspect(Raises, TINY))


def test_a_net_without_parameters():
    refused(lambda: nn.Sequential(nn.AvgPool2d(4), nn.Flatten()), "a score for every class")


def test_an_endless_loop(monkeypatch):
    monkeypatch.setattr("utils.capstone.contest.PATIENCE", 0.5)

    def endless():
        while True:
            pass

    refused(endless, "Still running")


def test_names_and_rates():
    for name in ("", " ", "x" * 31):
        with pytest.raises(ValueError, match="1 to 30 characters"):
            submit(name, small, 0.01, TINY)
    with pytest.raises(ValueError, match="rate lies between"):
        submit("mine", small, 1.0, TINY)
