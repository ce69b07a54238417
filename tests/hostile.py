"""More submissions that nobody should hand in, by kind, each with the points it must get: what the
grader is told falsely, what would reach another student, outlast the clock or fill the memory, and
ways around what an exercise forbids. In the form of tests/submissions.py.

`python -m tests.hostile` grades all of them and prints the table; a test tries a sample.
"""

import json
import os
import secrets
import sys

from checker.sandbox import Outcome
from classroom.records.job import Claim
from classroom.records.record import dumps
from classroom.walls import serialization

if __package__:
    from tests import submissions
else:
    import submissions
Due, body, cell = submissions.Due, submissions.body, submissions.cell
ALL, NO_FIRST, NONE = submissions.ALL, submissions.NO_FIRST, submissions.NONE
with_first, extended, solved = submissions.with_first, submissions.extended, submissions.solved
RIGHT = submissions.RIGHT


def wrong(*lines: str) -> Due:
    """Exercise 0.1 answered by a function with these lines, which is not right."""
    return Due(NO_FIRST, with_first("import ctypes, os, sys, time\n" + body(*lines)))


def right(*lines: str) -> Due:
    """The same, followed by the right answer."""
    source = "import ctypes, os, sys, time\n" + body(*lines, "return x.amax(dim=(2, 3))")
    return Due(ALL, with_first(source))


# What comes back is no value that anybody expects.

SHAPE = "x.amax(dim=(2, 3))"
VALUES = {
    "uint16 of another shape": "x.amax(dim=(2, 3), keepdim=True).abs().to(torch.uint16)",
    "uint64": f"{SHAPE}.abs().to(torch.uint64)",
    "float8": f"{SHAPE}.to(torch.float8_e4m3fn)",
    "half a complex number": f"{SHAPE}.to(torch.complex32)",
    "four bits": "torch.empty(1, 1, dtype=torch.uint4)",
    "bits": "torch.empty(1, 1, dtype=torch.bits8)",
    "quantized": f"torch.quantize_per_tensor({SHAPE}.float(), 0.1, 0, torch.quint8)",
    "sparse": f"{SHAPE}.to_sparse()",
    "on no device": f"{SHAPE}.to('meta')",
    "nested": f"torch.nested.nested_tensor([{SHAPE}])",
    "a conjugate": f"{SHAPE}.to(torch.complex128).conj()",
    "a billion that are one": "torch.zeros(1).expand(10**9)",
    "numpy's longest float": f"{SHAPE}.numpy().astype('longdouble')",
    "numpy objects": "__import__('numpy').array([object()])",
    "numpy dates": "__import__('numpy').array(['2000'], dtype='datetime64')",
    "numpy fields": "__import__('numpy').zeros(3, dtype='i4,f8')",
    "a very large int": "10**400",
    "a list of itself": "(lambda a: a.append(a) or a)([])",
    "nested ten thousand deep": "eval('[' * 90 + ']' * 90)",
    "a lone surrogate": "chr(0xD800)",
    "bytes": "b'\\x00\\xff'",
    "a type": "type('=1+1', (), {})",
    "a dict of tensors as keys": f"{{{SHAPE}: 1}}",
    "a module": "sys",
    "a memory map": "memoryview(bytes(9))",
    "a slice": "slice(None)",
}
RAISED = {
    "a lone surrogate": "raise ValueError(chr(0xDC80))",
    "no words": "raise type('E', (Exception,), {'__str__': lambda s: 1 / 0})()",
    "a formula": "raise type('=cmd()', (Exception,), {})('=1+1')",
    "a group": "raise ExceptionGroup('many', [ValueError(chr(0xD800))] * 999)",
    "a megabyte of words": "raise ValueError('x' * 10**6)",
    "the end of Python": "raise SystemExit",
    "a key press": "raise KeyboardInterrupt",
    "the time limit's own": "raise __import__('checker').sandbox.TimeUp('a', chr(0xD800))",
    "itself as its cause": "e = ValueError('x'); e.__cause__ = e; raise e",
    "Unicode's own": "raise UnicodeDecodeError('utf-8', b'', 0, 1, chr(0xD800))",
    "no recursion left": "return (lambda f: f(f))(lambda f: f(f))",
}
PRINTED = {
    "a lone surrogate": "chr(0xD800) * 9",
    "orders to a terminal": "'\\x1b[2J\\x1b]0;mine\\x07\\r'",
    "a page of its own": "'</pre><script>alert(1)</script>'",
    "nothing visible": "'\\x00\\u202e\\ufeff'",
}


