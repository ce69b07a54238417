"""The course at a glance: every notebook, and how much of it is done."""

from html import escape

from checker import marks, registry


class Progress:
    """Shows itself as a table; as text in a terminal."""

    def __init__(self):
        self.done, self.trouble = marks.passed()

    def rows(self):
        """For each notebook: number, title, minutes, exercises passed, exercises in all."""
        for number, (notebook, ids) in registry.course().items():
            yield (
                number,
                notebook.title,
                notebook.minutes,
                sum(id in self.done for id in ids),
                len(ids),
            )

    def __repr__(self):
        lines = [
            f"{n}  {_bar(done, of)}  {done:2} of {of:2}  {title}"
            for n, title, _, done, of in self.rows()
        ]
        return "\n".join(lines + ([self.trouble] if self.trouble else []))

    def _repr_html_(self):
        head = "<tr><th>Notebook</th><th></th><th>Minutes</th><th>Passed</th><th></th></tr>"
        body = "".join(
            f"<tr><td>{n}</td><td>{escape(title)}</td><td>{minutes}</td>"
            f"<td>{done} of {of}</td><td>{_bar(done, of)}</td></tr>"
            for n, title, minutes, done, of in self.rows()
        )
        trouble = f"<p>{escape(self.trouble)}</p>" if self.trouble else ""
        return f'<table class="course-progress">{head}{body}</table>{trouble}'


def _bar(done: int, of: int, width: int = 10) -> str:
    full = done * width // of
    return "●" * full + "○" * (width - full)
