# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Errors: each has the number, the name and the text of the library's table."""

from typing import Dict, Type

from ._native import ffi, lib


class BitmarkError(Exception):
    """A call of the library failed.

    ``code`` is the number (``-182``), ``name`` the identifier in the headers
    (``"BITMARK_E_BLOCK_NOT_FOUND"``), ``text`` what it means; ``detail`` says
    more when there is more to say, and is else empty.
    """

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        name = lib.bitmark_status_name(code)
        self.name: str = "" if name == ffi.NULL else ffi.string(name).decode()
        self.text: str = ffi.string(lib.bitmark_strerror(code)).decode()
        self.detail = detail
        super().__init__(code, detail)

    def __str__(self) -> str:
        text = "%s: %s" % (self.text, self.detail) if self.detail else self.text
        return "%s (%d)" % (text, self.code)


class CallerError(BitmarkError, ValueError):
    """-1 to -99: the program called something wrongly."""


class DataError(BitmarkError, ValueError):
    """-101 to -199: the bytes, or the node at the other end, are wrong."""


class NotFoundError(DataError, LookupError):
    """There is no such block, transaction, asset or store."""


class RemoteError(DataError):
    """The node answered with an error; ``detail`` is its text."""


class MachineError(BitmarkError):
    """-201 to -299: the machine or the network failed; it may pass."""


class WaitTimeout(MachineError):
    """Nothing came in time."""


class Cancelled(BitmarkError):
    """Another thread called ``cancel`` or ``close``."""


class FatalError(BitmarkError):
    """-301 and below: the object can only be closed."""


_BY_CODE: Dict[int, Type[BitmarkError]] = {
    lib.BITMARK_E_NOT_FOUND: NotFoundError,
    lib.BITMARK_E_BLOCK_NOT_FOUND: NotFoundError,
    lib.BITMARK_E_ASSET_NOT_FOUND: NotFoundError,
    lib.BITMARK_E_REMOTE: RemoteError,
    lib.BITMARK_E_TIMEOUT: WaitTimeout,
    lib.BITMARK_E_CANCELLED: Cancelled,
}


def error_of(code: int, detail: str = "") -> BitmarkError:
    """The exception for a status."""
    kind = _BY_CODE.get(code)
    if kind is None:
        if code > -100:
            kind = CallerError
        elif code > -200:
            kind = DataError
        elif code > -300:
            kind = MachineError
        else:
            kind = FatalError
    return kind(code, detail)


def check(code: int, detail: str = "") -> None:
    """Raise unless ``code`` is BITMARK_OK."""
    if code != lib.BITMARK_OK:
        raise error_of(code, detail)
