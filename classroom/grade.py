"""Grade a folder of submitted notebooks: `python -m classroom.grade FOLDER --out grades.csv
[--feedback DIR]`.

Writes one line a student; marking.py says what counts. Every run draws new random cases; `--seed`
repeats the run whose CSV names it, and grades only what is new since. A run that is cut short
(Ctrl-C) goes on where it was when it is started again.
"""

import argparse
import contextlib
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from checker.exercise import Number
from classroom import marking, report
from classroom.judging import examine
from classroom.judging.examine import Terms
from classroom.machines.graders import Graders
from classroom.machines.journal import Journal, key
from classroom.machines.pool import Limits, Lost, Pool
from classroom.marks import sheet
from classroom.records import results
from classroom.records.record import dumps
from classroom.records.results import Graded, Result
from classroom.records.spliced import Known
from classroom.students import own_numbers, people
from classroom.students.roster import Roster
from classroom.submissions import collect, fates, outline
from classroom.submissions.collect import Submission
from classroom.walls import walls
from classroom.whole_class.same_answers import numbered
from course import command_line
from course.files import make_folder, remove
from course.paths import Complaint
from exercises.own_numbers import NUMBER

# Exit codes. 128 and the number of a signal say that it was stopped.
DONE, NOTHING, WRONG = 0, 1, 2
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SHOWN = 20  # lines of a kind on the screen
READING = 120.0  # seconds for one file
UNREADABLE = "cannot be read"


def run(
    options: argparse.Namespace,
    secret: own_numbers.Key | None,
    roster: Roster | None,
    rules: marking.Rules,
) -> int:
    """Grade a folder; the exit status. Raises Complaint before anything is graded."""
    folder, out = options.folder, options.out
    journal = Journal(out, options.seed)
    found, strays = collect.find(folder, roster)
    rules = rules.for_class({one.student for one in found}, roster)
    try:
        read, placed, graded = _graded(options, found, journal, secret)
    except Complaint as complaint:
        print(f"\n{complaint} {_so_far(journal)}")
        return WRONG
    except Stopped as stopped:
        print(f"\nStopped. {_so_far(journal)}")
        return 128 + stopped.args[0]  # as the shell has it
    strays += [one.path for one in read if not one.number]
    graded = [_with_remarks(one, strays, read, secret, roster) for one in numbered(graded)]
    fates.write_list(fates.of(read, placed, strays, folder), out)
    said = _write_all(options, graded, rules, roster)
    journal.keep()
    _report(graded, strays, folder, out, roster, _closed(options), said)
    return DONE if graded else NOTHING


def _graded(
    options: argparse.Namespace, found: list[Submission], journal: Journal, secret
) -> tuple[list[Submission], list[Submission], list[Graded]]:
    """All files as they were read, those that count, and what became of these."""
    closed = _closed(options)
    walls.prefix(closed)  # asked once, before the forks
    with _stoppable(), _scratch() as scratch, Pool(options.jobs, scratch) as pool:
        read = _read_all(pool, found, scratch, secret)
        placed = collect.newest([one for one in read if one.number])
        terms = Terms(journal.seed, options.seconds, partial=options.partial)
        graders = Graders(pool, closed, options.cluster)
        return read, placed, _grade_all(graders, placed, terms, journal, secret)


def _write_all(options: argparse.Namespace, graded: list[Graded], rules, roster) -> list[str]:
    """All that is asked for; what to say about it."""
    results.write_all(graded, options.out)
    report.write_all(graded, options.out, options.anonymous)
    said = marking.finish(graded, rules, roster, options.out, options.feedback)
    if options.alike:
        from classroom import alike  # loads a library that draws

        alike.write_all(graded, options.out)
        said.append(f"{alike.path_of(options.out)}: for a person to look at, and no proof.")
    return said


def _so_far(journal: Journal) -> str:
    return f"{len(journal.done)} are graded; the same command goes on from there."


class Stopped(BaseException):
    """The signal with this number asks the run to end."""


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Whatever asks this process to end, it takes with it all that it has started."""
    before = {number: signal.signal(number, _stop) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number, _):
    raise Stopped(number)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    try:
        yield folder
    finally:
        remove(folder)


def _read_all(pool, found: list[Submission], scratch: Path, secret) -> list[Submission]:
    known = scratch / "outline.json"
    drawn = {NUMBER: Known(own_numbers.outline())} if secret else {}
    known.write_text(dumps(outline.outline() | drawn), encoding="utf-8")
    few, many = collect.few(found)
    read = [replace(one, trouble=UNREADABLE) for one in few]
    tasks = [(one, known) for one in few]
    for place, result in pool.results(collect.read, tasks, Limits(READING)):
        if not isinstance(result, Lost):
            read[place] = result
    read = collect.placed([*read, *many])
    return [one if secret or one.number != NUMBER else replace(one, number="") for one in read]


def _grade_all(graders: Graders, submissions, terms, journal, secret) -> list[Graded]:
    """In the order of the submissions, what was graded before taken from the journal."""
    keys = {one.path: key(one, terms, secret) for one in submissions}
    journal.forget_all_but(keys.values())
    waiting = [one for one in submissions if keys[one.path] not in journal.done]
    drawn, lost = [_drawn(one, secret) for one in waiting], {}
    done = len(submissions) - len(waiting)
    with tqdm(total=len(submissions), initial=done, unit="notebook", disable=None) as bar:
        for place, result in graders.results(waiting, terms, drawn):
            one = waiting[place]
            if isinstance(result, Lost):
                why = f"could not be graded: {result.why}"
                lost[one.path] = examine.nothing(one.number, drawn[place]), [why]
            else:
                journal.add(keys[one.path], result)
            bar.set_postfix_str(people.readable(one.student))
            bar.update()
    return [
        _line(one, lost.get(one.path) or (journal.done[keys[one.path]], []), terms.seed)
        for one in submissions
    ]


def _line(one: Submission, became: tuple[list[Result], list[str]], seed: int) -> Graded:
    found, troubles = became
    about = (remarks(one) + troubles, seed, collect.changed(one.path), one.place)
    return Graded(one.student, one.number, found, *about, one.spliced.words)


def _drawn(submission: Submission, secret: own_numbers.Key | None) -> list[Number]:
    """The student's own exercises, where the submission is of those."""
    is_own = submission.number == NUMBER
    return own_numbers.exercises(secret, submission.student) if is_own else []


