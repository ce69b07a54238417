"""Runs what stands above a check as the notebook would, up to the attempt that the check sees."""

import checker.notebook
from checker import errors, settings
from checker.sandbox import TimeUp
from classroom.records.job import Job, Trouble
from classroom.records.spliced import Step
from classroom.walls import shell

NOTHING = object()
CHECK = "check"
# What a notebook shows and nothing depends on.
SHOWN = ("again", "progress", "review")


class Rerun:
    """The steps of a job; afterwards `attempt` is what was handed in, and `trouble` the error of
    the cell that makes it, else the first of another.
    """

    def __init__(self, job: Job, earlier: dict):
        self.job, self.earlier, self.shell = job, earlier, shell.make()
        self.attempt, self.errors, self.waiting, self.broken = NOTHING, {}, [], set()
        self.shell.reset(new_session=False)
        self.shell.is_gone = False
        self.names = self.shell.user_ns
        self.names |= {one.name: earlier[one.id] for one in job.earlier if one.is_missing}
        for name in SHOWN:
            setattr(checker, name, lambda *args, **named: None)

    def run(self) -> None:
        """Raises TimeUp where it takes too long."""
        self._put_check()
        for step in self.job.steps:
            self._take(step)
            self._retry()
            if self.shell.is_gone:
                return
        if not self.job.has_check:
            self.attempt = self.names.get(self.job.name, NOTHING)
        settings.put_back()

    def _take(self, step: Step) -> None:
        if step.cell in self.broken:
            return
        if step.checks:
            self._put_check()  # whatever the learner's code has made of it
        error = self.shell.run(step.source)
        if isinstance(error, TimeUp):
            raise error
        if error is None:
            return
        if step.patient and isinstance(error, NameError):
            self.waiting.append((step, error))
        else:
            self._note(step, error)

    def _note(self, step: Step, error: BaseException) -> None:
        if not step.patient:
            self.broken.add(step.cell)
        if step.own:
            self.errors.setdefault(step.cell, error)

    def _retry(self) -> None:
        waiting, self.waiting = self.waiting, []
        for step, _ in waiting:
            self._take(step)

    @property
    def trouble(self) -> Trouble | None:
        waiting = {step.cell: error for step, error in self.waiting if step.own}
        found = self.errors | waiting
        if not found:
            return None
        cell = self.job.cell if self.job.cell in found else next(iter(found))
        return Trouble(said(found[cell]), errors.line_of(found[cell]), cell != self.job.cell)

    def _put_check(self) -> None:
        checker.check = checker.notebook.check = self.names[CHECK] = self._check

    def _check(self, id: str, attempt):
        """Stands in for the notebook's: it judges nothing, and hands on what the notebook does."""
        settings.put_back()
        if id == self.job.id:
            self.attempt = attempt
            return attempt
        return self.earlier.get(id, attempt)


def said(error: BaseException) -> str:
    text = errors.what_raised(error)
    return text + (f" (line {error.lineno})" if isinstance(error, SyntaxError) else "")
