"""What a figure shows, in words, for readers who do not see it."""

from html import escape

# JupyterLab (4.6) leaves the pictures of a cell without alt text. Where scripts run, this gives
# the words to the picture before them and takes them out of sight; elsewhere (GitHub, a notebook
# not trusted yet) they stay, folded.
SCRIPT = """\
{
  const words = document.currentScript.previousElementSibling, row = words.closest(".jp-OutputArea-child");
  requestAnimationFrame(() => {
    const picture = row?.previousElementSibling?.querySelector(".jp-RenderedImage img");
    if (!picture) return;
    picture.alt = words.lastChild.textContent;
    row.style.display = "none";
    picture.classList.toggle("course-chart", words.matches(".course-chart"));
  });
}
"""  # noqa: E501  every stored figure carries these very lines

# On a dark page a chart is dark: white turns to black, a color keeps its hue. A photograph stays.
STYLE = """\
body[data-jp-theme-light="false"] img.course-chart {
  filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen;
}
"""


def under(alt: str, chart: bool = False) -> dict[str, str]:
    """What stands under a picture: its alt text as an output of its own."""
    words = f"<summary>The figure in words</summary>{escape(alt)}"
    look = "course-words course-chart" if chart else "course-words"
    style = f"<style>\n{STYLE}</style>" if chart else ""
    fold = f'{style}<details class="{look}">{words}</details>'
    return {"text/html": f"{fold}<script>\n{SCRIPT}</script>"}
