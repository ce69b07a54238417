"""The calls to Linux that no learner's code may make, whatever walls there are.

What they make outlives the process, lies in no process's memory, or reaches another one: a filter
in the kernel (seccomp) refuses them for good, to the process and to all that come from it.
"""

import ctypes
import errno
import platform
import struct
import sys

# Numbers of the calls, by machine; of those that only old machines have, none on aarch64.
NUMBERS = {
    "x86_64": {
        "socket": 41, "fork": 57, "vfork": 58, "clone": 56, "clone3": 435,
        "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "mq_open": 240,
        "add_key": 248, "request_key": 249, "keyctl": 250, "memfd_create": 319,
        "memfd_secret": 447, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
        "unshare": 272, "setns": 308, "mount": 165, "bpf": 321, "perf_event_open": 298,
        "userfaultfd": 323, "io_uring_setup": 425, "kill": 62, "tkill": 200, "tgkill": 234,
        "rt_sigqueueinfo": 129, "pidfd_send_signal": 424,
    },
    "aarch64": {
        "socket": 198, "clone": 220, "clone3": 435,
        "shmget": 194, "shmat": 196, "semget": 190, "msgget": 186, "mq_open": 180,
        "add_key": 217, "request_key": 218, "keyctl": 219, "memfd_create": 279,
        "memfd_secret": 447, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271,
        "unshare": 97, "setns": 268, "mount": 40, "bpf": 280, "perf_event_open": 241,
        "userfaultfd": 282, "io_uring_setup": 425, "kill": 129, "tkill": 130, "tgkill": 131,
        "rt_sigqueueinfo": 138, "pidfd_send_signal": 424,
    },
}  # fmt: skip
MACHINES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}  # as linux/audit.h has them
OTHER_NUMBERS = 0x4000_0000  # from here on x86_64 has the same calls a second time

NEW_PROCESS = ("fork", "vfork", "clone", "clone3")
SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal")
ALWAYS = tuple(name for name in NUMBERS["x86_64"] if name not in (*NEW_PROCESS, *SIGNALS))

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
ALLOW, REFUSE = 0x7FFF_0000, 0x0005_0000
# Of the language of filters: load a word, jump if equal or not less, return, and.
LOAD, IF_EQUAL, IF_NOT_LESS, RETURN, AND = 0x20, 0x15, 0x35, 0x06, 0x54
NUMBER_AT, MACHINE_AT, FLAGS_AT = 0, 4, 16  # bytes into what the filter is given
CLONE_THREAD = 0x1_0000
JOIN_NEW_SESSION_KEYRING = 1
libc = ctypes.CDLL(None, use_errno=True)


def known() -> dict[str, int]:
    """The numbers of this machine; empty on one that is not listed above."""
    return NUMBERS.get(platform.machine(), {}) if sys.platform == "linux" else {}


def refuse(names) -> bool:
    """Refuse these calls from now on; False where this machine cannot."""
    numbers = [known()[name] for name in names if name in known()]
    return bool(numbers) and _install(_filter(numbers))


def refuse_processes() -> bool:
    """From now on threads may be started, and no process; False where this machine cannot."""
    return bool(known()) and _install(_threads_only())


def _install(lines: list[tuple]) -> bool:
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HP", len(lines), ctypes.addressof(code))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # the kernel asks for it before
    return libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) == 0


# A line of a filter is an operation, how many to skip if so, how many if not, and a number.


def _start() -> list[tuple]:
    """Refuses calls of another machine's kind, and loads the number of the call."""
    machine = MACHINES[platform.machine()]
    return [
        (LOAD, 0, 0, MACHINE_AT),
        (IF_EQUAL, 1, 0, machine),
        (RETURN, 0, 0, _refusal()),
        (LOAD, 0, 0, NUMBER_AT),
    ]


def _filter(numbers: list[int]) -> list[tuple]:
    tests = [(IF_EQUAL, number) for number in numbers] + [(IF_NOT_LESS, OTHER_NUMBERS)]
    jumps = [(how, len(tests) - place, 0, number) for place, (how, number) in enumerate(tests)]
    # The C library tries the older `clone` only where `clone3` is said not to be there.
    absent = [(IF_EQUAL, 0, 1, known()["clone3"]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    return [*_start(), *jumps, (RETURN, 0, 0, ALLOW), *absent, (RETURN, 0, 0, _refusal())]


def _threads_only() -> list[tuple]:
    refused = [line for name in ("fork", "vfork") if name in known() for line in _refused(name)]
    # What `clone3` makes stands in memory, where a filter cannot look.
    refused += [(IF_EQUAL, 0, 1, known()["clone3"]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    is_thread = [(LOAD, 0, 0, FLAGS_AT), (AND, 0, 0, CLONE_THREAD), (IF_EQUAL, 1, 0, CLONE_THREAD)]
    clone = [(IF_EQUAL, 0, 4, known()["clone"]), *is_thread, (RETURN, 0, 0, _refusal())]
    return [*_start(), *refused, *clone, (RETURN, 0, 0, ALLOW)]


def _refused(name: str) -> list[tuple]:
    return [(IF_EQUAL, 0, 1, known()[name]), (RETURN, 0, 0, _refusal())]


def _refusal() -> int:
    return REFUSE | errno.EPERM


def leave_keyring() -> None:
    """From now on a keyring that is empty: the teacher's is not for what is forked here."""
    if "keyctl" in known():
        libc.syscall(known()["keyctl"], JOIN_NEW_SESSION_KEYRING, None)
