"""What fills the gaps of the pages in book/: tables, and sections written elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import exercises
from authoring.site import glossary, lesson_pages, papers
from authoring.site.page import label
from checker.card import Card
from checker.exercise import Choice, Number
from checker.judge import judge
from course import lessons
from course.notebook_files import read
from course.paths import ROOT, SOLUTIONS, number, sources
from exercises import NOTEBOOKS

SECTION = re.compile(r"<!-- (?P<file>[\w/]+\.md)(?:: (?P<heading>.+))? -->")
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")
PAGES = {"CONTRIBUTING.md": "author.md"}
WRONG_ANSWER = """\
def output_size(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s
"""


def fill(markdown: str) -> str:
    """A page with its gaps filled: `<!-- glossary -->` is a key of MADE, `<!-- README.md: Start
    -->` a section.
    """
    for gap, made in MADE.items():
        if f"<!-- {gap} -->" in markdown:
            markdown = markdown.replace(f"<!-- {gap} -->", "\n".join(made()))
    return SECTION.sub(lambda match: section(match["file"], match["heading"]), markdown)


def section(file: str, heading: str | None) -> str:
    """What stands in a file under a heading of level 2, or its title; links lead to pages."""
    text = (ROOT / file).read_text(encoding="utf-8")
    parts = (
        re.split(r"^## (.+)$", text, flags=re.M)
        if heading
        else [None, None, text.split("\n", 1)[1]]
    )
    return LINK.sub(turned, dict(zip(parts[1::2], parts[2::2]))[heading].strip())


def turned(link: re.Match) -> str:
    """A link between files as one between pages; its text where the site has no such page."""
    target = link["target"]
    if ":" in target or target.startswith("#"):
        return link[0]
    page = (
        target.removeprefix("notebooks/") if target.startswith("notebooks/") else PAGES.get(target)
    )
    return f"[{link['text']}]({page})" if page else link["text"]


def listed() -> list[Path]:
    """The solved notebooks that the map of the course names."""
    return [path for path in sources(SOLUTIONS) if number(path) in NOTEBOOKS]


def toctree() -> Iterator[str]:
    yield from (path.stem for path in listed())


def card() -> Iterator[str]:
    """A wrong answer, and what its check says of it."""
    names = {}
    exec(WRONG_ANSWER, names)
    yield f'```python\n{WRONG_ANSWER}\noutput_size = check("2.1", output_size)\n```\n'
    yield Card(judge(exercises.find("2.1"), names["output_size"]))._repr_html_()


def teaching() -> Iterator[str]:
    yield "| notebook | minutes: core, all | exercises: core, all | points: core, all |"
    yield "|---|---|---|---|"
    for nn, notebook in NOTEBOOKS.items():
        asked = exercises.of(nn).values()
        core = [exercise for exercise in asked if exercise.core]
        points = [sum(exercise.points for exercise in some) for some in (core, asked)]
        yield (
            f"| [{nn} {notebook.title}]({notebook.file}.ipynb)"
            f" | {notebook.core_minutes}, {notebook.minutes} | {len(core)}, {len(asked)}"
            f" | {points[0]}, {points[1]} |"
        )


def glossary_table() -> Iterator[str]:
    yield "| term | Korean | what it is | taught in |"
    yield "|---|---|---|---|"
    for term in sorted(glossary.terms(), key=lambda term: term.english.lower()):
        if term.notebook in NOTEBOOKS:
            place = f"[{term.notebook}](#{label(term.notebook, term.cell)})"
            yield (
                f'| {term.english} | <span lang="ko">{term.korean}</span> | {term.meaning} |'
                f" {place} |"
            )


def cited() -> dict[str, list[papers.Paper]]:
    """The papers that each notebook names."""
    found = {
        number(path): [cell.source for cell in read(path).cells if cell.id == "sources"]
        for path in listed()
    }
    return {nn: [*papers.papers("\n".join(texts))] for nn, texts in found.items()}


def papers_table() -> Iterator[str]:
    yield "| year | paper | used in |"
    yield "|---|---|---|"
    for paper, numbers in papers.index(cited()):
        places = ", ".join(f"[{nn}](#{label(nn, 'sources')})" for nn in numbers)
        yield f"| {paper.year} | {paper.authors}: *{paper.title}* | {places} |"


def twelve_weeks() -> Iterator[str]:
    yield from lesson_pages.syllabus(lessons.TWELVE_WEEKS)


def six_weeks() -> Iterator[str]:
    yield from lesson_pages.syllabus(lessons.SIX_WEEKS)


def plans() -> Iterator[str]:
    yield from (f"- [{nn} {one.title}](lessons/{nn}.md)" for nn, one in NOTEBOOKS.items())


def on_paper() -> Iterator[str]:
    yield "  | notebook | of the core | more |"
    yield "  |---|---|---|"
    for nn in NOTEBOOKS:
        found = [one for one in exercises.of(nn).values() if isinstance(one, (Number, Choice))]
        core, more = (", ".join(one.id for one in found if one.core == part) for part in (1, 0))
        yield f"  | {nn} | {core} | {more} |"


MADE = {
    "lessons": plans,
    "on paper": on_paper,
    "twelve weeks": twelve_weeks,
    "six weeks": six_weeks,
    "toctree": toctree,
    "card": card,
    "teaching": teaching,
    "glossary": glossary_table,
    "papers": papers_table,
}
