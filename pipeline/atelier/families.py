"""Families of procedural jewelry: `family(name, seed)` is one piece of a family, the same for the same seed, always.

Seeds below CALIBRATION_SEEDS are for setting thresholds and training, those from TEST_SEEDS on for measuring; nothing may
be tuned to the latter. A family's draws are its own: adding a family, or a draw at a family's end, moves no other piece.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.atelier.camera import View
from pipeline.atelier.family_chains import BangleSpec, ChainSpec, TennisSpec
from pipeline.atelier.family_ears import ClusterSpec, DropsSpec, HoopsSpec, PendantSpec, StudsSpec
from pipeline.atelier.family_hard import FiligreeSpec, MilgrainSpec
from pipeline.atelier.family_rings import BandSpec, SolitaireSpec
from pipeline.atelier.family_watches import WatchSpec
from pipeline.atelier.photograph import Sitting
from pipeline.atelier.specs import PieceSpec, RingSpec
from pipeline.direction import Category

CALIBRATION_SEEDS = range(0, 1000)
TEST_SEEDS = range(1000, 2000)

METALS = ("yellow gold", "white gold", "rose gold")
STONES = ("diamond", "diamond", "sapphire", "emerald", "ruby", "black diamond")

_RING = Sitting(View(34, 30, 330, 0.74), (1.0, 1.0), True, lean_deg=14)
_FRONT = Sitting(View(distance_mm=520, fill=0.8), (1.0, 1.0), False)
_LYING = Sitting(View(distance_mm=620, fill=0.9), (1.0, 1.0), False)

Draw = Callable[[np.random.Generator, int], PieceSpec]


@dataclass(frozen=True)
class Family:
    """How a family's specs are drawn, how it sits for its photograph, and the category it is sold as."""

    draw: Draw
    sitting: Sitting
    category: Category


def _drawn(kind: type[PieceSpec], **fields: Any) -> PieceSpec:
    return kind.model_validate(fields)


def _metal(rng: np.random.Generator) -> str:
    return str(rng.choice(METALS))


def _stone(rng: np.random.Generator) -> str:
    return str(rng.choice(STONES))


def _mm(rng: np.random.Generator, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 2)


def _solitaire(claws: int, shoulders: bool) -> Draw:
    def draw(rng: np.random.Generator, seed: int) -> PieceSpec:
        cut = str(rng.choice(("round", "round", "oval", "cushion")))
        return _drawn(
            SolitaireSpec,
            metal=_metal(rng),
            setting=_metal(rng),
            stone=_stone(rng),
            cut=cut,
            stone_mm=_mm(rng, 4.5, 7.5 if cut != "oval" else 6),
            claws=claws,
            shoulder_stones=int(rng.integers(3, 7)) if shoulders else 0,
            shoulder_mm=_mm(rng, 1.3, 1.9),
            band_width_mm=_mm(rng, 1.8, 3),
            seed=seed,
        )

    return draw


def _halo(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        RingSpec,
        metal=_metal(rng),
        setting=_metal(rng),
        centre=str(rng.choice(("diamond", "sapphire", "emerald", "ruby"))),
        centre_mm=_mm(rng, 4.5, 7),
        claws=int(rng.choice((4, 6, 8))),
        halo=int(rng.integers(12, 23)),
        seed=seed,
    )


def _band(setting: str) -> Draw:
    def draw(rng: np.random.Generator, seed: int) -> PieceSpec:
        stone = _stone(rng)
        return _drawn(
            BandSpec,
            metal=_metal(rng),
            setting=setting,
            stone=stone,
            second="diamond" if stone != "diamond" and rng.random() < 0.4 else None,
            stone_mm=_mm(rng, 1.4, 2.8),
            rows=int(rng.choice((1, 1, 2))) if setting == "pavé" else 1,
            arc_deg=_mm(rng, 90, 180),
            seed=seed,
        )

    return draw


