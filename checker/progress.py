"""The course at a glance: every notebook, how much of it is done, and what comes next."""

from collections.abc import Iterator

from checker import links, marks, registry
from checker.card import as_html, plain

LEFT = 'style="text-align: left"'  # which JupyterLab's tables are not


class Progress:
    """Shows itself as a table; as text in a terminal."""

    def __init__(self):
        self.done, self.trouble = marks.passed()
        self.tries = marks.tried()

    def rows(self):
        """For each notebook: number, title, and of its core and of all of it: exercises passed, in
        all, minutes.
        """
        for number, (notebook, exercises) in registry.course().items():
            core = [id for id, exercise in exercises.items() if exercise.core]
            yield (
                number,
                notebook.title,
                (self.count(core), len(core), notebook.core_minutes),
                (self.count(exercises), len(exercises), notebook.minutes),
            )

    def count(self, ids) -> int:
        """How many of these exercises were passed."""
        return sum(id in self.done for id in ids)

    def next(self) -> str:
        """The first exercise of the core that was not passed; after the core, of all."""
        everything = [
            exercise for _, found in registry.course().values() for exercise in found.values()
        ]
        left = [exercise for exercise in everything if exercise.id not in self.done]
        if not left:
            return "All done."
        first = min(left, key=lambda exercise: not exercise.core)
        return f"Next: {links.exercise(first.id)} {first.title}, about {first.minutes} min."

    def unfinished(self) -> Iterator[str]:
        """What was tried and not passed, with how often; and what else is left in a notebook that
        was begun.
        """
        tried = {id: len(answers) for id, answers in self.tries.items() if id not in self.done}
        said = [
            f"{links.exercise(id)} ({n} tr{'y' if n == 1 else 'ies'})" for id, n in tried.items()
        ]
        if said:
            yield f"Tried and not passed yet: {', '.join(said)}."
        for number, (_, exercises) in registry.course().items():
            left = [id for id in exercises if id not in self.done | tried.keys()]
            if 0 < len(left) < len(exercises):
                yield f"Left in {number}: {', '.join(map(links.exercise, left))}."

    def words(self) -> list[str]:
        """What is said below the table."""
        return [self.next(), *self.unfinished(), *[self.trouble] * bool(self.trouble)]

    def __repr__(self):
        lines = [
            f"{n}  {_bar(core, of)}  core {core:2} of {of:2}, all {done:2} of {all:2}  {title}"
            for n, title, (core, of, _), (done, all, _) in self.rows()
        ]
        return "\n".join([*lines, *map(plain, self.words())])

    def _repr_html_(self):
        head = "<tr><th>Notebook</th><th></th><th></th><th>Core</th><th>All</th></tr>"
        body = "".join(
            f"<tr><td>{n}</td><td {LEFT}>{as_html(links.notebook(n, title))}</td>"
            f"<td>{_bar(core, of)}</td>"
            f"<td>{core} of {of}, {short} min</td><td>{done} of {all}, {long} min</td></tr>"
            for n, title, (core, of, short), (done, all, long) in self.rows()
        )
        words = "".join(f"<p>{as_html(said)}</p>" for said in self.words())
        return f'<table class="course-progress">{head}{body}</table>{words}'


def _bar(done: int, of: int, width: int = 10) -> str:
    full = done * width // of
    return "●" * full + "○" * (width - full)
