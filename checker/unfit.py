"""What the names and shapes of a learner's module say where the task's weights find no place in
it. Only what is seen in the module: nothing here says what to change.
"""

import math
from collections.abc import Iterator

from torch import Size, Tensor, nn

Shapes = dict[str, Size]  # of tensors, by name
Part = dict[str, Size]  # of one part's own tensors: "weight", "bias"; "" for a lone one

MOST = 4  # names in a sentence


Sizes = dict[str, tuple[Size, Size]]  # theirs, and those asked for


def of_names(net: nn.Module, missing: Shapes, extra: Shapes, off: Sizes) -> str:
    """Of what the task asks for and `net` lacks, and of what it has besides; `off` are the sizes
    that are off in what both have.
    """
    lacks, has = _parts(missing), _parts(extra)
    whole = _renamed(lacks, has) or _copied(lacks, has) or _hidden(net, missing)
    if whole:
        return whole
    sizes = [of_shapes(net, off)] if off else []
    return " ".join([*_of_missing(net, lacks, has, off), *_of_extra(lacks, has, off), *sizes])


def _parts(shapes: Shapes) -> dict[str, Part]:
    """By the part that a tensor belongs to; one of the net itself is a part of its own."""
    parts: dict[str, Part] = {}
    for name, shape in shapes.items():
        part, _, leaf = name.rpartition(".")
        parts.setdefault(part or name, {})[leaf if part else ""] = shape
    return parts


def listed(names) -> str:
    """ "`a`, `b` and `c`", a long list by its start."""
    names = [f"`{name}`" for name in dict.fromkeys(names)]
    if len(names) > MOST:
        return f"{', '.join(names[:MOST])} and {len(names) - MOST} more"
    return " and ".join([", ".join(names[:-1]), *names[-1:]] if names[1:] else names)


def _are(names, one: str, several: str) -> str:
    return f"{listed(names)} {one if len(set(names)) == 1 else several}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + "s" * (number != 1)


# Names


def _renamed(missing, extra) -> str | None:
    """As many parts of the same shapes, under other names."""
    pairs, left = [], dict(extra)
    for name, part in missing.items():
        other = next((other for other, own in left.items() if own == part), None)
        if other is None:
            return None
        pairs.append((other, name))
        left.pop(other)
    if left or not pairs:
        return None
    theirs, ours = zip(*dict.fromkeys(_without_common_end(*pair) for pair in pairs))
    start = "The shapes are those asked for, the names are not: "
    return f"{start}{listed(theirs)} where the task says {listed(ours)}."


def _without_common_end(one: str, other: str) -> tuple[str, str]:
    """What differs of "scale.reduce" and "se.reduce": "scale" and "se"."""
    mine, yours = one.split("."), other.split(".")
    while len(mine) > 1 and len(yours) > 1 and mine[-1] == yours[-1]:
        mine, yours = mine[:-1], yours[:-1]
    return ".".join(mine), ".".join(yours)


def _copied(missing, extra) -> str | None:
    """Several parts that all have the shapes of the one that is asked for."""
    if len(missing) != 1 or len(extra) < 2:
        return None
    ((name, part),) = missing.items()
    if any(own != part for own in extra.values()):
        return None
    return (
        f"{listed(extra)} have the shapes of `{name}` each: {len(extra)} parts with numbers of"
        " their own, where the task has one."
    )


def _hidden(net, missing: Shapes) -> str | None:
    """A layer in a plain list, or a tensor that is a plain attribute: the net knows of neither."""
    known = {id(tensor) for tensor in [*net.parameters(), *net.buffers()]}
    for where, module in net.named_modules():
        plain = {name: value for name, value in vars(module).items() if name[:1] != "_"}
        for name, value in plain.items():
            lost = [x for x in _tensors(value) if id(x) not in known]
            if any(x.shape in missing.values() for x in lost):
                return f"`{where}{'.' * bool(where)}{name}` is {_out_of_sight(value)}"
    return None


def _out_of_sight(value) -> str:
    if isinstance(value, Tensor):
        return (
            "a plain tensor: of tensors, a net knows only an `nn.Parameter` or a registered buffer"
            " as its own."
        )
    kind = type(value).__name__
    return f"a plain `{kind}`: a net knows nothing of the layers and tensors in one."


