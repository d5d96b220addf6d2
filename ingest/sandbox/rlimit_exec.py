"""Runs a program of others within limits.

`limited.py memory-bytes cpu-seconds file-bytes program …` sets them and becomes the program.

Alone in its file so that starting it loads nothing else.
"""

import os
import resource
import sys


def main() -> None:
    """Set the limits, which every process that the program starts inherits, and become it."""
    memory, seconds, size = map(int, sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - no shell: the arguments are the caller's


if __name__ == "__main__":
    main()
