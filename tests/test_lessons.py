"""The plans of lessons name what is there, keep to the time, and become pages and slides."""

import re

import pytest

import exercises
from authoring.site import lesson_pages, page_parts
from classroom import slides
from course import lessons
from course.notebook_files import read, role
from course.paths import SOLUTIONS, Complaint, sources
from exercises import NOTEBOOKS

EVERY = pytest.mark.parametrize("number", NOTEBOOKS)
MOST_SHOWN = 45  # minutes of a lesson


def cells(number: str) -> dict:
    (path,) = sources(SOLUTIONS, [number])
    return {cell.id: cell for cell in read(path).cells}


@EVERY
def test_a_plan_names_cells_that_are_there(number):
    lesson, there = lessons.load(number), cells(number)
    shown = [there[name] for one in lesson.show for name in one.cells]
    assert {cell.cell_type for cell in shown} == {"markdown"}
    assert {there[one.cell].cell_type for one in lesson.before} == {"code"}


@EVERY
def test_a_lesson_keeps_to_its_time_and_to_the_core(number):
    lesson = lessons.load(number)
    assert lesson.minutes <= MOST_SHOWN
    assert lesson.minutes + sum(one.minutes for one in lesson.work) <= lessons.MINUTES
    assert all(one.core for one in lesson.work)
    assert {exercise.id.split(".")[0].zfill(2) for exercise, _ in lesson.mistakes} == {number}


@EVERY
def test_a_page_counts_as_the_catalogue_does(number):
    page, every = lesson_pages.page(number), exercises.of(number).values()
    for exercise, mistake in lessons.load(number).mistakes:
        counted = f"**{exercise.id} {exercise.title}**, {len(exercise.mistakes)} named mistakes"
        assert counted in page and mistake.sentence in page
    assert f"know {sum(len(one.mistakes) for one in every)} mistakes by name" in page
    assert f"{NOTEBOOKS[number].core_minutes} minutes for the core" in page


@pytest.mark.parametrize("plan", [lessons.TWELVE_WEEKS, lessons.SIX_WEEKS])
def test_a_syllabus_has_every_notebook_once_and_its_minutes(plan):
    weeks = lessons.weeks(plan)
    assert sorted(number for week in weeks for number in week) == list(NOTEBOOKS)
    minutes = [int(line.split("|")[-2]) for line in list(lesson_pages.syllabus(plan))[2:]]
    assert sum(minutes) == sum(one.core_minutes for one in NOTEBOOKS.values())


def test_exercises_on_paper_ask_for_no_code():
    listed = re.findall(r"\b\d+\.\d+\b", "\n".join(page_parts.on_paper()))
    every = [one for number in NOTEBOOKS for one in exercises.of(number).values()]
    assert sorted(listed) == sorted(one.id for one in every if not callable(one.answer))


@EVERY
def test_slides_show_no_solution_and_no_card(number):
    found = slides.notebook(lessons.load(number)).cells
    assert not any(role(cell) in ("solution", "check") for cell in found)
    assert all(cell.outputs for cell in found if cell.cell_type == "code")
    assert {cell.metadata["slideshow"]["slide_type"] for cell in found} == {
        "slide",
        "subslide",
        "fragment",
    }
    shown = {name for one in lessons.load(number).show for name in one.cells}
    assert shown <= {cell.id for cell in found}


def test_slides_are_written_whole_or_not_at_all(tmp_path, capsys):
    out = tmp_path / "slides.html"
    assert slides.main(["0", "--out", str(out)]) == 0
    text = out.read_text()
    assert "reveal.js" in text and "A batch of pictures" in text
    assert "data.digits()" not in text
    assert slides.main(["77", "--out", str(tmp_path / "none.html")]) == 2
    assert "no plan of a lesson on notebook 77" in capsys.readouterr().out
    assert not (tmp_path / "none.html").exists()


@pytest.mark.parametrize("text, said", [("idea = 'x'", "lacks"), ("idea = 3 3", "cannot be read")])
def test_a_broken_plan_is_told_in_a_sentence(tmp_path, monkeypatch, text, said):
    monkeypatch.setattr(lessons, "FOLDER", tmp_path)
    (tmp_path / "99.toml").write_text(text)
    with pytest.raises(Complaint, match=said):
        lessons.load("99")
