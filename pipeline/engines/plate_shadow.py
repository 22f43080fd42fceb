"""A worn piece's shadow on a plate's skin, without a renderer: rays from the skin to the plate's light, over its height.

The piece is a thin slab at a known height over the surface. From every pixel near it, rays go to samples of the light
and of everything around; what the slab blocks is missing there. Light scatters in skin before it comes out again, red
furthest, which is why shadows on skin have soft red rims: each channel is spread by its own length.

Sources: height-field ray casting; mean free paths of skin after Jensen et al., "A practical model for subsurface light
transport" (2001), shortened to what a contact shadow shows.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.plate.anchor import unit
from pipeline.plate.light import PlateLight
from pipeline.plate.surface import Surface

KEY_SAMPLES, ROUND_SAMPLES = 20, 28
SCATTER_MM = np.array([0.55, 0.24, 0.14])
# The shadow is traced on at most this many pixels on a side.
TRACED_PX = 620
# Polished metal throws about this share of the light that it reflects on the skin beside it.
REFLECTED = 0.10
DARKEST = 0.10
# What skin and metal throw back and forth where the piece takes the light away: the redder for each time off the skin.
BOUNCED = np.array([0.16, 0.085, 0.055], np.float32)


def shadow_on_skin(
    mask: np.ndarray,
    lift_mm: np.ndarray,
    thickness_mm: float,
    surface: Surface,
    light: PlateLight,
    px_per_mm: float,
    seed: int,
) -> np.ndarray:
    """The factor (H, W, 3) 0..1 that the piece puts on the ground.

    `mask` (H, W) 0..1 is where the piece is, whatever hides it; `lift_mm` (H, W) its lower side's height over the skin.
    """
    h, w = mask.shape
    box = _box(mask, (thickness_mm + float(lift_mm.max())) * 3.5 * px_per_mm)
    shadow = np.ones((h, w, 3), np.float32)
    if box is None:
        return shadow
    left, top, right, bottom = box
    inside = np.s_[top:bottom, left:right]
    k = min(TRACED_PX / max(bottom - top, right - left), 1.0)
    size = (max(round((right - left) * k), 1), max(round((bottom - top) * k), 1))

    def small(plane: np.ndarray) -> np.ndarray:
        return cv2.resize(np.ascontiguousarray(plane[inside], np.float32), size, interpolation=cv2.INTER_AREA)

    cover, height, lift = small(mask), small(surface.height_mm), small(lift_mm)
    normals = small(surface.normals)
    low = height + lift
    # Beside the piece the slab goes on at its own edge's height, so that its border is no cliff.
    low = _spread(low, cover)
    scale = px_per_mm * k
    blocked, total = np.zeros(cover.shape, np.float32), np.zeros(cover.shape, np.float32)
    for direction, weight in _directions(light, seed):
        facing = np.maximum(normals @ direction.astype(np.float32), 0) * np.float32(weight)
        total += facing
        blocked += facing * _blocked(cover, height, low, thickness_mm, direction, scale)
    seen = 1 - blocked / np.maximum(total, 1e-5)
    seen = np.clip(seen, DARKEST, 1)
    spread = [cv2.GaussianBlur(seen, (0, 0), max(float(mm) * scale, 0.5)) for mm in SCATTER_MM]
    lit = np.stack(spread, -1)
    lit = lit + (1 - lit) * BOUNCED
    full = cv2.resize(lit, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)
    shadow[inside] = np.clip(full, DARKEST, 1) * _edge_fade((bottom - top, right - left))[..., None] + (
        1 - _edge_fade((bottom - top, right - left))[..., None]
    )
    return shadow


def glow_on_skin(
    mask: np.ndarray, colour: np.ndarray, surface: Surface, light: PlateLight, px_per_mm: float
) -> np.ndarray:
    """The factor (H, W, 3) >= 1 of the light that the metal throws back on skin right beside it.

    `colour` (3,) is the metal's mean colour, linear; its brighter side throws more.
    """
    near = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(1.3 * px_per_mm, 1.0))
    wide = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(3.2 * px_per_mm, 1.0))
    lit = light.falling_on(surface.normals)
    amount = (0.7 * near + 0.3 * wide) * lit * surface.skin * REFLECTED
    tint = colour / max(float(colour.max()), 1e-4)
    return (1 + amount[..., None] * tint.astype(np.float32)).astype(np.float32)


def _directions(light: PlateLight, seed: int) -> list[tuple[np.ndarray, float]]:
    """Unit directions to the light with their weights: a cone round its middle, and the whole of the front."""
    rng = np.random.default_rng(seed)
    middle = light.direction.copy()
    # Light that seems to come from behind the skin still reaches it round the edge, at a grazing angle.
    middle = unit(np.array([middle[0], middle[1], max(middle[2], 0.22)]))
    side = unit(np.cross(middle, [0.0, 0.0, 1.0] if abs(middle[2]) < 0.9 else [0.0, 1.0, 0.0]))
    other = np.cross(middle, side)
    found = []
    for i in range(KEY_SAMPLES):
        # A sunflower over the cone: even, and the same for the same seed.
        r = np.sqrt((i + 0.5) / KEY_SAMPLES) * np.tan(np.radians(light.spread_deg))
        turn = i * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 0.3)
        found.append(
            (unit(middle + r * (np.cos(turn) * side + np.sin(turn) * other)), light.directed * 1.5 / KEY_SAMPLES)
        )
    for i in range(ROUND_SAMPLES):
        z = (i + 0.5) / ROUND_SAMPLES
        turn = i * np.pi * (3 - np.sqrt(5)) + rng.uniform(0, 0.3)
        r = np.sqrt(1 - z * z)
        found.append((np.array([r * np.cos(turn), r * np.sin(turn), z]), light.ambient * 2 / ROUND_SAMPLES))
    return [(d, w) for d, w in found if d[2] > 0.02]


def _blocked(
    cover: np.ndarray, height: np.ndarray, low: np.ndarray, thickness_mm: float, direction: np.ndarray, scale: float
) -> np.ndarray:
    """The share (h, w) 0..1 of the light from one direction that the slab blocks."""
    reach = thickness_mm * 3.0
    found = np.zeros(cover.shape, np.float32)
    slope = float(np.linalg.norm(direction[:2]))
    steps = int(np.clip(np.ceil(reach * slope * scale / 1.2), 3, 9))
    size = cover.shape[::-1]
    for t in np.linspace(reach / steps / 2, reach, steps):
        # The pixel at p looks at p + t * direction; y points down in the picture.
        dx, dy = direction[0] * t * scale, -direction[1] * t * scale
        M = np.array([[1, 0, dx], [0, 1, dy]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(cover, M, size, flags=flags)
        over = cv2.warpAffine(low, M, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        at = height + direction[2] * t
        # Soft limits of a third of a millimetre keep the few samples from banding.
        within = np.clip((at - over) / 0.3 + 0.5, 0, 1) * np.clip((over + thickness_mm - at) / 0.3 + 0.5, 0, 1)
        found = np.maximum(found, there * within)
    return found


def _spread(values: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Values of the covered part, carried on to what lies beside it."""
    weight = cv2.GaussianBlur(cover, (0, 0), 2.0)
    mean = cv2.GaussianBlur(values * cover, (0, 0), 2.0) / np.maximum(weight, 1e-4)
    return np.where(cover > 0.5, values, np.where(weight > 1e-3, mean, values)).astype(np.float32)


def _edge_fade(shape: tuple[int, int]) -> np.ndarray:
    """1 inside, 0 at the traced box's border, so that no border shows (h, w)."""
    h, w = shape
    y, x = np.arange(h), np.arange(w)
    fy = np.clip(np.minimum(y, h - 1 - y) / max(0.06 * h, 1), 0, 1)
    fx = np.clip(np.minimum(x, w - 1 - x) / max(0.06 * w, 1), 0, 1)
    return (fy[:, None] * fx[None]).astype(np.float32)


def _box(mask: np.ndarray, margin: float) -> tuple[int, int, int, int] | None:
    solid = mask > 0.02
    if not solid.any():
        return None
    rows, columns = np.nonzero(solid.any(1))[0], np.nonzero(solid.any(0))[0]
    m = int(margin) + 8
    h, w = mask.shape
    return (
        int(max(columns[0] - m, 0)),
        int(max(rows[0] - m, 0)),
        int(min(columns[-1] + m, w)),
        int(min(rows[-1] + m, h)),
    )
