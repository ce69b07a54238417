"""Pages of the site: what a reader without a kernel sees, and does not see before a click."""

import base64
import io
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from PIL import Image

from authoring.pins import pins
from authoring.site import page_parts, papers
from authoring.site.page import folds, page, shown
from course.notebook_files import read, role
from course.paths import ROOT, SOLUTIONS, sources
from course.stub import solved_lines
from exercises import find
from utils import alt_text

TASK = "### 0.2 How many numbers?\nA batch holds 32 pictures."
SOLVED = "### BEGIN SOLUTION\npixels = 32 * 3 * 28 * 28\n### END SOLUTION"


def cell(kind, source, name, tags=(), outputs=()):
    made = (
        new_code_cell(source, outputs=list(outputs))
        if kind == "code"
        else new_markdown_cell(source)
    )
    made["id"] = name
    made.metadata["tags"] = list(tags)
    return made


def picture():
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, format="png")
    return file.getvalue()


@pytest.fixture
def small(tmp_path):
    """A page of a title, one exercise and one figure, and the figures."""
    figure = new_output(
        "display_data",
        {"image/png": base64.b64encode(picture()).decode(), "text/plain": 'a "b" < c'},
        metadata={"image/png": {"alt": 'a "b" < c'}},
    )
    passed = new_output("display_data", {"text/plain": "Passed · 0.2 How many numbers? · right"})
    cells = [
        cell("markdown", "# 00 Title", "title"),
        cell("markdown", TASK, "ex-0-2", ["exercise"]),
        cell("code", SOLVED, "ex-0-2-solution", ["solution"]),
        cell("code", 'pixels = check("0.2", pixels)', "ex-0-2-check", ["check"], [passed]),
        cell(
            "code",
            "draw()",
            "figure",
            [],
            [figure, new_output("display_data", alt_text.under("the same"))],
        ),
    ]
    path = tmp_path / "00_title.ipynb"
    path.write_text(writes(new_notebook(cells=cells)))
    return page(path)


def test_the_answer_is_only_in_the_fold(small):
    _, task, stub, folds, _ = small[0].cells
    assert stub.source == "pixels = ..." and "32 * 3" not in task.source
    hint, solution = folds.source.split('<details class="course-solution">')
    assert (
        "<summary>Hint 1</summary>" in hint
        and "Multiply the four sizes." in hint
        and "32 * 3" not in hint
    )
    assert "<summary>Solution</summary>" in solution and "pixels = 32 * 3 * 28 * 28" in solution
    assert "BEGIN" not in solution and "right" not in solution


def test_the_solution_of_a_question_comes_with_its_reason():
    check = cell("code", 'letter = check("0.3", letter)', "ex-0-3-check", ["check"])
    solution = folds(check, "### BEGIN SOLUTION\nletter = 'c'\n### END SOLUTION").source
    assert find("0.3").because and find("0.3").because in solution


def test_a_figure_is_a_file_with_its_alt_text_and_size(small):
    notebook, figures = small
    html = notebook.cells[-1].outputs[0].data["text/html"]
    assert (
        Image.open(io.BytesIO(figures["00-figure-1.webp"])).tobytes()
        == Image.open(io.BytesIO(picture())).tobytes()
    )
    assert len(notebook.cells[-1].outputs) == 1
    assert 'src="_static/figures/00-figure-1.webp"' in html and 'width="30" height="20"' in html
    assert 'alt="a &quot;b&quot; &lt; c"' in html


def test_every_cell_of_text_can_be_linked_to(small):
    assert small[0].cells[0].source.startswith("(nb00-title)=\n# 00 Title\n")
    assert small[0].cells[1].source.startswith("(nb00-ex-0-2)=\n### 0.2")


