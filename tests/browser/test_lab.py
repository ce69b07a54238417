"""A learner's first quarter of an hour with notebook 02 in JupyterLab, in the light and in the dark."""

import itertools
import json

import pytest

from authoring.paths import STUDENT
from utils.exercises import NOTEBOOKS, of

WRONG = "def output_size(n, k, s=1, p=0, d=1):\n    return (n + 2 * p - d * (k - 1) - 1) // s"
RIGHT = f"{WRONG} + 1"
ERRORS = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
START, WHOLE = 90_000, 240_000  # milliseconds that opening, and running all of a notebook may take on a busy machine
THEMES = ("Light", "Dark")
pytestmark = pytest.mark.xdist_group("lab")  # one JupyterLab for all
workspaces = itertools.count()


class Notebook:
    """A student notebook, open in JupyterLab."""

    def __init__(self, page, address, number):
        file = f"{NOTEBOOKS[number].file}.ipynb"
        cells = json.loads((STUDENT / file).read_text())["cells"]
        self.page, self.places = page, {cell["id"]: place for place, cell in enumerate(cells)}
        self.checks = sum("check" in cell["metadata"].get("tags", []) for cell in cells)
        page.goto(address.format(f"{number}{next(workspaces)}", file))  # a workspace of its own: no other tabs
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=START)
        count = "count => document.querySelectorAll('.jp-Notebook .jp-Cell').length === count"
        page.wait_for_function(count, arg=len(cells), timeout=START)
        kernel = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        page.wait_for_function(kernel, timeout=START)

    def command(self, name, options=None):
        """Start a command of JupyterLab, as its menu does."""
        start = "([name, options]) => { window.jupyterapp.commands.execute(name, options) }"
        self.page.evaluate(start, [name, options or {}])

    def wear(self, theme):
        self.command("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        self.page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {theme}")

    def cell(self, id):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.places[id])

    def type(self, id, text):
        self.cell(id).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def run(self, *ids):
        for id in ids:
            self.cell(id).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            self.settle(id)
        return self.cell(ids[-1])

    def settle(self, id):
        """Wait until a cell has been run: its number is back."""
        self.page.wait_for_function(
            "place => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-Notebook .jp-Cell')[place]"
            ".querySelector('.jp-InputPrompt').textContent)", arg=self.places[id], timeout=START)  # fmt: skip

    def run_all(self):
        self.command("notebook:run-all-cells")
        done = "all => all.every(one => /\\[\\d+\\]/.test(one.textContent))"
        self.page.wait_for_function(
            f"({done})([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')])", timeout=WHOLE
        )


@pytest.fixture
def opened(browser, lab):
    """Open a notebook, `opened("02")`, without marks."""
    address, marks = lab
    marks.unlink(missing_ok=True)
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    context.set_default_timeout(30_000)
    yield lambda number: Notebook(context.new_page(), address, number)
    context.close()


def test_an_untouched_notebook_runs(opened):
    notebook = opened("02")
    notebook.run_all()
    assert notebook.page.locator(ERRORS).count() == 0
    assert notebook.page.locator(".course-card.course-to-do").count() == notebook.checks
    pictures = notebook.page.locator(".jp-RenderedImage img")
    assert pictures.count() > 5 and all(pictures.evaluate_all("all => all.map(one => one.alt)"))
    assert not any(fold.is_visible() for fold in notebook.page.locator(".course-words").all())


def test_a_learner_meets_notebook_02(opened, barriers):
    notebook = opened("02")
    notebook.run("imports")
    notebook.type("ex-2-1-solution", WRONG)
    card = notebook.run("ex-2-1-solution", "ex-2-1-check").locator(".course-card.course-not-yet")
    assert "You counted the steps between positions" in card.inner_text()
    assert "output_size(7, 3) gave 4, expected 5" in card.inner_text()

    hint = card.locator("details").first
    assert of("02")["2.1"].hints[0].replace("`", "") not in hint.inner_text()
    hint.locator("summary").click()
    assert of("02")["2.1"].hints[0].replace("`", "") in hint.inner_text()
    for theme in THEMES:
        notebook.wear(theme)
        assert barriers(notebook.page, ".course-card") == []

    notebook.type("ex-2-1-solution", RIGHT)
    passed = notebook.run("ex-2-1-solution", "ex-2-1-check").locator(".course-card.course-passed")
    assert passed.inner_text().replace("\n", " ").startswith("✓ Passed · 2.1")

    start = opened("00")
    rows = start.run("imports", "progress").locator(".course-progress tr").all_inner_texts()
    assert any(row.startswith("02") and f"1 of {len(of('02'))}" in row for row in rows)


def test_a_learner_moves_the_explorer_of_03(opened, barriers):
    notebook = opened("03")
    explorer = notebook.run("imports", "explore-1d").locator(".course-explore")
    assert "stands at 7" in explorer.inner_text()
    stride = explorer.get_by_label("stride")
    stride.focus()
    stride.press("ArrowRight")
    assert "stands at 4" in explorer.inner_text()
    for theme in THEMES:
        notebook.wear(theme)
        assert barriers(notebook.page, ".course-explore") == []
