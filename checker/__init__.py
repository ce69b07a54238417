"""Judges an attempt at any exercise.

What a notebook calls is here; `checker/notebook.py` says what it does.
"""

import sys

from checker.notebook import again, check, claim, progress, review, where

__all__ = ["again", "check", "claim", "progress", "review", "where"]

if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`
