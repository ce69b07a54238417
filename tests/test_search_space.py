"""The space of small cells and its table: what cells compute, that the counts match, that rows can
be made again.
"""

import csv
import random

import pytest
import torch

from data import make_search_space as script
from utils import data, shapes, train
from utils.models.search_space import CHOICES, Cell, CellLayer, CellNet, cells


@pytest.fixture(scope="module")
def table():
    return data.search_space()


def test_there_are_360_cells_each_under_its_tidy_name():
    assert len(cells()) == len(set(cells())) == 360
    assert all(cell.tidy() == cell for cell in cells())
    source = random.Random(0)
    drawn = (Cell(*(source.randrange(n) for n in CHOICES)) for _ in range(200))
    assert {cell.tidy() for cell in drawn} <= set(cells())


def test_a_cell_computes_what_its_decisions_say():
    x = torch.randn(2, 3, 5, 4)
    layer = CellLayer(Cell(0, 1, 0, 1, 1, 0), 3, 6).eval()
    start = layer.fit(x)
    middle = start + layer.operations[1](start)
    assert torch.equal(layer(x), layer.operations[2](start) + middle)


def test_a_state_that_nothing_reads_is_joined():
    cell = Cell(0, 0, 0, 0, 0, 0)
    assert cell.joins and CellLayer(cell, 3, 6)(torch.randn(2, 3, 4, 4)).shape == (2, 12, 4, 4)


def test_the_order_within_a_pair_changes_no_function():
    torch.manual_seed(0)
    one, other = (
        CellLayer(Cell(3, 2, 1, 3, 0, 2), 3, 4),
        CellLayer(Cell(3, 2, 1, 3, 0, 2).tidy(), 3, 4),
    )
    x = torch.randn(2, 3, 5, 5)
    other.fit.load_state_dict(one.fit.state_dict())
    for here, there in zip(other.operations, (one.operations[place] for place in (1, 0, 3, 2))):
        here.load_state_dict(there.state_dict())
    torch.testing.assert_close(one(x), other(x))


def test_the_table_has_every_cell_and_sane_shares(table):
    assert table.cells.tolist() == [list(cell) for cell in cells()]
    assert table.valid.shape == table.test.shape and table.valid.shape[1] >= 2
    assert 0.1 < table.test.min() and table.test.max() < 1


def test_cells_differ_far_more_than_seeds(table):
    """Else a search through the table would be a search through noise."""
    assert table.test.mean(1).std() > 4 * table.test.std(1).mean()


def test_the_counts_match_the_nets(table):
    for row in range(0, 360, 45):
        net = CellNet(Cell(*table.cells[row].tolist()))
        assert table.parameters[row] == train.parameters(net)
        assert table.multiply_adds[row] == shapes.ledger(net, (1, 1, 8, 8)).multiply_adds


@pytest.mark.parametrize("row, seed", [(0, 0), (100, 1), (359, 1)])
def test_a_row_can_be_made_again(table, row, seed):
    cell = cells()[row]
    made = script.row(cell, seed, script.task())
    assert made[:7] == [*cell, seed]
    assert made[7] / 600 == pytest.approx(table.valid[row, seed].item(), abs=0.02)
    assert made[8] / 597 == pytest.approx(table.test[row, seed].item(), abs=0.02)


def test_the_script_goes_on_where_it_stopped_and_drops_half_a_line(tmp_path):
    file = tmp_path / "some.csv"
    assert script.done(file) == set()
    with file.open("a") as rows:
        rows.write("0,0,0,0,0,0,0,270,273,786,13120\n0,0,0,0,0,1,0,27")
    assert script.done(file) == {(0, 0, 0, 0, 0, 0, 0)}
    assert [len(line) for line in csv.reader(file.read_text().splitlines())] == [11, 11]


def test_a_stopped_training_is_no_row(monkeypatch):
    """`fit` returns what there is at Ctrl-C."""
    none = torch.zeros(0)
    stopped = script.train.History(torch.zeros(50), none, none, 0)
    monkeypatch.setattr(script.train, "fit", lambda *args, **options: stopped)
    with pytest.raises(KeyboardInterrupt):
        script.row(cells()[0], 0, script.task())


def test_a_seed_that_is_not_finished_is_left_out(table, tmp_path, monkeypatch):
    lines = script.FILE.read_text().splitlines(keepends=True)
    (tmp_path / "search_space.csv").write_text("".join(lines) + "0,0,0,0,0,0,7,1,1,786,13120\n")
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    assert torch.equal(data.search_space().valid, table.valid)


@pytest.mark.parametrize(
    "text, found", [(None, "missing"), ("a,b\n1,2\n", "damaged"), ("a\n1,2\n3\n", "damaged")]
)
def test_a_missing_or_damaged_table_says_how_to_get_it_back(text, found, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    if text is not None:
        (tmp_path / "search_space.csv").write_text(text)
    with pytest.raises(data.DataError, match=f"{found}.*git checkout.*make_search_space.py"):
        data.search_space()
