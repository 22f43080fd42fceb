"""Outline: is the piece's silhouette where the photo has it, and its band as wide?"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.edges import Edge, edges
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import where_in_words
from pipeline.qa.thresholds import line

# The outline may lie off by a pixel, or by this part of the piece's shorter side where that is more.
OFF_SHARE = 0.01
# Less of the outline than this standing out from its surroundings can't be judged.
LEAST_SHARE = 0.2
# The band is read in this many parts of its round; fewer of them than this say nothing.
PARTS, LEAST_PARTS = 36, 6
# An edge is measured to about this many pixels: of a fine band that is more than 3 %.
SURE_PX = 0.4


@dataclass(frozen=True)
class Silhouette:
    """The signed distance along the normals between the matte's outline and the picture's edges: its 95th percentile over the
    outline, in parts of what is allowed, 1 px or 1 % of the piece's shorter side, whichever is more."""

    id: str = "silhouette"
    title: str = "The outline is the photographed one"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration",)

    def run(self, evidence: Evidence) -> CheckResult:
        found = edges(evidence)
        limit = line("silhouette", evidence.setting)
        shifts = np.concatenate([e.shift for e in found]) if found else np.zeros(0)
        points = np.concatenate([e.points for e in found]) if found else np.zeros((0, 2))
        known = np.isfinite(shifts)
        share = float(known.mean()) if len(known) else 0.0
        if share < LEAST_SHARE or known.sum() < 20:
            reason = f"Only {share:.0%} of the outline stands out from its surroundings: too little to judge it."
            return CheckResult(self.id, "not verifiable", reason, threshold=limit.value, unit="of what is allowed")
        allowed = max(1.0, OFF_SHARE * min(evidence.piece.width_px, evidence.piece.height_px) * evidence.crop.scale)
        away = np.abs(shifts[known])
        off = float(np.percentile(away, 95))
        value = off / allowed
        verdict: Verdict = "pass" if limit.holds(value) else "fail"
        worst = points[known][int(np.argmax(away))]
        where = where_in_words((float(worst[0]), float(worst[1])), evidence.window)
        words = f"95 % of the outline lies within {off:.2f} px of the photographed one; {allowed:.1f} px are allowed."
        return CheckResult(
            self.id,
            verdict,
            words if verdict == "pass" else f"{words} It is farthest off {where}.",
            value=value,
            threshold=limit.value,
            unit="of what is allowed",
            overlay=_drawn(evidence, found, allowed),
            details={"p95_px": off, "allowed_px": allowed, "share_judged": share},
            score=limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={"silhouette": value},
        )


@dataclass(frozen=True)
class BandWidth:
    """The band's width w(s) round its ellipse where it is bare, from both its edges' signed distances: the median change in
    parts of the width; 3 %, or 0.4 px where the band is finer."""

    id: str = "band"
    title: str = "The band is as wide as photographed"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "band")

    def run(self, evidence: Evidence) -> CheckResult:
        limit = line("band", evidence.setting)
        changes = width_changes(evidence)
        known = changes[np.isfinite(changes)]
        if len(known) < LEAST_PARTS:
            reason = (
                "Too little of the band's edges is seen, or stands out from its surroundings, to measure its width apart: "
                "it is judged with the whole outline alone."
            )
            return CheckResult(self.id, "warn", reason, threshold=limit.value, unit="of its width")
        assert evidence.fingerprint is not None
        assert evidence.fingerprint.band is not None
        width = evidence.fingerprint.band.median_px * evidence.crop.scale
        change = float(np.median(known))
        allowed = max(limit.value, SURE_PX / max(width, 1e-6))
        value = abs(change)
        verdict: Verdict = "pass" if value <= allowed else "fail"
        how = "wider" if change > 0 else "narrower"
        if verdict == "pass":
            words = f"The band's width agrees to {value:.1%}, measured in {len(known)} places round it."
        else:
            words = f"The band is {value:.1%} {how} than photographed, measured in {len(known)} places round it."
        return CheckResult(
            self.id,
            verdict,
            words,
            value=value,
            threshold=allowed,
            unit="of its width",
            details={"change": change, "width_px": width, "by_part": [None if np.isnan(c) else round(float(c), 4) for c in changes]},
            score=limit.score(value * limit.value / allowed),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            statistics={"band": value},
        )  # fmt: skip


def width_changes(evidence: Evidence) -> np.ndarray:
    """(PARTS,) the change of the band's width by parts of its round, in parts of the width; NaN where not known."""
    fingerprint, mapping = evidence.fingerprint, evidence.mapping
    assert fingerprint is not None
    assert fingerprint.band is not None
    assert mapping is not None
    band, ellipse = fingerprint.band, fingerprint.band.ellipse
    a = np.radians(ellipse.angle_deg)
    along, across = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
    outer: list[list[float]] = [[] for _ in range(PARTS)]
    inner: list[list[float]] = [[] for _ in range(PARTS)]
    back = np.linalg.inv(np.asarray(mapping.matrix, np.float64))
    for edge in edges(evidence):
        flat = np.column_stack([edge.points, np.ones(len(edge.points))]) @ back.T
        away = flat[:, :2] / flat[:, 2:] - np.array(ellipse.centre_px)
        u, v = away @ along / (ellipse.axes_px[0] / 2), away @ across / (ellipse.axes_px[1] / 2)
        radius, turn = np.hypot(u, v), np.arctan2(v, u)
        mean_px = np.hypot(ellipse.axes_px[0] / 2 * np.cos(turn), ellipse.axes_px[1] / 2 * np.sin(turn))
        off = (radius - 1) * mean_px
        near = (np.abs(off) < 0.9 * band.median_px) & np.isfinite(edge.shift)
        part = ((turn / (2 * np.pi) * PARTS).astype(int)) % PARTS
        for k in np.nonzero(near)[0]:
            (outer if off[k] > 0 else inner)[part[k]].append(float(edge.shift[k]))
    width = band.median_px * evidence.crop.scale
    changes = [
        (np.median(o) + np.median(i)) / max(width, 1e-6) if len(o) > 2 and len(i) > 2 else np.nan
        for o, i in zip(outer, inner, strict=True)
    ]
    return np.array(changes)


def _drawn(evidence: Evidence, found: list[Edge], allowed: float) -> np.ndarray:
    """The outline over a grey print: quiet where it lies right, glowing where it is off."""
    drawn = overlay.grey_window(evidence)
    left, top = evidence.window[:2]
    for edge in found:
        for (x, y), shift in zip(edge.points, edge.shift, strict=True):
            tone = (96, 96, 102) if np.isnan(shift) else (120, 170, 130) if abs(shift) <= allowed else (255, 96, 64)
            cv2.circle(drawn, (round(x - left), round(y - top)), 1, tone, -1)
    return drawn
