"""Origin: is the reference the declared one, and do the piece's pixels come from it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.imaging.colour import linear_to_srgb
from pipeline.qa import overlay
from pipeline.qa.check import CheckResult, Group, Need
from pipeline.qa.evidence import Evidence
from pipeline.qa.thresholds import ORIGIN_SHARE, ORIGIN_STEP


@dataclass(frozen=True)
class OriginReference:
    """The photo, and the picture, are byte for byte the ones that were declared. Exact."""

    id: str = "origin.reference"
    title: str = "The reference is the declared photo"
    version: str = "1"
    mandatory: bool = True
    group: Group = "origin"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        declared = {name: sha for name, sha in evidence.expected.items() if sha}
        if not declared:
            return CheckResult(
                self.id,
                "not applicable",
                "No SHA-256 was declared for the photo, so there is nothing to hold it to.",
                details={"hashes": evidence.hashes},
            )
        odd = sorted(name for name, sha in declared.items() if evidence.hashes.get(name) != sha)
        details = {"hashes": evidence.hashes, "declared": declared}
        if odd:
            return CheckResult(
                self.id, "fail", f"Not the declared file: {', '.join(odd)}. Its SHA-256 differs.", details=details
            )
        names = " and ".join(sorted(declared))
        return CheckResult(self.id, "pass", f"Byte for byte as declared: {names} (SHA-256).", details=details)


@dataclass(frozen=True)
class OriginPixels:
    """The share of the piece's opaque pixels that are the photo's, through the recorded transform, times the gain.

    Computed again from the photo and the stored layers. The pixels whose footprint is opaque piece throughout (the
    core) are held to the photo as taken; those next to an edge to the photo with its ground's colour taken out.
    """

    id: str = "origin.pixels"
    title: str = "The piece's pixels are the photo's"
    version: str = "1"
    mandatory: bool = True
    group: Group = "origin"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        if not evidence.layers_known:
            return CheckResult(
                self.id,
                "not applicable",
                "This picture came without Loupe's layers, so where its pixels come from can't be read from it.",
            )
        assert evidence.laid is not None
        assert evidence.coverage is not None
        assert evidence.gain is not None
        opaque = evidence.coverage >= 0.998
        if not opaque.any():
            return CheckResult(self.id, "not verifiable", "No pixel of the picture is wholly piece at this scale.")
        expected = linear_to_srgb(np.clip(evidence.laid.colour * evidence.gain, 0, 1))
        difference = np.abs(linear_to_srgb(evidence.picture) - expected).max(-1)
        # A pixel that is 99.8 % piece shows up to 0.2 % of the ground.
        kept = difference <= ORIGIN_STEP + (1 - evidence.coverage)
        share = float(kept[opaque].mean())
        core = evidence.laid.core & opaque
        core_share = float(core.sum() / opaque.sum())
        core_kept = float(kept[core].mean()) if core.any() else None
        good = share >= ORIGIN_SHARE and (core_kept is None or core_kept >= ORIGIN_SHARE)
        words = f"{share:.2%} of the piece's opaque pixels are the photo's pixels times the recorded relight"
        return CheckResult(
            self.id,
            "pass" if good else "fail",
            f"{words}; {core_share:.0%} of them untouched by any edge." if good else f"Only {words}.",
            value=share,
            threshold=ORIGIN_SHARE,
            unit="share",
            overlay=None if good else overlay.marked(evidence, opaque & ~kept),
            details={"core_share": core_share, "core_kept": core_kept, "pixels": int(opaque.sum())},
        )
