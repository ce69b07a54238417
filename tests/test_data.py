"""The data sets: shapes, ranges, seeded splits, and what a missing or damaged file says."""

import time

import pytest
import torch

from utils import data


def test_digits_have_the_promised_shapes_and_ranges():
    (x, y), (x_test, y_test) = data.digits()
    assert x.shape == (4000, 1, 28, 28) and x_test.shape == (1000, 1, 28, 28)
    assert x.dtype == torch.float64 and y.dtype == torch.int64
    assert x.min() == 0 and x.max() == 1
    assert torch.bincount(torch.cat([y, y_test])).tolist() == [500] * 10


def test_digits8_have_the_promised_shapes_and_ranges():
    (x, y), (x_test, y_test) = data.digits8()
    assert x.shape == (1400, 1, 8, 8) and x_test.shape == (397, 1, 8, 8)
    assert x.min() == 0 and x.max() == 1
    assert set(y.tolist()) == set(range(10)) == set(y_test.tolist())


def test_the_two_parts_share_no_picture():
    (x, _), (x_test, _) = data.digits()
    rows = {tuple(picture) for picture in x.flatten(1).mul(255).round().byte().tolist()}
    assert len(rows) == 4000
    assert not any(tuple(picture) in rows for picture in x_test.flatten(1).mul(255).round().byte().tolist())


def test_the_split_depends_on_the_seed_alone():
    first, again, other = (data.digits(100, 50, seed)[0][1] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_split_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    data.digits(10, 10)
    assert torch.equal(before, torch.get_rng_state())


def test_too_many_digits_are_refused_with_the_numbers():
    with pytest.raises(ValueError, match=r"5000 pictures; you asked for 4001 \+ 1000"):
        data.digits(4001, 1000)


@pytest.mark.parametrize("name", data.PHOTOGRAPHS)
def test_photographs(name):
    picture = data.photograph(name)
    gray = data.photograph(name, gray=True)
    assert picture.dtype == torch.float64 and picture.min() >= 0 and picture.max() <= 1
    assert picture.shape[1] == (1 if name in ("brick", "camera", "grass") else 3)
    assert gray.shape == (1, 1, *picture.shape[2:])
    assert max(picture.shape) == 200


def test_an_unknown_photograph_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="no photograph 'dog'.*astronaut.*grass"):
        data.photograph("dog")


def test_luminance_of_gray_is_that_gray():
    assert torch.allclose(data.luminance(torch.full((2, 3, 4, 5), 0.25)), torch.full((2, 1, 4, 5), 0.25))


def test_shift_moves_down_and_right_and_fills_with_zero():
    x = torch.arange(6.0).reshape(1, 1, 2, 3) + 1
    assert data.shift(x, down=1).tolist() == [[[[0, 0, 0], [1, 2, 3]]]]
    assert data.shift(x, right=1).tolist() == [[[[0, 1, 2], [0, 4, 5]]]]
    assert data.shift(x, down=-1, right=-2).tolist() == [[[[6, 0, 0], [0, 0, 0]]]]


@pytest.mark.parametrize("far", [2, 3, 9, -2, -9])
def test_shift_beyond_the_picture_leaves_nothing(far):
    assert data.shift(torch.ones(1, 1, 2, 2), down=far).sum() == 0


def test_shift_leaves_its_input_alone():
    x = torch.ones(1, 1, 2, 2)
    data.shift(x, 1, 1)
    assert x.sum() == 4


def damaged(tmp_path, content):
    (tmp_path / "digits.npz").write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("content", [b"", b"not a zip", b"half"])
def test_a_damaged_file_says_which_and_how_to_get_it_back(tmp_path, monkeypatch, content):
    if content == b"half":
        content = (data.folder() / "digits.npz").read_bytes()[:400_000]
    monkeypatch.setattr(data, "folder", lambda: damaged(tmp_path, content))
    with pytest.raises(data.DataError, match=r"digits.npz is damaged: .*git checkout.*python data/make_digits.py"):
        data.digits()


def test_a_flipped_byte_is_noticed(tmp_path, monkeypatch):
    content = bytearray((data.folder() / "digits.npz").read_bytes())
    content[300_000] ^= 255
    monkeypatch.setattr(data, "folder", lambda: damaged(tmp_path, bytes(content)))
    with pytest.raises(data.DataError, match="damaged"):
        data.digits()


def test_a_missing_file_says_which(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    with pytest.raises(data.DataError, match="photographs.npz is missing"):
        data.photograph("camera")


def test_the_readme_names_every_file():
    table = (data.folder() / "README.md").read_text(encoding="utf-8")
    for path in data.folder().iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in table, path.name


if __name__ == "__main__":  # a benchmark, not a test: machines differ
    for load in (data.digits, data.digits8, lambda: data.photograph("coffee")):
        start = time.perf_counter()
        load()
        print(f"{time.perf_counter() - start:.3f} s")
