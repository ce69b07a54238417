"""A learner's code may do anything: each thing gets its own clear sentence, and nothing of it
outlives the check.
"""

import contextlib
import random
import signal
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import exercises
from checker import marks, sandbox, show
from checker import notebook as checks
from checker.card import Card
from checker.exercise import Exercise, Module, Number, call, normal, whole
from checker.judge import judge as judge_exercise
from checker.notebook import NotPassed, again, check
from checker.verdict import State

RIGHT = exercises.find("0.1").answer


def double(limit=10.0, **options):
    """A tiny exercise: twice the input."""
    exercise = Exercise("9.1", "Double", difficulty=1, minutes=1, limit=limit, **options)

    @exercise.reference
    def double(x):
        return 2 * x

    @exercise.cases
    def _(rng):
        yield call(torch.tensor([1.0, 2.0]))
        yield call(whole(rng, 2, 3, 4))

    return exercise


class Liar:
    """Says yes to everything and refuses to be shown."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        raise RuntimeError

    def __getattr__(self, name):
        return self


class Rude(BaseException):
    def __str__(self):
        raise RuntimeError


class Subclass(torch.Tensor):
    pass


def raises(error):
    def attempt(x):
        raise error

    return attempt


def recurses(x):
    return recurses(x)


def changes_input(x):
    result = 2 * x
    x.zero_()
    return result


def sets_seed(module, name="seed"):
    def attempt(x):
        getattr(module, name)(0)
        return 2 * x

    return attempt


async def waits(x):
    return 2 * x


def wrong_product(x):
    weight = torch.ones(256, 10)
    return x.reshape(1, -1) @ weight


SAID = {
    "exits": (raises(SystemExit(3)), "raised SystemExit: 3", "a function ends with `return`"),
    "recurses": (recurses, "RecursionError", "calls itself without an end"),
    "asks None for a part": (lambda x: None.double(), "AttributeError", "`.double` is asked of"),
    "asks a tensor for no part of it": (lambda x: x.twice, "AttributeError", "a tensor, has no"),
    "raises": (raises(ValueError("no")), "raised ValueError: no, expected [2.0, 4.0]", ""),
    "raises a rude error": (raises(Rude()), "raised its own Rude", ""),
    "raises NotImplementedError with words": (
        raises(NotImplementedError("later")),
        "raised NotImplementedError",
        "",
    ),
    "returns nothing": (lambda x: None, "gave None", "`return`"),
    "returns a string": (lambda x: "4", "gave '4', a string, expected a tensor of shape (2,)", ""),
    "returns a number": (lambda x: 4, "gave 4, an int, expected a tensor", ""),
    "returns an array": (lambda x: (2 * x).numpy(), "a numpy array, expected a tensor", ""),
    "returns float32": (
        lambda x: (2 * x).float(),
        "dtype torch.float32, expected torch.float64",
        "dtype of the input",
    ),
    "returns another shape": (
        lambda x: 2 * x[None],
        "of shape (1, 2), expected (2,)",
        "numbers are right",
    ),
    "returns wrong values": (lambda x: 3 * x, "gave [3.0, 6.0], expected [2.0, 4.0]", ""),
    "returns NaN": (lambda x: x * float("nan"), "2 NaN in 2 values", "divided by zero"),
    "returns its input": (
        lambda x: x,
        "gave [1.0, 2.0], expected [2.0, 4.0]",
        "input itself, or a view",
    ),
    "returns a view": (lambda x: x[:1], "expected (2,)", "input itself, or a view"),
    "returns a generator": (lambda x: (2 * v for v in x), "lazy generator", "list(...)"),
    "returns a map": (lambda x: map(float, x), "lazy map", "list(...)"),
    "returns a coroutine": (waits, "coroutine", "not `async def`"),
    "returns a function": (lambda x: lambda: x, "the function or class", "forget to call"),
    "returns a layer": (lambda x: torch.nn.ReLU(), "a net, ReLU", "Call the layer, too"),
    "returns the placeholder": (lambda x: ..., "Ellipsis", "still to do"),
    "returns a liar": (lambda x: Liar(), "an object of type Liar", ""),
    "returns a tensor subclass": (lambda x: (2 * x).as_subclass(Subclass), "Subclass", ""),
    "returns a tensor without values": (
        lambda x: torch.empty(2, device="meta"),
        "without values",
        "",
    ),
    "returns a sparse tensor": (lambda x: (2 * x).to_sparse(), "without values", ""),
    "takes other arguments": (lambda: 2, "takes 0 positional arguments", "as they were"),
    "changes its input": (
        changes_input,
        "gave the right answer",
        "changed `x`, which the caller still needs",
    ),
    "sets torch's seed": (
        sets_seed(torch, "manual_seed"),
        "gave the right answer",
        "set a random seed",
    ),
    "sets numpy's seed": (sets_seed(np.random), "gave the right answer", "set a random seed"),
    "sets Python's seed": (sets_seed(random), "gave the right answer", "set a random seed"),
    "multiplies what does not fit": (
        wrong_product,
        "mat1 and mat2",
        "2 columns, the one on the right 256 rows",
    ),
    "asks for too much memory": (
        lambda x: torch.ones(10**8, 10**6),
        "allocate",
        "more than this machine has",
    ),
}


@pytest.mark.parametrize("attempt, what, why", SAID.values(), ids=SAID)
def test_each_thing_gets_its_own_sentence(attempt, what, why):
    verdict = judge_exercise(double(), attempt)
    assert verdict.state == State.NOT_YET
    assert verdict.mistake is None
    assert (
        verdict.message.startswith("`double(x=[1.0, 2.0])`")
        and what in verdict.message
        and why in verdict.message
    )
    assert Card(verdict)._repr_html_().count("<div") == Card(verdict)._repr_html_().count("</div>")


@pytest.mark.parametrize("attempt", [5, None, "x", torch.ones(2)], ids=str)
def test_what_cannot_be_called_is_refused(attempt):
    verdict = judge_exercise(double(), attempt)
    assert verdict.state == State.NOT_YET and 'check("9.1", double)' in verdict.message


def test_the_learners_own_line_is_quoted_with_its_shapes():
    line = judge_exercise(double(), wrong_product).line
    assert line.endswith("return x.reshape(1, -1) @ weight   where x (2,), weight (256, 10)")


def test_a_stub_is_to_do_and_so_is_an_ellipsis():
    assert judge_exercise(double(), raises(NotImplementedError)).state == State.TO_DO
    assert judge_exercise(exercises.find("0.2"), ...).state == State.TO_DO


def swallows(x):
    while True:
        try:
            pass
        except BaseException:
            pass


def spins(x):
    while True:
        pass


@pytest.mark.parametrize("attempt", [spins, swallows])
def test_what_never_ends_is_stopped(attempt, monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE", 100)  # others may have the processor meanwhile
    verdict = judge_exercise(double(limit=0.2), attempt)
    assert verdict.state == State.STOPPED and "still running after 0.2 s" in verdict.message
    assert signal.getsignal(signal.SIGALRM) == signal.getsignal(signal.SIGPROF) == signal.SIG_DFL


def test_what_sleeps_is_stopped_by_the_clock_and_told_so(monkeypatch):
    monkeypatch.setattr(sandbox, "PATIENCE", 3)
    verdict = judge_exercise(double(limit=0.2), lambda x: time.sleep(60))
    assert verdict.state == State.STOPPED and "not ended after 0.6 s. For 0.0 s" in verdict.message


def test_a_limit_does_not_ring_on_its_way_out():
    with sandbox.time_limit(sandbox.Deadline(60.0)):
        ring = signal.getsignal(signal.SIGPROF)
        leave = SimpleNamespace(f_code=contextlib._GeneratorContextManager.__exit__.__code__)
        ours = SimpleNamespace(
            f_code=sandbox.run.__code__, f_back=leave
        )  # a profiler, as it leaves
        ring(signal.SIGPROF, leave)
        ring(signal.SIGPROF, ours)
        with pytest.raises(sandbox.TimeUp):
            ring(signal.SIGPROF, sys._getframe())


def test_a_limit_that_rings_while_it_is_set_is_over_too(monkeypatch):
    set_timer = signal.setitimer

    def rings(timer, seconds, *every):
        set_timer(timer, seconds, *every)
        if seconds:
            signal.getsignal(signal.SIGPROF)(signal.SIGPROF, sys._getframe())

    monkeypatch.setattr(signal, "setitimer", rings)
    outcome = sandbox.run(lambda: 1, (), {}, sandbox.Deadline(60.0))
    assert isinstance(outcome.error, sandbox.TimeUp)
    assert signal.getitimer(signal.ITIMER_PROF) == signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == signal.getsignal(signal.SIGPROF) == signal.SIG_DFL


def test_time_in_which_others_have_the_processor_does_not_count():
    def waits(x):
        time.sleep(0.3)  # as a busy machine would let it wait
        return 2 * x

    assert judge_exercise(double(limit=0.25), waits).state == State.PASSED


def test_without_the_main_thread_a_loop_is_stopped_too():
    found = []
    thread = threading.Thread(
        target=lambda: found.append(judge_exercise(double(limit=0.2), spins).state)
    )
    thread.start()
    thread.join(30)
    assert found == [State.STOPPED]


def test_an_interrupt_is_no_error_of_the_learner():
    verdict = judge_exercise(double(), raises(KeyboardInterrupt))
    assert verdict.state == State.STOPPED and "you pressed stop" in verdict.message


def test_megabytes_of_prints_are_cut(capsys):
    def chatters(x):
        for _ in range(100):
            print("x" * 100_000)
        return 2 * x

    verdict = judge_exercise(double(), chatters)
    assert (
        verdict.state == State.PASSED
        and len(verdict.printed) < 400
        and "more characters" in verdict.printed
    )
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "spoil", [lambda: setattr(sys, "stdout", None), lambda: sys.stdout.close()]
)
def test_output_is_restored(spoil):
    before = sys.stdout

    def attempt(x):
        spoil()
        return 2 * x

    assert judge_exercise(double(), attempt).state == State.PASSED
    assert sys.stdout is before


def test_globals_are_as_they_were():
    def meddles(x):
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        np.random.rand(5)
        random.random()
        torch.rand(3)
        return 2 * x

    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    wanted = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    judge_exercise(double(), meddles)
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == wanted
    assert torch.get_default_dtype() == torch.float64 and torch.is_grad_enabled()


def test_drawing_random_numbers_is_allowed():
    def draws(x):
        torch.rand(3)
        np.random.rand(2)
        random.random()
        return 2 * x

    assert judge_exercise(double(), draws).state == State.PASSED


def test_the_mistake_that_fits_every_case_is_named_and_no_other():
    exercise = double()
    exercise.mistake("That is three times.", "triple")(lambda x: 3 * x)
    exercise.mistake("That is the square.", "square")(lambda x: x * x)
    assert judge_exercise(exercise, lambda x: x + x + x).mistake == "triple"
    assert judge_exercise(exercise, lambda x: x**2).mistake == "square"
    assert judge_exercise(exercise, lambda x: 3 * x if x.ndim == 1 else 2 * x).mistake is None


def test_two_mistakes_that_look_alike_are_not_named():
    exercise = double()
    for name in ("one", "other"):
        exercise.mistake("Sentence.", name)(lambda x: 3 * x)
    assert judge_exercise(exercise, lambda x: 3 * x).mistake is None


def test_the_library_is_seen_whatever_it_is_called():
    exercise = Exercise("9.2", "Blur", difficulty=1, minutes=1, forbidden=sandbox.CONVOLUTION)
    exercise.reference(lambda x: torch.nn.functional.conv2d(x, x))
    exercise.cases(lambda rng: iter([call(normal(rng, 1, 1, 3, 3))]))
    layer = nn.Conv2d(1, 1, 3, bias=False)

    def hidden(x):
        return torch.func.functional_call(layer, {"weight": x.detach()}, (x,))

    def numpys(x):
        flat = x.numpy().ravel()
        return torch.tensor(np.convolve(flat, flat[::-1], "valid")).reshape(1, 1, 1, 1)

    assert judge_exercise(exercise, hidden).mistake == "library call"
    assert judge_exercise(exercise, numpys).mistake == "library call"
    assert (
        judge_exercise(exercise, lambda x: (x * x).sum().reshape(1, 1, 1, 1)).state == State.PASSED
    )


@pytest.mark.parametrize(
    "slope",
    [
        lambda f, x: torch.autograd.grad(f(x.requires_grad_()), x)[0],
        lambda f, x: torch.func.grad(f)(x),
        lambda f, x: torch.func.jacfwd(f)(x),
        lambda f, x: torch.autograd.functional.jacobian(f, x),
    ],
)
def test_autograd_is_seen_whatever_it_is_called(slope):
    exercise = Exercise("9.2", "Slope", difficulty=1, minutes=1, forbidden={sandbox.AUTOGRAD})
    exercise.reference(lambda x: 2 * x)
    exercise.cases(lambda rng: iter([call(normal(rng, 3))]))

    def attempt(x):
        with torch.enable_grad():
            return slope(lambda y: (y * y).sum(), x.clone())

    assert judge_exercise(exercise, attempt).mistake == "library call"
    assert judge_exercise(exercise, lambda x: x + x).state == "passed"


def test_other_seeds_give_other_random_cases():
    exercise = double()
    assert torch.equal(exercise.calls(0)[1].args[0], exercise.calls(0)[1].args[0])
    assert not torch.equal(exercise.calls(0)[1].args[0], exercise.calls(1)[1].args[0])


def norm():
    """Batch norm, the module with everything a module can get wrong."""
    exercise = Module("9.3", "Norm", difficulty=1, minutes=1)

    @exercise.reference
    class Norm(nn.BatchNorm1d):
        pass

    exercise.cases(lambda rng: iter([call(3, inputs=normal(rng, 5, 3))]))
    return exercise


def hand_made(momentum=0.1, unbiased=True, gamma=True, evaluates=True, parameter=nn.Parameter):
    class Norm(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.weight, self.bias = (
                parameter(torch.ones(channels)),
                nn.Parameter(torch.zeros(channels)),
            )
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))
            self.register_buffer("num_batches_tracked", torch.tensor(0))

        def forward(self, x):
            mean, var = self.running_mean, self.running_var
            if self.training or not evaluates:
                mean, var = x.mean(0), x.var(0, unbiased=False)
            if self.training:
                self.num_batches_tracked += 1
                self.running_mean.lerp_(mean.detach(), momentum)
                self.running_var.lerp_(x.var(0, unbiased=unbiased).detach(), momentum)
            y = (x - mean) / (var + 1e-5).sqrt()
            return (y * self.weight if gamma else y) + self.bias

    return Norm


@pytest.mark.parametrize(
    "attempt, what",
    [
        (hand_made(momentum=0.9), "after a step in training mode `running_mean`"),
        (hand_made(unbiased=False), "after a step in training mode `running_var`"),
        (hand_made(gamma=False), "in training mode gave"),
        (hand_made(evaluates=False), "in evaluation mode gave"),
        (hand_made(parameter=torch.Tensor), "has no parameter or buffer `weight`"),
        (nn.LayerNorm, "has no parameter or buffer `running_mean`"),
        (nn.Identity, "has no parameter or buffer"),
    ],
)
def test_a_module_is_compared_by_value(attempt, what):
    verdict = judge_exercise(norm(), attempt)
    assert verdict.state == State.NOT_YET and what in verdict.message


def test_a_right_module_passes():
    assert judge_exercise(norm(), hand_made()).state == State.PASSED


def test_a_forgotten_relu_shows_in_a_wide_net():
    """With weights of positive mean every hidden sum would be positive, and ReLU would change
    nothing.
    """

    class Wide(nn.Module):
        squash = staticmethod(torch.relu)

        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(
                nn.Linear(*sizes) for sizes in [(4, 2000), (2000, 50), (50, 3)]
            )

        def forward(self, x):
            first, second, last = self.layers
            return last(self.squash(second(torch.relu(first(x)))))

    class Forgotten(Wide):
        squash = nn.Identity()

    exercise = Module("9.4", "Wide", difficulty=1, minutes=1)
    exercise.reference(Wide)
    exercise.cases(lambda rng: iter([call(inputs=normal(rng, 2, 4))]))
    assert judge_exercise(exercise, Forgotten).state == State.NOT_YET
    assert judge_exercise(exercise, Wide).state == State.PASSED


def test_a_module_is_refused_as_object_and_as_plain_class():
    assert "needs the class itself" in judge_exercise(norm(), nn.BatchNorm1d(3)).message
    assert "no module yet" in judge_exercise(norm(), Liar).message


def test_a_number_is_taken_in_any_spelling_and_not_told():
    exercise = Number(
        "9.4", "Weights", 1234, wrong={"half": (617, "Half.")}, difficulty=1, minutes=1
    )
    for right in (1234, 1234.0, np.int64(1234), torch.tensor(1234), 2 * 617):
        assert judge_exercise(exercise, right).state == State.PASSED
    for wrong in (617, "1234", None, True, (1234,), 1234.5):
        verdict = judge_exercise(exercise, wrong)
        assert (
            verdict.state == State.NOT_YET
            and "1234;" not in verdict.message
            and "expected" not in verdict.message
        )


@pytest.mark.parametrize(
    "kind", [tuple, list, torch.tensor, np.array, lambda v: dict(zip("ab", v))]
)
def test_check_returns_a_typed_answer_as_ours_is_written(kind, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    right = exercises.find("7.16").answer
    assert [type(check("7.16", kind(right))), *check("7.16", kind(right))] == [tuple, *right]


def test_check_returns_the_attempt_or_the_reference(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    mine = lambda x: x.flatten(2).max(2)[0]  # noqa: E731
    assert check("0.1", mine) is mine
    assert check("0.1", lambda x: x.max()) is RIGHT
    assert check("0.1", raises(NotImplementedError)) is RIGHT
    shown = capsys.readouterr().out
    assert (
        "Passed · 0.1" in shown
        and "That is one number for all pictures" in shown
        and "To do · 0.1" in shown
    )
    assert "Hint 1" in shown and "goes on with our `brightest_pixel`" in shown


@pytest.mark.parametrize("variable", ["COURSE_GRADING", "NBGRADER_EXECUTION"])
@pytest.mark.parametrize(
    "attempt", [raises(NotImplementedError), lambda x: x.max()], ids=["to do", "not yet"]
)
def test_grading_raises_for_anything_but_a_pass(monkeypatch, tmp_path, variable, attempt):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    monkeypatch.setenv(variable, "1")
    with pytest.raises(NotPassed, match=r"^0\.1 (to do|not yet): "):
        check("0.1", attempt)
    mine = lambda x: x.amax((2, 3))  # noqa: E731
    assert check("0.1", mine) is mine


def test_a_check_run_twice_does_not_pass_on_our_answer(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))
    ours = check("0.1", lambda x: x.max())
    check("0.1", ours)
    assert capsys.readouterr().out.count("Not yet · 0.1") == 2
    assert marks.passed() == (set(), None)


@pytest.mark.parametrize(
    "id, said", [("0.99", "00 has 0.1"), ("77.1", "no notebook 77"), (RIGHT, "in quotes")]
)
def test_an_unknown_exercise_is_one_sentence(id, said):
    with pytest.raises(LookupError, match=said):
        exercises.find(id)


def test_again_makes_the_failing_call_of_the_learner_outside_the_check(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "marks"))

    def wrong(x):
        print("I am here")
        return x.max()

    assert check("0.1", wrong) is RIGHT
    assert 'again("0.1")' in capsys.readouterr().out
    assert again("0.1").item() == 5
    assert capsys.readouterr().out.endswith("I am here\n")
    check("0.1", lambda x: x.amax((2, 3)))
    with pytest.raises(LookupError, match="it is passed"):
        again("0.1")
    with pytest.raises(LookupError, match="Run the check of 0.2 first"):
        monkeypatch.setattr(checks, "_attempts", {})
        again("0.2")


def test_html_is_escaped():
    html = Card(
        judge_exercise(double(), raises(ValueError("<script>alert(1)</script>")))
    )._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_importing_the_checks_does_not_import_plots():
    assert "matplotlib" not in vars(checks)


def test_a_tuple_of_one_is_shown_as_it_must_be_written():
    assert [show.short(value) for value in [(3,), [3], (), (3, 4)]] == [
        "(3,)",
        "[3]",
        "()",
        "(3, 4)",
    ]