def _tensors(value) -> Iterator[Tensor]:
    """In an attribute that torch takes no notice of: itself, or inside plain containers."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, nn.Module):
        yield from value.parameters()
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)


def _of_missing(net, missing, extra, off) -> list[str]:
    if not missing:
        return []
    if all(list(part) == ["bias"] for part in missing.values()):
        return [_no_bias(net, missing)]
    if (said := _stands_for(net, next(iter(missing)))) is not None:
        return [said]
    return [_absent(missing, extra, off)]


def _no_bias(net, missing) -> str:
    if not any("bias" in name for name, _ in net.named_parameters()):
        return f"No part of it has a bias; in the task {_are(missing, 'has', 'have')} one."
    return f"{_are(missing, 'has no bias; the task asks', 'have no bias; the task asks')} for one."


def _absent(missing, extra, off) -> str:
    if not extra and off:
        return f"{_are(missing, 'is', 'are')} not there."
    if not extra:
        return f"All else that is asked for is there; {_are(missing, 'is', 'are')} not."
    name, part = next(iter(missing.items()))
    alike = [other for other, own in extra.items() if own == part]
    if alike:
        return f"The shapes of `{name}` are those of {listed(alike)}."
    shapes = ", ".join(f"{leaf} {tuple(shape)}".strip() for leaf, shape in part.items())
    return f"None of the parts that are not asked for has the shapes of `{name}`: {shapes}."


def _stands_for(net, name: str) -> str | None:
    """What goes by the name of a part of which tensors are missing."""
    value = net
    for step in name.split("."):
        if not hasattr(value, step):
            return None
        value = getattr(value, step)
    return f"`{name}` is {_what(value)}."


def _what(value) -> str:
    if isinstance(value, nn.Module):
        own = [name for name, _ in [*value.named_parameters(), *value.named_buffers()]]
        return f"{_article(value)} with {listed(own) if own else 'no parameters or buffers'}"
    return "None" if value is None else _article(value)


def _article(value) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} `{kind}`"


def _of_extra(missing, extra, off) -> list[str]:
    if not extra:
        return []
    if all(list(part) == ["bias"] for part in extra.values()):
        return [f"{_are(extra, 'has', 'have')} a bias; the task asks for none."]
    if missing or off:
        return [f"Not asked for: {listed(extra)}."]
    return [f"All that is asked for is there, and {listed(extra)} besides."]


# Shapes


def of_shapes(net: nn.Module, off: Sizes) -> str:
    """Of the tensors whose shape is another than asked for."""
    name, (got, wanted) = next(iter(off.items()))
    part, _, leaf = name.rpartition(".")
    layer = net.get_submodule(part) if part else None
    said = _of_layer(layer, part, got, wanted) if leaf == "weight" else None
    others = {other.rpartition(".")[0] for other in off} - {part} if part else set()
    return (said or _of_tensor(name, got, wanted)) + _and_more(others)


def _and_more(others: set[str]) -> str:
    if not others:
        return ""
    return f" The sizes of {_count(len(others), 'more part')} are off, too."


def _of_layer(layer, part, got, wanted) -> str | None:
    kinds = {
        nn.Linear: _linear,
        nn.modules.conv._ConvTransposeNd: _transposed,
        nn.modules.conv._ConvNd: _convolution,
        nn.modules.batchnorm._NormBase: _norm,
        nn.GroupNorm: _norm,
    }
    say = next((say for kind, say in kinds.items() if isinstance(layer, kind)), None)
    if say is None:
        return None
    if len(got) != len(wanted):
        axes = f"its weight has {_axes(len(got))}, and {len(wanted)} are asked for"
        return f"`{part}` is {_article(layer)}: {axes}."
    return say(f"`{part}`", got, wanted)


def _linear(name, got, wanted) -> str:
    (gives, reads), (out, into) = got, wanted
    if got == wanted[::-1]:
        return f"{name} reads {reads} and gives {gives} numbers; asked for is the reverse."
    if reads == into:
        return f"{name} gives {_asked(gives, out, 'number')}; it reads {reads}, as asked for."
    if gives == out:
        return f"{name} reads {_asked(reads, into, 'number')}; it gives {gives}, as asked for."
    return f"{name} reads {reads} and gives {gives} numbers; asked for are {into} and {out}."


def _asked(got: int, wanted: int, word: str) -> str:
    return f"{_count(got, word)} where {wanted} {'is' if wanted == 1 else 'are'} asked for"


def _convolution(name, got, wanted) -> str:
    return _kernels(name, got, wanted, ("gives {}", "has kernels that read {}"))


def _transposed(name, got, wanted) -> str:
    return _kernels(name, got, wanted, ("reads {}", "has kernels that give {}"))


def _kernels(name, got, wanted, words) -> str:
    """The two axes of channels, then the size of the kernels: what is off, and what is right."""
    if got == Size([wanted[1], wanted[0], *wanted[2:]]):
        return f"The first two sizes of the weight of {name} are exchanged."
    found = [
        text.format(_asked(*sizes, "channel"))
        for text, sizes in zip(words, zip(got, wanted))
        if sizes[0] != sizes[1]
    ]
    right = "" if found else "; its channels are right"
    if got[2:] != wanted[2:]:
        found.append(f"has kernels of {_size(got[2:])} where {_size(wanted[2:])} is asked for")
    return f"{name} {', and '.join(found)}{right}."


def _size(kernel) -> str:
    return " x ".join(map(str, kernel)) if len(kernel) > 1 else f"length {kernel[0]}"


def _norm(name, got, wanted) -> str:
    return f"{name} has {_asked(got[0], wanted[0], 'channel')}."


def _of_tensor(name, got, wanted) -> str:
    """Where nothing is known of the layer."""
    if sorted(got) == sorted(wanted):
        return f"`{name}` has its axes in another order."
    if math.prod(got) == math.prod(wanted):
        return f"`{name}` holds as many numbers as asked for, in another shape."
    if len(got) != len(wanted):
        return f"`{name}` has {_axes(len(got))} where {_axes(len(wanted))} are asked for."
    axes = [axis for axis, sizes in enumerate(zip(got, wanted)) if sizes[0] != sizes[1]]
    along = f"along axis {axes[0]} it has {got[axes[0]]} in place of {wanted[axes[0]]}"
    return f"`{name}` has the right number of axes; {along}."


def _axes(count: int) -> str:
    return f"{count} {'axis' if count == 1 else 'axes'}"
