"""The marks as nbgrader_marks.py reads them, in nbgrader's own environment.

An exercise is a cell of nbgrader's: its points by the checks, and a teacher's in their place.
"""

import json
from pathlib import Path

from classroom.marks import annotated
from classroom.marks.marks import Mark, Marked
from course import files
from course.cells import cell_id
from exercises import NOTEBOOKS


def write(every: list[Marked], path: Path) -> list[str]:
    """Write the file; what to say about it."""
    found = [_notebook(one) for one in every if one.file and one.number in NOTEBOOKS]
    files.write(path, json.dumps(found))
    return [f"For nbgrader: {path}."]


def _notebook(one: Marked) -> dict:
    exercises = [mark for mark in one.marks if mark.card]
    return {
        "student": one.student,
        "notebook": NOTEBOOKS[one.number].file,
        "cells": {cell_id(mark.id, "check"): _cell(mark) for mark in exercises},
        "comments": {cell_id(mark.id, "solution"): mark.reason for mark in exercises},
        "lost": one.lost,
        "text": annotated.notebook(one),
    }


def _cell(mark: Mark) -> dict:
    by_hand = mark.points if mark.reason else None
    return {"found": mark.found, "by_hand": by_hand}
