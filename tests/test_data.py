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
    assert not any(
        tuple(picture) in rows for picture in x_test.flatten(1).mul(255).round().byte().tolist()
    )


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


def test_mnist1d_has_the_promised_shapes_and_scale():
    (x, y), (x_test, y_test) = data.mnist1d()
    assert x.shape == (4000, 1, 40) and x_test.shape == (1000, 1, 40)
    assert x.dtype == torch.float64 and y.dtype == torch.int64
    whole = torch.cat([x, x_test])
    assert abs(whole.mean()) < 1e-3 and abs(whole.std() - 1) < 1e-3
    assert torch.bincount(torch.cat([y, y_test])).tolist() == [500] * 10


def test_no_voice_is_in_both_parts_and_each_speaks_every_digit():
    (x, y), (x_test, y_test) = data.spoken_digits(held_out=10, seed=3)
    assert x.shape == (900, 1, 3600) and x_test.shape == (300, 1, 3600)
    assert x.abs().max() == 1 and x.dtype == torch.float64
    assert torch.bincount(y).tolist() == [90] * 10 and torch.bincount(y_test).tolist() == [30] * 10
    heard = {tuple(clip.tolist()) for clip in x.flatten(1)}
    assert len(heard) == 900 and not any(
        tuple(clip.tolist()) in heard for clip in x_test.flatten(1)
    )


def test_other_seeds_hold_out_other_voices():
    first, again, other = (data.spoken_digits(seed=seed)[1][0] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_too_many_voices_are_refused():
    with pytest.raises(ValueError, match="40 voices"):
        data.spoken_digits(held_out=41)


@pytest.mark.parametrize(
    "direction, shifts", [(0, (-2, 0)), (1, (0, 2)), (2, (2, 0)), (3, (0, -2))]
)
def test_moving_digits_stand_move_and_stand(direction, shifts):
    x, y = data.moving_digits(40, first=1, last=1)
    assert x.shape == (40, 1, 8, 16, 16) and x.min() == 0 and x.max() == 1
    clip = x[y == direction][0, 0]
    assert torch.equal(clip[0], clip[1]) and torch.equal(clip[5], clip[7])
    for frame in range(1, 5):
        assert torch.equal(clip[frame + 1], clip[frame].roll(shifts, (0, 1)))


def test_moving_digits_start_within_the_range_asked_for():
    x, _ = data.moving_digits(200, first=2, last=3)
    assert torch.equal(x[:, :, 0], x[:, :, 2])
    still = (x[:, :, 2] == x[:, :, 3]).flatten(1).all(1)
    assert 50 < still.sum() < 150


def test_point_clouds_fit_into_the_cube_and_are_seeded():
    x, y = data.point_clouds(50, points=20)
    assert x.shape == (50, 20, 3) and x.dtype == torch.float64 and y.dtype == torch.int64
    assert 0.5 < x.abs().max() <= 1 and set(y.tolist()) == set(range(len(data.SHAPES)))
    assert torch.equal(x, data.point_clouds(50, points=20)[0])
    assert not torch.equal(x, data.point_clouds(50, points=20, seed=1)[0])


@pytest.mark.parametrize("load", [data.mnist1d, data.spoken_digits, lambda: data.moving_digits(3)])
def test_every_missing_file_says_how_to_remake_it(tmp_path, monkeypatch, load):
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    with pytest.raises(
        data.DataError, match=r"npz is missing: .*git checkout.*python data/make_\w+.py"
    ):
        load()


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
    assert torch.allclose(
        data.luminance(torch.full((2, 3, 4, 5), 0.25)), torch.full((2, 1, 4, 5), 0.25)
    )


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
    with pytest.raises(
        data.DataError, match=r"digits.npz is damaged: .*git checkout.*python data/make_digits.py"
    ):
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
    for path in (path for path in data.folder().iterdir() if path.name != "__pycache__"):
        assert path.name == "README.md" or f"`{path.name}`" in table, path.name


if __name__ == "__main__":  # a benchmark, not a test: machines differ
    for load in (data.digits, data.digits8, lambda: data.photograph("coffee")):
        start = time.perf_counter()
        load()
        print(f"{time.perf_counter() - start:.3f} s")
