"""Training: it learns, it is deterministic, it leaves the global random state alone, and it stops at nan."""

import pytest
import torch
from torch import nn

from utils import data, train


def small():
    (x, y), test = data.digits8(600, 300)
    return (x, y), test


def linear():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def trained(seed=0, **options):
    torch.manual_seed(seed)
    net = linear()
    losses = train.fit(net, small()[0], epochs=3, lr=0.05, seed=seed, **options)
    return net, losses


def test_fit_learns_and_returns_the_loss_of_every_step():
    net, losses = trained()
    assert losses.shape == (3 * 10,)  # 600 pictures in batches of 64 are 10 steps
    assert losses[-5:].mean() < losses[:5].mean() / 1.5
    assert train.accuracy(net, *small()[1]) > 0.7


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (trained(seed)[0][1].weight for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_fit_visits_every_picture_once_an_epoch():
    seen = []

    class Watch(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(10))

        def forward(self, x):
            seen.extend(x[:, 0].long().tolist())
            return x * 0 + self.bias

    x = torch.arange(50.0)[:, None].repeat(1, 10)
    train.fit(Watch(), (x, torch.zeros(50, dtype=torch.int64)), epochs=2, lr=0.1, batch=16)
    assert sorted(seen[:50]) == sorted(seen[50:]) == list(range(50))
    assert seen[:50] != seen[50:]


def test_fit_leaves_the_global_random_state_alone_and_does_not_read_it():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 10))
    start = {name: value.clone() for name, value in net.state_dict().items()}
    losses = []
    for global_seed in (1, 2):
        net.load_state_dict(start)
        torch.manual_seed(global_seed)
        before = torch.get_rng_state()
        losses.append(train.fit(net, small()[0], epochs=1, lr=0.01))
        assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(*losses)


def test_a_loss_that_is_not_a_number_stops_and_names_the_step():
    class Diverge(nn.Linear):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return super().forward(x.flatten(1)) * (torch.nan if self.calls == 3 else 1)

    with pytest.raises(FloatingPointError, match="became nan at step 3 of 10.*smaller learning rate than 0.01"):
        train.fit(Diverge(64, 10), small()[0], epochs=1, lr=0.01)


def test_accuracy_counts_in_eval_mode_and_restores_the_mode():
    net = nn.Sequential(nn.Identity(), nn.Dropout(0.9))
    x = torch.eye(4)
    assert train.accuracy(net, x, torch.tensor([0, 1, 2, 0])) == 0.75
    assert net.training
    assert not any(p.grad_fn for p in [x])
    net.eval()
    train.accuracy(net, x, torch.arange(4))
    assert not net.training


def test_repeat_stacks_numbers_tensors_and_dicts():
    assert train.repeat(lambda seed: seed / 2, range(3)).tolist() == [0, 0.5, 1]
    assert train.repeat(lambda seed: torch.ones(2) * seed, [4, 5]).tolist() == [[4, 4], [5, 5]]
    both = train.repeat(lambda seed: {"a": seed, "b": torch.ones(2, 3)}, range(2))
    assert both["a"].tolist() == [0, 1] and both["b"].shape == (2, 2, 3)


def test_repeat_seeds_each_run_and_restores_the_state():
    before = torch.get_rng_state()
    first, again = (train.repeat(lambda seed: torch.rand(2), [7, 8]) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first[0], first[1])
    assert torch.equal(before, torch.get_rng_state())


def test_the_progress_bar_goes_to_stdout_in_ascii(capsys):
    train.repeat(lambda seed: seed, range(2), label="two nets")
    out, err = capsys.readouterr()
    assert "two nets" in out and out.isascii() and not err


def test_parameters_counts_what_learns():
    net = nn.Sequential(nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6))
    assert train.parameters(net) == 6 * 75 + 6 + 12
    net[0].bias.requires_grad_(False)
    assert train.parameters(net) == 6 * 75 + 12
