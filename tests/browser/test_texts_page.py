"""The page for marks by hand: what is clicked there counts, by the file that it saves."""

import pytest

from classroom.submissions import words
from tests.small_class import left, mark, rows, submission

TEXT = 'I tried "less", =A1, ünd\n\n- twice\n</script><script>alert(1)</script>'
SIZES = {"a screen": (1280, 900), "a phone": (360, 740)}


@pytest.fixture
def listed(tmp_path):
    """The list of texts of two students."""
    out = left(tmp_path, submission("=Ann", "13", words=TEXT), submission("Ben", "13"))
    assert mark(out, "--by-hand", tmp_path / "texts.csv") == 0
    return tmp_path / "texts.csv"


@pytest.fixture
def opened(browser, listed):
    context = browser.new_context()

    def visit(size="a screen", **media):
        page = context.new_page()
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size])))
        page.emulate_media(**media)
        page.goto(listed.with_suffix(".html").as_uri())
        return page

    yield visit
    context.close()


def save(page, listed) -> dict[str, dict[str, str]]:
    """Put what the page saves in the place of the list; the marks made with it."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save texts.csv").click()
    assert download.value.suggested_filename == listed.name
    download.value.save_as(listed)
    return marked(listed)


def marked(listed) -> dict[str, dict[str, str]]:
    """By student."""
    out = listed.with_name("grades.csv")
    assert mark(out, "--by-hand", listed) == 0
    return rows(out)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_barrier_and_nothing_sticks_out(opened, barriers, scheme, size):
    page = opened(size, color_scheme=scheme)
    page.get_by_role("button", name="some steps traceable").first.click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_clicked_and_typed_counts(opened, listed):
    page = opened()
    for student, level in enumerate(["means without errors", "a best run"]):
        page.get_by_role("button", name=level).nth(student).click()
    method = page.get_by_role("group", name="Method").first
    method.get_by_label("points").fill("4.5")
    method.get_by_label("Reason").fill('"one" at a time, mostly')
    ann, ben = save(page, listed).values()
    assert (ann["13 Honesty"], ann["13 Method"]) == ("2", "4.5")
    assert '"one" at a time, mostly' in ann["remarks"] and "changed" not in ann["remarks"]
    assert (ann["13 Costs state"], ben["13 Honesty state"]) == ("not marked yet", "by hand")


def test_a_mark_is_given_by_keys_alone(opened, listed):
    page = opened()
    page.get_by_role("button", name="Save").focus()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    half = words.items("13")[0].maximum / 2
    assert save(page, listed)["'=Ann"]["13 The net"] == str(half)


def test_the_page_says_what_is_left_and_what_is_marked(opened, listed):
    page = opened()
    assert page.get_by_role("status").inner_text() == "10 of 10 marks to give."
    page.get_by_role("button", name="only a result").first.click()
    assert page.get_by_role("status").inner_text() == "9 of 10 marks to give. Not saved yet."
    save(page, listed)
    assert page.get_by_role("status").inner_text() == "9 of 10 marks to give."
    pressed = opened().get_by_role("button", pressed=True)
    assert pressed.count() == 1 and "only a result" in pressed.inner_text()


def test_a_text_that_was_changed_is_looked_at_again(opened, listed):
    text = listed.read_text().replace("Ben,13 Result,,3,,,", "Ben,13 Result,1,3,,,another text")
    listed.write_text(text)
    assert "changed" in marked(listed)["Ben"]["remarks"]
    page = opened()
    page.get_by_role("checkbox", name="the text was changed").check()
    assert "changed" not in save(page, listed)["Ben"]["remarks"]


def test_too_many_points_are_not_saved(opened):
    page = opened()
    page.get_by_label("points").first.fill("9")
    page.get_by_role("button", name="Save").click()
    assert "Not saved yet" in page.get_by_role("status").inner_text()
