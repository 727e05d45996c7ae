"""Run a command as a hardened unit of systemd does: no new privileges, no memory that is written and executed.

Exits with 77 where the kernel cannot refuse such memory (Linux 6.3 and newer can).
"""

import ctypes
import os
import sys

_PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE, _ON = 38, 65, 1
CANNOT = 77

if __name__ == "__main__":
    libc = ctypes.CDLL(None, use_errno=True)
    for each in (_PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE):
        if libc.prctl(each, _ON, 0, 0, 0) != 0:
            sys.exit(CANNOT)
    os.execv(sys.argv[1], sys.argv[1:])
