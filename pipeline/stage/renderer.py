"""Mitsuba, loaded once and only when a picture is rendered: the variant, and where its compiler is.

`llvm_ad_rgb` is about three times faster than `scalar_rgb` and needs libLLVM, which a wheel brings into the
environment's lib/ folder. Where that is missing the scalar variant does the same work, slower.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any


@lru_cache(maxsize=1)
def mitsuba() -> Any:
    """The mitsuba module with its variant set; importing it takes about a second, so call this late."""
    library = Path(sys.prefix) / "lib" / "libLLVM.so.19.1"
    if library.exists():
        os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(library))
    import mitsuba as mi

    wanted = os.environ.get("LOUPE_MITSUBA_VARIANT")
    mi.set_variant(wanted or ("llvm_ad_rgb" if os.environ.get("DRJIT_LIBLLVM_PATH") else "scalar_rgb"))
    mi.set_log_level(mi.LogLevel.Error)
    return mi
