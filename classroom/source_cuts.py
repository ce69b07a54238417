"""What of an exercise a learner's code is run with. Never its reference, its mistakes or its
alternatives.

A probe (how a case is put to an attempt) and a generator of cases that hold functions or nets must
run beside the learner's object. They are cut out of the source of their module, with the
statements they need and no others. So is the reference of an *earlier* exercise that was failed:
as in the notebook, the learner goes on with ours.
"""

import ast
import functools
import inspect
import sys

import torch
from torch import nn

from checker import own_code
from checker.exercise import Call, Exercise, Module
from checker.sandbox import globals_kept
from classroom import serialization
from course import slices


class Source:
    """The statements of one exercise module, bare of what ties them to their exercises."""

    def __init__(self, module):
        self.module, self.pieces, self.at_line, self.made = module, [], {}, {}
        for statement in ast.parse(inspect.getsource(module)).body:
            line = min(
                [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
            )
            if getattr(statement, "name", None) == "_":
                statement.name = f"_at_line_{line}"
            self._strip(statement)
            self._note(statement)
            self.at_line[line] = statement
            self.pieces.append(slices.piece(ast.unparse(statement)))

    def _strip(self, statement):
        if hasattr(statement, "decorator_list"):
            statement.decorator_list = [
                d for d in statement.decorator_list if not self._is_exercise(_root(d))
            ]

    def _note(self, statement):
        """`size.reference(make())` is a reference without a name."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "reference"), [answer])) if (
                self._is_exercise(name)
            ):
                self.made[vars(self.module)[name].id] = ast.unparse(answer)

    def cut_expression(self, expression: str) -> tuple[str, set[str]]:
        return self.cut(set(slices.piece(expression).needs))

    def _is_exercise(self, name) -> bool:
        return isinstance(vars(self.module).get(name), Exercise)

    def name_of(self, thing) -> str:
        """What a function or class of this module is called here."""
        line = getattr(getattr(thing, "__code__", None), "co_firstlineno", None)
        return self.at_line[line].name if line in self.at_line else thing.__name__

    def cut(self, names: set[str]) -> tuple[str, set[str]]:
        """The source that the names need, and the exercises that this refers to."""
        cuts, found = [], set()
        available = [one for one in self.pieces if not self._makes_exercise(one)]
        for one in slices.needed(available, names):
            found |= {name for name in one.needs if self._is_exercise(name)}
            cuts.append(_from_elsewhere(one.source) or (one.source, set()))
        return "\n".join(source for source, _ in cuts), found.union(*(more for _, more in cuts))

    def _makes_exercise(self, one) -> bool:
        return any(self._is_exercise(name) for name in one.defines)


def _root(decorator: ast.expr) -> str | None:
    while not isinstance(decorator, ast.Name):
        decorator = getattr(decorator, "value", None) or getattr(decorator, "func", None)
        if decorator is None:
            return None
    return decorator.id


def _from_elsewhere(statement: str) -> tuple[str, set[str]] | None:
    """An import from another exercise module, which the learner's side does not have, becomes what
    it imports.
    """
    node = ast.parse(statement).body[0]
    if not isinstance(node, ast.ImportFrom) or not own_code.is_exercise_module(node.module or ""):
        return None
    cut, found = source(node.module).cut({alias.name for alias in node.names})
    renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
    return "\n".join([cut, *renamed]), found


@functools.cache
def source(module: str) -> Source:
    return Source(sys.modules[module])


def cut(things: dict[str, object]) -> dict:
    """The source of functions and classes, each under a name of its own: {"source": ...,
    "exercises": [...]}.
    """
    parts, found = [], set()
    for name, thing in things.items():
        text, more = _cut_one(thing)
        parts.append(f"{text}\n{name} = {_local_name(thing)}")
        found |= more
    return {"source": "\n".join(parts), "exercises": sorted(found)}


def _cut_one(thing) -> tuple[str, set[str]]:
    if _is_ours(thing):
        return source(thing.__module__).cut({_local_name(thing)})
    return f"from {thing.__module__} import {thing.__name__}", set()


def _local_name(thing) -> str:
    return source(thing.__module__).name_of(thing) if _is_ours(thing) else thing.__name__


def _is_ours(thing) -> bool:
    return own_code.is_exercise_module(thing.__module__)


def reference(exercise: Exercise) -> dict:
    """The right answer: {"value": ...} or {"source": ...}, which defines `course_answer`."""
    if not callable(exercise.answer):
        return {"value": serialization.encode(exercise.answer)}
    made = (
        source(exercise.answer.__module__).made.get(exercise.id)
        if _is_ours(exercise.answer)
        else None
    )
    text, found = (
        source(exercise.answer.__module__).cut_expression(made)
        if made
        else _cut_one(exercise.answer)
    )
    module = sys.modules[exercise.answer.__module__]
    others = [
        f"{reference(vars(module)[name])['source']}\n{_wrapped(name)}" for name in sorted(found)
    ]
    return {
        "source": "\n".join(
            [*others, text, f"course_answer = {made or _local_name(exercise.answer)}"]
        )
    }


def _wrapped(name: str) -> str:
    return f"import types\n{name} = types.SimpleNamespace(answer=course_answer)"


def of(exercise: Exercise, seed: int) -> dict:
    """All that the learner's side gets to know of an exercise."""
    things = {"course_probe": exercise.ask} if exercise.probed else {}
    cases = _plain_cases(exercise, seed)
    if cases is None:
        things["course_cases"] = exercise.generate
    return {
        "id": exercise.id,
        "module": isinstance(exercise, Module),
        "name": exercise.answer.__name__,
        "forbidden": bool(exercise.forbidden),
        "limit": exercise.limit,
        "cases": cases,
        "seed": seed if cases is None else None,
        "support": cut(things),
        "shapes": (
            [_shapes(exercise, case) for case in exercise.calls(seed)]
            if exercise.needs_twins
            else None
        ),
    }


def _plain_cases(exercise, seed) -> list | None:
    try:
        return [
            serialization.encode([case.args, case.kwargs], strict=True)
            for case in exercise.calls(seed)
        ]
    except TypeError:
        return None


def _shapes(exercise, case: Call) -> list[dict]:
    """Names and shapes of the parameters and buffers of the reference; of the values only those
    that count steps.
    """
    layer = isinstance(exercise, Module)
    arguments = {
        name: value for name, value in case.kwargs.items() if not (layer and name == "inputs")
    }
    with globals_kept(), torch.device("cpu" if layer else "meta"):
        twin, other = (exercise.answer(*case.args, **arguments) for _ in range(2))
    return [_tensor(name, *pair) for name, *pair in _pairs(twin, other)]


def _pairs(twin: nn.Module, other: nn.Module):
    for list_of in (nn.Module.named_parameters, nn.Module.named_buffers):
        for (name, tensor), (_, again) in zip(list_of(twin), list_of(other)):
            yield name, tensor, again


def _tensor(name, tensor, again) -> dict:
    counts = not tensor.is_floating_point()
    fixed = counts or not tensor.is_meta and torch.equal(tensor, again)
    return {
        "name": name,
        "parameter": isinstance(tensor, nn.Parameter),
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "fixed": fixed,
        "value": serialization.encode(tensor) if counts else None,
    }
