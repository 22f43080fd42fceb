"""The yardstick: one fixed piece of numpy work, timed beside everything else.

Machines differ and are shared; a time divided by the yardstick's, taken in the same run, differs far less. Regressions are
seen by that ratio.
"""

from __future__ import annotations

import statistics
import time

import numpy as np


def yardstick_s(runs: int = 5) -> float:
    """Median processor seconds of the fixed work: transforms, products and a sort, on seeded numbers."""
    numbers = np.random.default_rng(1).random((768, 768))
    taken = []
    for _ in range(runs):
        started = time.process_time()
        for _ in range(3):
            np.fft.irfft2(np.fft.rfft2(numbers) * 0.5)
        for _ in range(4):
            numbers @ numbers
        np.sort(numbers, axis=None)
        taken.append(time.process_time() - started)
    return statistics.median(taken)
