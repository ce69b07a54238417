"""The class report as a page, HTML that needs nothing else."""

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import jinja2
from markupsafe import Markup

from checker import card
from classroom.records.results import Status
from classroom.whole_class import tally

ICONS = {
    Status.PASSED: "✓",
    Status.WRONG: "✗",
    Status.BLANK: "○",
    Status.STOPPED: "■",
    Status.UNREADABLE: "?",
}
LONGEST = 30  # lines of an example


def page(sheets: list[tally.Sheet], changes: list[tally.Change]) -> str:
    text = (
        _pages()
        .get_template("report.html.jinja")
        .render(
            sheets=sheets,
            topics=tally.topics(sheets),
            changes=changes,
            count=len({one.student for sheet in sheets for one in sheet.graded}),
            title_of=tally.title,
            Status=Status,
            icons=ICONS,
            said_by=tally.said_by,
        )
    )
    return text.encode("utf-8", "replace").decode()


def _pages() -> jinja2.Environment:
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {
        "ours": lambda text: Markup(card.as_html(text)),
        "theirs": lambda text: Markup(card.as_html(text, is_ours=False)),
        "percent": lambda share: f"{100 * share:.0f} %",
        "moment": lambda text: text[:16].replace("T", " "),
        "bare": bare,
    }
    return pages


def bare(source: str) -> str:
    """Code without comments and docstrings, where a name may stand; "" where it is no Python."""
    lines = source.split("\n")
    try:
        spans = [(one.start, one.end) for one in _asides(source)]
    except (tokenize.TokenError, SyntaxError):
        return ""
    for (top, left), (bottom, right) in reversed(spans):
        kept = lines[top - 1][:left].rstrip() + lines[bottom - 1][right:]
        lines[top - 1 : bottom] = [kept]
    shown = [line for line in lines if line.strip()]
    return "\n".join(shown[:LONGEST] + ["…"] * (len(shown) > LONGEST))


STARTS = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


def _asides(source: str) -> Iterator[tokenize.TokenInfo]:
    """Its comments, and strings that are statements."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for place, one in enumerate(tokens):
        alone = place == 0 or tokens[place - 1].type in (*STARTS, tokenize.COMMENT)
        ends = place + 1 < len(tokens) and tokens[place + 1].type == tokenize.NEWLINE
        if one.type == tokenize.COMMENT or one.type == tokenize.STRING and alone and ends:
            yield one
