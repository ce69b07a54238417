"""The check has a word for most mistakes that nobody listed: a sample, all by the command."""

from collections import Counter

import exercises
from authoring import leave_one_out
from authoring.leave_one_out import Answer, Trial
from checker.exercise import Choice


def answer(id="2.1", layer="contrast", seconds=0.1, kind="mistakes"):
    return Answer(id, kind, "name", layer, "Said.", seconds)


def test_a_sample_of_the_catalogue_is_explained(capsys):
    assert leave_one_out.main(["02", "05", "--sample", "40", "--seed", "3"]) == 0
    assert "Enough is explained." in capsys.readouterr().out


def test_the_mistake_itself_is_out():
    exercise = exercises.find("2.1")
    mistake = exercise.mistakes[0]
    twin = leave_one_out.without(exercise, mistake)
    assert len(twin.mistakes) == len(exercise.mistakes) - 1
    assert mistake in exercise.mistakes and mistake not in twin.mistakes
    [judged] = leave_one_out.judged(Trial("2.1", 0))
    assert judged.layer != "catalogue" and judged.said != mistake.sentence


def test_letters_are_no_mistakes_that_anybody_could_have_missed():
    found = {trial.id for trial in leave_one_out.of_mistakes(["02"])}
    assert found and not any(isinstance(exercises.find(id), Choice) for id in found)


def test_a_mutant_that_passes_is_not_counted():
    trials = leave_one_out.of_mutants(["0.1"], 100, 0)
    answers = [one for trial in trials for one in leave_one_out.judged(trial)]
    assert answers and all(one.layer != "passed" and one.kind == "mutants" for one in answers)


def test_shares_are_of_all_wrong_answers():
    assert leave_one_out.share(Counter(contrast=2, near=1, nothing=1)) == 0.75
    table = leave_one_out.table([answer(), answer(layer="nothing"), answer("10.1")])
    assert [line.split()[:3] for line in table.split("\n")[2:]] == [
        ["02", "2", "50%"],
        ["10", "1", "100%"],
        ["all", "3", "67%"],
    ]


def test_too_little_is_said_to_be_too_little(capsys):
    some = [answer(layer="nothing"), answer()]
    assert leave_one_out.report(some, listed=True) == 1
    out = capsys.readouterr().out
    assert "Too little is explained." in out and "2.1 name [contrast] Said." in out
    assert leave_one_out.report([answer(kind="mutants")], listed=False) == 0
