"""Statistics by hooks: the numbers are the layer's own, the gradients autograd's, and nothing of
the net changes.
"""

import copy

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from utils import activations


def small():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))


def test_one_row_a_layer_in_order_with_its_output():
    net, x = small(), torch.randn(7, 6)
    rows = activations.collect(net, x)
    assert [(row.name, row.kind) for row in rows][:3] == [
        ("0", "Linear"),
        ("1", "Tanh"),
        ("2", "Linear"),
    ]
    assert torch.equal(rows[1].values, net[:2](x).detach())
    assert rows[1].mean == net[:2](x).mean().item()
    assert rows[1].std == net[:2](x).std(correction=0).item()
    assert all(row.gradient is None and row.gradient_std is None for row in rows)


def test_gradients_are_those_of_autograd():
    net, x, y = small(), torch.randn(7, 6), torch.arange(7) % 3
    rows = activations.collect(net, x, lambda scores: cross_entropy(scores, y))
    hidden = net[:2](x).detach().requires_grad_()
    cross_entropy(net[2:](hidden), y).backward()
    assert torch.allclose(rows[1].gradient, hidden.grad)
    assert rows[1].gradient_std == pytest.approx(hidden.grad.std(correction=0).item())


def test_only_picks_classes_and_parts_within_parts_are_found():
    net = nn.Sequential(small(), nn.Sequential(nn.Tanh()))
    rows = activations.collect(net, torch.randn(2, 6), only=(nn.Tanh, nn.ReLU))
    assert [row.name for row in rows] == ["0.1", "0.3", "1.0"]


def test_a_layer_used_twice_gives_two_rows():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(self.layer(x))

    net, x = Twice(), torch.randn(4, 3)
    first, second = activations.collect(net, x, torch.sum)
    assert torch.equal(second.values, net(x).detach()) and not torch.equal(
        first.values, second.values
    )
    assert torch.equal(second.gradient, torch.ones(4, 3)) and not torch.equal(
        first.gradient, second.gradient
    )


@pytest.mark.parametrize("inplace", [False, True])
def test_a_layer_that_works_in_place_does_not_change_the_row_before_it(inplace):
    torch.manual_seed(0)
    linear, x = nn.Linear(6, 5), torch.randn(7, 6)
    rows = activations.collect(nn.Sequential(linear, nn.ReLU(inplace=inplace)), x, torch.sum)
    assert torch.equal(rows[0].values, linear(x).detach())
    assert torch.equal(rows[0].gradient, (linear(x) > 0).double())
    assert torch.equal(rows[1].gradient, torch.ones(7, 5))


def test_zero_and_saturated_count_shares():
    x = torch.tensor([[-9.0, 0.0, 0.5, 9.0]])
    rows = activations.collect(nn.Sequential(nn.Identity(), nn.Tanh()), x)
    assert [(row.zero, row.saturated) for row in rows] == [(0.25, 0.0), (0.25, 0.5)]
    assert activations.collect(nn.Sigmoid(), x)[0].saturated == 0.5
    assert activations.collect(nn.ReLU(), x)[0].zero == 0.5


def test_the_net_is_left_as_it_was():
    net = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(0.5))
    net[0].weight.grad = torch.ones(5, 6)
    before, random = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    activations.collect(
        net, torch.randn(7, 6, generator=torch.Generator().manual_seed(0)), torch.sum
    )
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(net[0].weight.grad, torch.ones(5, 6)) and net[0].bias.grad is None
    assert torch.equal(torch.get_rng_state(), random) and net.training
    assert not any(module._forward_hooks for module in net.modules())


def test_hooks_go_even_when_the_net_raises():
    net = small()
    with pytest.raises(RuntimeError):
        activations.collect(net, torch.randn(7, 9))
    assert not any(module._forward_hooks for module in net.modules())


def test_gradients_need_something_that_learns():
    with pytest.raises(ValueError, match="No parameter"):
        activations.collect(nn.Tanh(), torch.randn(2, 3), torch.sum)


def test_the_table_shows_one_line_a_row():
    rows = activations.collect(small(), torch.randn(7, 6), torch.sum)
    lines = activations.table(rows).splitlines()
    assert (
        len(lines) == 6 and "gradient std" in lines[0] and lines[2].startswith("1           Tanh")
    )
    assert "gradient" not in activations.table(activations.collect(small(), torch.randn(7, 6)))
