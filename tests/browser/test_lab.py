"""A learner's first quarter of an hour with notebook 02 in JupyterLab, in the light and in the
dark.
"""

import json

import pytest

from course.paths import STUDENT, sources

WRONG = "def output_size(n, k, s=1, p=0, d=1):\n    return (n + 2 * p - d * (k - 1) - 1) // s"
RIGHT = f"{WRONG} + 1"
OTHERS = [f"{WRONG} - {shift}" for shift in (1, 2, 3)]  # wrong in other ways
FIGURES = """\
plots.bars({"a": torch.tensor([1.0, 2.0])}, "a chart", xlabel="x")
plots.images([torch.eye(3)], ["eye"], "a picture")"""
SAME_PLACE = """all => all.map(one => {
    const [a, b] = [one, one.previousSibling].map(side => side.getBoundingClientRect())
    return a.width > 99 && "x y width height".split(" ").every(key => a[key] === b[key])
})"""
ERRORS = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
# Milliseconds that opening, and running all of a notebook may take on a busy machine.
START, WHOLE = (90_000, 240_000)
THEMES = ("Light", "Dark")
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
Late = pytest.importorskip("playwright.sync_api").TimeoutError
pytestmark = pytest.mark.xdist_group("lab")  # one JupyterLab for all


@pytest.fixture(scope="module")
def page(browser, lab):
    """JupyterLab, started once: a notebook more is a tab more, as a learner opens it."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(lab[0])
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=START)
    yield page
    context.close()


@pytest.fixture
def opened(page, lab):
    """Open a notebook, or show it again: `opened("02")`. There are no marks at first."""
    lab[1].unlink(missing_ok=True)
    return lambda number: Notebook(page, number)


class Notebook:
    """A student notebook in JupyterLab."""

    def __init__(self, page, number):
        [path] = sources(STUDENT, [number])
        cells = json.loads(path.read_text())["cells"]
        self.page, self.places = page, {cell["id"]: place for place, cell in enumerate(cells)}
        self.checks = sum("check" in cell["metadata"].get("tags", []) for cell in cells)
        self.command("docmanager:open", {"path": path.name})
        there = "([cells, count]) => document.querySelectorAll(cells).length === count"
        page.wait_for_function(there, arg=[f"{SHOWN} .jp-Cell", len(cells)], timeout=START)
        kernel = (
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status ==="
            " 'idle'"
        )
        page.wait_for_function(kernel, timeout=START)

    def command(self, name, options=None):
        """Start a command of JupyterLab, as its menu does."""
        start = "([name, options]) => { window.jupyterapp.commands.execute(name, options) }"
        self.page.evaluate(start, [name, options or {}])

    def wear(self, theme):
        self.command("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {theme}"
        )

    def all(self, selector):
        return self.page.locator(f"{SHOWN} {selector}")

    def cell(self, id):
        return self.all(".jp-Cell").nth(self.places[id])

    def type(self, id, text):
        self.cell(id).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def run(self, *ids):
        for id in ids:
            prompt = self.cell(id).locator(".jp-InputPrompt")
            before = prompt.inner_text()
            self.cell(id).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            number = (
                "([one, before]) => /\\[\\d+\\]/.test(one.textContent) && one.textContent !=="
                " before"
            )
            self.page.wait_for_function(
                number, arg=[prompt.element_handle(), before], timeout=START
            )
        return self.cell(ids[-1])

    def turned(self, pictures):
        """Whether pictures are shown with black and white exchanged: a set of all answers."""
        inverted = "all => all.map(one => getComputedStyle(one).filter.includes('invert'))"
        return set(self.all(f".jp-RenderedImage {pictures}").evaluate_all(inverted))

    def run_all(self):
        self.command("notebook:run-all-cells")
        done = (
            "all => [...document.querySelectorAll(all)].every(one =>"
            " /\\[\\d+\\]/.test(one.textContent))"
        )
        self.page.wait_for_function(
            done, arg=f"{SHOWN} .jp-CodeCell .jp-InputPrompt", timeout=WHOLE
        )


def test_they_share_one_jupyterlab(request):
    """A pytest newer than pytest-xdist knows loses the group, and says nothing."""
    assert request.node.nodeid.endswith("@lab") or not request.config.getoption("loadgroup", False)


def test_an_untouched_notebook_runs(opened):
    notebook = opened("02")
    notebook.run_all()
    assert notebook.all(ERRORS).count() == 0
    questions = 1  # those that it opens with
    assert notebook.all(".course-card.course-to-do").count() == notebook.checks + questions
    pictures = notebook.all(".jp-RenderedImage img:not(.course-pictures)")
    assert pictures.count() > 5 and all(pictures.evaluate_all("all => all.map(one => one.alt)"))
    assert not any(fold.is_visible() for fold in notebook.all(".course-words").all())


def test_a_learner_meets_notebook_02(opened, barriers):
    from exercises import of  # loads torch, which no other test here needs

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

    for others, answer in enumerate(OTHERS, 1):
        notebook.type("ex-2-1-solution", answer)
        card = notebook.run("ex-2-1-solution", "ex-2-1-check").locator(".course-card")
        assert card.locator("details[open]").count() == min(others, len(of("02")["2.1"].hints))
    assert "This is try 4; all hints are unfolded." in card.inner_text()

    notebook.type("ex-2-1-solution", RIGHT)
    passed = notebook.run("ex-2-1-solution", "ex-2-1-check").locator(".course-card.course-passed")
    assert passed.inner_text().replace("\n", " ").startswith("✓ Passed · 2.1")

    start = opened("00")
    rows = start.run("imports", "progress").locator(".course-progress tr").all_inner_texts()
    assert any(row.startswith("02") and f"1 of {len(of('02'))}" in row for row in rows)
    start.cell("progress").get_by_role("link", name="2.2", exact=True).click()
    shown = "window.jupyterapp.shell.currentWidget?.context?.path.startsWith('02_')"
    start.page.wait_for_function(shown, timeout=START)


def test_a_notebook_opens_with_questions_from_before(opened, barriers):
    notebook = opened("02")
    asked = notebook.run("review").locator(".course-card.course-to-do").inner_text()
    notebook.type("review", 'from checker import review\n\nreview([-1, -1, -1], before="02")')
    card = notebook.run("review").locator(".course-card.course-not-yet")
    assert asked.split("\n")[1] in card.inner_text()
    card.locator("a").first.click()  # to the exercise that the first question comes from
    there = "window.jupyterapp.shell.currentWidget?.context?.path.match(/^0[01]_/)"
    notebook.page.wait_for_function(there, timeout=START)
    opened("02")
    for theme in THEMES:
        notebook.wear(theme)
        assert barriers(notebook.page, ".course-card") == []


def test_a_link_into_a_notebook_that_is_not_open_leads_to_the_exercise(opened, lab):
    lab[1].write_text("6.1\n")
    rows = opened("00").run("imports", "progress")
    in_sight = """id => {
        const { context, content } = window.jupyterapp.shell.currentWidget ?? {}
        const cell = content?.widgets?.find(one => one.model.id === id)?.node
        if (!context?.path.startsWith('06_') || !cell?.isConnected) return false
        const [around, box] = [content.node, cell].map(one => one.getBoundingClientRect())
        return around.top < box.bottom && box.top < around.bottom
    }"""
    rows.get_by_role("link", name="6.12", exact=True).click()
    try:
        rows.page.wait_for_function(in_sight, arg="ex-6-12", timeout=START / 3)
    except Late:  # JupyterLab gives up after ten seconds; once all cells are drawn it can't fail
        opened("06")
        opened("00")
        rows.get_by_role("link", name="6.12", exact=True).click()
        rows.page.wait_for_function(in_sight, arg="ex-6-12", timeout=START)


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


def test_on_a_dark_page_a_figure_is_dark_and_its_pictures_are_as_they_are(opened):
    notebook = opened("03")
    notebook.type("ex-3-1-solution", FIGURES)
    notebook.run("imports", "ex-3-1-solution")
    pictures = notebook.all(".jp-RenderedImage .course-pictures")
    for theme in THEMES:
        notebook.wear(theme)
        assert notebook.turned("img.course-chart") == {theme == "Dark"}
        assert notebook.turned("img:not(.course-chart)") == {False}
        assert pictures.evaluate_all("all => all.map(one => one.checkVisibility())") == [
            theme == "Dark"
        ]
    assert pictures.evaluate_all(SAME_PLACE) == [True]
