"""The card remembers: how many different answers to an exercise were not right, and what it adds
each time.

The first time it shows what it found. Each time after that one hint more is unfolded, and at the
fifth it offers ways on.
"""

import ast
import hashlib

from checker import links, marks, show
from checker.source import source_of
from checker.verdict import State, Verdict

MANY = 5  # tries, after which a way on is offered

_here: dict[str, set[str]] = {}  # what failed in this session, should the marks not be writable


def count(verdict: Verdict, attempt) -> tuple[int, str | None]:
    """How many answers to the exercise have failed, this one among them, in this session or
    before; and a sentence if that cannot be written down.
    """
    id = verdict.exercise.id
    if verdict.state == State.TO_DO or marks.is_grading():
        return 0, None
    if verdict.state == State.PASSED:
        _here.pop(id, None)
        return 0, marks.add(id)
    answer = name_of(verdict, attempt)
    trouble = marks.fail(id, answer)
    _here.setdefault(id, set()).add(answer)
    return len(_here[id] | marks.failures(id)), trouble


def name_of(verdict: Verdict, attempt) -> str:
    """What an answer is known by: its code without comments, or its value, and what it gave."""
    source = source_of(attempt) if callable(attempt) else None
    written = ast.unparse(source.tree) if source else show.short(attempt, digits=10)
    gave = "" if verdict.state == State.STOPPED else verdict.found
    return hashlib.sha256(f"{written}\n{gave}".encode()).hexdigest()[:8]


def said(verdict: Verdict, tries: int, look: str) -> list[str]:
    """What the card adds at this try; `look` offers a look for the line, where there is one."""
    if tries < 2:
        return []
    counted = f"This is try {tries}{_unfolded(tries, len(verdict.exercise.hints))}."
    if tries < MANY:
        return [counted] + [f"Stuck? {look}"] * bool(look)
    ways = [SKIP, *[f"- {look}"] * bool(look), *_ours(verdict.exercise.id)]
    return [f"{counted} You can go on from here:", *ways]


SKIP = "- Skip it, and come back whenever you like: later cells use our answer."


def hints_open(tries: int) -> int:
    """How many hints are unfolded."""
    return max(tries - 1, 0)


def _unfolded(tries: int, hints: int) -> str:
    shown = min(hints_open(tries), hints)
    if not hints:
        return ""
    which = "all hints" if shown == hints else f"the first {shown} hints"
    return f"; {'the first hint is' if shown == 1 else f'{which} are'} unfolded"


def _ours(id: str) -> list[str]:
    """Where our answer is, if the solved notebooks are there."""
    link = links.solution(id)
    return [f"- Read our answer, close it, and write your own: {link}."] * bool(link)
