"""The player holds the clip, and nothing that changes from run to run."""

import base64
import io
import re
import wave

import pytest
import torch

from utils import data, sound


@pytest.fixture
def shown(monkeypatch):
    pages = []
    monkeypatch.setattr(sound, "display", lambda page, raw: pages.append(page))
    return pages


def heard(page):
    """The rate and the samples of the file in a player."""
    file = base64.b64decode(re.search(r'base64,([^"]+)"', page["text/html"])[1])
    with wave.open(io.BytesIO(file)) as out:
        return out.getframerate(), list(out.readframes(out.getnframes()))


def test_the_player_holds_the_clip(shown):
    clip = data.spoken_digits()[0][0][0]
    sound.play(clip, alt="a digit")
    rate, samples = heard(shown[0])
    assert (rate, len(samples)) == (8000, 3600)
    assert torch.equal((torch.tensor(samples) - 128) / 127, clip[0])


def test_loud_samples_are_cut_off(shown):
    sound.play(torch.tensor([-9.0, 0.0, 9.0]), alt="a click")
    assert heard(shown[0])[1] == [1, 128, 255]


def test_the_words_are_there_and_safe(shown):
    sound.play(torch.zeros(3), alt='"three" <b>')
    assert shown[0]["text/plain"] == '"three" <b>'
    assert "<b>" not in shown[0]["text/html"]


def test_a_player_is_small_and_always_the_same(shown):
    clip = data.spoken_digits()[0][0][0]
    sound.play(clip, alt="a digit")
    sound.play(clip, alt="a digit")
    assert shown[0] == shown[1] and len(shown[0]["text/html"]) < 6000
