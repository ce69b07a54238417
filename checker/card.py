"""How a verdict looks: HTML for the notebook, the same words as text for a terminal, GitHub and a
screen reader.
"""

from html import escape

from checker.verdict import State, Verdict

LOOKS = {  # state -> (word, icon, color of the border and the icon)
    State.TO_DO: ("To do", "○", "#767676"),
    State.PASSED: ("Passed", "✓", "#00795c"),
    State.NOT_YET: ("Not yet", "✗", "#c05000"),
    State.STOPPED: ("Stopped", "■", "#c05000"),
}


class Card:
    """Shows one verdict."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict

    def __repr__(self):
        return "\n".join(self._lines() + [f"Hint {n}: {hint}" for n, hint in self._hints()])

    def _lines(self) -> list[str]:
        exercise, verdict = self.verdict.exercise, self.verdict
        head = f"{LOOKS[verdict.state][0]} · {exercise.id} {exercise.title}"
        if verdict.state in (State.PASSED, State.TO_DO):
            return [f"{head} · {verdict.message}"] + self._details()
        said = [verdict.found] + ([verdict.why] if verdict.why else [])
        return [head] + said + self._details() + self._onward()

    def _details(self) -> list[str]:
        line = [f"In your code, {self.verdict.line}"] if self.verdict.line else []
        return line + (
            [f"It printed: {self.verdict.printed.rstrip()}"]
            if self.verdict.printed.strip()
            else []
        )

    def _onward(self) -> list[str]:
        return [_onward(self.verdict)]

    def _hints(self):
        return (
            [] if self.verdict.state == State.PASSED else enumerate(self.verdict.exercise.hints, 1)
        )

    def _repr_html_(self):
        word, icon, color = LOOKS[self.verdict.state]
        head, *rest = self._lines()
        body = "".join(f'<div class="course-card-line">{_code(line)}</div>' for line in rest)
        hints = "".join(
            f"<details><summary>Hint {number}</summary>{_code(hint)}</details>"
            for number, hint in self._hints()
        )
        return (
            f'<div class="course-card course-{self.verdict.state.replace(" ", "-")}"'
            f' style="border-left: 6px solid {color}; padding: 4px 12px"><span style="color:'
            f' {color}">{icon}</span>'
            f" <strong>{word}</strong>{_code(head[len(word) :])}{body}{hints}</div>"
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


def _code(text: str) -> str:
    """Escape for HTML, and set what stands between backticks as code."""
    parts = escape(text, quote=False).split("`")
    return "".join(
        f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts)
    ).replace("\n", "<br>")