def _with_remarks(one: Graded, strays: list[Path], read: list[Submission], secret, roster):
    more = [*collect.beside(one.student, strays, read), *unlisted(one, secret, roster)]
    return replace(one, remarks=[*one.remarks, *more])


def remarks(submission: Submission) -> list[str]:
    trouble = [f"{submission.path.name} {submission.trouble}"] if submission.trouble else []
    return [*trouble, *submission.remarks]


def unlisted(one: Graded, secret: own_numbers.Key | None, roster=None) -> list[str]:
    """A remark where a name is not on the list, or own numbers were judged by those of a name that
    nobody was given any for.
    """
    found = []
    if one.number == NUMBER and secret.listed(one.student) not in secret.students:
        found.append("not among the students that the key was made for")
    if roster and one.student not in roster.names:
        found.append("not on the list of students")
    return found


def _report(graded, strays, folder, out, roster, closed, said) -> None:
    if walls.prefix(closed) is None:
        print(
            f"Graded without walls: {walls.why_none(closed)}. classroom/README.md says what that"
            " means."
        )
    for path in strays[:SHOWN]:
        name = people.readable(str(path.relative_to(folder)))
        print(f"Not a submission: {name} ({collect.why_not(path, folder)}).")
    if len(strays) > SHOWN:
        print(f"… and {len(strays) - SHOWN} more: see {fates.path_of(out).name}.")
    absent = roster.absent({one.student for one in graded}) if roster else []
    if absent:
        print(f"Nothing from {len(absent)} on the list: {', '.join(absent[:SHOWN])}.")
    none = [] if graded else [f"There is no notebook of this course in {folder}."]
    done = f"{len(graded)} graded, in {out}. The class report: {report.page_of(out).name}."
    print("\n".join([*said, *none, done]))


def arguments() -> argparse.ArgumentParser:
    parser = command_line.parser("classroom.grade", __doc__)
    parser.add_argument(
        "folder", type=Path, help="submitted notebooks, in a folder a student or all together"
    )
    parser.add_argument("--out", type=Path, required=True, help="the CSV to write")
    parser.add_argument(
        "--jobs",
        type=command_line.count,
        default=min(2, os.cpu_count() or 1),
        help="how many to grade at once",
    )
    parser.add_argument(
        "--seed",
        type=int,
        help="repeat the run whose CSV names this seed; only what is new is graded",
    )
    parser.add_argument(
        "--seconds",
        type=command_line.duration,
        default=10.0,
        help="longest that one exercise may take",
    )
    parser.add_argument(
        "--anonymous", action="store_true", help="leave the names out of the class report"
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler whose workers grade: tcp://host:8786",
    )
    parser.add_argument(
        "--alike", action="store_true", help="list pairs that agree more than their class explains"
    )
    parser.add_argument(
        "--partial", action="store_true", help="points by parts, where an answer has parts"
    )
    marking.add_arguments(parser)
    return parser


def main(given: list[str] | None = None) -> int:
    options = arguments().parse_args(given)
    try:
        collect.refuse(options.folder)
        refuse_missing("--cluster", "distributed", options.cluster)
        refuse_missing("--alike", "copydetect", options.alike)
        secret, roster = marking.who(options)
        rules = marking.rules(options, secret, roster)
        refuse_unwritable(options.out, options.feedback, options.by_hand)
        sheet.refuse_edited(options.out)
        return run(options, secret, roster, rules)
    except Complaint as complaint:
        print(complaint)
        return WRONG


def refuse_missing(option: str, package: str, is_asked) -> None:
    """Raises Complaint where an option needs a package that is not there."""
    if is_asked and not importlib.util.find_spec(package):
        raise Complaint(
            f"{option} needs the package {package}. Get it by"
            f" `{sys.executable} -m pip install {package}`."
        )


def refuse_unwritable(out: Path, feedback: Path | None, by_hand: Path | None) -> None:
    """Make the folders to write to; found out before the first notebook is graded. Raises
    Complaint.
    """
    if out.is_dir():
        raise Complaint(f"{out} is a folder. Give the name of a file, such as {out}/grades.csv.")
    for folder in filter(None, (out.parent, feedback, by_hand and by_hand.parent)):
        make_folder(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Complaint(f"{folder} cannot be written to. Choose another place.")


def _closed(options) -> tuple[Path, ...]:
    """What of the teacher's no learner's code may see."""
    theirs = [options.folder, options.out.parent, options.feedback, options.own, options.students]
    theirs += [options.overrides, options.by_hand]
    return tuple(path.resolve() for path in theirs if path)


if __name__ == "__main__":
    sys.exit(main())
