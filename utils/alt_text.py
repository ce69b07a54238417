"""What a figure shows, in words, for readers who do not see it."""

from html import escape

# JupyterLab (4.6) leaves the pictures of a cell without alt text. Where scripts run, this gives
# the words to the picture before them and takes them out of sight; elsewhere (GitHub, a notebook
# not trusted yet) they stay, folded. Photographs and maps get a layer of their own.
SCRIPT = """\
{
  const words = document.currentScript.previousElementSibling, row = words.closest(".jp-OutputArea-child");
  requestAnimationFrame(() => {
    const figure = row?.previousElementSibling?.querySelector(".jp-RenderedImage img");
    if (!figure) return;
    figure.alt = words.lastChild.textContent;
    row.style.display = "none";
    figure.classList.add("course-chart");
    if (!words.dataset.pictures) return;
    const frame = document.createElement("span"), pictures = figure.cloneNode();
    frame.className = "course-frame";
    figure.replaceWith(frame);
    frame.append(figure, pictures);
    Object.assign(pictures, { className: "course-pictures", alt: "" });
    pictures.style.clipPath = words.dataset.pictures;
  });
}
"""  # noqa: E501  every stored figure carries these very lines

# On a dark page a figure is dark: white turns to black, a color keeps its hue. Over it lie its
# photographs and maps, as they are.
STYLE = """\
.course-frame { position: relative; display: inline-block; }
.course-pictures { display: none; position: absolute; inset: 0; width: 100%; height: 100%; }
body[data-jp-theme-light="false"] .course-pictures { display: block; }
body[data-jp-theme-light="false"] img.course-chart {
  filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen;
}
"""


def under(alt: str, pictures: str = "") -> dict[str, str]:
    """What stands under a figure: its alt text as an output of its own.

    `pictures` is where photographs and maps are in it, a shape of CSS.
    """
    words = f"<summary>The figure in words</summary>{escape(alt)}"
    where = f' data-pictures="{pictures}"' if pictures else ""
    fold = f'<style>\n{STYLE}</style><details class="course-words"{where}>{words}</details>'
    return {"text/html": f"{fold}<script>\n{SCRIPT}</script>"}
