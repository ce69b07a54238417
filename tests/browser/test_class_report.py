"""The class report in a browser: for everyone, on a phone and on paper, offline."""

import pytest

from classroom import report
from classroom.records.results import Graded, Result, Status

SIZES = {"a screen": (1280, 900), "a phone": (360, 740)}
IDS = [f"2.{number}" for number in range(1, 30)]
FOUND = "`conv2d(x=[[1.0]], w=[[2.0]])` gave\n```\n[3]\n```\nexpected\n```\n 2\n```\nWhat is off."


def answers(place: int) -> list[Result]:
    states = [list(Status)[(place * number) % 5] for number in range(len(IDS))]
    told = {"layer": "relation", "group": 1, "source": "x = 1" + " + 1" * 90, "found": FOUND}
    return [
        Result(id, status, 0, 1, "", **told if status == Status.WRONG else {})
        for id, status in zip(IDS, states)
    ]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """Of two runs, so that all parts are there."""
    out = tmp_path_factory.mktemp("class") / "grades.csv"
    runs = [
        [
            Graded(f"A. Student {n}", "02", answers(n + run), [], 1, "2026-11-20T18:03:11+00:00")
            for n in range(30)
        ]
        for run in range(2)
    ]
    report.write_all(runs[1], out, before=runs[0])
    return report.page_of(out)


@pytest.fixture
def opened(browser, page_file):
    context = browser.new_context()
    asked = []

    def visit(size="a screen", **media):
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size])))
        page.emulate_media(**media)
        page.goto(page_file.as_uri())
        return page

    yield visit
    context.close()
    assert set(asked) == {page_file.as_uri()}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_and_nothing_sticks_out(opened, barriers, scheme, size):
    page = opened(size, color_scheme=scheme)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_screen_reader_hears_the_state_of_each_cell(opened):
    page = opened()
    row = page.get_by_role("table", name="Students by exercises").get_by_role("row").nth(1)
    heard = {cell.inner_text().split()[-1] for cell in row.get_by_role("cell").all()[1:-1]}
    assert heard <= set(Status) and len(heard) > 1
    assert row.get_by_role("rowheader").inner_text().startswith("A. Student")


def test_the_exercises_stay_named_above_the_last_student(opened):
    page = opened("a phone")
    page.get_by_role("region", name="Who is stuck").evaluate(
        "region => { region.scrollIntoView(); region.scrollTop = region.scrollHeight }"
    )
    table = page.get_by_role("table", name="Students by exercises")
    exercises, *_, last = (row.bounding_box() for row in table.locator("th:first-child").all())
    assert 0 <= exercises["y"] < last["y"] < SIZES["a phone"][1]


def test_the_dark_stays_off_paper(opened):
    page = opened(color_scheme="dark", media="print")
    color = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(color) == "rgb(255, 255, 255)"
