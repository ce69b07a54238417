"""Judges an attempt at any exercise.

What a notebook calls is here; `checker/notebook.py` says what it does.
"""

from checker.notebook import again, check, claim, progress

__all__ = ["again", "check", "claim", "progress"]
