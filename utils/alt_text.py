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
    if (picture) { picture.alt = words.lastChild.textContent; row.style.display = "none"; }
  });
}
"""  # noqa: E501  every stored figure carries these very lines


def under(alt: str) -> dict[str, str]:
    """What stands under a picture: its alt text as an output of its own."""
    words = f"<summary>The figure in words</summary>{escape(alt)}"
    fold = f'<details class="course-words">{words}</details>'
    return {"text/html": f"{fold}<script>\n{SCRIPT}</script>"}
