"""Links: is the chain in the picture link for link the photographed one?

Picture and reference are unrolled along one line, the reference's own skeleton. Link by link the two strips are laid on each
other: how well they agree, how far along the chain they had to be moved for it (a link more or fewer shows as a step of one
pitch that doesn't come back), and how much of the contrast between link and gap is left (merged and blurred links lose it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from pipeline.fingerprint.links import STEPS_PX, Line, chain_line, half_width, unrolled
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need, Row, Verdict
from pipeline.qa.evidence import Evidence
from pipeline.qa.features import listed, where_in_words
from pipeline.qa.thresholds import line

# A link shorter than this in the picture can't be told from its neighbours.
LEAST_PITCH_PX = 4.0
# Each link is looked at with this much of its neighbours, in pitches, and may be sought this far along the chain.
REACH, SOUGHT = 0.75, 0.45
# Where the reference's own strip varies less than this (encoded), its gaps can't be seen there at all.
LEAST_CONTRAST = 0.02


@dataclass(frozen=True)
class LinkReading:
    """A link: its place (index of the line's steps), how well its strips agree (-1..1), the contrast left between link and
    gap in parts of the reference's, and how far along it agrees best, in pitches."""

    step: int
    agreement: float
    contrast: float
    moved: float


def read_links(picture: np.ndarray, reference: np.ndarray, pitch_px: float) -> list[LinkReading]:
    """Each link of two strips (steps along, steps across), which follow one line, at STEPS_PX steps a pixel."""
    pitch = pitch_px * STEPS_PX
    reach, seek = round(REACH * pitch), max(2, round(SOUGHT * pitch))
    found: list[LinkReading] = []
    drift = 0
    for number in range(int(len(reference) / pitch)):
        step = round((number + 0.5) * pitch)
        low, high = step - reach, step + reach + 1
        if low < 0 or high > len(reference):
            continue
        own = reference[low:high]
        best, moved = -2.0, drift
        for shift in range(drift - seek, drift + seek + 1):
            if low + shift < 0 or high + shift > len(picture):
                continue
            score = _correlation(own, picture[low + shift : high + shift])
            # Of two places that agree alike the nearer one.
            if score - 0.02 * abs(shift - drift) / seek > best:
                best, moved = score - 0.02 * abs(shift - drift) / seek, shift
        if best > 0.6:
            drift = moved
        here = picture[max(low + moved, 0) : high + moved]
        before, after = _gaps(own), _gaps(here)
        contrast = after / before if before > LEAST_CONTRAST else float("nan")
        found.append(LinkReading(step, best, contrast, moved / pitch))
    return found


def _correlation(one: np.ndarray, two: np.ndarray) -> float:
    a, b = one - one.mean(), two - two.mean()
    whole = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / whole if whole > 1e-6 else 0.0


def _gaps(strip: np.ndarray) -> float:
    """The contrast along the chain: each line of the strip's standard deviation along it, the strongest half of them."""
    along = strip.std(0)
    return float(np.sort(along)[len(along) // 2 :].mean())


@dataclass(frozen=True)
class Links:
    """The chain unrolled along its skeleton, picture and reference alike: each link's agreement, the contrast between link and
    gap left in it (at least 0.6 of the reference's), and the steps along the chain, which show a link more or fewer."""

    id: str = "links"
    title: str = "Every link is there, and apart from the next"
    version: str = "1"
    mandatory: bool = True
    group: Group = "piece"
    needs: tuple[Need, ...] = ("registration", "links")

    def run(self, evidence: Evidence) -> CheckResult:
        assert evidence.fingerprint is not None
        assert evidence.fingerprint.links is not None
        assert evidence.laid is not None
        crop = evidence.crop
        links = evidence.fingerprint.links
        pitch = links.pitch_px * crop.scale
        height, width = crop.coverage.shape
        alpha = evidence.laid.alpha[crop.top : crop.top + height, crop.left : crop.left + width]
        way = chain_line(alpha > 0.5)
        limit = line("links.contrast", evidence.setting)
        if pitch < LEAST_PITCH_PX or way is None:
            reason = f"The links are {pitch:.1f} px long in this picture: too small to be told apart."
            if way is None or links.pitch_px <= 0:
                reason = "The chain's line couldn't be followed in this picture."
            return CheckResult(self.id, "not verifiable", reason, threshold=limit.value, unit="of the gaps' contrast")
        half = half_width(alpha > 0.5, way)
        strips = [unrolled(v.mean(-1), way, half) for v in (crop.picture, crop.foretold)]
        # What is seen of the chain: hidden stretches say nothing.
        seen = unrolled(crop.coverage, way, half).max(1) > 0.5
        own = unrolled(alpha, way, half).max(1) > 0.5
        readings = read_links(strips[0], strips[1], pitch)
        least = line("links.agreement", evidence.setting)
        rows = [self._row(evidence, way, r, pitch, bool(seen[r.step] or not own[r.step]), limit.value, least.value, n) for n, r in enumerate(readings, 1)]  # fmt: skip
        judged = [r for r, row in zip(readings, rows, strict=True) if row.verdict != "hidden"]
        contrasts = np.array([r.contrast for r in judged if np.isfinite(r.contrast)])
        if not len(contrasts):
            reason = "The gaps between the links can't be seen in the photo itself."
            return CheckResult(self.id, "not verifiable", reason, threshold=limit.value, unit="of the gaps' contrast")
        # One link among many may be lit badly; three neighbours can't all be.
        value = float(ndimage.median_filter(contrasts, 3, mode="nearest").min())
        agreement = float(np.min([r.agreement for r in judged]))
        gained = float(np.median([r.moved for r in judged[-3:]]) - np.median([r.moved for r in judged[:3]]))
        statistics = {"links.contrast": value, "links.agreement": agreement, "links.gained": abs(gained)}
        verdict, reason = self._verdict(rows, gained, len(judged))
        return CheckResult(
            self.id,
            verdict,
            reason,
            value=value,
            threshold=limit.value,
            unit="of the gaps' contrast",
            overlay=None if verdict == "pass" else overlay.boxed(evidence, [(r.box, r.verdict) for r in rows]),
            details={"pitch_px": pitch, "expected": links.count, "read": len(judged), "steps_gained": gained},
            score=limit.score(value),
            p_value=limit.p_value(value),
            rests_on=limit.rests_on,
            rows=tuple(rows),
            statistics=statistics,
        )

    def _row(
        self,
        evidence: Evidence,
        way: Line,
        reading: LinkReading,
        pitch: float,
        seen: bool,
        least_contrast: float,
        least_agreement: float,
        number: int,
    ) -> Row:
        x, y = way.points[reading.step] + (evidence.crop.left, evidence.crop.top)
        reach = pitch * 0.6
        box = (int(x - reach), int(y - reach), int(x + reach) + 1, int(y + reach) + 1)
        where = where_in_words((float(x), float(y)), evidence.window)
        name = f"link-{number:03d}"
        details = {"contrast": None if np.isnan(reading.contrast) else round(reading.contrast, 3), "moved": round(reading.moved, 3)}  # fmt: skip
        if not seen:
            return Row("links", name, "hidden", box, f"the link {where} is hidden by the body")
        if reading.contrast < least_contrast:
            words = f"the links {where} run into each other"
            return Row("links", name, "changed", box, words, reading.agreement, details)
        if reading.agreement < least_agreement:
            return Row("links", name, "changed", box, f"the link {where} looks different", reading.agreement, details)
        return Row("links", name, "kept", box, f"the link {where} is kept", reading.agreement, details)

    def _verdict(self, rows: list[Row], gained: float, judged: int) -> tuple[Verdict, str]:
        changed = [r for r in rows if r.verdict == "changed"]
        if abs(gained) > 0.5:
            count = round(abs(gained)) or 1
            word = "fewer" if gained > 0 else "more"
            return "fail", f"Along the chain {count} link{'s' if count > 1 else ''} {word} than photographed."
        if changed:
            # Neighbours at one place are said once.
            said = list(dict.fromkeys(r.words for r in changed))
            return "fail", f"{judged - len(changed)} of {judged} links are as photographed: {listed(said)}."
        return "pass", f"All {judged} links that are seen are as photographed, and apart from each other."
