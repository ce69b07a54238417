"""The course at a glance: every notebook, how much of it is done, and what comes next."""

from html import escape

from checker import marks, registry


class Progress:
    """Shows itself as a table; as text in a terminal."""

    def __init__(self):
        self.done, self.trouble = marks.passed()

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
        return f"Next: {first.id} {first.title}, about {first.minutes} min."

    def __repr__(self):
        lines = [
            f"{n}  {_bar(core, of)}  core {core:2} of {of:2}, all {done:2} of {all:2}  {title}"
            for n, title, (core, of, _), (done, all, _) in self.rows()
        ]
        return "\n".join(lines + [self.next()] + ([self.trouble] if self.trouble else []))

    def _repr_html_(self):
        head = "<tr><th>Notebook</th><th></th><th></th><th>Core</th><th>All</th></tr>"
        body = "".join(
            f"<tr><td>{n}</td><td>{escape(title)}</td><td>{_bar(core, of)}</td>"
            f"<td>{core} of {of}, {short} min</td><td>{done} of {all}, {long} min</td></tr>"
            for n, title, (core, of, short), (done, all, long) in self.rows()
        )
        words = "".join(f"<p>{escape(said)}</p>" for said in (self.next(), self.trouble) if said)
        return f'<table class="course-progress">{head}{body}</table>{words}'


def _bar(done: int, of: int, width: int = 10) -> str:
    full = done * width // of
    return "●" * full + "○" * (width - full)
