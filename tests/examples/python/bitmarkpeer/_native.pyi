# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the libbitmarkpeer developers
# The extension module that build_native.py makes.
from typing import Any

ffi: Any
lib: Any
