"""What is said of a mistake that nobody listed was seen on every call, and could have failed."""

import pytest
import torch
import torch.nn.functional as F

import exercises
from checker.diagnosis import Trials, contrast, dependence, parts, relations, seen, words
from checker.exercise import Exercise, call, normal, whole
from checker.judge import judge, try_cases
from checker.verdict import State

Y = torch.tensor([[1.0, 2.0, 4.0], [-3.0, 5.0, 7.0], [0.0, 8.0, -6.0]])[None, None]
Z = torch.arange(20.0).reshape(1, 1, 4, 5) ** 2 - 30

TOLD = {
    "turned by half a turn": lambda y: y.flip(-2, -1),
    "left and right exchanged": lambda y: y.flip(-1),
    "upside down": lambda y: y.flip(-2),
    "transposed": lambda y: y.transpose(-2, -1),
    "without its last column": lambda y: y[..., :-1],
    "without its first column": lambda y: y[..., 1:],
    "without its last row": lambda y: y[..., :-1, :],
    "without its border": lambda y: y[..., 1:-1, 1:-1],
    "moved left by one place": lambda y: F.pad(y[..., 1:], (0, 1)),
    "moved down by one place": lambda y: F.pad(y[..., :-1, :], (0, 0, 1, 0)),
    "a ring of more": lambda y: F.pad(y, (1, 1, 1, 1), value=3.0),
    "2 times the right one": lambda y: 2 * y,
    "1/4 times the right one": lambda y: y / 4,
    "the wrong sign": lambda y: -y,
    "0.5 too large": lambda y: y + 0.5,
    "the square of the right one": lambda y: y**2,
    "without its sign": lambda y: y.abs(),
    "The border is wrong": lambda y: F.pad(y[..., 1:-1, 1:-1], (1, 1, 1, 1), value=99.0),
    "other places": lambda y: y.roll(1, -1).roll(1, -2).flip(-1),
    "-1/2 times the right one plus 3": lambda y: 3 - y / 2,
    "rounding only, as much as float32": lambda y: (y / 3).float().double() * 3,
}


def pairs(change, *wanted):
    return [relations.pair(change(y), y) for y in wanted]


@pytest.mark.parametrize("words", TOLD)
def test_a_relation_that_holds_is_told(words):
    said = relations.relation(pairs(TOLD[words], Y, Z), 1e-9)
    assert said and words in said


