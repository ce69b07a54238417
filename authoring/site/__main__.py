"""Build the course as a static site in build/site, from the stored outputs: `python -m
authoring.site`.

Pages come from book/ and from the solved notebooks; nothing is run, nothing is fetched, a warning
is an error.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from authoring.site import icons, lesson_pages, mathjax, page_parts
from authoring.site.page import page
from course import command_line
from course.notebook_files import text
from course.paths import ROOT, SITE, Complaint

BOOK, PAGES = ROOT / "book", ROOT / "build" / "book"


def build(site: Path = SITE, pages: Path = PAGES) -> int:
    """Write the pages, then let Sphinx make the site of them; its exit status."""
    for folder in (site, pages):
        shutil.rmtree(folder, ignore_errors=True)
    write(pages)
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    status = subprocess.run(
        [*sphinx, "-d", str(pages.parent / "doctrees"), str(pages), str(site)]
    ).returncode
    icons.slim(site)
    return status


def write(pages: Path) -> None:
    """All that Sphinx reads: book/ with its gaps filled, a page a notebook and a lesson, figures,
    MathJax.
    """
    shutil.copytree(
        BOOK, pages, ignore=shutil.ignore_patterns("*.toml", "*.jinja", "requirements.*")
    )
    for path in pages.glob("*.md"):
        path.write_text(page_parts.fill(path.read_text(encoding="utf-8")), encoding="utf-8")
    (pages / "static" / "figures").mkdir(parents=True)
    for path in page_parts.listed():
        notebook, figures = page(path)
        (pages / path.name).write_text(text(notebook), encoding="utf-8")
        for name, picture in figures.items():
            (pages / "static" / "figures" / name).write_bytes(picture)
    for name, text_of in lesson_pages.pages():
        (pages / "lessons" / name).write_text(text_of, encoding="utf-8")
    mathjax.copy(pages / "static" / "mathjax")


def main(arguments: list[str] | None = None) -> int:
    command_line.parser("authoring.site", __doc__).parse_args(arguments)
    try:
        return build()
    except Complaint as complaint:
        print(complaint)
        return 1


if __name__ == "__main__":
    sys.exit(main())
