"""The light tent: white walls, softboxes and black flags, as a picture of all directions.

A polished piece shows nothing but its surroundings. Even white all round makes metal look like plaster and diamonds like
glass: dark cards draw the edges, the camera's dark surround gives a diamond its black-and-white pattern, and a few small
hard lights its sparkle. Directions are the camera's: x right, y up, z from the piece to the camera.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Card:
    """A rounded rectangle of light (or of black) seen from the piece: where, how large (half sides, degrees), how bright."""

    azimuth_deg: float
    elevation_deg: float
    half_width_deg: float
    half_height_deg: float
    radiance: float
    soft_deg: float = 3.0
    roll_deg: float = 0.0


@dataclass(frozen=True)
class Tent:
    """The wall's radiance and its cards, later ones in front. `lights`: radiance of each small hard light, placed by seed."""

    wall: float = 0.62
    cards: tuple[Card, ...] = ()
    sparks: int = 10
    spark_radiance: float = 30.0
    spark_deg: float = 2.2
    turn_deg: float = 0.0  # of the hard lights, about the upright axis

    def turned(self, degrees: float) -> Tent:
        """The same lamps, flags and walls walked round the piece; floor, camera and its dark surround stay where they are."""
        cards = tuple(
            card if card in (FLOOR, CAMERA) else replace(card, azimuth_deg=card.azimuth_deg + degrees)
            for card in self.cards
        )
        return replace(self, cards=cards, turn_deg=self.turn_deg + degrees)


FLOOR = Card(0, -40, 180, 40, 0.2, 20)  # its falling light
CAMERA = Card(0, 0, 11, 9, 0.03, 3)  # and its dark surround

STANDARD = Tent(
    wall=0.34,
    cards=(
        FLOOR,
        Card(-46, 56, 44, 22, 4.6, 5),  # the large softbox, above to the left: it makes the shadow
        Card(62, 30, 13, 36, 2.6, 3, 8),  # strip, right
        Card(-78, 2, 8, 42, 2.0, 3, -6),  # strip, left
        Card(178, 38, 44, 18, 2.2, 8),  # from behind, for the far edges
        Card(30, -30, 26, 12, 0.9, 8),  # a reflector, low in front
        Card(37, 10, 9, 50, 0.01, 2, 10),  # flags
        Card(-44, -2, 9, 36, 0.01, 2, -8),
        Card(98, 20, 16, 55, 0.02, 3),
        Card(-112, 15, 18, 55, 0.02, 3),
        Card(-8, 82, 36, 4, 0.02, 2, 25),
        Card(-40, 56, 30, 3.2, 0.02, 1.5, -14),
        CAMERA,
    ),
)


def panorama(tent: Tent, to_world: np.ndarray, seed: int, height: int = 512) -> np.ndarray:
    """Radiance (height, 2 * height, 3) float32 as mitsuba's envmap reads it, turned by `to_world` (3, 3) camera-to-world."""
    v, u = (np.mgrid[0:height, 0 : 2 * height] + 0.5) / height
    theta, phi = v * np.pi, u * np.pi
    # Mitsuba's envmap: y up, u = 0 at -z, running to +x... as  d = (sin(phi) sin(theta), cos(theta), -cos(phi) sin(theta)).
    world = np.stack([np.sin(phi) * np.sin(theta), np.cos(theta), -np.cos(phi) * np.sin(theta)], -1)
    d = world @ to_world  # into the camera's axes
    radiance = np.full(d.shape[:2], tent.wall)
    # Walls fall off gently from the light's side, as fabric does.
    turn = np.radians(tent.turn_deg)
    radiance = radiance * (1 + 0.22 * d[..., 1] - 0.12 * (d[..., 0] * np.cos(turn) - d[..., 2] * np.sin(turn)))
    for card in tent.cards:
        radiance = _laid(radiance, d, card)
    rng = np.random.default_rng(seed)
    for _ in range(tent.sparks):
        azimuth, elevation = rng.uniform(-80, 80), rng.uniform(18, 75)
        spot = Card(azimuth + tent.turn_deg, elevation, tent.spark_deg, tent.spark_deg, tent.spark_radiance, 0.4)
        radiance = _laid(radiance, d, spot)
    return np.repeat(radiance[..., None], 3, -1).astype(np.float32)


def _laid(radiance: np.ndarray, d: np.ndarray, card: Card) -> np.ndarray:
    a, e, r = np.radians([card.azimuth_deg, card.elevation_deg, card.roll_deg])
    centre = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
    right = np.array([np.cos(a), 0, -np.sin(a)])
    up = np.cross(centre, right)
    right, up = np.cos(r) * right + np.sin(r) * up, np.cos(r) * up - np.sin(r) * right
    depth = d @ centre
    x, y = np.degrees(np.arctan2(d @ right, depth)), np.degrees(np.arcsin(np.clip(d @ up, -1, 1)))
    inside = np.maximum(np.abs(x) - card.half_width_deg, np.abs(y) - card.half_height_deg)
    cover = np.clip(0.5 - inside / card.soft_deg, 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    return radiance * (1 - cover) + card.radiance * cover
