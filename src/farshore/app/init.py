"""What process 1 owes the others: hand on signals, reap whoever is left behind, end as the program ends.

In a container without an init, Farshore is process 1. Orphans, such as those of `kubectl exec`, become its children and
would stay as zombies. So it divides: the first process only waits, and the program runs as its child.
"""

import os
import signal

HANDED_ON = frozenset(
    {
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
    }
)
SI_KERNEL = 0x80  # asm-generic/siginfo.h: from the terminal, which tells the whole foreground group itself
SIGNALLED = 128  # what a shell adds to the number of the signal that ended a program


def divide() -> int | None:
    """None in the child, which goes on as the program. In the first process, the exit code, when the child has ended.

    To be called before there is a thread or an event loop.
    """
    waited_for = HANDED_ON | {signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waited_for)
        return None
    while True:
        arrived = signal.sigwaitinfo(waited_for)
        if arrived.si_signo == signal.SIGCHLD:
            code = _reap(child)
            if code is not None:
                return code
        elif arrived.si_code != SI_KERNEL:
            os.kill(child, arrived.si_signo)


def _reap(program: int) -> int | None:
    """Wait for everybody who has ended; the program's exit code if it is among them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == program:
            ended = os.waitstatus_to_exitcode(status)
            code = ended if ended >= 0 else SIGNALLED - ended
