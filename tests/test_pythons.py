"""What one of the supported Pythons does otherwise, and the code must therefore not do."""

import symtable

import pytest

from course.paths import ROOT

ROOMS = ("utils", "checker", "exercises", "course", "authoring", "classroom", "tests")
AT_ONCE = ("listcomp", "setcomp", "dictcomp")


def tables(table):
    yield table
    for child in table.get_children():
        yield from tables(child)


def clashes(table):
    """Names that are the variable of one comprehension of a function, and global in another."""
    inside = [child for child in table.get_children() if child.get_name() in AT_ONCE]
    own = {name.get_name() for one in inside for name in one.get_symbols() if name.is_local()}
    return own & {
        name.get_name()
        for one in (table, *inside)
        for name in one.get_symbols()
        if name.is_global()
    }


@pytest.mark.parametrize("room", ROOMS)
def test_no_variable_of_a_comprehension_hides_a_global_that_is_used_beside_it(room):
    """Python 3.12.1 then raises UnboundLocalError, as if the global were the variable."""
    sources = {path: path.read_text(encoding="utf-8") for path in (ROOT / room).rglob("*.py")}
    found = [
        f"{path}:{table.get_lineno()} {sorted(clashes(table))}"
        for path, source in sources.items()
        for table in tables(symtable.symtable(source, str(path), "exec"))
        if table.get_type() == "function" and clashes(table)
    ]
    assert not found


def test_such_a_name_is_found():
    source = "def f(a, b):\n    return {one.x for one in a} - {one(two) for two in b}\n"
    function = symtable.symtable(source, "here", "exec").get_children()[0]
    assert clashes(function) == {"one"}
