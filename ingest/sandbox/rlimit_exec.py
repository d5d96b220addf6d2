"""Sets resource limits on this process and replaces it by the program that shall obey them.

`rlimit_exec.py memory-bytes cpu-seconds file-bytes program …`. It is started as a script and
imports nothing of ours: a limited program must not first pay for loading our libraries, and
`preexec_fn` of `subprocess` is not safe in a process that has threads.
"""

import os
import resource
import sys


def main() -> None:
    """Set the limits, which every process that the program starts inherits, and become it."""
    memory, seconds, size = map(int, sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the document
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # The soft limit sends SIGXCPU, which a program may catch; the hard one a second later kills.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - no shell: the arguments are the caller's


if __name__ == "__main__":
    main()