@pytest.mark.parametrize("path", sources(SOLUTIONS), ids=lambda path: path.stem)
def test_no_page_shows_a_solution_or_a_card_outside_a_fold(path):
    solved = {
        line
        for one in read(path).cells
        if role(one) == "solution"
        for line in solved_lines(one.source)
    }
    for one in page(path)[0].cells:
        assert "Passed · " not in str(one.get("outputs"))
        assert role(one) != "solution" or not solved & set(one.source.split("\n")) - {""}


def test_a_paper_is_read_from_a_line_and_two_from_one():
    line = (
        "- Dilation: F. Yu and V. Koltun, *Multi-scale context*, ICLR 2016; Odena et al.,"
        " *Deconvolution*, 2017."
    )
    first, second = papers.papers(line)
    assert first == papers.Paper("Yu and Koltun", "Multi-scale context", 2016)
    assert second == papers.Paper("Odena and others", "Deconvolution", 2017)


def cited():
    return [paper for named in page_parts.cited().values() for paper in named]


def test_every_paper_has_its_authors_and_its_year():
    assert [paper for paper in cited() if not paper.year or not paper.authors[:1].isalpha()] == []
    assert len(papers.index(page_parts.cited())) > 30


def test_a_paper_has_one_year_wherever_it_is_named():
    years = {}
    for paper in cited():
        years.setdefault(papers.same(paper.title), set()).add(paper.year)
    assert {title: named for title, named in years.items() if len(named) > 1} == {}


def test_sections_are_taken_from_where_they_are_written():
    start = page_parts.fill("<!-- README.md: The course -->")
    assert (
        "| [02 Convolution shapes](02_convolution_shapes.ipynb) |" in start and "## " not in start
    )
    with pytest.raises(KeyError):
        page_parts.fill("<!-- README.md: No such section -->")


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_has_one_title(path):
    text = re.sub(
        r"^```.*?^```", "", page_parts.fill(path.read_text(encoding="utf-8")), flags=re.S | re.M
    )
    assert len(re.findall(r"^# ", text, re.M)) == 1


@pytest.mark.parametrize(
    "link, here",
    {
        "[07](notebooks/07_lenet.ipynb)": "[07](07_lenet.ipynb)",
        "[how](CONTRIBUTING.md)": "[how](author.md)",
        "[its license](data/README.md)": "its license",
        "[out](https://a.org/b)": "[out](https://a.org/b)",
    }.items(),
)
def test_a_link_of_the_readme_leads_to_a_page_or_is_text(link, here):
    assert page_parts.LINK.sub(page_parts.turned, link) == here


def test_the_list_of_the_site_is_pinned_says_why_and_repeats_nothing():
    asked = (ROOT / "book" / "requirements.in").read_text().splitlines()
    assert all("#" in line for line in asked if line.strip())
    own = pins((ROOT / "book" / "requirements.txt").read_text())
    names = {pin.split("==")[0].lower() for pin in own}
    assert {name.lower() for name in pins("\n".join(asked))} <= names and all(
        "==" in pin for pin in own
    )
    assert not names & {
        pin.split("==")[0].lower() for pin in pins((ROOT / "requirements.txt").read_text())
    }


def test_the_card_on_the_front_page_is_a_real_one():
    shown = "\n".join(page_parts.card())
    assert "course-not-yet" in shown and "You counted the steps between positions" in shown


@pytest.mark.parametrize("where", ["", "polygon(0% 0%, 50% 0%, 50% 50%)"])
def test_photographs_lie_over_their_figure_as_they_are(where):
    about = {"image/png": {"alt": "a cat", "pictures": where}}
    data = {"image/png": base64.b64encode(picture()).decode()}
    output = new_output("display_data", data, metadata=about)
    (html,) = [one.data["text/html"] for one in shown([output], "00-figure", {})]
    files, alts = (re.findall(rf'{name}="([^"]*)"', html) for name in ("src", "alt"))
    assert alts == (["a cat", ""] if where else ["a cat"])
    assert len(set(files)) == 1 and (f"clip-path: {where}" in html) == bool(where)