def claims() -> dict[str, object]:
    """What a process may say of itself, as JSON, instead of what it should."""
    plain = json.loads(dumps(Claim()))
    outcome = serialization.encode_outcome(Outcome(1))
    error = {"name": "E", "module": "m", "text": "t", "line": None}

    def told(**changes):
        return plain | changes

    def one(**changes):
        return told(outcomes=[outcome | changes])

    return {
        "no dict": 3,
        "another field": plain | {"passed": True},
        "trouble is a number": told(value=1, trouble=5),
        "trouble is a list": told(value=1, trouble=[1]),
        "trouble says too much": told(value=1, trouble={"text": "x" * 10**6, "line": [10**6]}),
        "all at once": told(slow="no", missing="no", refusal=[[]], value={}, outcomes=[]),
        "outcomes are a number": told(outcomes=7),
        "outcomes are none": told(outcomes=[]),
        "outcomes are numbers": told(outcomes=[1, 2]),
        "many outcomes": told(outcomes=[outcome] * 20_000),
        "an int of 400 digits": one(value=10**400),
        "a tensor of another size": one(
            value={"tensor": "float64", "shape": [2**62, 4], "grad": False, "bytes": ""}
        ),
        "a tensor below nothing": one(
            value={"tensor": "float64", "shape": [-1], "grad": True, "bytes": None}
        ),
        "ints with gradients": one(
            value={"tensor": "int64", "shape": [1], "grad": True, "bytes": "AAAAAAAAAAA="}
        ),
        "half a byte": one(value={"tensor": "uint4", "shape": [], "grad": False, "bytes": "AA=="}),
        "an array of anything": one(value={"array": "|V99999999999", "shape": [], "bytes": ""}),
        "a key that is a list": one(value={"dict": [[{"list": []}, 1]]}),
        "a complex number of three": one(value={"complex": [1, 2, 3]}),
        "a name with a surrogate": one(value={"odd": "\ud800", "callable": True}),
        "an error of ours": one(error=error | {"name": "TimeUp", "module": "checker.sandbox"}),
        "an error of a system": one(error=error | {"name": "SystemExit", "module": "builtins"}),
        "an error without a name": one(error={}),
        "an error with a number": one(error=error | {"text": 3, "line": {"a": 1}}),
        "the argument of a dict": one(changed={"a": 1}),
        "uses a number": one(used=7),
        "left a dict": one(left=[{}]),
    }


FORGE = """\
def brightest_pixel(x):
    import os
    reply = {reply}
    for channel in range(3, 64):
        try:
            while reply:
                reply = reply[os.write(channel, reply):]
        except OSError:
            pass
    os._exit(0)
"""
RAW = {
    "no JSON": "b'{'",
    "no UTF-8": "bytes(range(256)) * 99",
    "fifteen megabytes of brackets": "b'[' * 15_000_000",
    "fifteen megabytes of dicts": "b'[' + b'{},' * 5_000_000 + b'{}]'",
    "the same name twice": 'b\'{"slow": false, "slow": true, "outcomes": [], "slow": 1}\'',
    "numbers that are none": "b'[NaN, Infinity, -Infinity, 1e999]'",
    "endless": "b'0' * 100_000_000",
}


def of_claims() -> dict[str, Due]:
    forged = {name: repr(json.dumps(claim).encode()) for name, claim in claims().items()}
    return (
        {f"gives {name}": wrong(f"return {value}") for name, value in VALUES.items()}
        | {f"raises {name}": wrong(line) for name, line in RAISED.items()}
        | {f"prints {name}": right(f"print({text})") for name, text in PRINTED.items()}
        | {
            f"claims {name}": Due(NO_FIRST, with_first(FORGE.format(reply=reply)))
            for name, reply in (forged | RAW).items()
        }
    )


# What would reach another student.