def _studs(rng: np.random.Generator, seed: int) -> PieceSpec:
    petals = int(rng.choice((0, 5, 6, 7, 8)))
    cut = str(rng.choice(("round", "oval", "cushion", "pear")))
    return _drawn(
        StudsSpec,
        metal=_metal(rng),
        centre=_stone(rng),
        petal=_stone(rng) if rng.random() < 0.3 else "diamond",
        cut=cut,
        centre_mm=_mm(rng, 3, 5.5),
        petals=petals,
        claws=int(rng.choice((4, 6))),
        seed=seed,
    )


def _cluster(rng: np.random.Generator, seed: int) -> PieceSpec:
    stone = str(rng.choice(("diamond", "diamond", "diamond", "sapphire", "ruby")))
    return _drawn(
        ClusterSpec,
        metal=_metal(rng),
        setting="white gold" if rng.random() < 0.6 else _metal(rng),
        stone=stone,
        second=_stone(rng) if rng.random() < 0.25 else None,
        stone_mm=_mm(rng, 1.5, 2.8),
        count=int(rng.choice((7, 7, 12, 19))),
        gap_mm=_mm(rng, 0.03, 0.18),
        seed=seed,
    )


def _drops(rng: np.random.Generator, seed: int) -> PieceSpec:
    cut = str(rng.choice(("pear", "round", "oval", "marquise")))
    kind = "pearl" if rng.random() < 0.4 else _stone(rng)
    return _drawn(
        DropsSpec,
        metal=_metal(rng),
        drop=kind,
        cut=cut,
        drop_mm=_mm(rng, 5, 8),
        links=int(rng.integers(1, 5)),
        halo=0 if cut == "marquise" or kind == "pearl" or rng.random() < 0.4 else int(rng.integers(14, 24)),
        seed=seed,
    )


def _hoops(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        HoopsSpec,
        metal=_metal(rng),
        stone=_stone(rng),
        hoop_mm=_mm(rng, 14, 24),
        wire_mm=_mm(rng, 2, 3.4),
        stones=0 if rng.random() < 0.35 else int(rng.integers(5, 12)),
        turn_deg=_mm(rng, 20, 60),
        seed=seed,
    )


def _pendant(rng: np.random.Generator, seed: int) -> PieceSpec:
    cut = str(rng.choice(("oval", "round", "pear", "cushion")))
    return _drawn(
        PendantSpec,
        metal=_metal(rng),
        stone="pearl" if rng.random() < 0.2 else _stone(rng),
        cut=cut,
        stone_mm=_mm(rng, 5, 9),
        halo=0 if rng.random() < 0.3 else int(rng.integers(14, 26)),
        seed=seed,
    )


def _chain(weave: str) -> Draw:
    def draw(rng: np.random.Generator, seed: int) -> PieceSpec:
        link = _mm(rng, 4, 8)
        return _drawn(
            ChainSpec,
            metal=_metal(rng),
            weave=weave,
            width_mm=_mm(rng, 50, 64),
            link_mm=link,
            wire_mm=round(link * float(rng.uniform(0.17, 0.22)), 2),
            seed=seed,
        )

    return draw


def _tennis(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        TennisSpec,
        metal=_metal(rng),
        stone=_stone(rng),
        stone_mm=_mm(rng, 3, 5),
        count=int(rng.integers(26, 44)),
        flatness=_mm(rng, 0.6, 0.95),
        seed=seed,
    )


def _bangle(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        BangleSpec,
        metal=_metal(rng),
        stone=_stone(rng),
        stones=0 if rng.random() < 0.4 else int(rng.integers(7, 16)),
        stone_mm=_mm(rng, 2.6, 4),
        band_width_mm=_mm(rng, 3.5, 8),
        seed=seed,
    )


