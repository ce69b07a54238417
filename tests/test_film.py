"""Frames of a training: the same numbers give the same small page, and the pictures hold the
numbers.
"""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from tests.test_explore import computed
from utils import explore, film


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(explore, "display", lambda page, raw: pages.append(page))
    return pages


def rows():
    source = torch.Generator().manual_seed(0)
    return {
        "filters": [torch.randn(6, 5, 5, generator=source) for _ in range(3)],
        "maps": [torch.rand(2, 4, 6, generator=source) for _ in range(3)],
    }


def decoded(source: str) -> np.ndarray:
    return np.asarray(
        Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))).convert("RGB")
    )


def settings(page) -> dict:
    return json.loads(re.search(r"startFilm\([\w.]+, (.*)\);", page["text/html"])[1])


def test_the_same_numbers_give_the_same_page(shown):
    film.film(rows(), ["a", "b", "c"], "A film.")
    film.film(rows(), ["a", "b", "c"], "A film.")
    assert shown[0] == shown[1]
    assert shown[0]["text/plain"] == "A film."


def test_every_row_has_a_picture_for_every_frame(shown):
    film.film(rows(), ["a", "b", "c"], "A film.")
    drawn = settings(shown[0])["rows"]
    assert [(row["name"], len(row["frames"])) for row in drawn] == [("filters", 3), ("maps", 3)]
    assert decoded(drawn[0]["frames"][0]).shape == (5, 6 * 5 + 5, 3)
    assert decoded(drawn[1]["frames"][2]).shape == (4, 2 * 6 + 1, 3)


def test_a_row_is_enlarged_by_a_whole_number(shown):
    film.film(rows(), ["a", "b", "c"], "A film.", width=100)
    assert [row["width"] for row in settings(shown[0])["rows"]] == [2 * 35, 7 * 13]
    film.film(rows(), ["a", "b", "c"], "A film.", width=10)
    assert [row["width"] for row in settings(shown[1])["rows"]] == [35, 13]


def test_zero_is_white_and_the_signs_have_their_colors():
    (source,) = film._sources(torch.tensor([[[[-1.0, 0.0, 1.0]]]]))
    below, zero, above = decoded(source)[0].astype(int)
    assert below[2] > below[1] and above[0] > above[2] and zero.min() > 240


def test_without_negative_numbers_the_maps_are_gray_and_share_a_scale():
    first, second = film._sources(torch.tensor([[[[0.0, 0.5]]], [[[0.0, 1.0]]]]))
    assert decoded(first)[0, 0, 0] == 0 and decoded(first)[0, 1, 0] in range(126, 131)
    assert decoded(second)[0].tolist() == [[0, 0, 0], [255, 255, 255]]


def test_frames_without_captions_are_an_error():
    with pytest.raises(ValueError, match="filters has 3 frames, and there are 2 captions"):
        film.film(rows(), ["a", "b"], "A film.")


def test_javascript_picks_the_frame_and_its_caption(shown):
    film.film(rows(), ["a", "b", "c"], "A film.")
    wanted = settings(shown[0])
    frame = computed(f"console.log(JSON.stringify(frameAt({json.dumps(wanted)}, 1)))")
    assert frame["caption"] == "b"
    assert [one["source"] for one in frame["pictures"]] == [
        row["frames"][1] for row in wanted["rows"]
    ]


def test_a_film_asks_for_nothing_outside_and_is_small(shown):
    film.film(rows(), ["a", "b", "c"], "A film.")
    html = shown[0]["text/html"]
    assert not re.search(r"https?:|href=|import |fetch|@import|url\(", html)
    assert all(
        source.startswith("data:image/png") for source in re.findall(r'src="([^"]*)"', html)
    )
    assert len(html) < 20_000
