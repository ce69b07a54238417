"""What a learner gets in place of a solved part."""

import pytest

from course.stub import assigned, stub

FUNCTION = '''\
def f(x):
    """Doc."""
    ### BEGIN SOLUTION
    y = x + 1
    return y
    ### END SOLUTION
'''
TOP_LEVEL = """\
k = 3
### BEGIN SOLUTION
padding, (left, right) = 2, (0, 1)  # why
size: int = 5
padding = 4
### END SOLUTION
print(k)"""
METHODS = """\
class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        self.a = 1
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return x
        ### END SOLUTION"""


def test_a_function_keeps_signature_and_docstring_and_raises():
    assert stub(FUNCTION) == 'def f(x):\n    """Doc."""\n    raise NotImplementedError\n'


def test_top_level_names_are_left_open_in_order_and_once():
    assert stub(TOP_LEVEL) == "k = 3\npadding = ...\nleft = ...\nright = ...\nsize = ...\nprint(k)"


def test_every_region_gets_its_own_stub():
    stubbed = stub(METHODS)
    assert stubbed.count("        raise NotImplementedError") == 2
    assert (
        "self.a" not in stubbed and "return x" not in stubbed and "super().__init__()" in stubbed
    )


def test_names_inside_comprehensions_and_functions_are_not_asked_for():
    assert assigned("a = [i for i in range(3)]\ndef g():\n    b = 1\nc += 1") == ["a", "c"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1", "has no `### BEGIN SOLUTION`"),
        ("### BEGIN SOLUTION\nx = 1", "without `### END SOLUTION`"),
        ("### END SOLUTION\nx = 1", "out of turn"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "out of turn"),
        ("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "assigns no name"),
        (
            "if True:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION",
            "as soon as it runs",
        ),
        (
            "class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION",
            "as soon as it runs",
        ),
    ],
)
def test_what_cannot_be_stubbed_is_said(source, words):
    with pytest.raises(ValueError, match=words):
        stub(source)
