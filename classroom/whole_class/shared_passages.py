"""Which submissions agree more than their class explains, and the page that shows them.

Passages are found by copydetect, which winnows (Schleimer, Wilkerson and Aiken, *Winnowing*, 2003)
and sees no names, comments or spaces. What also stands in the notebook that was handed out, or in
our solved one, counts for nothing; what many have counts for little.
"""

import io
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

import jinja2
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import highlight_overlap
from markupsafe import Markup

from checker.exercise import Choice, Number
from classroom.records.results import Graded
from classroom.submissions import outline
from exercises import NOTEBOOKS, find

LENGTH, WINDOW = 18, 4  # characters of code without names and spaces
FAR = 4.5  # spreads above the median from which a pair is listed
SPREAD = 1.4826  # standard deviations of a normal distribution in its median deviation
LONGEST = 5  # exercises that are shown of a pair


@dataclass(frozen=True)
class Shared:
    """Two answers to an exercise with what they share marked, and how many more have it."""

    id: str
    title: str
    sources: tuple[Markup, Markup]
    others: int


@dataclass(frozen=True)
class Pair:
    """Two students; `far` is how far they are above the median, in spreads; of the exercises in
    which they share something that our solution lacks, the rarest first.
    """

    students: tuple[str, str]
    far: float
    shared: list[Shared]


@dataclass(frozen=True)
class Sheet:
    """One notebook. `public` are students with the exercises in which they have our solution but
    for names, where these are most of theirs; `answered` says how many those are of.
    """

    number: str
    students: int
    pairs: list[Pair]
    public: dict[str, list[str]]
    answered: dict[str, int]


def page(graded: list[Graded]) -> str:
    """As HTML that needs nothing else."""
    found = [sheet(number, theirs) for number, theirs in _by_notebook(graded).items()]
    return _pages().get_template("alike.html.jinja").render(sheets=found, far=FAR)


def _pages() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    pages = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    pages.globals |= {"notebooks": NOTEBOOKS, "longest": LONGEST}
    return pages


def _by_notebook(graded: list[Graded]) -> dict[str, list[Graded]]:
    found = defaultdict(list)
    for one in graded:
        if one.number in NOTEBOOKS:
            found[one.number].append(one)
    return dict(sorted(found.items()))


def sheet(number: str, graded: list[Graded]) -> Sheet:
    answers = dict(_answers(number, graded))
    rarity = {id: Rarity(theirs) for id, theirs in answers.items()}
    listed = _listed([one.student for one in graded], rarity)
    answered = Counter(student for theirs in answers.values() for student in theirs)
    equal = _equal_to_ours(number, answers)
    public = {student: ids for student, ids in equal.items() if 2 * len(ids) > answered[student]}
    pairs = [Pair(two, far, _shared(two, rarity)) for two, far in listed]
    return Sheet(number, len(graded), pairs, public, answered)


def _equal_to_ours(number: str, answers: dict[str, dict]) -> dict[str, list[str]]:
    """By student, the exercises in which they have our solution but for names."""
    ours, equal = _ours(number), defaultdict(list)
    for id, theirs in answers.items():
        for student, one in theirs.items():
            if one.filtered_code == ours[id].filtered_code:
                equal[student].append(id)
    return equal


def _answers(number: str, graded: list[Graded]) -> Iterator[tuple[str, dict]]:
    """By exercise, what the students wrote, without what was there before. A number or a letter
    says nothing.
    """
    known = set().union(*(fingerprint(text).hashes for text in _public(number)))
    written = defaultdict(dict)
    for one in graded:
        for result in one.results:
            if result.source and not isinstance(find(result.id), (Number, Choice)):
                written[result.id][one.student] = fingerprint(result.source, WINDOW, known)
    yield from written.items()


def _public(number: str) -> list[str]:
    """All code cells of our solved notebook, and the stubs."""
    stubs = [one.stub for one in outline.exercises(number)]
    return [cell.source for cell in outline.cells(number)] + stubs


def _ours(number: str) -> dict[str, CodeFingerprint]:
    return {id: fingerprint(source) for id, source in outline.solutions(number).items()}


def fingerprint(text: str, window: int = 1, known: set[int] = frozenset()) -> CodeFingerprint:
    """Of a text, without the passages that are known."""
    made = CodeFingerprint("", LENGTH, window, language="python", fp=io.StringIO(text))
    made.hashes -= known
    return made


class Rarity:
    """The answers of a class to one exercise."""

    def __init__(self, answers: dict[str, CodeFingerprint]):
        self.answers = answers
        self.counts = Counter(one for answer in answers.values() for one in answer.hashes)

    def others(self, one: str, other: str) -> int | None:
        """How many others have the rarest passage that two share; None where there is none."""
        if not {one, other} <= self.answers.keys():
            return None
        shared = self.answers[one].hashes & self.answers[other].hashes
        return min((self.counts[passage] for passage in shared), default=1) - 2 if shared else None

    def weight(self, one: str, other: str) -> float:
        """Minus the logarithm of the share of the class that has it."""
        others = self.others(one, other)
        return 0 if others is None else math.log((len(self.answers) - 1) / (others + 1))


def _listed(students: list[str], rarity: dict[str, Rarity]) -> list[tuple[tuple[str, str], float]]:
    """The pairs far above the median, the farthest first."""
    pairs = list(combinations(sorted(students), 2))
    if not pairs:
        return []
    far = _spreads([sum(one.weight(*two) for one in rarity.values()) for two in pairs])
    listed = [(two, one) for two, one in zip(pairs, far) if one >= FAR]
    return sorted(listed, key=lambda one: -one[1])


def _spreads(scores: list[float]) -> list[float]:
    """How far each lies above the median, in spreads."""
    middle = median(scores)
    spread = max(SPREAD * median(abs(one - middle) for one in scores), 1)
    return [(one - middle) / spread for one in scores]


def _shared(two: tuple[str, str], rarity: dict[str, Rarity]) -> list[Shared]:
    found = [(one.others(*two), id) for id, one in rarity.items()]
    rarest = sorted((others, id) for others, id in found if others is not None)
    return [
        Shared(id, find(id).title, _marked(*(rarity[id].answers[one] for one in two)), others)
        for others, id in rarest
    ]


def _marked(one: CodeFingerprint, other: CodeFingerprint) -> tuple[Markup, Markup]:
    _, _, slices = compare_files(one, other)
    texts = [
        highlight_overlap(answer.raw_code, where, "<mark>", "</mark>", escape_html=True)[0]
        for answer, where in zip((one, other), slices)
    ]
    return Markup(texts[0]), Markup(texts[1])
