# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Waiting in Python for what the library has under way.

The library could wait by itself, but Ctrl-C would then be heard only when it
comes back.  So a call is begun, and stepped until it has ended; in between
Python waits for the descriptors, and signal handlers run.
"""

import select
from typing import Any

from ._native import ffi, lib

_LONGEST_MS = 3_600_000


def wait_for(poll_items: Any, object_: Any, capacity: int, due_ms: int) -> None:
    """Wait until a descriptor is ready or the clock of the library is at
    ``due_ms``."""
    items = ffi.new("struct pollfd[]", capacity)
    count = poll_items(object_, items, capacity)
    poll = select.poll()
    for i in range(count):
        poll.register(items[i].fd, items[i].events)
    now_ms = lib.bitmark_clock_ms()
    poll.poll(min(max(due_ms - now_ms, 0), _LONGEST_MS))
