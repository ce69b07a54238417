"""What the kernel knows of the cells that were run: which one failed after the version judged.

Registers itself where there is a kernel. What was typed and never run, no kernel knows.
"""

import re
import sys
import traceback
from dataclasses import dataclass, field

DEFINES = re.compile(
    r"^(?:(?:async )?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)(?!\s*check\()", re.MULTILINE
)
ASKED = re.compile(r"""\bcheck\(\s*["'](\d+\.\d+)["']\s*,\s*(\w+)""")
MISSING = object()


def defined(source: str) -> set[str]:
    """The names that a cell defines at its left edge, also where it does not compile."""
    return {one or other for one, other in DEFINES.findall(source)}


def asked(source: str) -> dict[str, str]:
    """The exercises that a cell checks, each with the name it hands in."""
    return dict(ASKED.findall(source))


def shell():
    """The IPython that runs this, if one does."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


@dataclass
class Cells:
    """Follows the cells of one kernel; `failed` maps a name to the error that kept its newest
    definition out.
    """

    namespace: dict
    source: str = ""
    before: dict = field(default_factory=dict)
    failed: dict = field(default_factory=dict)

    def start(self, info):
        self.source = info.raw_cell or ""
        self.before = {name: self.namespace.get(name, MISSING) for name in defined(self.source)}

    def end(self, result):
        error = result.error_before_exec or result.error_in_exec
        for name, value in self.before.items():
            self.failed.pop(name, None)
            if error is not None and self._is_old(name, value, result):
                self.failed[name] = error

    def _is_old(self, name, value, result) -> bool:
        """A small number or a letter is one object, old or new, so only a definition tells."""
        return result.error_before_exec is not None or (
            self.namespace.get(name, MISSING) is value and (value is MISSING or callable(value))
        )

    def trouble(self, name: str | None) -> str | None:
        """How the newest definition of a name failed: "SyntaxError: invalid syntax (line 2)"."""
        error = self.failed.get(name)
        return error and _said(error)


def _said(error: BaseException) -> str:
    kind, line = type(error).__name__, getattr(error, "lineno", None)
    text = getattr(error, "msg", None) or str(error)
    return f"{kind}: {text}" + (f" (line {line})" if line else "")


def newer(cells: Cells | None, id: str) -> str:
    """A sentence where the version that a check judges is not the newest that was tried."""
    name = cells and asked(cells.source).get(id)
    trouble = name and cells.trouble(name)
    return (
        trouble
        and (
            f"The cell that defines `{name}` was run again since, and stopped: {trouble}. This is"
            " about the version before."
        )
        or ""
    )


def undefined(cells: Cells, name: str) -> str:
    """What to do about a name that a cell asks for and that is not there."""
    if name in asked(cells.source).values():
        return _unchecked(cells, name)
    letter = re.search(rf"^(\w+)\s*=\s*{re.escape(name)}\s*(?:#.*)?$", cells.source, re.MULTILINE)
    if letter and len(name) == 1:
        return f'A letter stands in quotes: `{letter[1]} = "{name}"`.'
    return (
        f"`{name}` is not defined. Is it spelled as where it is defined? If so, run the cells"
        " above first, from the top: after a restart nothing is there."
    )


def _unchecked(cells, name) -> str:
    trouble = cells.trouble(name)
    if trouble:
        return f"`{name}` is not defined: its cell stopped with {trouble}. Mend that, and run it."
    return (
        f"`{name}` is not defined: the cell that defines it has not been run. Run that one first;"
        " after a restart, all cells from the top."
    )


def listen(found, show) -> Cells:
    """Follow the cells of a shell; a NameError raised by a cell itself is shown by `show`, as one
    sentence.
    """
    cells = Cells(found.user_ns)
    found.events.register("pre_run_cell", cells.start)
    found.events.register("post_run_cell", cells.end)

    def handle(found, kind, error, trace, tb_offset=None):
        if _is_of_the_cell(kind, trace, found.user_ns):
            show(undefined(cells, error.name))
        else:
            found.showtraceback((kind, error, trace), tb_offset=tb_offset)

    if not found.custom_exceptions:
        found.set_custom_exc((NameError,), handle)
    return cells


def _is_of_the_cell(kind, trace, namespace) -> bool:
    """Whether no function stands between the cell and the error."""
    last = list(traceback.walk_tb(trace))[-1][0]
    is_cell = last.f_globals is namespace and last.f_code.co_name == "<module>"
    return kind is NameError and is_cell
