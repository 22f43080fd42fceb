"""A shot that can be directed, and generations of it in the states that tests begin from."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from briefs.models import Brief, Shot
from pipeline.actions import start_generation
from pipeline.artifacts import store_files
from pipeline.direction import Camera, Direction, first_direction
from pipeline.leases import Lease, Result
from pipeline.models import Generation
from tests import cast


def shot_to_direct(world: Any, number: int = 7, state: str = Shot.State.TO_DO, **facts: Any) -> Shot:
    """A shot of the world's piece in a brief that is in production."""
    brief = Brief.objects.filter(brand=world.brand, state=Brief.State.IN_PRODUCTION).first()
    brief = brief or cast.brief(world.brand, world.brand_admin, world.piece, state=Brief.State.IN_PRODUCTION)
    return Shot.objects.create(
        brief=brief,
        number=number,
        piece=facts.pop("piece", world.piece),
        title="On bust",
        state=state,
        retoucher=world.retoucher,
        **facts,
    )


def directed(category: str = "necklace", fill: float = 0.5) -> Direction:
    return first_direction(category).model_copy(update={"camera": Camera(fill=fill)})


def started(world: Any, shot: Shot, **facts: Any) -> Generation:
    return start_generation(shot, by=world.retoucher, **{"direction": directed(), **facts})


def result_of(generation: Generation, folder: Path, colour: tuple[int, int, int] = (9, 9, 9)) -> Result:
    """A small result, its files stored as a worker stores them."""
    files = {"draft": cast.png(colour=colour), "report": b'{"verdict": "pass"}'}
    paths = {}
    folder.mkdir(parents=True, exist_ok=True)
    for kind, data in files.items():
        paths[kind] = folder / f"{kind}{'.png' if kind == 'draft' else '.json'}"
        paths[kind].write_bytes(data)
    stored = store_files(generation, paths)
    return Result(stored, {"verdict": "pass", "checks": []}, (64, 80), {"total": 1.0}, {"loupe": "test"})


def lease_of(generation: Generation) -> Lease:
    generation.refresh_from_db()
    return Lease(generation.pk, generation.attempt, generation.worker)


def png_of(linear: np.ndarray) -> bytes:
    from pipeline.imaging.colour import linear_to_srgb8

    buffer = io.BytesIO()
    Image.fromarray(linear_to_srgb8(linear)).save(buffer, "PNG")
    return buffer.getvalue()


def stored_names(generation: Generation) -> list[str]:
    """Every file in storage under the generation's folder."""
    from django.conf import settings

    root = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    folder = root / f"brands/{generation.brand_id}/generation-{generation.pk}"
    return sorted(str(p.relative_to(root)) for p in folder.rglob("*") if p.is_file())
