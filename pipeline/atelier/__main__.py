"""`python -m pipeline.atelier OUT_DIR`: photographs the sample pieces, with their truth, into a folder."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from pipeline.atelier.samples import SAMPLES, make


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier", description=__doc__)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--size", type=int, help="longer side in pixels (default: each sample's own)")
    parser.add_argument("--spp", type=int, help="light paths a pixel (default: each sample's own)")
    parser.add_argument("--piece", choices=sorted(SAMPLES), action="append", help="only this one; may be repeated")
    asked = parser.parse_args(arguments)
    for name in asked.piece or SAMPLES:
        started = time.monotonic()
        path = make(name, asked.out_dir, asked.size, asked.spp)
        print(f"{path}  {path.stat().st_size / 1024:.0f} kB  {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
