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
from classroom.records.job import ANSWER, CASES, PROBE, Answer, Cut, ParameterShape, Told
from classroom.walls import order, serialization
from course import slices


class Source:
    """The statements of one exercise module, bare of what ties them to their exercises."""

    def __init__(self, module):
        self.module, self.pieces, self.at_line, self.made = module, [], {}, {}
        for statement in ast.parse(inspect.getsource(module)).body:
            line = _first_line(statement)
            if getattr(statement, "name", None) == "_":
                statement.name = f"_at_line_{line}"
            self._strip(statement)
            self._note(statement)
            self.at_line[line] = statement
            self.pieces.append(slices.piece(ast.unparse(statement)))

    def _strip(self, statement):
        if hasattr(statement, "decorator_list"):
            kept = [d for d in statement.decorator_list if not self._is_exercise(_root(d))]
            statement.decorator_list = kept

    def _note(self, statement):
        """`size.reference(make())` is a reference without a name."""
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "reference"), [answer])) if (
                self._is_exercise(name)
            ):
                self.made[vars(self.module)[name].id] = ast.unparse(answer)

    def _is_exercise(self, name) -> bool:
        return isinstance(vars(self.module).get(name), Exercise)

    def name_of(self, thing) -> str:
        """What a function or class of this module is called here."""
        line = getattr(getattr(thing, "__code__", None), "co_firstlineno", None)
        return self.at_line[line].name if line in self.at_line else thing.__name__

    def cut(self, names: set[str]) -> Cut:
        """The source that the names need, and the exercises that this refers to."""
        available = [one for one in self.pieces if not self._makes_exercise(one)]
        return _joined([self._cut(one) for one in slices.needed(available, names)])

    def _cut(self, piece: slices.Piece) -> Cut:
        found = [name for name in piece.needs if self._is_exercise(name)]
        return _from_elsewhere(piece.source) or Cut(piece.source, found)

    def _makes_exercise(self, one) -> bool:
        return any(self._is_exercise(name) for name in one.defines)


def _root(decorator: ast.expr) -> str | None:
    while not isinstance(decorator, ast.Name):
        decorator = getattr(decorator, "value", None) or getattr(decorator, "func", None)
        if decorator is None:
            return None
    return decorator.id


def _first_line(statement: ast.stmt) -> int:
    """A function's code counts from its first decorator."""
    decorators = getattr(statement, "decorator_list", [])
    return min(one.lineno for one in [statement, *decorators])


def _joined(cuts: list[Cut]) -> Cut:
    found = {name for one in cuts for name in one.exercises}
    return Cut("\n".join(one.source for one in cuts), sorted(found))


def _from_elsewhere(statement: str) -> Cut | None:
    """An import from an exercise module, which the learner lacks, becomes what it imports."""
    node = ast.parse(statement).body[0]
    if not isinstance(node, ast.ImportFrom) or not own_code.is_exercise_module(node.module or ""):
        return None
    cut = source(node.module).cut({alias.name for alias in node.names})
    renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
    return Cut("\n".join([cut.source, *renamed]), cut.exercises)


@functools.cache
def source(module: str) -> Source:
    return Source(sys.modules[module])


def cut(things: dict[str, object]) -> Cut:
    """The source of functions and classes, each under a name of its own."""
    return _joined([_named(name, thing) for name, thing in things.items()])


def _named(name: str, thing) -> Cut:
    cut = _cut_one(thing)
    return Cut(f"{cut.source}\n{name} = {_local_name(thing)}", cut.exercises)


def _cut_one(thing) -> Cut:
    if _is_ours(thing):
        return source(thing.__module__).cut({_local_name(thing)})
    return Cut(f"from {thing.__module__} import {thing.__name__}", [])


def _local_name(thing) -> str:
    return source(thing.__module__).name_of(thing) if _is_ours(thing) else thing.__name__


def _is_ours(thing) -> bool:
    return own_code.is_exercise_module(thing.__module__)


def reference(exercise: Exercise) -> Answer:
    """The right answer."""
    if not callable(exercise.answer):
        return Answer(value=serialization.encode(exercise.answer))
    expression = _made(exercise)
    cut = _cut_expression(exercise, expression) if expression else _cut_one(exercise.answer)
    others = [_under_its_name(exercise, name) for name in cut.exercises]
    last = f"{ANSWER} = {expression or _local_name(exercise.answer)}"
    return Answer(source="\n".join([*others, cut.source, last]))


def _made(exercise: Exercise) -> str | None:
    """The expression that makes a reference without a name."""
    if not _is_ours(exercise.answer):
        return None
    return source(exercise.answer.__module__).made.get(exercise.id)


def _cut_expression(exercise: Exercise, expression: str) -> Cut:
    return source(exercise.answer.__module__).cut(set(slices.piece(expression).needs))


def _under_its_name(exercise: Exercise, name: str) -> str:
    """An exercise that a reference asks for its answer, and no more of it."""
    other = vars(sys.modules[exercise.answer.__module__])[name]
    wrapped = f"{name} = types.SimpleNamespace(answer={ANSWER})"
    return f"{reference(other).source}\nimport types\n{wrapped}"


def of(exercise: Exercise, seed: int) -> Told:
    """All that the learner's side gets to know of an exercise."""
    things = {PROBE: exercise.ask} if exercise.probed else {}
    cases = _plain_cases(exercise, seed)
    if cases is None:
        things[CASES] = exercise.generate
    return Told(
        id=exercise.id,
        name=exercise.answer.__name__,
        is_module=isinstance(exercise, Module),
        is_watched=bool(exercise.forbidden),
        cases=cases and order.shuffled(cases, seed),
        seed=seed if cases is None else None,
        support=cut(things),
        shapes=order.shuffled(_all_shapes(exercise, seed), seed) if exercise.needs_twins else None,
    )


def _plain_cases(exercise, seed) -> list | None:
    """None where a case holds what is not plain, such as a function."""
    try:
        return [
            serialization.encode([case.args, case.kwargs], strict=True)
            for case in exercise.calls(seed)
        ]
    except TypeError:
        return None


def _all_shapes(exercise, seed) -> list[list[ParameterShape]]:
    return [_shapes(exercise, case) for case in exercise.calls(seed)]


def _shapes(exercise, case: Call) -> list[ParameterShape]:
    """Names and shapes of the parameters and buffers of the reference."""
    layer = isinstance(exercise, Module)
    arguments = {
        name: value for name, value in case.kwargs.items() if not (layer and name == "inputs")
    }
    with globals_kept(), torch.device("cpu" if layer else "meta"):
        twin, other = (exercise.answer(*case.args, **arguments) for _ in range(2))
    return [_shape(name, *pair) for name, *pair in _pairs(twin, other)]


def _pairs(twin: nn.Module, other: nn.Module):
    for list_of in (nn.Module.named_parameters, nn.Module.named_buffers):
        for (name, tensor), (_, again) in zip(list_of(twin), list_of(other)):
            yield name, tensor, again


def _shape(name, tensor, again) -> ParameterShape:
    counts = not tensor.is_floating_point()
    return ParameterShape(
        name=name,
        is_buffer=not isinstance(tensor, nn.Parameter),
        shape=list(tensor.shape),
        dtype=str(tensor.dtype).removeprefix("torch."),
        fixed=counts or not tensor.is_meta and torch.equal(tensor, again),
        value=serialization.encode(tensor) if counts else None,
    )
