"""Second solutions: the alternatives of an exercise that have source of their own, to be mutated.

What a function made, what a library has, and plain values have none.
"""

import ast
import functools
import inspect
import sys
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

from authoring.mutants import Mutant, mutants_of_lines
from checker.exercise import Exercise


@dataclass(frozen=True)
class Second:
    """One alternative: its source, the name that the source binds, and the names that it reads."""

    name: str
    source: str
    names: dict


def seconds(exercise: Exercise) -> list[Second]:
    found = map(second, exercise.alternatives)
    return [one for one in found if one is not None]


def second(right) -> Second | None:
    module = sys.modules.get(getattr(right, "__module__", None))
    if module is None or not hasattr(module, "__file__"):
        return None
    node = next((node for node in ast.walk(tree(module)) if defines(node, right, module)), None)
    if node is None:
        return None
    if isinstance(node, ast.Lambda):
        return Second("answer", f"answer = ({segment(module, node)})", vars(module))
    return Second(node.name, segment(module, node), vars(module))


def defines(node: ast.AST, right, module: ModuleType) -> bool:
    """Whether a node of a module's source is where a function or class was written."""
    if isinstance(node, ast.ClassDef):
        return inspect.isclass(right) and vars(module).get(node.name) is right
    if not isinstance(right, FunctionType) or right.__code__.co_filename != module.__file__:
        return False
    if isinstance(node, ast.FunctionDef):
        return right.__qualname__ == node.name and right.__code__.co_firstlineno == first(node)
    return isinstance(node, ast.Lambda) and is_lambda(node, right)


def is_lambda(node: ast.Lambda, right: FunctionType) -> bool:
    """Lambdas that begin on one line are told apart by what they do."""
    if (right.__qualname__, right.__code__.co_firstlineno) != ("<lambda>", node.lineno):
        return False
    whole = compile(ast.Expression(node), "<lambda>", "eval")
    code = next(one for one in whole.co_consts if isinstance(one, CodeType))
    return (code.co_code, code.co_names) == (right.__code__.co_code, right.__code__.co_names)


def first(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def segment(module: ModuleType, node: ast.AST) -> str:
    """The source of a node, without what decorates it."""
    return ast.get_source_segment(inspect.getsource(module), node)


@functools.cache
def tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def mutants_of(one: Second) -> list[Mutant]:
    return mutants_of_lines(one.source, range(1, len(one.source.split("\n")) + 1))
