"""A term in a few minutes: release, fetch, work, submit, collect, our grader, feedback, by
simulated students.

Student 1 solves one exercise, student 2 two, and so on, then again from none, so it is known what
each is due.
"""

import csv
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from classroom.hub import course, server
from classroom.hub.client import Hub, Student, Teacher
from classroom.hub.course import ASSIGNMENT, COURSE
from classroom.students import own_numbers
from course.cells import cell_id
from course.notebook_files import role
from course.paths import ROOT, SOLUTIONS, sources
from exercises import NOTEBOOKS, of
from exercises.own_numbers import NUMBER as OWN

NUMBER = "00"  # the notebook of the trial: the smallest
FILE = NOTEBOOKS[NUMBER].file


@dataclass(frozen=True)
class Plan:
    """How many exercises a student solves, of the notebook and of their own numbers."""

    solved: int
    own: int

    @property
    def due(self) -> list[int]:
        """The points for that, of both; a question of own numbers is worth one."""
        worth = [exercise.points for exercise in of(NUMBER).values()]
        return [sum(worth[: self.solved]), self.own]


def plan(place: int) -> Plan:
    """Of the student at a place, counted from 1: one more than the one before, then none again."""
    return Plan(place % (len(of(NUMBER)) + 1), (2 * place) % (len(own_numbers.TITLES) + 1))


