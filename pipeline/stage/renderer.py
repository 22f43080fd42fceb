"""Mitsuba, loaded once and only when a picture is rendered: the variant, and where its compiler is.

The stage shoots its own camera rays as whole arrays, so it needs a vectorised variant: `llvm_ad_rgb`, whose libLLVM a
wheel brings into the environment's lib/ folder, or `cuda_ad_rgb` where LOUPE_MITSUBA_VARIANT names it.
"""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import PictureError


@lru_cache(maxsize=1)
def mitsuba() -> Any:
    """The mitsuba module with its variant set; importing it takes about a second, so call this late.

    Raises PictureError where no libLLVM can be found.
    """
    variant = os.environ.get("LOUPE_MITSUBA_VARIANT", "llvm_ad_rgb")
    import mitsuba as mi

    try:
        mi.set_variant(variant)
    except ImportError as error:
        raise PictureError(
            "renderer.missing",
            f"The renderer's “{variant}” variant can't be used here.",
            "Install the wheel karellen-llvm-core, or set DRJIT_LIBLLVM_PATH to a libLLVM of version 16 or newer.",
        ) from error
    if variant.startswith("llvm"):
        _compile_for_avx2()
    mi.set_log_level(mi.LogLevel.Error)
    return mi


def _compile_for_avx2() -> None:
    """Holds the compiler to AVX2 in packets of eight, with gathers kept whole.

    One instruction set everywhere makes one picture everywhere: with AVX-512 the packets are sixteen wide and sums are
    added in another order. And where a processor's gathers count as slow (AMD's, "x86-64-v3"), LLVM takes them apart
    lane by lane, pulls a clamped index's minimum and maximum into the lanes, has no instruction left for these and ends
    the process ("Cannot select: fminimum", LLVM 18 to 22, for some kernels and some orders of their parts). Dr.Jit
    exports the call without a Python name for it. A processor without AVX2 keeps its own.
    """
    import drjit

    if "avx2" not in _processor_flags():
        return
    core = ctypes.CDLL(str(Path(drjit.__file__).parent / "libdrjit-core.so"))
    try:
        set_target = core._Z19jit_llvm_set_targetPKcS0_j
    except AttributeError:
        return
    set_target.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint32]
    set_target.restype = None
    set_target(b"skylake", b"+avx2,+fma,+f16c,+bmi2,+fast-gather,-prefer-no-gather", 8)


def _processor_flags() -> set[str]:
    """The processor's flags as the kernel lists them; empty where it lists none (other systems, other processors)."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
