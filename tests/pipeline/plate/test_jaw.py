"""The jaw's seen edge, against the depth of rendered heads: there the neck begins, some way behind the jaw."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.direction import Pose
from pipeline.plate.face_scale import face_scale
from pipeline.plate.jaw import head_region
from pipeline.plate.landmarks import CHIN, faces
from pipeline.plate.limb import lab_of
from tests.pipeline.plate import rendered
from tests.pipeline.plate.rendered import PLAIN, Look

# Under the chin's middle part the neck lies this far behind the jaw, within so many mm of the chin.
BEHIND_MM, NEAR_MM = 4.0, 25.0


@pytest.mark.parametrize(
    ("azimuth", "head", "look"),
    [
        (0.0, 0.0, PLAIN),
        (20.0, 0.0, PLAIN),
        (0.0, 35.0, PLAIN),
        (15.0, -30.0, Look("brown")),
        (0.0, 0.0, Look("dark")),
        (-25.0, 0.0, Look("fair", (0.6, 0.5, 0.6))),
    ],
    ids=["front", "walked round", "head turned", "both", "dark skin", "lit from the other side"],
)
def test_the_head_ends_where_the_jaw_is_seen_to_end(azimuth: float, head: float, look: Look) -> None:
    truth = rendered.head(azimuth, 420.0, None, 20.0, Pose(head_turn_deg=head), look)
    srgb = np.asarray(Image.open(BytesIO(truth.png)).convert("RGB")) / np.float32(255)
    seen = faces(srgb)
    scale = face_scale(seen[0])
    assert not isinstance(scale, str)
    region, k, chin = head_region(lab_of(srgb), seen), scale.px_per_mm, seen[0].points[CHIN]
    off = []
    for x in range(int(chin[0] - NEAR_MM * k), int(chin[0] + NEAR_MM * k), 3):
        low = int(np.nonzero(region[:, x] > 0.5)[0][-1])
        first, last = int(low - 14 * k), int(low + 14 * k)
        jumps = np.nonzero(np.abs(np.diff(truth.depth_mm[first:last, x])) > BEHIND_MM)[0]
        if len(jumps):
            off.append((low - first - jumps[0]) / k)
    assert len(off) > 20
    assert abs(np.median(off)) <= 1.0
    assert np.percentile(np.abs(off), 75) <= 2.0


def test_without_a_face_there_is_no_head() -> None:
    assert not head_region(np.zeros((40, 60, 3), np.float32), []).any()
