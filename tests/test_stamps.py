"""The photographs by class: shapes, disjoint parts, and what a course without their file says."""

import pytest
import torch

from utils import data

pytestmark = pytest.mark.skipif(
    not data.has_stamps(), reason="stamps.npz has a license of its own and may be missing"
)


def test_stamps_have_the_promised_shapes_and_ranges():
    (x, y), (x_test, y_test) = data.stamps()
    assert x.shape == (100, 3, 96, 96) and x_test.shape == (75, 3, 96, 96)
    assert x.dtype == torch.float64 and y.dtype == torch.int64
    assert x.min() == 0 and x.max() == 1
    assert torch.bincount(y).tolist() == [20] * 5 and torch.bincount(y_test).tolist() == [15] * 5


def test_the_two_parts_share_no_picture_and_none_is_there_twice():
    (x, _), (x_test, _) = data.stamps(seed=4)
    rows = {
        tuple(picture)
        for picture in torch.cat([x, x_test]).flatten(1).mul(255).round().byte().tolist()
    }
    assert len(rows) == 175


def test_fewer_pictures_are_the_first_of_the_same_and_the_test_stays():
    (x, y), (x_test, _) = data.stamps(20)
    (few, classes), (same, _) = data.stamps(3)
    assert torch.equal(few, x[:15]) and torch.equal(classes, y[:15]) and torch.equal(same, x_test)
    assert classes.tolist() == [0, 1, 2, 3, 4] * 3


def test_the_split_depends_on_the_seed_alone():
    first, again, other = (data.stamps(2, seed=seed)[0][0] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_the_things_stand_on_white():
    (x, _), _ = data.stamps()
    assert (
        torch.equal(x[..., :4, :], torch.ones(100, 3, 4, 96)) and x[..., 30:66, 30:66].mean() < 0.8
    )


def test_food_is_redder_than_birds():
    """So red comes first: oranges, apples and tomatoes against gray and black feathers."""
    (x, y), _ = data.stamps()
    red = (x[:, 0] - x[:, 2]).mean((1, 2))
    assert (
        red[y == data.STAMPS.index("food")].mean()
        > red[y == data.STAMPS.index("bird")].mean() + 0.05
    )


def test_too_many_are_refused_with_the_numbers():
    with pytest.raises(
        ValueError, match=r"35 pictures of the rarest class; you asked for 30 \+ 15 of each"
    ):
        data.stamps(30)


def test_without_the_file_the_course_can_ask_and_the_loader_says_so(tmp_path, monkeypatch):
    assert data.has_stamps()
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    assert not data.has_stamps()
    with pytest.raises(
        data.DataError,
        match=r"stamps.npz is missing: .*git checkout.*make_photographs_by_class.py",
    ):
        data.stamps()


def test_the_license_lies_beside_the_file():
    text = (data.folder() / "stamps-LICENSE.txt").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Bill Kendrick" in text
