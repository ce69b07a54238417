"""Training: it learns, it is deterministic, it leaves the global random state alone, and it stops
at nan.
"""

import copy

import pytest
import torch
from torch import nn

from utils import data, train


def small():
    (x, y), test = data.digits8(600, 300)
    return (x, y), test


def linear():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def trained(seed=0):
    torch.manual_seed(seed)
    net = linear()
    return net, train.fit(net, small()[0], epochs=3, lr=0.05, seed=seed).losses


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
        losses.append(train.fit(net, small()[0], epochs=1, lr=0.01).losses)
        assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(*losses)


def test_a_loss_that_is_not_a_number_stops_and_names_the_step():
    class Diverge(nn.Linear):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return super().forward(x.flatten(1)) * (torch.nan if self.calls == 3 else 1)

    with pytest.raises(
        FloatingPointError, match="became nan at step 3 of 10.*smaller learning rate than 0.01"
    ):
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


def held_out():
    return small()[1]


def test_with_a_validation_set_the_best_weights_are_kept():
    torch.manual_seed(0)
    net = linear()
    # So large that it gets worse and better.
    history = train.fit(net, small()[0], epochs=6, lr=3.0, valid=held_out())
    assert history.losses.shape == (60,) and history.accuracy.shape == history.loss.shape == (6,)
    assert history.accuracy.max() > history.accuracy.min()
    kept = train.evaluate(net, *held_out())
    assert kept.accuracy == history.accuracy.max() == history.accuracy[history.best - 1]
    assert kept.loss == pytest.approx(history.loss[history.best - 1].item())


def test_of_equal_accuracies_the_lower_loss_is_best(monkeypatch):
    scores = iter(
        [
            train.Score(0.5, 1.0),
            train.Score(0.9, 0.4),
            train.Score(0.9, 0.3),
            train.Score(0.9, 0.3),
        ]
    )
    monkeypatch.setattr(train, "evaluate", lambda *_, **__: next(scores))
    assert train.fit(linear(), small()[0], epochs=4, lr=0.01, valid=held_out()).best == 3


def test_validation_changes_neither_the_steps_nor_their_losses():
    torch.manual_seed(0)
    nets = [
        nn.Sequential(
            nn.Flatten(), nn.Linear(64, 32), nn.BatchNorm1d(32), nn.Dropout(), nn.Linear(32, 10)
        )
    ]
    nets.append(copy.deepcopy(nets[0]))
    plain = train.fit(nets[0], small()[0], epochs=2, lr=0.01)
    scored = train.fit(nets[1], small()[0], epochs=2, lr=0.01, valid=held_out())
    assert torch.equal(plain.losses, scored.losses)
    assert plain.best == 0 and plain.accuracy.shape == plain.loss.shape == (0,)
    assert scored.best > 0 and scored.accuracy.shape == scored.loss.shape == (2,)


class Interrupted(nn.Linear):
    """A learner presses stop in the given forward pass of training."""

    def __init__(self, stop):
        super().__init__(64, 10)
        self.stop, self.calls = stop, 0

    def forward(self, x):
        self.calls += self.training
        if self.training and self.calls == self.stop:
            raise KeyboardInterrupt
        return super().forward(x.flatten(1))


def test_ctrl_c_returns_the_losses_so_far(capsys):
    history = train.fit(Interrupted(14), small()[0], epochs=3, lr=0.01)
    assert history.losses.shape == (13,)
    assert "Stopped after 13 of 30 steps" in capsys.readouterr().out


def test_ctrl_c_returns_the_scores_so_far_and_keeps_the_best_weights():
    net = Interrupted(26)
    history = train.fit(net, small()[0], epochs=3, lr=0.05, valid=held_out())
    assert len(history.losses) == 25 and len(history.accuracy) == 2
    assert train.accuracy(net, *held_out()) == history.accuracy.max()


def test_ctrl_c_before_the_first_score_leaves_the_net_as_it_is():
    history = train.fit(Interrupted(3), small()[0], epochs=3, lr=0.05, valid=held_out())
    assert history.best == 0 and history.accuracy.shape == (0,) and len(history.losses) == 2


def test_an_infinite_loss_stops_too():
    with pytest.raises(FloatingPointError, match="became inf at step 1 of 10"):
        endless = train.Options(loss=lambda output, y: output.square().sum() / 0.0)
        train.fit(linear(), small()[0], epochs=1, lr=0.01, options=endless)


