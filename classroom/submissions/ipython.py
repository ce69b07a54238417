"""A cell is IPython, not Python: what it becomes before it is compiled.

IPython's own transformer does it (magics, `!`, `?`, prompts, cells that are indented). It is
loaded only for a cell that is no Python as it stands, which few are.
"""

import ast
import functools
import re

# Magics that run a piece of code where the notebook's names are.
RUN_HERE = ("time", "prun")
RUN_APART = ("timeit",)
OPTIONS = re.compile(r"(?:-{1,2}\w+\S*\s+(?:\d+\s+)?)*")
NOT_PARSED = (SyntaxError, ValueError, RecursionError, MemoryError)


class NotPython(Exception):
    """A cell that does not even parse, with the reason."""


def parsed(source: str) -> tuple[str, ast.Module]:
    """The Python that a cell becomes, and its tree. Raises NotPython."""
    try:
        return source, ast.parse(source)
    except NOT_PARSED:
        pass
    try:
        python = transformed(source)
        return python, ast.parse(python)
    except NOT_PARSED as error:
        raise NotPython(_said(error)) from error


def _said(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    return f"{getattr(error, 'msg', error)}" + (f" (line {line})" if line else "")


def transformed(source: str) -> str:
    python = _manager().transform_cell(source)
    inner = _body_of_cell_magic(python)
    return python if inner is None else transformed(inner)


@functools.cache
def _manager():
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()


def _body_of_cell_magic(python: str) -> str | None:
    """`%%time` and `%%capture` run what is under them as if they were not there."""
    match _magic(ast.parse(python).body):
        case "run_cell_magic", [name, line, body] if name in (*RUN_HERE, "capture"):
            kept = line.split()[:1] if name == "capture" else []
            given = f"{kept[0]} = None" if kept and kept[0].isidentifier() else "pass"
            return f"{given}\n{body}"


def code_in(statement: ast.stmt) -> tuple[str, bool]:
    """The code that a line magic runs, and whether it binds names: `%time y = f(x)`."""
    match _magic([statement]):
        case "run_line_magic", [name, code] if name in (*RUN_HERE, *RUN_APART):
            return OPTIONS.sub("", code, count=1), name in RUN_HERE
    return "", False


def _magic(body: list[ast.stmt]) -> tuple[str, list[str]] | None:
    """The method of `get_ipython()` that one statement calls, and its arguments."""
    match body:
        case [
            ast.Expr(ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), arguments))
            | ast.Assign(
                value=ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), arguments)
            )
        ]:
            return method, [one.value for one in arguments if isinstance(one, ast.Constant)]
    return None


# Magics after which any name may be another.
WILD = ("run", "pylab", "reset", "reset_selective", "xdel", "rerun", "store")


def is_wild(statement: ast.stmt) -> bool:
    match _magic([statement]):
        case "run_line_magic", [name, *_]:
            return name in WILD
    return False
