"""The evidence that checks look at: a picture, the piece's photo, and how the one lies on the other.

It is gathered from finished files (`pipeline.qa.gather`), never handed over from the run that made them: a check
that passes does so on what a client would receive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from pipeline.fingerprint.model import Fingerprint
from pipeline.imaging.colour import linear_to_srgb
from pipeline.imaging.lock import LaidPiece
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.relight import smooth_within
from pipeline.imaging.resample import Mapping
from pipeline.qa.person import Person, person_in
from pipeline.qa.thresholds import Setting

# Rec. 709 luma weights, applied to display-encoded values.
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
# The engines whose pictures show no living person, whatever a landmark model takes their sculpture for.
WITHOUT_PERSON = ("maquette", "still")


def luma(linear: np.ndarray) -> np.ndarray:
    """Display luma (H, W), 0..1, of linear RGB (H, W, 3): what SSIM is computed on."""
    result: np.ndarray = linear_to_srgb(np.clip(linear, 0, 1)) @ LUMA
    return result


@dataclass(frozen=True)
class Recorded:
    """What the layers of a picture that Loupe made say of its placement. Arrays are float32 over the picture.

    - `category`, `width_mm`: the piece's; `px_per_mm`: the scene's scale at the piece, from stage or plate.
    - `ground`: (H, W, 3) linear, the finished picture without its piece.
    - `shadow`: (H, W, 3) 0..1, what the piece takes from its surroundings' light. `hidden`: (H, W) 0..1, what the body hides.
    - `engine`: which made the picture; empty where the layers are from before that was written.
    """

    category: str
    width_mm: float
    px_per_mm: float
    ground: np.ndarray
    shadow: np.ndarray
    hidden: np.ndarray
    engine: str = ""

    @property
    def on_a_body(self) -> bool:
        """Whether the engine puts pieces on a body, where they lie or hang and never stand."""
        return self.engine in ("maquette", "plate")


@dataclass(frozen=True)
class Crop:
    """Picture and reference over the piece's window, ready to be compared. Arrays are float32, colours sRGB-encoded 0..1.

    - `picture`: (h, w, 3) as it is. `foretold`: (h, w, 3) what it should show: the laid reference under its relight, over
      the surroundings carried on beneath the piece.
    - `coverage`: (h, w) 0..1. `interior`, `band`: (h, w) bool, as in Evidence.
    - `left`, `top`: of the window, in picture pixels. `scale`: picture pixels per photo pixel.
    """

    picture: np.ndarray
    foretold: np.ndarray
    coverage: np.ndarray
    interior: np.ndarray
    band: np.ndarray
    left: int
    top: int
    scale: float


@dataclass(frozen=True)
class Evidence:
    """A picture and its reference, laid on each other. Arrays are float32 linear unless said.

    - `picture`: (H, W, 3) as decoded from the finished file, 0..1.
    - `piece`: the cut reference. `mapping`: from its photo to the picture, or None where the piece wasn't found.
    - `laid`: the reference drawn through `mapping`; `coverage`: (H, W) 0..1, what of it should be visible.
    - `gain`: (H, W, 3) the relight; recorded where `layers_known`, estimated otherwise.
    - `layers_known`: whether mapping, coverage and gain come from the picture's own layers.
    - `residual_px`: how far reference and picture still lie apart; `mirrored`: found only as its mirror image.
    - `relit`: the light was moved (`pipeline.qa.same_light`): the outline says how the piece lies, while highlights and facets
      inside it lie elsewhere.
    - `fingerprint`: what the photo shows of the piece (confirmed facts where there are any), or None where it wasn't read.
    - `recorded`: what the layers say of the placement, where `layers_known`.
    - `hashes`: SHA-256 of what was read, by name; `expected`: what the layers or the caller say they should be.
    - `not_found`: why there is no mapping, in plain words.
    """

    picture: np.ndarray
    piece: CutPiece
    mapping: Mapping | None = None
    laid: LaidPiece | None = None
    coverage: np.ndarray | None = None
    gain: np.ndarray | None = None
    layers_known: bool = False
    residual_px: float | None = None
    mirrored: bool = False
    relit: bool = False
    hashes: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    not_found: str = ""
    fingerprint: Fingerprint | None = None
    recorded: Recorded | None = None

    @property
    def setting(self) -> Setting:
        """Which lines this picture is held to: those for known layers, for the photo's own light, or for a moved one."""
        return "known" if self.layers_known else "relit" if self.relit else "measured"

    @cached_property
    def person(self) -> Person | None:
        """The person in the picture; None on Loupe's own sculptures and still lifes, which show none.

        Raises PictureError (``plate.models_missing``) where the landmark models aren't set up.
        """
        if self.recorded is not None and self.recorded.engine in WITHOUT_PERSON:
            return None
        return person_in(np.clip(linear_to_srgb(self.picture), 0, 1).astype(np.float32), self.coverage)

    @cached_property
    def ungained(self) -> np.ndarray:
        """(H, W, 3) the picture with the relight gain divided out."""
        assert self.gain is not None
        result: np.ndarray = self.picture / np.maximum(self.gain, 1e-3)
        return result

    @cached_property
    def crop(self) -> Crop:
        """Picture and reference over `window`, under one light."""
        assert self.laid is not None
        assert self.coverage is not None
        assert self.gain is not None
        left, top, right, bottom = self.window
        inside = np.s_[top:bottom, left:right]
        picture, alpha = self.picture[inside], self.coverage[inside]
        over = alpha[..., None]
        lit = np.clip(self.laid.colour[inside] * self.gain[inside], 0, 1)
        if self.recorded is not None:
            # What lies under the piece was written down: beside a finger that hides a band's end nothing has to be guessed.
            beside = self.recorded.ground[inside]
        else:
            beside = smooth_within(picture, (alpha < 0.02).astype(np.float32), 4.0)
        foretold = lit * over + beside * (1 - over)
        return Crop(
            np.clip(linear_to_srgb(picture), 0, 1),
            np.clip(linear_to_srgb(foretold), 0, 1),
            alpha,
            self.interior[inside],
            self.band[inside],
            left,
            top,
            self.laid.scale,
        )

    @cached_property
    def interior(self) -> np.ndarray:
        """(H, W) bool: opaque, visible piece, two pixels in from every edge; one, or none, where it is finer than that."""
        assert self.coverage is not None
        opaque = (self.coverage >= 0.99).astype(np.uint8)
        for inset in (2, 1):
            inner = cv2.erode(opaque, np.ones((2 * inset + 1, 2 * inset + 1), np.uint8))
            if inner.sum() >= 0.25 * opaque.sum():
                return inner.astype(bool)
        return opaque.astype(bool)

    @cached_property
    def band(self) -> np.ndarray:
        """(H, W) bool: the edge of the visible piece, outside of `interior`, where it covers most of a pixel."""
        assert self.coverage is not None
        return (self.coverage >= 0.9) & ~self.interior

    @cached_property
    def window(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of the visible piece with some room, for overlays."""
        height, width = self.picture.shape[:2]
        if self.coverage is None or not (self.coverage > 0.5).any():
            return 0, 0, width, height
        rows, columns = np.flatnonzero((self.coverage > 0.5).any(1)), np.flatnonzero((self.coverage > 0.5).any(0))
        pad = 12
        return (
            max(0, int(columns[0]) - pad),
            max(0, int(rows[0]) - pad),
            min(width, int(columns[-1]) + 1 + pad),
            min(height, int(rows[-1]) + 1 + pad),
        )
