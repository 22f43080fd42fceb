"""Counting against the truth: pairs are one to one, barely seen stones are free, what lies on no stone is made up."""

from __future__ import annotations

import numpy as np

from pipeline.atelier.counting import Count, matched, summary
from pipeline.fingerprint.model import Ellipse, Fingerprint, Silhouette, Stone


def feature(x: float, y: float, radius: float, share: float = 1.0) -> dict:
    t = np.arange(24) * np.pi / 12
    outline = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], -1).tolist()
    return {
        "kind": "stone",
        "centre": [x, y],
        "outline": outline,
        "area_px": np.pi * radius**2,
        "visible_share": share,
    }


def read(*stones: tuple[float, float, float]) -> Fingerprint:
    return Fingerprint(
        reader="drawn",
        photo_sha256="0" * 64,
        photo_size=(200, 200),
        category="ring",
        box=(0, 0, 200, 200),
        width_mm=None,
        words="",
        confidence=1,
        unparted=0,
        stones=tuple(
            Stone(
                id=f"stone-{k}",
                outline=Ellipse(centre_px=(x, y), axes_px=(2 * r, 2 * r), angle_deg=0),
                centre=(0, 0),
                size_mm=None,
                colour="clear",
                group="group-1",
                confidence=1,
                resolvable=True,
            )
            for k, (x, y, r) in enumerate(stones)
        ),
        groups=(),
        links=None,
        band=None,
        metals=(),
        catchlights=(),
        silhouette=Silhouette(outer_px=(), holes_px=(), area_px=0, holes=0),
    )


TRUTH = {"features": [feature(50, 50, 10), feature(90, 50, 10), feature(130, 50, 10, share=0.3), feature(160, 50, 3)]}


def test_each_sure_stone_found_once_is_exact_whatever_becomes_of_the_barely_seen():
    assert matched(read((51, 50, 10), (90, 51, 10)), TRUTH)[:2] == (0, 0)
    assert matched(read((51, 50, 10), (90, 51, 10), (130, 50, 8), (160, 50, 3)), TRUTH)[:2] == (0, 0)


def test_a_stone_missed_one_found_twice_and_one_on_metal_are_told():
    assert matched(read((50, 50, 10)), TRUTH)[:2] == (1, 0)
    assert matched(read((49, 50, 10), (51, 50, 10), (90, 50, 10)), TRUTH)[:2] == (0, 1)
    assert matched(read((50, 50, 10), (90, 50, 10), (20, 150, 10)), TRUTH)[:2] == (0, 1)


def test_the_summary_counts_photos_not_stones():
    counts = [
        Count("halo", 1, 10, 10, 0, 0, None, 0, 0.0, ""),
        Count("halo", 2, 10, 9, 1, 0, None, 0, 0.0, ""),
        Count("cable", 1, 0, 0, 0, 0, 75, 75, None, ""),
    ]
    told = summary(counts)
    assert told["exact_share"] == 0.5
    assert told["recall"] == 0.95
    assert told["chains_exact"] == 1