@dataclass
class Term:
    """Runs the steps, one method each; `plans` say what each student will do."""

    folder: Path
    hub: Hub
    key: own_numbers.Key
    window: float  # seconds in which all submit
    until: float
    seconds: dict[str, float] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)

    @property
    def students(self) -> list[Student]:
        return [Student(self.hub, name, COURSE) for name in self.key.students]

    def each(self, step: Callable[[Student], object]) -> list:
        """All students at once. The first error of any of them is raised."""
        with ThreadPoolExecutor(len(self.key.students)) as pool:
            return list(pool.map(step, self.students))

    def run(self) -> None:
        steps = (
            self.start,
            self.release,
            self.fetch,
            self.work,
            self.submit,
            self.collect,
            self.grade,
            self.marks,
            self.feedback,
        )
        for step in steps:
            began = time.monotonic()
            print(f"{step.__name__:10}", end="", flush=True)
            said = step()
            self.seconds[step.__name__] = time.monotonic() - began
            print(f"{self.seconds[step.__name__]:7.1f} s   {said}", flush=True)
            if time.monotonic() > self.until:
                raise TimeoutError("The time for this trial is over.")

    def start(self) -> str:
        with ThreadPoolExecutor(4) as pool:
            names = ["teacher", *self.key.students]
            list(pool.map(lambda name: self.hub.start(name, self.until), names))
        return f"{len(names)} servers"

    def release(self) -> str:
        teacher = Teacher(self.hub)
        teacher.act("assign", ASSIGNMENT)
        course.add_own_numbers(self.folder)
        teacher.act("release", ASSIGNMENT)
        return "by the teacher, in the formgrader"

    def fetch(self) -> str:
        self.each(lambda student: student.act("fetch", ASSIGNMENT))
        if self.students[0].has("/formgrader/api/assignments"):
            raise RuntimeError("A student's server has the teacher's tools.")
        return f"{len(self.students)} students"

    def work(self) -> str:
        for place, student in enumerate(self.key.students, 1):
            self.plans[student] = plan(place)
        self.each(self._work)
        return f"worth {sum(sum(one.due) for one in self.plans.values())} points"

    def _work(self, student: Student) -> None:
        mine = self.plans[student.name]
        trusted = nbformat.read(sources(SOLUTIONS, [NUMBER])[0], 4)
        cells = {cell.id: cell.source for cell in trusted.cells if role(cell) == "solution"}
        answers = [e.answer for e in own_numbers.exercises(self.key, student.name)][: mine.own]
        numbers = {
            cell_id(asked.id, "solution"): f"{asked.name} = {answer}"
            for asked, answer in zip(own_numbers.outline(), answers)
        }
        fill(student, Path(ASSIGNMENT) / f"{FILE}.ipynb", dict(list(cells.items())[: mine.solved]))
        fill(
            student,
            Path(ASSIGNMENT) / own_numbers.FILE / own_numbers.file_name(student.name),
            numbers,
        )

    def submit(self) -> str:
        """At random moments of the window; how long the slowest answer took."""
        rng, longest = random.Random(0), self.window * 0.8
        delays = {name: rng.uniform(0, longest) for name in self.key.students}

        def submit(student):
            time.sleep(delays[student.name])
            began = time.monotonic()
            student.act("submit", ASSIGNMENT)
            return time.monotonic() - began

        took = sorted(self.each(submit))
        return (
            f"{len(took)} submissions, each within {took[-1]:.1f} s, half within"
            f" {took[len(took) // 2]:.1f} s"
        )

    def collect(self) -> str:
        Teacher(self.hub).act("collect", ASSIGNMENT)
        found = [
            path.parent.parent.name for path in self.submitted.glob(f"*/{ASSIGNMENT}/{FILE}.ipynb")
        ]
        if sorted(found) != sorted(self.key.students):
            raise RuntimeError(f"Lost: {', '.join(sorted(set(self.key.students) - set(found)))}")
        return f"{len(found)} of {len(self.key.students)} there"

    @property
    def submitted(self) -> Path:
        return course.root(self.folder) / "submitted"

    @property
    def grades(self) -> Path:
        """Among the teacher's files."""
        return course.root(self.folder) / "grades.csv"

    def grade(self) -> str:
        command = [
            sys.executable,
            "-m",
            "classroom.grade",
            str(self.submitted),
            "--out",
            str(self.grades),
            "--own",
            str(self.folder / f"{ASSIGNMENT}.key.json"),
            "--feedback",
            str(self.folder / "pages"),
            "--for",
            "nbgrader",
        ]
        left = max(1.0, self.until - time.monotonic())
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=left)
        graded = self.graded()
        wrong = sorted(name for name, one in self.plans.items() if graded.get(name) != one.due)
        if wrong:
            raise RuntimeError(f"Not graded as due: {', '.join(wrong)}")
        return f"{len(self.plans)} students, {2 * len(self.plans)} notebooks, each as due"

    def graded(self) -> dict[str, list[int]]:
        """Points by student: of the notebook, of their own numbers."""
        with open(self.grades, newline="", encoding="utf-8") as file:
            return {
                row["student"]: [int(row[f"notebook {number}"]) for number in (NUMBER, OWN)]
                for row in csv.DictReader(file)
            }

    def marks(self) -> str:
        """Into nbgrader's database, where the formgrader shows them."""
        command = [str(server.PROGRAM.with_name("python")), "-m", "classroom.nbgrader_marks"]
        told = [str(self.grades.with_suffix(".nbgrader.json")), ASSIGNMENT]
        told += ["--course", str(course.root(self.folder))]
        subprocess.run([*command, *told], cwd=ROOT, check=True, capture_output=True)
        shown = Teacher(self.hub).submissions(ASSIGNMENT)
        scores = {one["student"]: one["score"] for one in shown if one["autograded"]}
        if scores != {name: one.due[0] for name, one in self.plans.items()}:
            raise RuntimeError(f"The formgrader shows other marks: {scores}")
        return f"{len(scores)} of {len(self.plans)} students in the formgrader"

    def feedback(self) -> str:
        course.lay_out_feedback(self.folder, self.folder / "pages", list(self.key.students), FILE)
        Teacher(self.hub).act("release_feedback", ASSIGNMENT)
        self.each(lambda student: student.act("fetch_feedback", ASSIGNMENT))
        theirs = [
            name
            for name in self.key.students
            if any(f"<h1>{name}</h1>" in page for page in self._pages(name))
        ]
        if len(theirs) != len(self.key.students):
            raise RuntimeError(f"Only {len(theirs)} students have their page.")
        return f"{len(theirs)} students have their own page"

    def _pages(self, student: str) -> list[str]:
        """What lies in a student's home by way of nbgrader."""
        found = (self.folder / "homes" / student).glob(f"{ASSIGNMENT}/feedback/*/{FILE}.html")
        return [page.read_text(encoding="utf-8") for page in found]


def fill(student: Student, path: Path, sources: dict[str, str]) -> None:
    """Open a notebook, write into cells by their id, and save it."""
    notebook = student.read(path)
    for cell in notebook["cells"]:
        cell["source"] = sources.get(cell["id"], cell["source"])
    student.save(path, notebook)
