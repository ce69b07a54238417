"""How a verdict looks: HTML for the notebook, the same words as text for a terminal, GitHub and a
screen reader.
"""

import re
from collections.abc import Sequence
from html import escape

from checker.verdict import State, Verdict

LOOKS = {  # state -> (word, icon, color of the border and the icon)
    State.TO_DO: ("To do", "○", "#767676"),
    State.PASSED: ("Passed", "✓", "#00795c"),
    State.NOT_YET: ("Not yet", "✗", "#c05000"),
    State.STOPPED: ("Stopped", "■", "#c05000"),
}


class Card:
    """Shows one verdict; of an answer that is not right also what `tries` adds, with so many
    hints unfolded.
    """

    def __init__(self, verdict: Verdict, added: Sequence[str] = (), hints_open: int = 0):
        self.verdict, self.added, self.hints_open = verdict, added, hints_open

    def __repr__(self):
        hints = [f"Hint {number}: {plain(hint)}" for number, hint in self._hints()]
        return "\n".join(self._lines(plain) + hints).replace("\n```\n", "\n")

    def _repr_html_(self):
        head, *rest = self._lines(emphasized)
        return frame(self.verdict.state, head, rest, self._hints(), self.hints_open)

    def _lines(self, own) -> list[str]:
        """All but the hints; `own` sets the course's sentences, and never what is a learner's."""
        exercise, verdict = self.verdict.exercise, self.verdict
        head = f"{LOOKS[verdict.state][0]} · {exercise.id} {exercise.title}"
        if verdict.state in (State.PASSED, State.TO_DO):
            return [f"{head} · {own(verdict.message)}", *self._details(), *verdict.notes]
        said = [verdict.found] + ([own(verdict.why)] if verdict.why else [])
        added = map(own, self.added)
        return [head, *said, *self._details(), *verdict.notes, *added, *self._onward()]

    def _details(self) -> list[str]:
        line, printed = self.verdict.line, self.verdict.printed.rstrip()
        return [f"In your code, {line}"] * bool(line) + [f"It printed: {printed}"] * bool(printed)

    def _onward(self) -> list[str]:
        return [_onward(self.verdict), *_drawn(self.verdict)]

    def _hints(self):
        if self.verdict.state == State.PASSED:
            return []
        return list(enumerate(self.verdict.exercise.hints, 1))


class Notice:
    """A few sentences in the look of a card, where there is no verdict."""

    def __init__(self, sentence: str, *more: str, state: State = State.STOPPED):
        self.sentence, self.more, self.state = sentence, more, state

    def __repr__(self):
        return "\n".join([self._head(), *self.more])

    def _repr_html_(self):
        return frame(self.state, self._head(), self.more)

    def _head(self) -> str:
        return f"{LOOKS[self.state][0]} · {self.sentence}"


def frame(state: State, head: str, lines, hints=(), hints_open: int = 0) -> str:
    """A card as HTML: a head that begins with a word for the state, lines below it, hints folded
    but the first.
    """
    _, icon, color = LOOKS[state]
    word, _, rest = head.partition(" · ")
    body = "".join(f'<div class="course-card-line">{_code(line)}</div>' for line in lines)
    folded = "".join(
        f"<details{' open' * (number <= hints_open)}><summary>Hint {number}</summary>"
        f"{_code(emphasized(hint))}</details>"
        for number, hint in hints
    )
    return (
        f'<div class="course-card course-{state.replace(" ", "-")}"'
        f' style="border-left: 6px solid {color}; padding: 4px 12px"><span style="color:'
        f' {color}">{icon}</span>'
        f" <strong>{word}</strong>{_code(' · ' + rest)}{body}{folded}</div>"
    )


def _onward(verdict: Verdict) -> str:
    exercise = verdict.exercise
    name = getattr(exercise.answer, "__name__", None)
    if not name:
        return "The notebook goes on with the right answer."
    closer = (
        " To make your call outside the check: `from checker import again;"
        f' again("{exercise.id}")`'
    )
    return f"The notebook goes on with our `{name}`." + closer * (verdict.case is not None)


def _drawn(verdict: Verdict) -> list[str]:
    """How to see what a module of the learner does, for the call that failed."""
    drawing = getattr(verdict.exercise, "drawing", None)
    code = drawing(verdict.case) if drawing and verdict.case is not None else ""
    return [f"To see your module, drawn: `from utils import draw; {code}`"] if code else []


EMPHASIS = re.compile(r"(?<![\w*`])\*(?=\w)([^*`\n]*?)(?<=\w)\*(?![\w*`])")
LINK = re.compile(r"\[([^\]]+)\]\((\S+\.ipynb\S*)\)")  # to a notebook: [2.8](02_a.ipynb#b)
START, END = "\x02", "\x03"  # of an emphasis, until the text around it is escaped
TO, TEXT, ENDED = "\x04", "\x05", "\x06"  # and of a link

TAGS = {START: "<em>", END: "</em>", TO: '<a href="', TEXT: '">', ENDED: "</a>"}


def plain(text: str) -> str:
    """A sentence of the course's own as text: *so*, and [2.8](02_a.ipynb), lose their marks."""
    return EMPHASIS.sub(r"\1", LINK.sub(r"\1", text))


def emphasized(text: str) -> str:
    """The same for HTML, which `frame` and `as_html` make of it."""
    return EMPHASIS.sub(rf"{START}\1{END}", LINK.sub(rf"{TO}\2{TEXT}\1{ENDED}", text))


def as_html(text: str, is_ours: bool = True) -> str:
    """A line of a card: escaped, with code set as code; emphasis only in the course's own."""
    return _code(emphasized(text) if is_ours else text)


def _code(text: str) -> str:
    """Escape for HTML, and set what stands between backticks as code, between three as a block."""
    blocks = escape(text, quote=False).split("\n```\n")
    return "".join(
        f"<pre>{block}</pre>" if odd % 2 else _inline(block) for odd, block in enumerate(blocks)
    )


def _inline(text: str) -> str:
    parts = text.split("`")
    marked = [f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts)]
    line = "".join(marked).replace("\n", "<br>")
    for mark, tag in TAGS.items():
        line = line.replace(mark, tag)
    return line