@pytest.mark.parametrize("words", TOLD)
def test_one_call_against_it_and_it_is_not_told(words):
    spoiled = pairs(TOLD[words], Y, Z)
    got = spoiled[1].got.clone()
    got[..., 0, 0] += 1000
    got[..., -1, -1] -= 777
    got[..., got.shape[-2] // 2, got.shape[-1] // 2] += 55
    said = relations.relation([spoiled[0], relations.Pair(got, Z, {}, {})])
    assert not said or words not in said


@pytest.mark.parametrize("constant", [torch.ones(1, 1, 3, 3), torch.zeros(1, 1, 1, 1)])
@pytest.mark.parametrize("words", TOLD)
def test_where_it_could_not_fail_nothing_is_told(words, constant):
    """All numbers alike: turned, moved or transposed, they are the same."""
    said = relations.relation(pairs(TOLD[words], constant))
    assert not said or "transposed" not in said and "places" not in said and "turned" not in said


def test_a_factor_that_is_a_size_of_the_call_is_named():
    found = [
        relations.pair(y / n, y, {"n": n, "k": k})
        for y, n, k in [(Y, 2, 5), (Z, 3, 5), (Y + 1, 7, 5)]
    ]
    assert "one over `n` times the right one" in relations.relation(found)


def sized(factor, *sizes):
    return [
        relations.pair(factor(*size) * (Y + size[0]), Y + size[0], dict(zip("nk", size)))
        for size in sizes
    ]


def test_a_factor_of_two_sizes_or_of_none():
    sizes = [(2, 5), (3, 5), (7, 4)]
    assert "`n` over `k` times" in relations.relation(sized(lambda n, k: n / k, *sizes))
    each = relations.relation(sized(lambda n, k: n**3 + k, *sizes))
    assert (
        each == "Within a call every number is off by one factor, on the first that fails by 13."
    )


def test_counted_from_the_other_end():
    y = torch.tensor([0.0, 1, 2, 4])
    found = [relations.pair(n - 1 - y, y, {"n": n}) for n in (5, 6, 8)]
    assert "the right one add up to `n` minus 1" in relations.relation(found)


def counted(far, calls):
    """Numbers in the thousands, each too small by `far` of its arguments."""
    found = [{"n": n, "k": k, "rows": [(n, k), (k, 2)]} for n, k in calls]
    right = [10_000 + 37 * n * n + k for n, k in calls]
    return [relations.pair(r - far(**of), r, of) for r, of in zip(right, found)]


FAR = {
    "by `n`,": lambda n, k, rows: n,
    "by 5 times `k`,": lambda n, k, rows: 5 * k,
    "by `n` plus 40,": lambda n, k, rows: n + 40,
    "by twice `n` times `k` minus 1,": lambda n, k, rows: 2 * n * k - 1,
    "by the sum of the products in the items of `rows`,": lambda n, k, rows: n * k + 2 * k,
}


@pytest.mark.parametrize("words", FAR)
def test_how_far_a_count_is_off(words):
    calls = [(4, 7), (5, 3), (9, 8), (6, 2)]
    assert words in relations.relation(counted(FAR[words], calls))
    other = [(4, 7), (5, 3), (9, 8), (6, 2), (7, 5)]
    spoiled = [*counted(FAR[words], calls), *counted(lambda **of: 123, other[4:])]
    assert words not in relations.relation(spoiled)


def test_a_large_count_that_is_off_by_little():
    found = [relations.pair(n + 32, n) for n in (11_000_000, 302_545, 5_000_000)]
    assert relations.relation(found) == "Every number is 32 too large."


def test_a_right_number_of_another_shape_is_not_too_small():
    found = [relations.pair(torch.tensor([n]), torch.tensor(n)) for n in (1.5, 2.5, 4.0)]
    assert "too" not in (relations.relation(found) or "")


def test_which_arguments_change_nothing():
    calls = [({"n": n, "k": k}, 3 * n) for n, k in ((1, 2), (2, 5), (4, 7))]

    def off(place, others):
        return 3 * (calls[place][0] | others)["n"]

    said = dependence.independent(calls, off)
    assert said == "On the calls tried, how far it is off does not change with `k`."
    assert dependence.independent(calls, lambda place, others: None) is None


def test_an_argument_that_counts_on_some_failing_calls_counts():
    def far(n, s, k):
        return k + n * (s > 1)

    calls = [({"n": n, "s": s, "k": n + 3}, far(n, s, n + 3)) for n, s in ((1, 1), (2, 1), (4, 2))]
    said = dependence.independent(calls, lambda place, others: far(**calls[place][0] | others))
    assert "`n`" not in (said or "")


def tried(*calls):
    return [contrast.Tried(arguments, right) for arguments, right in calls]


def test_what_all_failing_calls_have_and_no_other():
    said = contrast.contrast(
        tried(
            ({"n": 7, "p": 0}, True),
            ({"n": 8, "p": 0}, True),
            ({"n": 9, "p": 0}, True),
            ({"n": 7, "p": 1}, False),
            ({"n": 8, "p": 1}, False),
            ({"n": 9, "p": 2}, False),
        )
    )
    assert said == "Wrong in all 3 calls where `p` is not 0, right in all 3 others."


def test_what_every_call_has_is_no_part_of_when_it_fails():
    """Where no call can be made without the padding, one with a smaller picture tells nothing."""
    x = torch.ones(2, 3)
    calls = tried(*[({"x": x, "p": p}, p == 0) for p in (0, 0, 1, 1)])
    assert contrast.contrast(calls, lambda place, others: True if "x" in others else None) is None


def test_a_count_that_is_nearly_right_is_not_rounded():
    found = [
        relations.pair(wanted - 10, wanted) for wanted in (62_378_344, 60_965_224, 45_000_000)
    ]
    assert "rounding" not in (relations.relation(found, 1e-9) or "")
    halves = [relations.pair(float(torch.tensor(n).half()), n) for n in (62_345, 60_961, 45_003)]
    assert "rounding only, as much as float16" in relations.relation(halves, 1e-9)


def test_no_contrast_where_one_call_speaks_against_it():
    calls = [
        ({"p": 0, "k": 3}, True),
        ({"p": 0, "k": 4}, True),
        ({"p": 1, "k": 3}, False),
        ({"p": 1, "k": 4}, True),
        ({"p": 0, "k": 5}, False),
        ({"p": 2, "k": 5}, True),
    ]
    assert contrast.contrast(tried(*calls)) is None


def test_one_failing_call_is_no_pattern():
    calls = [({"p": 0}, True)] * 7 + [({"p": 1}, False)]
    assert contrast.contrast(tried(*calls)) is None


def test_parts_that_are_right_and_wrong():
    agree = lambda one, other: one == other  # noqa: E731
    right = parts.verdicts([((1, 2, 3), (1, 0, 3)), ((4, 5, 6), (4, 0, 6))], agree)
    said = parts.said(right, 2)
    assert said == "Only number 2 is off; all else is right on every failing call."
    assert parts.said(parts.verdicts([((1, 2), (3, 4))], agree), 1) is None


def test_of_the_rest_only_what_was_seen_is_said():
    """Each is off on some call; on every call none but the first is right."""
    right = {"number 1": True} | {f"number {n}": False for n in range(2, 7)}
    assert parts.said(right, 2) == "Only number 1 is right on every failing call."
    right = {"after three steps `w`": False, "whether all is there:": False, "the loss": True}
    assert "Only `w` after three steps and whether all is there are off" in parts.said(right, 2)


def test_of_a_net_whose_statistics_alone_are_off():
    right = {"in training mode": True, "the gradient of `w`": True}
    right |= {f"after a step `{name}`": False for name in "abcd"}
    said = "The output in training mode and all gradients are right on every failing call."
    assert parts.said(right, 2) == said
    assert parts.said(right | {"the gradient of `w`": False}, 2) != said


AGREE = lambda one, other: one == other  # noqa: E731


def test_a_list_of_rows_has_columns():
    pairs = [([(1, 2), (3, 9)], [(1, 2), (3, 4)]), ([(5, 1)], [(5, 6)])]
    said = parts.said(parts.verdicts(pairs, AGREE), 2)
    assert said.startswith("Only number 2 of each item is off; number 1 of each item is right")


def test_a_part_that_some_calls_lack():
    pairs = [({"a": 1, "b": 1}, {"a": 1, "b": 2}), ({"a": 3, "c": 4}, {"a": 3, "c": 4})]
    assert parts.verdicts(pairs, AGREE) == {"a": True, "b": False, "c": True}
    assert parts.verdicts([({"a": 1}, {"a": 1, "b": 2})], AGREE) is None


def test_parts_in_another_order():
    assert parts.exchanged([((2, 1), (1, 2)), ((5, 4), (4, 5))], AGREE)
    assert not parts.exchanged([((2, 1), (1, 2)), ((5, 4), (5, 4))], AGREE)
    assert not parts.exchanged([({"a": 2, "b": 1}, {"a": 1, "b": 2})], AGREE)


def test_one_word_in_place_of_another():
    pairs = [({"a": True, "b": True}, {"a": False, "b": True}), ({"c": True}, {"c": False})]
    said = parts.one_sided(pairs)
    assert said == "Wherever a truth value is off, yours is True and should be False."
    assert parts.one_sided([*pairs, ({"a": False}, {"a": True})]) is None


def planted():
    """An exercise without a catalogue: the sum of x, weighted by k."""
    exercise = Exercise("9.1", "Weighted", difficulty=1, minutes=1)

    @exercise.reference
    def weighted(x, k=1):
        return x * k

    @exercise.cases
    def _(rng):
        yield call(whole(rng, 2, 3))
        yield call(normal(rng, 2, 3))
        yield call(whole(rng, 3, 2))
        for k in (2, 3, 4):
            yield call(normal(rng, 2, 3), k=k)

    return exercise


def test_a_sentence_that_fresh_calls_deny_is_not_shown():
    """On the first calls the sign is wrong everywhere; on others it is not."""
    exercise, count = planted(), []

    def attempt(x, k=1):
        count.append(1)
        return -x * k if len(count) <= 6 else x * k + len(count)

    verdict = judge(exercise, attempt)
    assert verdict.state == State.NOT_YET and "sign" not in verdict.why


def test_a_sentence_that_holds_on_fresh_calls_is_shown():
    verdict = judge(planted(), lambda x, k=1: -x * k)
    assert verdict.why == "What you gave is what our `weighted` gives with `x` negative."
    said = judge(planted(), lambda x, k=1: x.clone()).why
    assert said.startswith("Wrong in all 9 calls where `k` is not 1, right in all 9 others.")
    assert said.endswith("what our `weighted` gives with `k` = 1, whatever it is.")


def test_chance_is_told_from_a_mistake():
    verdict = judge(planted(), lambda x, k=1: torch.rand(x.shape))
    assert verdict.why.startswith("The same call, made again, gives another result")


def test_what_is_left_of_a_list_is_judged_where_it_raises_nothing():
    def attempt(x, k=1):
        if k > 2:
            raise ValueError("no")
        return 3 * x * k

    verdict = judge(planted(), attempt)
    assert "Where it raises nothing and is wrong: every number is 3 times" in verdict.why


def test_a_call_is_made_once():
    """Fixed cases come again with each seed, and tell no more than the first time."""
    fixed = Exercise("9.2", "Fixed", difficulty=1, minutes=1)
    fixed.reference(lambda n: n)
    fixed.cases(lambda rng: (call(n) for n in (1, 2, int(rng.integers(1000)))))
    trials = Trials(fixed, lambda n: -n, 0)
    calls = seen(fixed, try_cases(fixed, lambda n: -n), 0)
    assert len(calls) == 3 and [one.case.args for one in trials.fresh(calls)] == [
        fixed.calls(seed)[2].args for seed in (1, 2)
    ]


@pytest.mark.parametrize("number", exercises.NOTEBOOKS)
def test_nothing_is_said_of_a_right_answer(number):
    """A sample of the alternatives: a pass says nothing but that."""
    for exercise in exercises.of(number).values():
        for right in exercise.alternatives[:1]:
            assert judge(exercise, right).why == ""


def judged(*results):
    """(what came back, what was expected), each with whether the two are equal."""
    return [(got, wanted, got == wanted) for got, wanted in results]


def test_for_which_words_it_is_wrong():
    some = judged(("a", "a"), ("b", "b"), (None, "c"), (None, "c"))
    said = words.where_wrong(some)
    assert said == "Wrong in all 2 calls where 'c' is expected, right in all 2 others."
    for one in (("c", "c"), (None, "a"), (1, 2)):
        assert words.where_wrong([*some, *judged(one)]) is None
    assert words.where_wrong(some[1:]) is None


def test_a_word_that_is_never_asked_for():
    some = judged(("a", "a"), ("no C", "c"))
    assert words.never_asked_for(some) == "'no C' is expected on none of the calls."
    assert words.never_asked_for([*some, *judged(("a", "no C"))]) is None
    assert words.never_asked_for(judged((1, 2))) is None


def test_the_same_result_on_every_call():
    some = judged((0.0, 1.5), (0.0, 2.0), (0, 0.0))
    assert words.always(some) == "What came back is 0.0 on every call."
    assert words.always([*some, *judged((1.0, 3.0))]) is None
    assert words.always(some[:2]) is None and words.always(judged(*[(0, 1)] * 3)) is None


def test_a_part_that_is_what_another_should_be():
    pairs = [({"a": n, "b": n}, {"a": n + 10, "b": n}) for n in (1, 2, 3)]
    said = parts.taken_for_another(pairs, AGREE)
    assert said == "A is what b should be."
    assert parts.taken_for_another([*pairs, ({"a": 5, "b": 6}, {"a": 7, "b": 6})], AGREE) is None
    assert parts.taken_for_another(pairs[:2], AGREE) is None


@pytest.mark.parametrize("wrong, said", [(None, "Wrong in all"), ("x", "Wrong in all")])
def test_on_which_calls_a_word_is_missed_is_on_the_card(wrong, said):
    exercise = Exercise("9.1", "Sign", difficulty=1, minutes=1)
    exercise.reference(lambda n: "odd" if n % 2 else "even")
    exercise.cases(lambda rng: (call(n) for n in (4, 1, 8, 7, 3)))
    verdict = judge(exercise, lambda n: wrong if n % 2 else "even")
    assert verdict.why.startswith(f"{said} 3 calls where 'odd' is expected, right in all 2")
