"""From a solved cell to the one a learner gets."""

import ast

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def stub(source: str) -> str:
    """The cell with every solved part replaced: by `raise NotImplementedError` in a function, by
    `name = ...` outside.

    Raises ValueError, in words that follow the name of the cell, where the markers cannot be read.
    """
    lines = source.split("\n")
    for first, last in reversed(regions(lines)):
        lines[first : last + 1] = replacement(lines[first], lines[first + 1 : last])
    result = "\n".join(lines)
    refuse_early_raise(result)
    return result


def regions(lines: list[str]) -> list[tuple[int, int]]:
    """First and last line of every solved part; ValueError where its markers do not pair up."""
    markers = [(at, line.strip()) for at, line in enumerate(lines) if line.strip() in (BEGIN, END)]
    if not markers:
        raise ValueError(f"has no `{BEGIN}`")
    for place, (_, marker) in enumerate(markers):
        if marker != (BEGIN, END)[place % 2]:
            raise ValueError(f"has a `{marker}` out of turn")
    if len(markers) % 2:
        raise ValueError(f"has a `{BEGIN}` without `{END}`")
    return [(begin[0], end[0]) for begin, end in zip(markers[::2], markers[1::2], strict=True)]


def replacement(marker: str, solved: list[str]) -> list[str]:
    indent = marker[: marker.index(BEGIN)]
    if indent:
        return [f"{indent}raise NotImplementedError"]
    names = assigned("\n".join(solved))
    if not names:
        raise ValueError(
            "assigns no name between its markers, so the learner would get nothing to fill in"
        )
    return [f"{name} = ..." for name in names]


def assigned(source: str) -> list[str]:
    """The names that the statements of `source` assign, in order, each once."""
    targets = []
    for statement in ast.parse(source).body:
        targets += getattr(statement, "targets", []) or [getattr(statement, "target", None)]
    names = [
        node.id for target in targets if target for node in ast.walk(target) if is_stored(node)
    ]
    return list(dict.fromkeys(names))


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def refuse_early_raise(source: str) -> None:
    """A stub may only raise when called: Run All of an untouched notebook must not stop."""
    pending = list(ast.parse(source).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Raise):
            raise ValueError(
                f"would raise as soon as it runs: put `{BEGIN}` inside a function or at the left"
                " margin"
            )
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending.extend(ast.iter_child_nodes(node))


def solved_lines(source: str) -> list[str]:
    """The lines between the markers, stripped."""
    lines = source.split("\n")
    return [line.strip() for first, last in regions(lines) for line in lines[first + 1 : last]]
