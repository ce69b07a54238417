"""The printed characters: counts, ranges, licenses, and parts that share no family."""

import csv

import numpy as np
import pytest
import torch

from utils import data


def listed():
    with open(data.folder() / "glyphs.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stored(*names):
    with np.load(data.folder() / "glyphs.npz") as file:
        return [file[name] for name in names]


@pytest.mark.parametrize("part, families", [("test", 28), ("valid", 20)])
def test_glyphs_have_the_promised_shapes_and_ranges(part, families):
    (x, y), (x_out, y_out) = data.glyphs(part)
    assert x.shape == (110 * 62, 1, 28, 28) and x_out.shape == (families * 62, 1, 28, 28)
    assert x.dtype == torch.float64 and y.dtype == torch.int64
    assert x.min() == 0 and x.max() == 1
    assert (
        torch.bincount(y).tolist() == [110] * 62
        and torch.bincount(y_out).tolist() == [families] * 62
    )


def test_there_are_62_different_characters():
    assert len(data.GLYPHS) == len(set(data.GLYPHS)) == 62 and data.GLYPHS.isalnum()


def test_the_letter_is_the_one_its_class_says():
    """On average a T is widest near its top, an L has its ink on the left, an I little of it, and
    c less than C.
    """
    (x, y), _ = data.glyphs()

    def mean(letter):
        return x[y == data.GLYPHS.index(letter), 0].mean(0)

    assert mean("T").sum(1).argmax() < 14 < mean("L").sum(1).argmax()
    assert mean("L")[:, :14].sum() > mean("L")[:, 14:].sum() * 1.1
    assert mean("I").sum() < 0.5 * mean("M").sum() and mean("c").sum() < 0.8 * mean("C").sum()


def test_no_family_and_no_package_is_in_two_parts():
    parts = {
        part: [row for row in listed() if row["part"] == part]
        for part in ("train", "valid", "test")
    }
    assert [len(rows) for rows in parts.values()] == [110, 20, 28]
    for kind in ("family", "package"):
        names = [{row[kind] for row in rows} for rows in parts.values()]
        assert len(set.union(*names)) == sum(map(len, names))


def test_the_list_describes_the_file():
    families, parts = stored("families", "parts")
    assert families.tolist() == [row["family"] for row in listed()]
    assert [("train", "valid", "test")[part] for part in parts] == [
        row["part"] for row in listed()
    ]


def test_every_family_is_free_and_says_whose_it_is():
    for row in listed():
        assert row["license"] in ("OFL-1.1", "Apache-2.0"), row["family"]
        assert row["copyright"] and row["version"] and row["package"].startswith("fonts-")
        assert (data.folder() / f"{row['license']}.txt").exists()


def test_no_two_families_are_copies():
    (images,) = stored("images")
    ink = images.reshape(len(images), 62, -1)[:, ::2].astype(np.float32) / 255
    for number, family in enumerate(ink[:-1]):
        others = ink[number + 1 :]
        differ = np.abs(others - family).sum(2) / (others + family).sum(2)
        assert differ.mean(1).min() > 0.1


def test_no_picture_is_empty_and_none_is_larger_than_promised():
    (images,) = stored("images")
    assert (images.max((2, 3)) > 60).all()
    for axis in (2, 3):  # 26 pixels, and one more where a character starts between two
        assert (images.max(axis) > 0).sum(2).max() <= 27


def test_another_part_is_refused():
    with pytest.raises(ValueError, match="'valid' and 'test' to hold out, not 'train'"):
        data.glyphs("train")


def test_a_missing_file_says_how_to_get_it_back(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "folder", lambda: tmp_path)
    with pytest.raises(
        data.DataError, match=r"glyphs.npz is missing: .*git checkout.*make_glyphs.py"
    ):
        data.glyphs()
