# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""The work that proves a free issue, in the place of a payment."""

from typing import Any, Callable, List, Optional

from ._native import ffi, lib
from .errors import check
from .keys import Network

Progress = Callable[[int], object]


class _Watch:
    """The caller's progress function, and the error that ended it."""

    def __init__(self, progress: Optional[Progress]) -> None:
        self.progress = progress
        self.error: Optional[BaseException] = None


def _failed(kind: Any, error: BaseException, trace: Any) -> int:
    """An exception in ``on_tries``, also the one of Ctrl-C: it is raised again
    when the library has come back."""
    if trace is not None:
        watch: _Watch = ffi.from_handle(trace.tb_frame.f_locals["user"])
        watch.error = error
    return 1


@ffi.def_extern(error=1, onerror=_failed)  # type: ignore[misc]
def on_tries(user: Any, tries: int) -> int:
    watch: _Watch = ffi.from_handle(user)
    if watch.progress is not None:
        watch.progress(tries)
    return 0


def find(pay_id: bytes, pay_nonce: int, count: int, network: Network,
         threads: int = 0, progress: Optional[Progress] = None) -> bytes:
    """The client nonce that proves a bundle of ``count`` issues: ``pay_id`` and
    it are submitted together, as a proof.

    Works on all cores without the lock of the interpreter.  ``progress`` is
    told the number of tries, ten times a second; an exception that it raises
    ends the work, as Ctrl-C does.
    """
    work = ffi.new("struct bitmark_grind_config *")
    work.struct_size = ffi.sizeof("struct bitmark_grind_config")
    ffi.memmove(work.pay_id, pay_id, lib.BITMARK_PAY_ID_SIZE)
    work.pay_nonce = pay_nonce
    lib.bitmark_target_from_reciprocal(
        lib.bitmark_issue_difficulty(network, count), work.target, ffi.NULL)
    work.threads = threads
    watch = _Watch(progress)
    handle = ffi.new_handle(watch)
    work.progress = lib.on_tries
    work.user = handle
    nonce = ffi.new("uint8_t[]", lib.BITMARK_GRIND_NONCE_SIZE)
    status = lib.bitmark_grind(work, nonce)
    if watch.error is not None:
        raise watch.error
    check(status)
    return bytes(ffi.buffer(nonce))


__all__: List[str] = ["find"]
