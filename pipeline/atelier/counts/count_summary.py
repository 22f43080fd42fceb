"""Counts of many photographs told in shares: overall, by family, by the stones' size, and by how sure the count was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pipeline.atelier.counts.counting import Count

# Edges between the classes of a stone's narrow side, px, and of a count's confidence.
SIZES_PX = (0.0, 5.0, 8.0, 12.0, 16.0, 24.0, 48.0, 1e9)
SURENESS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0001)
LEAST_LINKS = 20


def summary(counts: Sequence[Count]) -> dict[str, Any]:
    """Shares over photos with sure stones, over stones and prongs, and over chains; a reliability table of confidences."""
    stones = [c for c in counts if c.sure]
    bare = [c for c in counts if not c.sure and c.narrow_px is None]
    chains = [c for c in counts if c.true_links > LEAST_LINKS]
    sure, missed, extra = (sum(getattr(c, name) for c in stones) for name in ("sure", "missed", "extra"))
    tips, tips_missed, tips_extra, other = (
        sum(getattr(c.tips, name) for c in counts) for name in ("sure", "missed", "extra", "other_kind")
    )
    tips_found = tips - tips_missed
    return {
        "photos_with_stones": len(stones),
        "exact_share": _share(c.exact for c in stones),
        "recall": round(1 - missed / max(sure, 1), 4),
        "made_up_per_photo": round(extra / max(len(stones), 1), 3),
        "photos_without_stones": len(bare),
        "of_them_none_found": sum(c.found == 0 for c in bare),
        "exact_by_family": {
            family: f"{sum(c.exact for c in own)} of {len(own)}"
            for family in dict.fromkeys(c.family for c in stones)
            if (own := [c for c in stones if c.family == family])
        },
        "whole_by_narrow_px": {
            name: f"{sum(c.whole for c in own)} of {len(own)}"
            for name, own in _classes([c for c in counts if c.narrow_px is not None], SIZES_PX, lambda c: c.narrow_px)
        },
        "whole_by_confidence": {
            name: {
                "photos": len(own),
                "said": round(float(np.mean([c.confidence for c in own])), 3),
                "whole": _share(c.whole for c in own),
            }
            for name, own in _classes(counts, SURENESS, lambda c: c.confidence)
        },
        "calibration_error": _calibration_error(counts),
        "tips": {
            "sure": tips,
            "recall": round(tips_found / max(tips, 1), 4),
            "precision": round(tips_found / max(tips_found + tips_extra, 1), 4),
            "right_kind": round(1 - other / max(tips_found, 1), 4),
        },
        "size_error_median": _median(abs(c.size_error) for c in stones if c.size_error is not None),
        "seconds_median": _median(c.seconds for c in counts),
        "seconds_most": max((c.seconds for c in counts), default=0.0),
        "chains": len(chains),
        "chains_counted": sum(c.links is not None for c in chains),
        "chains_exact": sum(c.links == c.true_links for c in chains),
        "chains_within_3_percent": sum(abs((c.links or 0) / c.true_links - 1) <= 0.03 for c in chains),
    }


def _calibration_error(counts: Sequence[Count]) -> float:
    """The expected calibration error: how far confidence and share differ, over the classes, each by its photos."""
    gaps = [
        len(own) * abs(float(np.mean([c.confidence for c in own])) - float(np.mean([c.whole for c in own])))
        for _, own in _classes(counts, SURENESS, lambda c: c.confidence)
    ]
    return round(sum(gaps) / max(len(counts), 1), 4)


def _classes(counts: Sequence[Count], edges: Sequence[float], value: Any) -> list[tuple[str, list[Count]]]:
    found = []
    for low, high in pairwise(edges):
        own = [c for c in counts if low <= value(c) < high]
        if own:
            found.append((f"{low:g} and more" if high > 1e8 else f"{low:g} to {min(high, round(high, 2)):g}", own))
    return found


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return round(sum(found) / max(len(found), 1), 4)


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(float(np.median(found)), 4) if found else None