def _watch(rng: np.random.Generator, seed: int) -> PieceSpec:
    case = _mm(rng, 28, 41)
    return _drawn(
        WatchSpec,
        metal=_metal(rng),
        dial=str(rng.choice(("white dial", "white dial", "blue dial", "black dial"))),
        case_mm=case,
        case_height_mm=_mm(rng, 6, 9.5),
        loop_mm=_mm(rng, max(54, case + 20), 68),
        link_mm=_mm(rng, 4, 6.5),
        link_thickness_mm=_mm(rng, 2.2, 3.2),
        hour=round(float(rng.uniform(10.1, 10.2)), 3),
        seed=seed,
    )


def _milgrain(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        MilgrainSpec,
        metal=_metal(rng),
        stone=_stone(rng),
        stone_mm=_mm(rng, 1.4, 2.4),
        arc_deg=_mm(rng, 90, 170),
        grain_mm=_mm(rng, 0.34, 0.6),
        seed=seed,
    )


def _filigree(rng: np.random.Generator, seed: int) -> PieceSpec:
    return _drawn(
        FiligreeSpec,
        metal=_metal(rng),
        stone=_stone(rng),
        stone_mm=_mm(rng, 2.4, 4.2),
        frame_mm=_mm(rng, 13, 20),
        scrolls=int(rng.integers(6, 10)),
        seed=seed,
    )


FAMILIES: dict[str, Family] = {
    "solitaire-4": Family(_solitaire(4, False), _RING, "ring"),
    "solitaire-6": Family(_solitaire(6, False), _RING, "ring"),
    "solitaire-pave": Family(_solitaire(6, True), _RING, "ring"),
    "halo": Family(_halo, _RING, "ring"),
    "pave-band": Family(_band("pavé"), _RING, "ring"),
    "channel-band": Family(_band("channel"), _RING, "ring"),
    "eternity": Family(_band("eternity"), _RING, "ring"),
    "milgrain": Family(_milgrain, _RING, "ring"),
    "studs": Family(_studs, _FRONT, "earring"),
    "cluster": Family(_cluster, _FRONT, "earring"),
    "filigree": Family(_filigree, _FRONT, "earring"),
    "drops": Family(_drops, _FRONT, "earring"),
    "hoops": Family(_hoops, replace(_FRONT, lift_mm=2), "earring"),
    "pendant": Family(_pendant, replace(_FRONT, frame=(0.8, 1.0)), "necklace"),
    "cable": Family(_chain("cable"), _LYING, "bracelet"),
    "curb": Family(_chain("curb"), _LYING, "bracelet"),
    "rope": Family(_chain("rope"), _LYING, "bracelet"),
    "rolo": Family(_chain("rolo"), _LYING, "bracelet"),
    "tennis": Family(_tennis, _LYING, "bracelet"),
    "bangle": Family(_bangle, Sitting(View(28, 24, 620, 0.8), (1.0, 0.9), True, lean_deg=10), "bracelet"),
    "watch": Family(_watch, Sitting(View(distance_mm=900, fill=0.86), (0.8, 1.0), False, lift_mm=4), "watch"),
}


def family(name: str, seed: int) -> PieceSpec:
    """The piece of this family and seed. Raises KeyError for a family that isn't there."""
    return FAMILIES[name].draw(_rng(name, seed), seed)


def sitting(name: str, seed: int) -> Sitting:
    """How that piece sits for its photograph: the family's way, the camera a few degrees off, as no two shops' are alike."""
    base = FAMILIES[name].sitting
    rng = _rng(name + "/view", seed)
    turn, rise = rng.uniform(-1, 1, 2)
    reach = (16.0, 9.0) if base.standing else (7.0, 7.0)
    view = replace(
        base.view,
        azimuth_deg=round(base.view.azimuth_deg + reach[0] * turn, 1),
        elevation_deg=round(base.view.elevation_deg + reach[1] * rise, 1),
        fill=round(base.view.fill * float(rng.uniform(0.92, 1.05)), 3),
    )
    return replace(base, view=view)


def _rng(name: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"{name}/{seed}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
