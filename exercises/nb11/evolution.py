"""Exercise 11.12: evolution by age."""

from checker.exercise import Exercise, call

# 11.12

aging = Exercise(
    "11.12",
    "Evolution by age",
    difficulty=3,
    minutes=10,
    points=3,
    hints=[
        (
            "The parent is `max` of the drawn ones by accuracy. Its cell is mutated, the child's"
            " accuracy is measured."
        ),
        "The new list: all but the first, then the child.",
        "`parent = max((population[i] for i in drawn), key=lambda one: one[1])`",
    ],
)


@aging.reference
def evolve(population, drawn, mutate, measure):
    best = max(population[i][1] for i in drawn)
    parent = next(population[i][0] for i in drawn if population[i][1] == best)
    child = mutate(parent)
    return [*population[1:], (child, measure(child))]


@aging.cases
def _(rng):
    yield call([((0, 1), 0.5), ((1, 1), 0.7)], [0, 1])
    yield call([((0, 1), 0.9), ((1, 1), 0.7), ((2, 0), 0.8)], [2, 1])
    yield call([((0, 1), 0.3), ((4, 4), 0.3), ((2, 2), 0.2), ((3, 1), 0.1)], [1, 0])
    for n, k in ((5, 2), (6, 3), (8, 4)):
        cells = [tuple(rng.integers(0, 4, 6).tolist()) for _ in range(n)]
        yield call(
            list(zip(cells, rng.random(n).round(2).tolist())), rng.permutation(n)[:k].tolist()
        )


@aging.probe
def _(attempt, population, drawn):
    return attempt(
        population, drawn, lambda cell: (cell[0] + 10, *cell[1:]), lambda cell: sum(cell) / 100
    )


def _generation(parent=None, dies=None, place=None, accuracy=None, mutates=True):
    """One step with one thing changed.

    `dies` gives the place of the one that is taken out, None for nobody.
    """
    parent = parent or (lambda population, drawn: max(drawn, key=lambda i: population[i][1]))
    dies = dies or (lambda population, drawn, parent: 0)

    def evolve(population, drawn, mutate, measure):
        at = parent(population, drawn)
        child = mutate(population[at][0]) if mutates else population[at][0]
        newborn = (child, accuracy(population[at]) if accuracy else measure(child))
        gone = dies(population, drawn, at)
        rest = [one for i, one in enumerate(population) if i != gone]
        return [newborn, *rest] if place == "front" else [*rest, newborn]

    return evolve


def _accuracy(population):
    return lambda i: population[i][1]


for _name, _change, _sentence in (
    (
        "kills_the_worst",
        {"dies": lambda p, d, at: min(range(len(p)), key=_accuracy(p))},
        "You take out the worst. It is the oldest that goes, however good.",
    ),
    (
        "kills_the_best",
        {"dies": lambda p, d, at: max(range(len(p)), key=_accuracy(p))},
        "You take out the best. It is the oldest that goes.",
    ),
    (
        "kills_the_parent",
        {"dies": lambda p, d, at: at},
        (
            "You take out the parent. It is the oldest that goes, and the"
            " parent stays until its time has come."
        ),
    ),
    (
        "kills_the_loser",
        {"dies": lambda p, d, at: min(d, key=_accuracy(p))},
        "You take out the worst of the drawn ones. It is the oldest of all that goes.",
    ),
    (
        "kills_the_oldest_drawn",
        {"dies": lambda p, d, at: min(d)},
        "You take out the oldest of the drawn ones. It is the oldest of all that goes.",
    ),
    (
        "kills_the_newest",
        {"dies": lambda p, d, at: len(p) - 1},
        "You take out the newest. The list is oldest first, and the oldest goes.",
    ),
    (
        "nobody_dies",
        {"dies": lambda p, d, at: None},
        "Nobody is taken out, so your population grows.",
    ),
    (
        "parent_of_all",
        {"parent": lambda p, d: max(range(len(p)), key=_accuracy(p))},
        "Your parent is the best of the whole population. It is the best of the drawn ones.",
    ),
    (
        "worst_parent",
        {"parent": lambda p, d: min(d, key=_accuracy(p))},
        "Your parent is the worst of the drawn ones.",
    ),
    (
        "first_drawn",
        {"parent": lambda p, d: d[0]},
        "Your parent is the first that was drawn. It is the best of them.",
    ),
    (
        "last_at_a_tie",
        {"parent": lambda p, d: max(reversed(d), key=_accuracy(p))},
        "At a tie your parent is the one named last in `drawn`. It is the first.",
    ),
    (
        "in_front",
        {"place": "front"},
        "Your child stands in front, where the oldest is: it would be the next to go.",
    ),
    (
        "parents_accuracy",
        {"accuracy": lambda parent: parent[1]},
        "Your child has the accuracy of its parent. Measure.",
    ),
    ("no_mutation", {"mutates": False}, "Your child is a copy of its parent. Mutate it."),
):
    aging.mistake(_sentence, _name)(_generation(**_change))


aging.alternative(_generation())


@aging.alternative
def by_sorting_the_drawn(population, drawn, mutate, measure):
    cell, _ = sorted([population[i] for i in drawn], key=lambda one: -one[1])[0]
    child = mutate(cell)
    return population[1:] + [(child, measure(child))]


@aging.alternative
def by_a_queue(population, drawn, mutate, measure):
    best = drawn[0]
    for i in drawn[1:]:
        if population[i][1] > population[best][1]:
            best = i
    queue = list(population)
    child = mutate(population[best][0])
    queue.append((child, measure(child)))
    queue.pop(0)
    return queue
