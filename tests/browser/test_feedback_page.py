"""The page that a student gets back: in the dark, on a phone."""

import pytest

import exercises
from checker.judge import judge
from classroom.judging.graded_card import GradedCard
from classroom.marks import feedback
from classroom.marks.marks import Mark, Marked

SIZES = {"a screen": (1280, 900), "a phone": (360, 740)}
LONG = "a/very/long/name/" + "of_a_file" * 20


def marks() -> list[Mark]:
    """Of every state, and one by hand."""
    asked = exercises.of("02")
    given = {"2.1": asked["2.1"].answer, "2.8": asked["2.8"].mistakes[0].attempt, "2.9": ...}
    cards = {id: GradedCard(judge(asked[id], answer)) for id, answer in given.items()}
    shown = [Mark(id, "", 1, 2, card._repr_html_()) for id, card in cards.items()]
    return [*shown, Mark("13 Method", "by hand", 2.5, 5, reason="traceable")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_and_nothing_sticks_out(browser, barriers, tmp_path, scheme, size):
    path = tmp_path / "anna.html"
    path.write_text(feedback.page("Anna Berg", [Marked("Anna Berg", "02", marks(), [LONG])]))
    viewport = dict(zip(("width", "height"), SIZES[size]))
    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    page.goto(path.as_uri())
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 21, 21)"}[scheme]
    page.close()
