"""The net that all cells share: what is shared and what is not, and its table."""

import pytest
import torch

from data import make_shared_weights as script
from utils import data
from utils.models.search_space import Cell, cells
from utils.models.shared_cells import SharedCells, right


@pytest.fixture(scope="module")
def shared():
    torch.manual_seed(0)
    return SharedCells()


def test_the_same_member_at_the_same_place_is_the_same_layer(shared):
    one, other = (shared.net(Cell(0, 3, 0, 2, 1, 3)), shared.net(Cell(1, 3, 0, 3, 1, 3)))
    for first, second in zip(one.layers, other.layers, strict=True):
        same = [a is b for a, b in zip(first.operations, second.operations, strict=True)]
        assert same == [False, True, False, True] and first.fit is second.fit
    assert one.stem is other.stem and one.fc is other.fc


def test_another_state_or_size_or_a_joined_output_is_another_layer(shared):
    one, other = (shared.net(Cell(3, 3, 0, 3, 0, 3)), shared.net(Cell(3, 3, 1, 3, 1, 3)))
    assert one.layers[0].operations[2] is not other.layers[0].operations[2]
    assert one.layers[0].operations[0] is not one.layers[1].operations[0]
    assert one.fc is not other.fc and one.layers[1].fit is not other.layers[1].fit


def test_every_cell_finds_all_its_numbers_there(shared):
    there = {id(number) for number in shared.parameters()}
    assert all(id(n) in there for cell in cells() for n in shared.net(cell).parameters())


def test_a_call_trains_one_cell_drawn_by_the_seed(shared):
    x = torch.randn(4, 1, 8, 8)
    torch.manual_seed(3)
    drawn = cells()[torch.randint(360, ())]
    torch.manual_seed(3)
    assert torch.equal(shared(x), shared.net(drawn)(x))


def test_the_table_has_every_cell_and_sane_shares():
    table = data.shared_weights()
    assert table.shape == (3, 3, 360) and 0 < table.min() and table.max() < 1
    lines = script.FILE.read_text().splitlines()[1:]
    assert [line.split(",")[:6] for line in lines] == [[*map(str, cell)] for cell in cells()]


def test_a_column_can_be_made_again():
    (_, valid, _), trained = script.task(), script.trained(script.EPOCHS[0], 1)
    for place in (0, 100, 359):
        made = right(trained, cells()[place], *valid) / 600
        assert made == pytest.approx(data.shared_weights()[0, 1, place].item(), abs=0.02)


@pytest.mark.parametrize("read", [data.shared_weights, data.contest_trials])
@pytest.mark.parametrize(
    "text, found", [(None, "missing"), ("a\n1,2\n3\n", "damaged"), ("a\n1\n", "damaged")]
)
def test_a_missing_or_damaged_table_says_so(read, text, found, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    if text is not None:
        (tmp_path / f"{read.__name__}.csv").write_text(text)
    with pytest.raises(data.DataError, match=f"{found}.*git checkout.*make_{read.__name__}.py"):
        read()
