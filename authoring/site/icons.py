"""The theme brings 2,000 icons in 1.8 MB; our pages load the dozen that they show."""

import re
from pathlib import Path

from fontTools import subset

SCRIPT = "_static/scripts/fontawesome.js"
STYLES = "_static/styles/pydata-sphinx-theme.css"
RULE = re.compile(r'(?P<names>\.fa-[\w-]+(?:,\.fa-[\w-]+)*)\{--fa:"[^"]*"\}')
NAME = re.compile(r"\bfa-[a-z0-9-]+")
POINT = re.compile(r"\\([0-9a-f]{2,5})\b")


def slim(site: Path) -> None:
    """Leave in a built site's styles and fonts what its pages name, and drop the icons' script."""
    (site / SCRIPT).write_text("// The icons come from a font.\n", encoding="utf-8")
    sources = [*site.glob("*.html"), *site.glob("_static/scripts/*theme.js")]
    used = {name for path in sources for name in NAME.findall(path.read_text(encoding="utf-8"))}
    styles = (site / STYLES).read_text(encoding="utf-8")
    styles = RULE.sub(
        lambda rule: rule[0] if used & set(NAME.findall(rule["names"])) else "", styles
    )
    (site / STYLES).write_text(styles, encoding="utf-8")
    shown = {int(point, 16) for point in POINT.findall(styles)}
    for font in site.glob("_static/vendor/fontawesome/webfonts/*.woff2"):
        keep(font, shown)


def keep(path: Path, points: set[int]) -> None:
    """Leave in a font the characters of `points`."""
    options = subset.Options(flavor="woff2")
    font = subset.load_font(path, options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=points)
    chosen.subset(font)
    subset.save_font(font, path, options)
