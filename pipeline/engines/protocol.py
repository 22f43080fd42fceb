"""The one Engine protocol: a cut piece and a Direction in; a scene, its layers and maps out.

An engine renders the world that the piece is put into and says exactly where the piece's photographed pixels go.
It never touches those pixels: the lock (`pipeline.imaging.lock`) does that, from the original photo, in one resample.
Adding an engine is one module with one class here and its name in `pipeline.direction.EngineName`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.direction import Category, Direction
from pipeline.errors import Cancelled
from pipeline.imaging.piece import CutPiece

if TYPE_CHECKING:
    from pipeline.stage.live_light import LiveLight


@dataclass(frozen=True)
class PieceFacts:
    """What is known of the piece besides its photo. `width_mm` is the full width of its matte's bounding box."""

    category: Category
    width_mm: float


class Progress:
    """How a run tells its caller where it is, and learns that it should stop.

    `report(stage, fraction, preview)` takes a short stage name (``matte``, ``render``...), the share of the whole run
    done in 0..1, and at times a preview (srgb8 ``(h, w, 3)``). `check()` raises Cancelled once a cancel was asked for;
    engines call it between stages and between render passes.
    """

    def __init__(
        self,
        on_report: Callable[[str, float, np.ndarray | None], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_report = on_report
        self._cancelled = cancelled

    def report(self, stage: str, fraction: float, preview_srgb8: np.ndarray | None = None) -> None:
        self.check()
        if self._on_report:
            self._on_report(stage, min(max(fraction, 0.0), 1.0), preview_srgb8)

    def check(self) -> None:
        if self._cancelled and self._cancelled():
            raise Cancelled


@dataclass
class Scene:
    """An engine's answer: the world at the picture's size, and where the piece goes in it. All arrays are float32.

    - `ground`: (H, W, 3) linear RGB, the world without the piece and without its shadow.
    - `shadow`: (H, W, 3) factor 0..1 (reflections may exceed 1) that the piece's presence puts on the ground.
    - `matrix`: (3, 3) homography or similarity from photo pixels (centre of the first pixel at 0, 0) to picture pixels.
    - `drape`: (H, W, 2) or None: photo-pixel offset added after the inverse of `matrix`; smooth and invertible.
    - `visible`: (H, W) 0..1, the share of the piece that nothing of the body hides at this pixel.
    - `light`: (H, W, 3) the light that falls on the piece's surface there, against neutral studio light (1 = unchanged);
      low-frequency; the lock bounds it before use.
    - `depth_mm`: (H, W); `normals`: (H, W, 3) in camera space (x right, y up, z to the camera).
    - `px_per_mm`: the picture's scale at the piece.
    - `live`: the same ground, shadow and light by lamps, for engines whose light can be mixed anew; else None.
    """

    ground: np.ndarray
    shadow: np.ndarray
    matrix: np.ndarray
    visible: np.ndarray
    light: np.ndarray
    depth_mm: np.ndarray
    normals: np.ndarray
    px_per_mm: float
    drape: np.ndarray | None = None
    live: LiveLight | None = None
    notes: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """Makes the Scene for a piece under a Direction. Raises PlacementRefused or DirectionRefused, and Cancelled."""

    name: str
    version: str

    def run(self, piece: CutPiece, facts: PieceFacts, direction: Direction, progress: Progress) -> Scene: ...
