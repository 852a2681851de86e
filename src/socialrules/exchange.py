"""Two folders change places in one step, which neither a crash nor a reader ever sees half done."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

EXCHANGE = 2
"""RENAME_EXCHANGE of Linux, and RENAME_SWAP of macOS: the same number."""

CURRENT_FOLDER = -100
"""AT_FDCWD of Linux: paths that are not absolute start where the process is."""

NOT_HERE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What a system or a file system answers that cannot do this."""


def exchange(one: Path, other: Path) -> bool:
    """Lets two paths change places. False, with nothing done, where the system or file system cannot.

    Raises:
        OSError: it can, but not these two.
    """
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        function = getattr(library, "renamex_np", None)
        arguments: tuple[object, ...] = (first, second, ctypes.c_uint(EXCHANGE))
    else:
        function = getattr(library, "renameat2", None)
        arguments = (CURRENT_FOLDER, first, CURRENT_FOLDER, second, ctypes.c_uint(EXCHANGE))
    if function is None:
        return False
    if function(*arguments) == 0:
        return True
    number = ctypes.get_errno()
    if number in NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
