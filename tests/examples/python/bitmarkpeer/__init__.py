# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""The Bitmark peer protocol for Python, over the C library libbitmarkpeer.

``Client`` asks a node, ``Subscriber`` follows one, ``Store`` reads a chain, and
the functions of ``records`` and ``keys`` make what a wallet sends.  Errors are
exceptions with the library's number and text: see ``errors``.
"""

from ._native import ffi, lib
from .client import Client, Info, Submission
from .errors import (BitmarkError, CallerError, Cancelled, DataError, FatalError,
                     MachineError, NotFoundError, RemoteError, WaitTimeout)
from .keys import (Account, Language, Network, PrivateKey, SeedVersion,
                   new_peer_key, new_seed, peer_key, phrase_of_seed,
                   seed_of_phrase)
from .records import (Kind, Record, asset, fingerprint_of_file, grant, issue,
                      pay_id, share, transfer, unpack_all)
from .rules import default_rules, network_of
from .store import (Balance, Confirmed, Counts, ItemKind, Owned, Share, Snapshot,
                    Store, Tip)
from .subscriber import Notice, NoticeKind, Subscriber

#: Version of the library that is loaded.
__version__: str = ffi.string(lib.bitmark_version()).decode()

__all__ = [
    "Account", "Balance", "BitmarkError", "CallerError", "Cancelled", "Client",
    "Confirmed", "Counts", "DataError", "FatalError", "Info", "ItemKind", "Kind",
    "Language", "MachineError", "Network", "NotFoundError", "Notice",
    "NoticeKind", "Owned", "PrivateKey", "Record", "RemoteError", "SeedVersion",
    "Share", "Snapshot", "Store", "Submission", "Subscriber", "Tip",
    "WaitTimeout", "asset", "default_rules", "fingerprint_of_file", "grant",
    "issue", "network_of", "new_peer_key", "new_seed", "pay_id", "peer_key",
    "phrase_of_seed", "seed_of_phrase", "share", "transfer", "unpack_all",
]
