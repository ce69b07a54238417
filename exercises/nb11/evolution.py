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
    alike = [((0, 1), 0.5), ((4, 4), 0.5), ((2, 2), 0.5), ((3, 1), 0.5)]
    yield call(alike, [2, 0, 3, 1])
    close = [((0, 1), 0.7104), ((1, 1), 0.7109), ((2, 2), 0.71)]
    yield call(close, [2, 0, 1])
    for n, k in ((5, 2), (6, 3), (8, 4)):
        cells = [tuple(rng.integers(0, 4, 6).tolist()) for _ in range(n)]
        yield call(
            list(zip(cells, rng.random(n).round(2).tolist())), rng.permutation(n)[:k].tolist()
        )


@aging.probe
def _(attempt, population, drawn):
    mutated, measured = [], []

    def mutate(cell):
        mutated.append(cell)
        return (cell[0] + 10 * len(mutated), *cell[1:])

    def measure(cell):
        measured.append(cell)
        return sum(cell) / 100

    after = attempt(population, drawn, mutate, measure)
    return {
        "the new population": after,
        "its type": type(after).__name__,
        "the number of calls of `mutate`": len(mutated),
        "the number of calls of `measure`": len(measured),
    }


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
        "You take out the worst. Take out the oldest, however good it is.",
    ),
    (
        "kills_the_best",
        {"dies": lambda p, d, at: max(range(len(p)), key=_accuracy(p))},
        "You take out the best. Take out the oldest.",
    ),
    (
        "kills_the_parent",
        {"dies": lambda p, d, at: at},
        ("You take out the parent. Take out the oldest; the parent stays until it is that."),
    ),
    (
        "kills_the_loser",
        {"dies": lambda p, d, at: min(d, key=_accuracy(p))},
        "You take out the worst of the drawn ones. Take out the oldest of all.",
    ),
    (
        "kills_the_oldest_drawn",
        {"dies": lambda p, d, at: min(d)},
        "You take out the oldest of the drawn ones. Take out the oldest of all.",
    ),
    (
        "kills_the_newest",
        {"dies": lambda p, d, at: len(p) - 1},
        "You take out the newest. Take out the oldest, which stands first.",
    ),
    (
        "nobody_dies",
        {"dies": lambda p, d, at: None},
        "You take nobody out, so your population grows.",
    ),
    (
        "parent_of_all",
        {"parent": lambda p, d: max(range(len(p)), key=_accuracy(p))},
        "Your parent is the best of the whole population. Take the best of the drawn ones.",
    ),
    (
        "worst_parent",
        {"parent": lambda p, d: min(d, key=_accuracy(p))},
        "Your parent is the worst of the drawn ones. Take the best.",
    ),
    (
        "first_drawn",
        {"parent": lambda p, d: d[0]},
        "Your parent is the first of the drawn ones. Take the best.",
    ),
    (
        "last_at_a_tie",
        {"parent": lambda p, d: max(reversed(d), key=_accuracy(p))},
        "At a tie your parent is the one named last in `drawn`. Take the first.",
    ),
    (
        "oldest_at_a_tie",
        {"parent": lambda p, d: max(sorted(d), key=_accuracy(p))},
        "At a tie your parent is the oldest. Take the one named first in `drawn`.",
    ),
    (
        "newest_at_a_tie",
        {"parent": lambda p, d: max(sorted(d, reverse=True), key=_accuracy(p))},
        "At a tie your parent is the newest. Take the one named first in `drawn`.",
    ),
    (
        "in_front",
        {"place": "front"},
        "You put the child in front, where the oldest stands. It goes to the end.",
    ),
    (
        "parents_accuracy",
        {"accuracy": lambda parent: parent[1]},
        "Your child has the accuracy of its parent. Measure its own.",
    ),
    ("no_mutation", {"mutates": False}, "Your child is a copy of its parent. Mutate it."),
):
    aging.mistake(_sentence, _name)(_generation(**_change))


@aging.mistake("You call `measure` twice. A measurement takes long: call it once.")
def measured_twice(population, drawn, mutate, measure):
    after = evolve(population, drawn, mutate, measure)
    measure(after[-1][0])
    return after


@aging.mistake(
    "Your child has the accuracy that you measured for its parent. Measure the child's."
)
def parent_measured(population, drawn, mutate, measure):
    parent = max((population[i] for i in drawn), key=lambda one: one[1])[0]
    return [*population[1:], (mutate(parent), measure(parent))]


@aging.mistake("You call `mutate` twice. Each call gives another child: call it once.")
def mutated_twice(population, drawn, mutate, measure):
    parent = max((population[i] for i in drawn), key=lambda one: one[1])[0]
    return [*population[1:], (mutate(parent), measure(mutate(parent)))]


@aging.mistake("Your population is right, but a tuple. Return a list.")
def a_tuple(population, drawn, mutate, measure):
    return tuple(evolve(population, drawn, mutate, measure))


@aging.mistake("You changed the list that you were given. Return a new one.")
def changed_in_place(population, drawn, mutate, measure):
    child = evolve(population, drawn, mutate, measure)[-1]
    population.pop(0)
    population.append(child)
    return population


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


aging.demand("The parent is the best of them", violated_by="first_drawn")
aging.demand("at a tie the one named first in `drawn`", violated_by="last_at_a_tie")
aging.demand("call each once", violated_by="measured_twice")
aging.demand("`mutate(cell)` returns the child's cell", violated_by="mutated_twice")
aging.demand("Return a new list", violated_by="changed_in_place")
aging.demand("a new list in which", violated_by="a_tuple")
aging.demand("the oldest is gone", violated_by="kills_the_worst")
aging.demand("(child, accuracy) stands at the end", violated_by="in_front")
