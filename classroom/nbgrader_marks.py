"""Put the marks into nbgrader's database, in nbgrader's environment and its course's folder:

    python -m classroom.nbgrader_marks grades.nbgrader.json ASSIGNMENT [--course FOLDER]

Each notebook also goes into `autograded/`, with the cards below the checks: the formgrader and
nbgrader's feedback and export go on from there. Do not let nbgrader autograde after that: it would
run the students' code, and put its own points in place of these.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

try:
    from nbgrader.api import Gradebook, MissingEntry
except ModuleNotFoundError:
    print("There is no nbgrader here: run this with the Python of nbgrader's environment.")
    sys.exit(2)

TIME = "timestamp.txt"


def load(path: Path) -> list[dict]:
    """The marks in a file. Raises OSError or ValueError where there are none."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{path} holds no marks. classroom.grade --for nbgrader writes them.")
    return found


def put(found: list[dict], assignment: str, course: Path) -> int:
    """How many notebooks are there now. Raises MissingEntry where nbgrader has no such
    assignment.
    """
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        known = {one.name for one in gradebook.find_assignment(assignment).notebooks}
        theirs = [one for one in found if one["notebook"] in known]
        for one in theirs:
            _lay_out(one, assignment, course)
            _mark(gradebook, one, assignment, course)
        gradebook.db.commit()
    return len(theirs)


def _lay_out(one: dict, assignment: str, course: Path) -> None:
    """The notebook where nbgrader's autograder would put it."""
    submitted, autograded = (
        course / step / one["student"] / assignment for step in ("submitted", "autograded")
    )
    autograded.mkdir(parents=True, exist_ok=True)
    (autograded / f"{one['notebook']}.ipynb").write_text(one["text"], encoding="utf-8")
    for path in submitted.glob("*.txt"):
        shutil.copy(path, autograded)


def _mark(gradebook: Gradebook, one: dict, assignment: str, course: Path) -> None:
    gradebook.update_or_create_student(one["student"])
    gradebook.update_or_create_submission(
        assignment, one["student"], **_time(course / "submitted" / one["student"] / assignment)
    )
    notebook = gradebook.find_submission_notebook(one["notebook"], assignment, one["student"])
    notebook.late_submission_penalty = one["lost"]
    for grade in notebook.grades:
        mark = one["cells"].get(grade.name, {"found": 0, "by_hand": None})
        grade.auto_score, grade.manual_score = mark["found"], mark["by_hand"]
        grade.needs_manual_grade = False
    for comment in notebook.comments:
        comment.manual_comment = one["comments"].get(comment.name) or None


def _time(submitted: Path) -> dict[str, str]:
    """When it was submitted; by this nbgrader knows that it is graded."""
    path = submitted / TIME
    return {"timestamp": path.read_text(encoding="utf-8").strip()} if path.exists() else {}


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="classroom.nbgrader_marks", description=__doc__.partition("\n\n")[0]
    )
    parser.add_argument("marks", type=Path, help="grades.nbgrader.json, from --for nbgrader")
    parser.add_argument("assignment", help="its name in nbgrader")
    parser.add_argument("--course", type=Path, default=Path(), help="nbgrader's folder")
    options = parser.parse_args(given)
    try:
        found = load(options.marks)
        count = put(found, options.assignment, options.course.resolve())
    except (OSError, ValueError, MissingEntry) as error:
        print(f"Nothing was written: {error}")
        return 1
    print(f"{count} notebooks are marked in {options.course / 'gradebook.db'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
