"""The folder of a trial: the teacher's course, the exchange, and every server's settings."""

import json
import shutil
from pathlib import Path

from classroom import assignment
from classroom.students import own_numbers
from course.files import write
from course.paths import ROOT

HERE = Path(__file__).parent
COURSE, ASSIGNMENT = "cnn", "first"
EXCHANGE = (
    'c = get_config()\nc.Exchange.root = "{folder}/exchange"\nc.CourseDirectory.course_id ='
    ' "{course}"\n'
)
TEACHER = (
    'c = get_config()\nc.CourseDirectory.root = "{root}"\nc.ExchangeCollect.check_owner = False\n'
)
PYTHON = str(ROOT / ".venv/bin/python")
KERNEL = {
    "argv": [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
}
NOT_FOR_STUDENTS = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.course_list": False,
}


def root(folder: Path) -> Path:
    """The teacher's course; the formgrader wants it somewhere in the teacher's home."""
    return folder / "homes" / "teacher" / COURSE


def lay_out(folder: Path, students: list[str], notebooks: list[str]) -> own_numbers.Key:
    """Fill an empty folder; the key of the students' own numbers."""
    for name in ("exchange", "config/all", "config/teacher", "config/student"):
        (folder / name).mkdir(parents=True)
    (root(folder) / "source").mkdir(parents=True)
    (folder / "exchange").chmod(0o777)
    made = folder / ASSIGNMENT
    assignment.make(notebooks, made, students)
    shutil.copytree(
        made, root(folder) / "source" / ASSIGNMENT, ignore=shutil.ignore_patterns(own_numbers.FILE)
    )
    configure(folder)
    return own_numbers.load(assignment.key_file(made))


def configure(folder: Path) -> None:
    """nbgrader's settings are the classroom's; where things are; a kernel that has the course."""
    config = folder / "config"
    ours = (HERE.parent / "nbgrader_config.py").read_text(encoding="utf-8")
    where = EXCHANGE.format(folder=folder, course=COURSE)
    write(config / "all/nbgrader_config.py", f"{ours}\n{where}")
    write(config / "teacher/nbgrader_config.py", TEACHER.format(root=root(folder)))
    shutil.copy(HERE / "server_config.py", config / "all/jupyter_server_config.py")
    extensions = {"ServerApp": {"jpserver_extensions": NOT_FOR_STUDENTS}}
    write(config / "student/jupyter_server_config.json", json.dumps(extensions))
    write(folder / "share/kernels/python3/kernel.json", json.dumps(KERNEL))


def add_own_numbers(folder: Path) -> None:
    """nbgrader hands out what is at the top of an assignment; a folder goes in after that."""
    release = root(folder) / "release" / ASSIGNMENT
    shutil.copytree(
        folder / ASSIGNMENT / own_numbers.FILE, release / own_numbers.FILE, dirs_exist_ok=True
    )


def lay_out_feedback(folder: Path, pages: Path, students: list[str], notebook: str) -> None:
    """Our pages where nbgrader looks for its own, one for each notebook."""
    for student in students:
        submitted = root(folder) / "submitted" / student / ASSIGNMENT
        feedback = root(folder) / "feedback" / student / ASSIGNMENT
        feedback.mkdir(parents=True)
        shutil.copy(pages / f"{student}.html", feedback / f"{notebook}.html")
        for name in ("timestamp.txt", "submission_secret.txt"):
            shutil.copy(submitted / name, feedback)
