"""The arguments of a case by name, as a learner's stub has them, and the case with others."""

import inspect

from checker.exercise import Call, Exercise, Module

Arguments = dict[str, object]


def bound(function, args, kwargs) -> Arguments:
    """The arguments of a call by name, defaults among them; {} where they don't fit."""
    try:
        found = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return {}
    found.apply_defaults()
    return dict(found.arguments)


def named(exercise: Exercise, case: Call) -> Arguments:
    """What the attempt is called with; of a module what it is built with, then its inputs."""
    if isinstance(exercise, Module):
        built = {name: value for name, value in case.kwargs.items() if name != "inputs"}
        return bound(exercise.answer, case.args, built) | _inputs(exercise, case)
    return bound(exercise.answer, case.args, case.kwargs) or dict(case.kwargs)


def changed(exercise: Exercise, case: Call, others: Arguments) -> Call:
    """The same case but for these arguments. Raises TypeError where it can't take them by name."""
    given = named(exercise, case) | others
    if isinstance(exercise, Module):
        inputs = tuple(given.pop(name) for name in _inputs(exercise, case))
        return Call((), given | {"inputs": inputs})
    if any(_is_placed(parameter) for parameter in _parameters(exercise)):
        raise TypeError("an argument without a name of its own")
    return Call(tuple(given.values()), {})


def _inputs(exercise, case) -> Arguments:
    inputs = case.kwargs["inputs"]
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    names = list(inspect.signature(exercise.answer.forward).parameters)[1:]
    return dict(zip(names, inputs))


def _parameters(exercise):
    return inspect.signature(exercise.answer).parameters.values()


def _is_placed(parameter) -> bool:
    kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    return parameter.kind in (*kinds, inspect.Parameter.KEYWORD_ONLY)
