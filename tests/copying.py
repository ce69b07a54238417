"""A class in which some copy, made from a seed.

Everybody writes right answers, each in one of the ways that the catalogue knows and in a hand of
their own: statements split and joined, operands turned, names chosen. Who copies takes another's
answers, gives all variables other names, and moves lines that may be moved.

`python -m tests.copying` prints how many of the planted pairs are listed, and how many others.
"""

import ast
import functools
import itertools
import random

from tabulate import tabulate

from authoring import second_solutions
from classroom.records.results import Graded, Result, Status
from classroom.submissions import outline
from classroom.whole_class.shared_passages import sheet
from exercises import of

if __package__:
    from tests import submissions
else:
    import submissions

NAMES = (
    "a b c d e p q r s t u v w left right total part item value rows one two cur old new".split()
)


@functools.cache
def answers(number: str) -> dict[str, list[str]]:
    """By exercise, the texts of the solution and of its alternatives; of code alone."""
    asked = [one.id for one in outline.exercises(number)]
    solved = submissions.sources(submissions.solved(number), *asked)
    found = {}
    for id, exercise in of(number).items():
        others = [one.source for one in second_solutions.seconds(exercise)]
        if others:
            found[id] = [solved[id], *others]
    return found


class Hand(ast.NodeTransformer):
    """How one student writes: each habit has a chance of its own."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.habits = {name: chance.random() for name in ("turn", "split", "plus", "wrap", "say")}

    def does(self, habit: str) -> bool:
        return self.chance.random() < self.habits[habit]

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult) and self.does("turn"):
            node.left, node.right = node.right, node.left
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.Eq: ast.Eq}.get(type(node.ops[0]))
        if turned and len(node.ops) == 1 and self.does("turn"):
            node.left, node.comparators, node.ops = node.comparators[0], [node.left], [turned()]
        return node

    def visit_Return(self, node):
        self.generic_visit(node)
        if node.value and not isinstance(node.value, ast.Name) and self.does("split"):
            name = self.chance.choice(NAMES)
            kept = ast.Assign([ast.Name(name, ast.Store())], node.value, lineno=1)
            return [kept, ast.Return(ast.Name(name, ast.Load()))]
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and self.does("plus"):
            read = ast.Name(node.target.id, ast.Load())
            return ast.Assign([node.target], ast.BinOp(read, node.op, node.value), lineno=1)
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        target, value = node.targets[0], node.value
        pair = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        if pair and self.does("split"):
            return [ast.Assign([t], v, lineno=1) for t, v in zip(target.elts, value.elts)]
        inner = isinstance(value, ast.BinOp) and not isinstance(
            value.left, ast.Name | ast.Constant
        )
        if inner and self.does("split"):
            name = self.chance.choice(NAMES)
            kept = ast.Assign([ast.Name(name, ast.Store())], value.left, lineno=1)
            value.left = ast.Name(name, ast.Load())
            return [kept, node]
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        if self.does("say"):
            node.body.insert(0, ast.Expr(ast.Constant(self.chance.choice(NAMES) * 3)))
        return node


def written(source: str, hand: Hand) -> str:
    return ast.unparse(ast.fix_missing_locations(hand.visit(ast.parse(source))))


def disguised(source: str, chance: random.Random) -> str:
    """Other names for all variables, and statements in another order where that seems free."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            if isinstance(getattr(node, field, None), list):
                _reorder(getattr(node, field), chance)
    bound = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    new = dict(zip(sorted(bound), (f"{chance.choice(NAMES)}_{i}" for i in range(len(bound)))))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
    return ast.unparse(tree)


def _reorder(body: list[ast.stmt], chance: random.Random) -> None:
    for place in range(len(body) - 1):
        one, other = body[place : place + 2]
        plain = all(isinstance(s, ast.Assign | ast.FunctionDef) for s in (one, other))
        if plain and not _stored(one) & _named(other) and not _stored(other) & _named(one):
            if chance.random() < 0.7:
                body[place : place + 2] = [other, one]


def _named(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | _stored(node)


def _stored(node: ast.AST) -> set[str]:
    names = {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return names | {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef)}


def a_class(number: str, students: int, pairs: int, seed: int, share: float = 1.0):
    """The submissions, and which two are a copy; `share` of the exercises is copied."""
    chance, known = random.Random(seed), answers(number)
    names = [f"student {n:03}" for n in range(1, students + 1)]
    texts = {name: _own(known, chance) for name in names}
    drawn = chance.sample(names, 2 * pairs)
    planted = set()
    for one, other in zip(drawn[::2], drawn[1::2]):
        for id in chance.sample(sorted(known), round(share * len(known))):
            texts[other][id] = disguised(texts[one][id], chance)
        planted.add(frozenset((one, other)))
    return [_graded(name, number, texts[name]) for name in names], planted


def _own(known: dict[str, list[str]], chance: random.Random) -> dict[str, str]:
    hand = Hand(chance)
    return {id: written(chance.choice(ways), hand) for id, ways in known.items()}


def _graded(student: str, number: str, texts: dict[str, str]) -> Graded:
    results = [Result(id, Status.PASSED, 1, 1, "", source=text) for id, text in texts.items()]
    return Graded(student, number, results, [])


def found(number: str, students: int, pairs: int, seed: int, share: float = 1.0):
    """Pairs that are listed and planted; listed; planted."""
    graded, planted = a_class(number, students, pairs, seed, share)
    listed = {frozenset(pair.students) for pair in sheet(number, graded).pairs}
    return len(listed & planted), len(listed), len(planted)


def main() -> None:
    """Precision and recall, by how much was copied."""
    rows = []
    for number, share in itertools.product(("02", "07"), (1.0, 0.5, 0.25)):
        both, listed, planted = map(sum, zip(*(found(number, 60, 5, n, share) for n in range(4))))
        rows.append([number, share, f"{both} of {listed}", f"{both} of {planted}"])
    print(tabulate(rows, headers=["notebook", "copied", "listed and planted", "planted, listed"]))


if __name__ == "__main__":
    main()
