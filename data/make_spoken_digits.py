"""Write spoken_digits.npz: the ten digits spoken by many voices. Needs the program `espeak-ng`
(1.51 here), by hand.

On Debian or Ubuntu: `apt-get install espeak-ng`. The course itself does not need it.
"""

import io
import subprocess
import wave
from pathlib import Path

import numpy as np

WORDS = "zero one two three four five six seven eight nine".split()
ACCENTS = ["en-us", "en-gb-scotland", "en-gb-x-rp"]  # en-gb speaks every voice alike
VOICES = (
    "Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Jacky Lee Marco Mario Mike Nguyen"
    " adam anika antonio aunty boris david ed edward f1 f2 f3 f4 grandma grandpa linda m1 m2 m3 m4"
    " m5 shelby steph travis victor zac"
).split()  # no two are near-copies: of adam, benjamin and caleb only adam is here
RATE, LENGTH = 8000, 3600  # samples a second, samples a clip


def speak(word: str, accent: str, voice: str) -> tuple[np.ndarray, int]:
    """A word as float samples, and how many a second."""
    command = ["espeak-ng", "-v", f"{accent}+{voice}", "-s", "190", "--stdout", word]
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        rate = file.getframerate()
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float), rate


def resample(sound: np.ndarray, rate: int) -> np.ndarray:
    """The same sound at RATE: its spectrum, cut off where the new rate can carry no more."""
    length = round(len(sound) * RATE / rate)
    return np.fft.irfft(np.fft.rfft(sound)[: length // 2 + 1], length) * length / len(sound)


def clip(sound: np.ndarray) -> np.ndarray:
    """LENGTH samples from where the voice sets in, as int8 with the loudest at 127; zeros where it
    ends earlier.
    """
    loud = np.abs(sound)
    start = max(np.argmax(loud > 0.04 * loud.max()) - 80, 0)
    cut = sound[start : start + LENGTH] / loud.max() * 127
    return np.pad(cut, (0, LENGTH - len(cut))).round().astype(np.int8)


def main() -> None:
    keys = [(d, a, v) for v in range(len(VOICES)) for a in range(len(ACCENTS)) for d in range(10)]
    sounds = [clip(resample(*speak(WORDS[d], ACCENTS[a], VOICES[v]))) for d, a, v in keys]
    digits, _, voices = (np.array(column, np.uint8) for column in zip(*keys))
    names = np.array(VOICES)
    path = Path(__file__).parent / "spoken_digits.npz"
    np.savez_compressed(path, sounds=np.array(sounds), digits=digits, voices=voices, names=names)


if __name__ == "__main__":
    main()