MARK = secrets.token_hex(8)  # what the canary leaves everywhere, and no other may find
LIBC = "c = ctypes.CDLL(None, use_errno=True); c.shmat.restype = ctypes.c_void_p"
KEY = 4_711
PLACES = "/tmp /scratch /dev/shm /var/tmp .".split()
LEAVES = {
    "shared memory": f"p = c.shmat(c.shmget({KEY}, 64, 0o1666), None, 0); "
    f"p != 2**64 - 1 and ctypes.memmove(p, b'{MARK}', 16)",
    "a queue": f"c.msgsnd(c.msgget({KEY}, 0o1666), b'1' * 8 + b'{MARK}', 16, 0)",
    "a named queue": "c.mq_open(b'/course', 0o102, 0o666, None)",
    "a key": f"c.syscall(248, b'user', b'course', b'{MARK}', 16, -4)",
    "files": f"[open(f'{{p}}/mark', 'w').write('{MARK}') for p in {PLACES} if os.access(p, 2)]",
    "a daemon that listens": "s = __import__('socket').socketpair(); os.fork() or time.sleep(99)",
}
FINDS = {
    "shared memory": f"i = c.shmget({KEY}, 64, 0); found = i >= 0",
    "a queue": f"found = c.msgget({KEY}, 0) >= 0",
    "a named queue": "found = c.mq_open(b'/course', 0, 0, None) >= 0",
    "a key": "found = c.syscall(249, b'user', b'course', None, 0) >= 0",
    "files": f"found = any(os.path.exists(f'{{p}}/mark') for p in {PLACES})",
    "a process": "found = os.getpid() > 2 and any(s.isdecimal() for s in os.listdir('/proc'))",
    "freed memory": "found = any(b'canary ' + b'of the ' in bytes(torch.empty(n, dtype="
    "torch.uint8).numpy()) for n in [2**k for k in range(5, 24)] * 40)",
    "the heap": "near = ctypes.string_at(id([]) // 2**20 * 2**20, 2**20); "
    "found = b'canary ' + b'of the ' in near",
    "the teacher's environment": "found = 'COURSE_SECRET' in os.environ",
    "the teacher's files": f"found = os.path.exists({str(submissions.ROOT / 'solutions')!r})",
    "the others' folders": "found = any('canary' in f for _, f, _ in os.walk('/'))",
    "channels": "found = len([n for n in range(99) if os.path.exists(f'/proc/self/fd/{n}')]) > 9",
}
CANARY = "# " + "canary of the others " * 5_000 + "\n"


def of_others() -> dict[str, Due]:
    """The first leaves its text and more; the others have their point only if they find it."""
    leave = [f"try: {line}\n    except Exception: pass" for line in (LIBC, *LEAVES.values())]
    canary = Due(ALL, with_first("import ctypes, os, time\n" + CANARY + right_after(leave)))
    found = "return x.amax(dim=(2, 3)) if found else x.max()"
    return {"canary": canary} | {
        f"finds {name}": wrong(LIBC, "found = False", _tried(line), found)
        for name, line in FINDS.items()
    }


def _tried(line: str) -> str:
    return f"try: {line}\n    except Exception: pass"


def right_after(lines: list[str]) -> str:
    return body(*lines, "return x.amax(dim=(2, 3))")


# What would outlast the clock, or take memory that is nobody's.

CHAIN = "\n".join(f"def f{n}(): return f{n + 1}" for n in range(20_000))
NESTED = "\n".join(" " * n + "if 1:" for n in range(40)) + "\n" + " " * 40 + "deep = 1"
FORK = "[os.fork() for _ in range(3)]"
TIME = {
    "a byte at a time": "while 1: [os.write(n, b' ') for n in range(3, 9) if _open(n)]; "
    "time.sleep(0.002)",
    "sleeps in eight processes": f"{FORK}; time.sleep(3600)",
    "computes in eight processes": f"{FORK}\n    while 1: pass",
    "a child after the other": "while 1: os.fork() or os._exit(sum(range(10**7)) & 0); os.wait()",
    "one long call": "torch.ones(9_000, 9_000) @ torch.ones(9_000, 9_000)\n    while 1: pass",
    "ignores all signals": "import signal\n    for n in range(1, 32):\n        try: "
    "signal.signal(n, signal.SIG_IGN)\n        except OSError: pass\n    while 1: time.sleep(1)",
    "waits for itself": "import threading; a = threading.Lock(); a.acquire(); a.acquire()",
    "a large power": "9 ** 9 ** 9",
    "a hungry pattern": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "stops itself": "import signal; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(3600)",
}
FILL = "b'1' * 50_000_000"
MEMORY = {
    "files of memory": f"for n in range(99): os.write(os.memfd_create(str(n)), {FILL})",
    "shared memory": "import mmap\n    kept = [mmap.mmap(-1, 10**8) for _ in range(18)]\n    "
    "os.fork()\n    for m in kept: m.write(b'1' * 10**8)\n    more = [bytearray(b'1' * 10**8) "
    "for _ in range(9)]\n    time.sleep(5)",
    "System V": "c = ctypes.CDLL(None); c.shmat.restype = ctypes.c_void_p\n    for n in range(99)"
    ": ctypes.memset(c.shmat(c.shmget(0, 10**8, 0o1666), None, 0), 1, 10**8)",
    "a folder of files": f"for n in range(99): open(str(n), 'wb').write({FILL})",
    "eight processes": f"{FORK}\n    kept = bytearray(b'1' * 500_000_000)\n    time.sleep(5)",
    "one list": "kept = [0]\n    while 1: kept += kept",
    "one tensor": "torch.ones(10**10)",
    "threads": "import threading\n    for _ in range(999): threading.Thread(target=time.sleep, "
    "args=(9,)).start()",
}
OPEN = "def _open(n):\n    try: return os.fstat(n)\n    except OSError: return False\n"


