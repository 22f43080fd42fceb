"""What a piece of the atelier is, as data: frozen, checked, hashed. Lengths are millimetres.

A spec says the piece's counts outright (stones, claws, links), so that geometry and truth can be held to it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Metal = Literal["yellow gold", "white gold", "rose gold"]
StoneKind = Literal["diamond", "sapphire", "emerald", "ruby"]
Mm = Annotated[float, Field(gt=0, le=400)]


class PieceSpec(BaseModel):
    """What every kind of piece has: its form, its seed, and a hash of the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    form: str
    seed: int = 1

    def sha256(self) -> str:
        """Of the spec's canonical JSON, in hex: equal specs, equal pieces."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class RingSpec(PieceSpec):
    """A halo ring: a centre brilliant in claws, a ring of small brilliants in collets with shared beads, a half-round band."""

    form: Literal["ring"] = "ring"
    metal: Metal = "yellow gold"
    setting: Metal = "white gold"
    centre: StoneKind = "diamond"
    centre_mm: Annotated[float, Field(ge=3, le=9)] = 6.2
    claws: Literal[4, 6, 8] = 6
    halo: Annotated[int, Field(ge=10, le=32)] = 18
    inner_mm: Annotated[float, Field(ge=13, le=23)] = 16.5
    band_width_mm: Annotated[float, Field(ge=1.2, le=6)] = 2.1
    band_thickness_mm: Annotated[float, Field(ge=1, le=3)] = 1.6
    seed: int = 1


class NecklaceSpec(PieceSpec):
    """A cable chain, closed by a spring ring, with a flower pendant: a centre brilliant and petals that share claws."""

    form: Literal["necklace"] = "necklace"
    metal: Metal = "yellow gold"
    setting: Metal = "white gold"
    centre: StoneKind = "diamond"
    centre_mm: Annotated[float, Field(ge=2.5, le=8)] = 6.6
    petals: Annotated[int, Field(ge=5, le=10)] = 6
    width_mm: Annotated[float, Field(ge=60, le=200)] = 132.0
    drop_deg: Annotated[float, Field(ge=60, le=85)] = 78.0
    wire_mm: Annotated[float, Field(ge=0.3, le=1.6)] = 0.88
    link_mm: Annotated[float, Field(ge=1.5, le=12)] = 5.2
    seed: int = 1


class EarringsSpec(PieceSpec):
    """A pair of drops: a brilliant stud, bezel-set brilliants one below the other, and a pear in a halo."""

    form: Literal["earrings"] = "earrings"
    metal: Metal = "white gold"
    setting: Metal = "white gold"
    drop: StoneKind = "sapphire"
    drop_mm: Annotated[float, Field(ge=4, le=10)] = 7.0
    stud_mm: Annotated[float, Field(ge=2.5, le=7)] = 4.6
    bezels: Annotated[int, Field(ge=1, le=4)] = 2
    halo: Annotated[int, Field(ge=12, le=30)] = 18
    seed: int = 1


Spec = RingSpec | NecklaceSpec | EarringsSpec
