# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
"""Make bitmarkpeer._native, the extension module between Python and C.

cffi reads the declarations of the installed headers as they are, and a C
compiler checks each of them against the headers (cffi's API mode): a struct
that has another size, or a function that is gone, stops the build.

Run by setuptools; or by hand, for a package that is used where it lies:
``python3 build_native.py`` puts the module beside the other files.
"""

import os
import pathlib
import shlex
import subprocess
import tempfile
from typing import List

import cffi

# Headers of the system: cffi knows the types that they declare.
SYSTEM_HEADERS = ("poll", "stdbool", "stddef", "stdint", "stdio")

# Macros are not declarations, so those in use are named here.
CONSTANTS = (
    "BITMARK_ACCOUNT_PACKED_MAX",
    "BITMARK_ACCOUNT_TEXT_MAX",
    "BITMARK_ASSET_ID_SIZE",
    "BITMARK_BLOCK_MAX",
    "BITMARK_CLIENT_POLL_MAX",
    "BITMARK_DIGEST_SIZE",
    "BITMARK_FINGERPRINT_TEXT_SIZE",
    "BITMARK_GENESIS_NUMBER",
    "BITMARK_GRIND_NONCE_SIZE",
    "BITMARK_JSON_FAULT_MAX",
    "BITMARK_PAY_ID_SIZE",
    "BITMARK_PEER_KEY_SIZE",
    "BITMARK_PHRASE_TEXT_MAX",
    "BITMARK_RECORD_PACKED_MAX",
    "BITMARK_SECRET_TEXT_MAX",
    "BITMARK_SIGNATURE_SIZE",
    "BITMARK_SUBSCRIBER_POLL_MAX",
    "BITMARK_TARGET_SIZE",
    "BITMARK_TX_ID_SIZE",
)

# Functions of Python that the library calls.
CALLBACKS = """
extern "Python" int on_provenance(void *user, const uint8_t *tx_id,
    const struct bitmark_confirmed *confirmed);
extern "Python" int on_tries(void *user, uint64_t tries);
"""

# In the headers it is a struct of <poll.h>.
POLLFD = "struct pollfd { int fd; short events; short revents; ...; };"


def pkg_config(option: str) -> List[str]:
    """Ask pkg-config about the installed library."""
    answer = subprocess.run(
        [os.environ.get("PKG_CONFIG", "pkg-config"), option, "libbitmarkpeer"],
        check=True, capture_output=True, text=True)
    return shlex.split(answer.stdout)


def declarations() -> str:
    """The headers as the preprocessor leaves them: declarations alone."""
    (headers,) = pkg_config("--variable=includedir")
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as empty:
        for name in SYSTEM_HEADERS:
            pathlib.Path(empty, name + ".h").touch()
        return subprocess.run(
            [*compiler, "-E", "-P", "-U__GNUC__", "-nostdinc", "-I" + empty,
             "-I" + headers, "-"],
            input="#include <bitmarkpeer.h>\n", check=True,
            capture_output=True, text=True).stdout


def make_builder() -> cffi.FFI:
    """What cffi needs to know; the build calls this."""
    flags = pkg_config("--cflags")
    libs = pkg_config("--libs")
    made = cffi.FFI()
    made.cdef(POLLFD)
    made.cdef(declarations())
    made.cdef("".join("#define %s ...\n" % name for name in CONSTANTS))
    made.cdef(CALLBACKS)
    made.set_source(
        "bitmarkpeer._native", "#include <poll.h>\n#include <bitmarkpeer.h>\n",
        extra_compile_args=flags, extra_link_args=libs)
    return made


builder = make_builder()

if __name__ == "__main__":
    builder.compile(tmpdir=str(pathlib.Path(__file__).parent), verbose=False)