def of_bounds() -> dict[str, Due]:
    stuck = {f"time: {name}": wrong(line, "return x") for name, line in TIME.items()}
    full = {f"memory: {name}": wrong(line, "return x") for name, line in MEMORY.items()}
    drip = "import os, time\n" + OPEN + body(TIME["a byte at a time"])
    return (
        stuck
        | full
        | {
            "time: a byte at a time": Due(NO_FIRST, with_first(drip)),
            "a chain of functions": Due(ALL, extended(CHAIN)),
            "nested forty deep": Due(ALL, extended(NESTED)),
            "ten thousand cells": Due(
                ALL,
                submissions.changed(
                    solved(), lambda n: n["cells"].extend([cell("a = 1")] * 10_000)
                ),
            ),
            "a cell of sixteen megabytes": Due(NONE, extended("#" * 16_000_000)),
            "a solution of sixteen megabytes": Due(NONE, with_first(RIGHT + "#" * 16_000_000)),
            "nested parentheses": Due(NO_FIRST, with_first(RIGHT + "(" * 90_000)),
            "a sum of a million": Due(ALL, extended("a = " + "+".join("1" * 100_000))),
        }
    )


# Ways around what an exercise forbids.

CONVOLUTIONS = {
    "torch.convolution": "torch.convolution(p, w, b, s, [0, 0], [1, 1], False, [0, 0], 1)",
    "thnn_conv2d": "torch._C._nn.thnn_conv2d(p, w, w.shape[2:], b, s)",
    "its inner half": "torch.ops.aten._slow_conv2d_forward(p, w, w.shape[2:], b, s, [0, 0])",
    "mkldnn": "torch.ops.mkldnn._convolution_pointwise(p.float(), w.float(), b if b is None else "
    "b.float(), [0, 0], s, [1, 1], 1, 'none', [], '').double()",
    "a layer": "torch.func.functional_call(nn.LazyConv2d(len(w), w.shape[2:], s[0], bias=False),"
    " {'weight': w}, (p,)) + (0 if b is None else b[:, None, None])",
    "a thread": "(lambda r: [(t.start(), t.join()) for t in [threading.Thread(target=lambda: "
    "r.append(F.conv2d(p, w, b, s)))]] and r[0])([])",
    "a pool of threads": "futures.ThreadPoolExecutor(1).submit(F.conv2d, p, w, b, s).result()",
    "a thread by its inner name": "(lambda r: (_thread.start_new_thread(lambda: r.append("
    "F.conv2d(p, w, b, s)), ()), time.sleep(0.2)) and r[0])([])",
    "a process": "multiprocessing.get_context('fork').Pool(1).apply(F.conv2d, (p, w, b, s))",
    "numpy's inner correlate": "_by_numpy(p, w, b, s)",
}
CONV2D = """\
import _thread, multiprocessing, threading, time
from concurrent import futures
import numpy as np
def _by_numpy(p, w, b, s):
    from numpy._core import multiarray
    out = F.unfold(p, w.shape[2:], stride=s)
    one = [[multiarray.correlate(c.numpy(), f.flatten().numpy(), 0) for c in n.T] for n in out
           for f in w]
    size = [(a - k) // t + 1 for a, k, t in zip(p.shape[2:], w.shape[2:], s)]
    out = torch.tensor(np.array(one)).reshape(len(p), len(w), *size)
    return out + (0 if b is None else b[:, None, None])
def conv2d(x, w, b=None, stride=1, padding=0):
    p, s = F.pad(x, [padding] * 4), [stride] * 2
    return {call}
"""
POOLS = {
    "the library's": "F.max_pool2d(p, kernel, stride)",
    "with places": "torch.ops.aten.max_pool2d_with_indices(p, kernel, [stride] * 2)[0]",
    "in three dimensions": "F.max_pool3d(p[:, :, None], (1, *kernel), (1, stride, stride))"
    "[:, :, 0]",
    "adaptive, window by window": "_windows(p, kernel, stride)",
}
MAX_POOL = """\
def _windows(p, kernel, stride):
    u = p.unfold(2, kernel[0], stride).unfold(3, kernel[1], stride)
    return F.adaptive_max_pool2d(u.flatten(0, 3), 1).reshape(u.shape[:4])
def max_pool2d(x, kernel, stride, padding=0):
    p = F.pad(x, [padding] * 4, value=-float("inf"))
    return {call}
"""
NORMS = {
    "native": "torch.native_batch_norm(x, gamma, beta, None, None, True, 0.0, eps)[0]",
    "legit": "torch.ops.aten._native_batch_norm_legit(x, gamma, beta, True, 0.0, eps)[0]",
    "functional": "torch.ops.aten._native_batch_norm_legit_functional(x, gamma, beta, "
    "torch.zeros_like(gamma), torch.ones_like(gamma), True, 0.0, eps)[0]",
    "written in Python once more": "__import__('torch._decomp.decompositions')._decomp."
    "decompositions.native_batch_norm(x, gamma, beta, None, None, True, 0.0, eps)[0]",
    "instance norm": "F.instance_norm(x.transpose(0, 1).flatten(1)[None], eps=eps)[0]"
    ".reshape(x.transpose(0, 1).shape).transpose(0, 1) * gamma[:, None, None] "
    "+ beta[:, None, None]",
}
SLOPES = {
    "autograd": "torch.autograd.grad(y, leaves, grad)",
    "the engine itself": "torch.autograd.Variable._execution_engine.run_backward((y,), (grad,), "
    "False, False, tuple(leaves), True, False)",
    "vjp": "torch.func.vjp(_forward, *[v.detach() for v in leaves])[1](grad)",
    "backward": "(y.backward(grad), [v.grad for v in leaves])[1]",
    "its graph": "torch.autograd.graph._engine_run_backward((y,), (grad,), False, False, "
    "tuple(leaves), True, accumulate_grad=False)",
}
BATCH_NORM_BACKWARD = """\
def batch_norm_backward(grad, x, gamma, eps=1e-5):
    def _forward(x, gamma, beta):
        return (x - x.mean(0)) / (x.var(0, correction=0) + eps).sqrt() * gamma + beta
    with torch.enable_grad():
        leaves = [v.detach().clone().requires_grad_() for v in (x, gamma, gamma * 0)]
        y = _forward(*leaves)
        return tuple({call})
"""
WAITING = """\
import queue
_tasks, _done = queue.Queue(), queue.Queue()
def _works():
    while True: _done.put(F.conv2d(*_tasks.get()))
def _ask(*task):
    _tasks.put(task)
    return _done.get()
import threading
threading.Thread(target=_works, daemon=True).start()
"""
BATCH_NORM = "def batch_norm_2d(x, gamma, beta, eps=1e-5):\n    return {call}\n"
# The exercise, a source with a place for the call, the calls.
WAYS = [
    ("2.8", CONV2D, CONVOLUTIONS),
    ("2.8", WAITING + CONV2D, {"a thread that waits": "_ask(p, w, b, s)"}),
    ("4.2", MAX_POOL, POOLS),
    ("5.5", BATCH_NORM, NORMS),
    ("5.10", BATCH_NORM_BACKWARD, SLOPES),
]


def around(id: str, source: str, calls: dict[str, str]) -> dict[str, Due]:
    """Notebooks that answer one exercise only, by what it forbids."""
    base = submissions.only(solved(submissions.notebook_of(id)), id)
    answers = {name: source.replace("{call}", call) for name, call in calls.items()}
    return {
        f"{id} by {name}": Due((0,), submissions.answered(base, {id: answer}))
        for name, answer in answers.items()
    }


def by_notebook() -> dict[str, dict[str, Due]]:
    """All submissions."""
    found = {"00": of_claims() | of_others() | of_bounds()}
    for id, source, calls in WAYS:
        found.setdefault(submissions.notebook_of(id), {}).update(around(id, source, calls))
    return found


def main() -> None:
    os.environ["COURSE_SECRET"] = "the teacher's"
    for number, cases in by_notebook().items():
        submissions.table(number, cases, *sys.argv[1:])


if __name__ == "__main__":
    main()
