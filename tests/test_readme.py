"""The README: its map is the course's, its doors lead there, and its cell for Colab works."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from authoring import address
from authoring.site.page_parts import section
from course.paths import ROOT
from exercises import NOTEBOOKS

README = (ROOT / "README.md").read_text(encoding="utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_the_map_has_every_notebook_with_its_title_and_minutes(number):
    notebook = NOTEBOOKS[number]
    rows = [line for line in README.splitlines() if f"(notebooks/{notebook.file}.ipynb)" in line]
    assert len(rows) == 1
    assert rows[0].startswith(f"| [{number} {notebook.title}]") and rows[0].endswith(
        f"| {notebook.core_minutes} | {notebook.minutes} |"
    )


def test_every_door_leads_to_the_one_address():
    doors = re.findall(
        r"\]\((https://[^)]*(?:codespaces\.new|mybinder\.org/v2|/github/|/actions)[^)]*)\)", README
    )
    assert len(doors) == 5 and all(address.current() in door for door in doors)
    assert CITATION["repository-code"] == address.GITHUB + address.current()


def test_another_address_is_set_everywhere_at_once(tmp_path, capsys):
    for name in address.FILES:
        shutil.copy(ROOT / name, tmp_path)
    assert address.main(["anna/cnn-course"], tmp_path) == 0
    assert "https://github.com/anna/cnn-course" in capsys.readouterr().out
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in address.FILES]
    assert not [text for text in texts if address.current() in text]
    with pytest.raises(SystemExit):
        address.main(["https://example.org"], tmp_path)


@pytest.fixture
def published(tmp_path):
    """A repository of what the cell for Colab needs, in place of the published one."""
    folder = tmp_path / "published"
    for name in ("utils", "checker", "exercises", "data", "notebooks"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    for name in ("pyproject.toml", "LICENSE", "LICENSE-text"):
        shutil.copy(ROOT / name, folder)
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        [*author, "commit", "--quiet", "--message", "all"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def test_the_cell_for_colab_fetches_the_course_and_its_helpers(published, tmp_path):
    """With a folder in place of the address, and no network: only what the cell brings."""
    told_there = section("README.md", "Without installing")
    cell = re.search(r"```\n(!git clone.*?)```", told_there, re.S)[1]
    script = cell.replace(address.GITHUB + address.current(), str(published))
    script = (
        script.replace("!", "").replace("%cd", "cd") + f'exec "{sys.executable}" -c "{ASKED}"\n'
    )
    pip = {
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_TARGET": f"{tmp_path}/site",
    }
    told = os.environ | pip | {"PYTHONPATH": f"{tmp_path}/site"}
    told["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{told['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, env=told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    passed, where = done.stdout.splitlines()[-2:]
    assert passed.startswith("Passed · 0.2") and where == str(tmp_path / "site" / "checker")


ASKED = "import os, checker; checker.check('0.2', 32 * 3 * 28 * 28)"
ASKED += "; print(os.path.dirname(checker.__file__))"


def test_the_versions_of_package_citation_and_changes_are_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(
        r"^## ([\d.]+), ([\d-]+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M
    )
    assert newest[1] == CITATION["version"] == project["version"]
    assert newest[2] == str(CITATION["date-released"])
