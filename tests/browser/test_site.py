"""The built site in a browser: complete without the network, on a phone, in the dark, for
everyone.
"""

from urllib.parse import urlsplit

import pytest

from course.paths import SITE, STUDENT, number, sources

NAMES = {number(path): path.stem for path in sources(STUDENT)}
PAGES = ["index", *NAMES.values(), "glossary", "papers", "teacher", "author", "search"]
FIRST_LOAD = 2_000_000  # bytes
COMPLETE = "Promise.all([window.MathJax?.startup.promise, document.fonts.ready]).then(() => true)"
AT_REST = "document.getAnimations().length === 0"  # no color is on its way to another
SCROLLS_BY_KEY = (
    "[...document.querySelectorAll('pre')].every(a => a.scrollWidth <= a.clientWidth || a.tabIndex"
    " == 0)"
)
# Code and drawings that are wider than their place: all of them, the folded ones too.
WIDER = """[...document.querySelectorAll('.bd-article pre, .course-drawing')]
    .filter(block => block.scrollWidth > block.clientWidth + 1)
    .map(block => block.innerText.slice(0, 200))"""
# In the dark: what is around a figure, or around the frames of a film, and what is done to it.
AROUND = """kind => [...document.querySelectorAll(`.cell_output img${kind}`)].map(getComputedStyle)
    .map(style => `${style.padding} ${style.backgroundColor} ${style.filter}`)"""
SAME_PLACE = """all => all.map(one => {
    const [a, b] = [one, one.previousSibling].map(side => side.getBoundingClientRect())
    return a.width > 99 && "x y width height".split(" ").every(key => a[key] === b[key])
})"""


class Reader:
    """One tab for all pages: what they share is loaded and compiled once.

    `trouble` and `files` are what went wrong or left the site, and what came in, since the last
    page was asked for.
    """

    def __init__(self, page, site):
        self.page, self.site = page, site
        page.on("console", lambda said: said.type == "error" and self.trouble.append(said.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", self.stay_inside)
        page.on("response", self.note)

    def visit(self, name, size=(1280, 900), scheme="light"):
        self.trouble, self.files = [], set()
        self.page.set_viewport_size(dict(zip(("width", "height"), size)))
        self.page.emulate_media(color_scheme=scheme)
        self.page.goto(f"{self.site}{name}")
        self.page.wait_for_function(COMPLETE)
        self.page.wait_for_function(AT_REST)
        return self

    def stay_inside(self, request):
        if not request.url.startswith((self.site, "data:")):
            self.trouble.append(f"asked for {request.url}")

    def note(self, response):
        if response.status >= 400:
            self.trouble.append(f"{response.status} for {response.url}")
        elif response.url.startswith(self.site):
            self.files.add(SITE / urlsplit(response.url).path.lstrip("/"))

    @property
    def bytes(self):
        return sum(file.stat().st_size for file in self.files)


@pytest.fixture(scope="module")
def visit(browser, site):
    """Open a page: `visit("index.html", scheme="dark")`."""
    context = browser.new_context()
    context.set_default_timeout(90_000)  # a busy machine
    yield Reader(context.new_page(), site).visit
    context.close()


@pytest.mark.parametrize("name", [NAMES["03"], "glossary", "index"])
def test_axe_finds_no_serious_barrier_and_the_dark_is_dark(visit, barriers, name):
    page = visit(f"{name}.html").page
    # The theme sees to it 0.3 s after the page's last change.
    page.wait_for_function(SCROLLS_BY_KEY)
    assert barriers(page) == []
    dark = visit(f"{name}.html", scheme="dark").page
    red, green, blue = dark.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert max(red, green, blue) < 60
    assert barriers(dark, runOnly=["color-contrast"]) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_nothing_else_comes_fast_and_fits_a_phone(visit, name):
    seen = visit(f"{name}.html")
    assert bool(seen.page.locator("mjx-container").count()) == bool(
        seen.page.locator(".math").count()
    )
    assert seen.page.locator("mjx-merror").count() == 0
    print(f"{name}: {seen.bytes / 1e6:.2f} MB")
    assert 100_000 < seen.bytes < FIRST_LOAD
    seen.page.set_viewport_size({"width": 360, "height": 740})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert seen.page.locator("h1:visible").count() == 1
    silent = "img:not([alt]), img[alt='']:not(.course-pictures)"  # these say nothing new
    assert seen.page.locator(silent).count() == 0
    assert seen.trouble == []


@pytest.mark.parametrize("name", NAMES.values())
def test_code_and_drawings_fit_a_screen(visit, name):
    page = visit(f"{name}.html").page
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert page.evaluate(WIDER) == []


def test_in_the_dark_no_figure_has_a_frame_and_pictures_and_films_are_as_they_are(visit):
    page = visit(f"{NAMES['07']}.html", scheme="dark").page
    nothing = "0px rgba(0, 0, 0, 0)"
    turned = f"{nothing} invert(1) hue-rotate(180deg)"
    assert set(page.evaluate(AROUND, ".course-figure")) == {turned}
    assert set(page.evaluate(AROUND, ":not(.course-figure)")) == {f"{nothing} none"}
    pictures = page.locator(".course-pictures")
    assert pictures.count() > 5 and all(pictures.evaluate_all(SAME_PLACE))
    page.set_viewport_size({"width": 360, "height": 740})
    assert all(pictures.evaluate_all(SAME_PLACE))


def test_figures_come_when_they_are_in_sight(visit):
    page = visit(f"{NAMES['01']}.html").page
    figures = page.locator("img.course-figure")
    assert figures.count() > 5
    last = figures.last
    assert not last.evaluate("image => image.naturalWidth")
    last.scroll_into_view_if_needed()
    page.wait_for_function("image => image.naturalWidth > 100", arg=last.element_handle())


def test_the_search_finds_the_receptive_field(visit):
    page = visit("search.html?q=receptive+field").page
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all("all => all.map(one => one.href)")
    assert any(NAMES["02"] in link for link in links)


def test_a_solution_is_folded_and_opens(visit):
    page = visit(f"{NAMES['02']}.html").page
    fold = page.locator("details.course-solution").first
    code = fold.locator("pre")
    assert not code.is_visible()
    fold.locator("summary").click()
    assert code.is_visible() and "def output_size" in code.inner_text()


@pytest.mark.parametrize("notebook", ["03", "04"])
def test_an_explorer_moves_without_a_kernel(visit, notebook):
    page = visit(f"{NAMES[notebook]}.html").page
    explorer = page.locator(".course-explore").first
    before = explorer.inner_text()
    explorer.get_by_label("stride").press("ArrowRight")
    assert explorer.inner_text() != before