def test_evaluate_agrees_with_torch_and_does_not_depend_on_the_batch():
    net, (x, y) = trained()[0], held_out()
    whole, parts = train.evaluate(net, x, y), train.evaluate(net, x, y, batch=7)
    assert whole.accuracy == parts.accuracy == train.accuracy(net, x, y)
    assert whole.loss == pytest.approx(nn.functional.cross_entropy(net(x), y).item())
    assert whole.loss == pytest.approx(parts.loss)


def test_augment_gets_each_batch_and_a_seeded_generator_of_its_own():
    shapes, drawn = [], []

    def note(x, source):
        shapes.append(tuple(x.shape))
        drawn.append(torch.rand(2, generator=source).tolist())
        return x

    plain = train.fit(fresh(), small()[0], epochs=2, lr=0.01, seed=3)
    noting = train.Options(augment=note)
    noted = train.fit(fresh(), small()[0], epochs=2, lr=0.01, seed=3, options=noting)
    assert torch.equal(plain.losses, noted.losses)  # drawing from it changes no other draw
    assert shapes == 2 * ([(64, 1, 8, 8)] * 9 + [(24, 1, 8, 8)])
    first, drawn[:] = list(drawn), []
    train.fit(fresh(), small()[0], epochs=2, lr=0.01, seed=3, options=noting)
    assert first == drawn and first[0] != first[1]


def fresh():
    torch.manual_seed(0)
    return linear()


def test_augment_changes_what_the_net_sees():
    dark = train.Options(augment=lambda x, source: x * 0)
    losses = train.fit(fresh(), small()[0], epochs=1, lr=1e-9, options=dark).losses
    assert torch.allclose(losses, losses[0], atol=0.2)
    net, plain = fresh(), small()[0]
    zero = torch.zeros(1, 1, 8, 8)
    expected = nn.functional.cross_entropy(net(zero).expand(600, 10), plain[1])
    assert losses.mean().item() == pytest.approx(expected.item(), rel=0.02)


def test_a_device_gives_the_same_and_the_net_comes_back():
    first, second = fresh(), fresh()
    plain = train.fit(first, small()[0], epochs=1, lr=0.01)
    moved = train.fit(second, small()[0], epochs=1, lr=0.01, options=train.Options(device="cpu"))
    assert torch.equal(plain.losses, moved.losses)
    assert torch.equal(first[1].weight, second[1].weight)
    there = train.Options(device="cpu")
    assert train.evaluate(first, *held_out(), options=there) == train.evaluate(first, *held_out())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_nearly_the_same_and_leaves_its_random_state_alone():
    first, second = fresh(), fresh()
    plain = train.fit(first, small()[0], epochs=1, lr=0.01)
    before = torch.cuda.get_rng_state()
    cuda = train.Options(device="cuda")
    again = train.fit(second, small()[0], epochs=1, lr=0.01, valid=held_out(), options=cuda)
    assert torch.allclose(plain.losses, again.losses)
    assert torch.equal(before, torch.cuda.get_rng_state())
    assert second[1].weight.device.type == "cpu"


@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="needs Apple's MPS")
def test_mps_computes_in_float32_and_gives_the_net_back_in_float64():
    net = fresh()
    mps = train.Options(device="mps")
    train.fit(net, small()[0], epochs=3, lr=0.05, valid=held_out(), options=mps)
    assert net[1].weight.device.type == "cpu" and net[1].weight.dtype == torch.float64
    assert train.accuracy(net, *held_out()) > 0.7


def test_what_goes_to_mps_is_cast_to_float32_and_comes_back(monkeypatch):
    moves = []

    class Watched(nn.Linear):
        def to(self, device, dtype):
            moves.append((device, dtype))
            return self

    monkeypatch.setattr(train, "_to", lambda device, part, lacks: (device, part.dtype, lacks))
    with train._moved(Watched(2, 2), "mps") as move:
        assert move((torch.zeros(2), torch.zeros(2))) == (("mps", torch.float64, True),) * 2
    assert moves == [("mps", torch.float32), (torch.device("cpu"), torch.float64)]


def test_pictures_are_cast_and_labels_are_not():
    assert train._to("cpu", torch.zeros(2), lacks=True).dtype == torch.float32
    assert train._to("cpu", torch.zeros(2), lacks=False).dtype == torch.float64
    assert train._to("cpu", torch.zeros(2, dtype=torch.int64), lacks=True).dtype == torch.int64


def test_fit_shows_a_progress_bar_only_if_it_has_a_name(capsys):
    train.fit(linear(), small()[0], epochs=1, lr=0.01)
    assert capsys.readouterr() == ("", "")
    named = train.Options(progress="digits")
    train.fit(linear(), small()[0], epochs=1, lr=0.01, valid=held_out(), options=named)
    out, err = capsys.readouterr()
    assert "digits" in out and "/10" in out and out.isascii() and not err
