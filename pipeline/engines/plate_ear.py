"""Earrings on a plate: one at a lobe, or a pair at both lobes of a face that looks at the camera.

A photo of a pair shows the two side by side. One similarity sets the one at the picture's left down, and the recorded warp
moves the other over as a whole (see `drape.apart`), so that neither is bent and each is drawn at the plate's one scale.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import ndimage

from pipeline.engines.earring import Kind, hanging_point, kind_of
from pipeline.engines.plate_canvas import Canvas, Fit, Second, box_of
from pipeline.engines.silhouette import PiecePart, hoop_post, is_pair
from pipeline.errors import PlacementRefused
from pipeline.plate.anchor import Anchor

BOTH_EARS = "both-ears"
# The lobe: how far it reaches up and down from the piercing, and to the back of the ear, in mm.
LOBE_MM, LOBE_BACK_MM = 8.0, 13.0
LONGEST_DROP_MM, WIDEST_STUD_MM = 130.0, 26.0
LIFT_MM: dict[Kind, tuple[float, float]] = {"stud": (0.4, 0.4), "drop": (0.5, 4.5), "hoop": (0.8, 4.0)}
# Where a lobe's own edge wasn't seen, its piercing is said to be a guess from here on.
GUESSED_MM = 2.5


def ear_fit(parts: list[PiecePart], anchors: list[Anchor], mm_per_px: float, asked: str) -> Fit:
    """The earring at its ear; the pair at both where the plate shows both and the photo a pair, or where it is asked for.

    Raises PlacementRefused for an earring no ear carries, and for both ears asked of a photo that shows no pair.
    """
    part = max(parts, key=lambda p: p.width * p.height)
    kind = kind_of(part)
    width, height = part.width * mm_per_px, part.height * mm_per_px
    if (kind == "stud" and max(width, height) > WIDEST_STUD_MM) or height > LONGEST_DROP_MM:
        raise PlacementRefused(
            "placement.too-large",
            f"An earring {width:.0f} x {height:.0f} mm is more than an ear carries.",
            "Check the width in mm: it is that of everything in the photo, both earrings of a pair together.",
        )
    ears = {anchor.name: anchor for anchor in anchors}
    both = "left-ear" in ears and "right-ear" in ears
    if asked == BOTH_EARS and not is_pair(parts):
        raise PlacementRefused(
            "placement.no-pair",
            "The photo shows no pair of equal earrings side by side, so only one ear can wear it.",
            "Choose the left or the right ear.",
        )
    if both and is_pair(parts) and asked in (BOTH_EARS, "auto"):
        return _pair(parts, kind, ears, mm_per_px)
    return _one(parts, part, kind, anchors)


def _one(parts: list[PiecePart], part: PiecePart, kind: Kind, anchors: list[Anchor]) -> Fit:
    post = hoop_post(part) if kind == "hoop" else None
    # A hoop's post says which ear it was photographed for.
    suits = None if post is None else "left" if post.front_is_left else "right"
    anchor = next((a for a in anchors if suits and a.name.startswith(suits)), anchors[0])
    notes = []
    if suits and not anchor.name.startswith(suits):
        notes.append(f"The hoop was photographed as it is worn on the {suits} ear: another plate would suit it better.")
    if len(parts) > 1:
        notes.append(
            f"The photo shows {len(parts)} earrings or views; the one that shows most is worn, the others are left out."
        )
    return Fit(
        anchor=anchor,
        part=part,
        photo_point=hanging_point(part, kind, post),
        plate_point=np.array(anchor.point),
        turn_deg=0.0,
        px_per_mm=anchor.px_per_mm,
        box=box_of(part),
        hidden=partial(_behind_lobes, kind, [anchor]),
        lift_mm=LIFT_MM[kind],
        thickness_mm=1.6,
        notes=notes + _guessed([anchor]),
    )


def _pair(parts: list[PiecePart], kind: Kind, ears: dict[str, Anchor], mm_per_px: float) -> Fit:
    # The person's right ear is at the picture's left.
    right, left = ears["right-ear"], ears["left-ear"]
    first, second = sorted(parts[:2], key=lambda p: p.box[0])
    px_per_mm = float(np.sqrt(right.px_per_mm * left.px_per_mm))
    between = float(left.point[0] - right.point[0]) / px_per_mm
    reach = (first.width + second.width) / 2 * mm_per_px
    if between < reach:
        raise PlacementRefused(
            "plate.view-unsuited",
            f"The two ears lie {between:.0f} mm apart in this plate, and the earrings would meet at {reach:.0f} mm.",
            "Choose one ear, or a plate that looks at the camera.",
        )
    points = [hanging_point(p, kind, hoop_post(p) if kind == "hoop" else None) for p in (first, second)]
    notes = [f"The pair is worn at both ears, {between:.0f} mm apart in the picture."]
    if len(parts) > 2:
        notes.append("What the photo shows besides the pair is left out.")
    return Fit(
        anchor=right if right.confidence <= left.confidence else left,
        part=first,
        photo_point=points[0],
        plate_point=np.array(right.point),
        turn_deg=0.0,
        px_per_mm=px_per_mm,
        box=box_of(first),
        hidden=partial(_behind_lobes, kind, [right, left]),
        lift_mm=LIFT_MM[kind],
        thickness_mm=1.6,
        notes=notes + _guessed([right, left]),
        second=Second(second, points[1], np.array(left.point)),
    )


def _behind_lobes(kind: Kind, anchors: list[Anchor], canvas: Canvas, drawn: np.ndarray) -> np.ndarray:
    """What lobes hide of hoops (H, W) 0..1: a lobe's half towards the back of the head."""
    hidden = np.zeros(canvas.skin.shape, np.float32)
    if kind != "hoop":
        return hidden
    y, x = np.mgrid[0 : canvas.skin.shape[0], 0 : canvas.skin.shape[1]].astype(np.float32)
    for anchor in anchors:
        at = canvas.to_picture @ np.array([*anchor.point, 1.0])
        dx, dy = (x - at[0]) / canvas.px_per_mm, (y - at[1]) / canvas.px_per_mm
        # The back of the head: away from the face, which lies before the ear.
        back = 1.0 if anchor.name.startswith("left") else -1.0
        lobe = ((dx / LOBE_BACK_MM) ** 2 + (dy * 1.1 / LOBE_MM) ** 2 < 1) & (dx * back > 0.4)
        hidden = np.maximum(hidden, ndimage.gaussian_filter(lobe.astype(np.float32), 0.8) * canvas.skin)
    return hidden


def _guessed(anchors: list[Anchor]) -> list[str]:
    unseen = [a.name.replace("-", " ") for a in anchors if a.point_error_mm > GUESSED_MM]
    if not unseen:
        return []
    return [
        f"The lobe's own edge wasn't seen at the {' and the '.join(unseen)}: the piercing is good to about "
        f"{max(a.point_error_mm for a in anchors):.0f} mm. Move the piece, or measure the ear by hand."
    ]
