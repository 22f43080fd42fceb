"""The briefs app's rows of the access table: pieces, photos, briefs, references, the board, shots."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from briefs.models import BriefPiece
from tests.access.table import Row
from tests.cast import png, strokes_on


def row(name: str, method: str, statuses: str, at: Callable[[Any], list[Any]] = lambda world: [], **more: Any) -> Row:
    """`statuses` in the order of the table's columns."""
    return Row(name, lambda world: reverse(name, args=at(world)), method, *map(int, statuses.split()), **more)


def _of(attribute: str, *rest: str) -> Callable[[Any], list[Any]]:
    return lambda world: [getattr(world, attribute).pk, *rest]


def _upload(world: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("ring.png", png(320, 320), "image/png")}


def _facts(world: Any) -> dict[str, Any]:
    return {
        "brand": world.brand.pk, "sku": "AC-1", "name": "A ring", "category": "ring", "metal": "silver", "width_mm": 21,
    }  # fmt: skip


def _new_piece(world: Any) -> dict[str, Any]:
    facts = _facts(world)
    return {f"new-{name}": facts[name] for name in facts if name != "brand"} | _upload(world)


def _wanted(world: Any) -> list[Any]:
    return [BriefPiece.objects.get(brief=world.draft_brief).pk]


def _version(row: str, **more: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda world: {"version": getattr(world, row).version, **more}


def _strokes(world: Any) -> dict[str, Any]:
    return {"strokes": json.dumps(strokes_on(world.photo))}


def _plan(world: Any) -> dict[str, Any]:
    return {"title": "On bust", "crop": "4:5", "priority": 3, "retoucher": world.retoucher.pk, "version": 1}


#               anonymous, outsider, other brand, reviewer, approver, brand admin, retoucher, producer, head
SEES = "              302   404       404          200       200       200          200        200       200"
# The brand's writers and the studio's planners may edit pieces.
EDITS = "             302   404       404          403       302       302          403        302       302"
# How a piece is cut out is refined by the brand's writers and by everybody of the studio.
REFINES = "           302   404       404          403       302       302          302        302       302"
# A draft is its brand's: the studio doesn't know of it.
DRAFT_SEES = "        302   404       404          200       200       200          404        404       404"
DRAFT_WRITES = "      302   404       404          403       302       302          404        404       404"
PLANS = "             302   404       404          403       403       403          403        200       200"
LISTS = "             302   200       200          200       200       200          200        200       200"

ROWS = [
    row("pieces", "GET", LISTS),
    row("piece-new", "GET", "302 403 200 403 200 200 403 200 200"),
    row("piece-new", "POST", "302 403 302 403 302 302 403 302 302", data=_facts),
    row("piece", "GET", SEES, _of("piece")),
    row("piece", "POST", EDITS, _of("piece"), data=_facts),
    # A brief in work needs the piece: whoever may, is told so.
    row("piece-archive", "POST", "302 404 404 403 409 409 403 409 409", _of("piece")),
    row("photo-upload", "POST", EDITS, _of("piece"), data=_upload),
    row("photo-status", "GET", SEES, _of("photo")),
    row("photo-file", "GET", SEES, _of("photo", "original")),
    row("photo-file", "GET", SEES, _of("photo", "cutout")),
    row("photo-file", "GET", "302 404 404 404 404 404 404 404 404", _of("photo", "secret")),
    row("photo-matte", "GET", "302 404 404 403 200 200 200 200 200", _of("photo")),
    row("matte-try", "POST", REFINES, _of("photo"), data=_strokes),
    row("matte-drop", "POST", REFINES, _of("photo")),
    row("photo-facts", "GET", SEES, _of("photo")),
    row("photo-facts-state", "GET", SEES, _of("photo")),
    row("photo-facts-line", "GET", "302 404 404 302 302 302 302 302 302", _of("photo")),
    row("photo-facts-read", "POST", EDITS, _of("photo")),
    row("facts-confirm", "POST", EDITS, _of("fingerprint")),
    row("matte", "GET", "302 404 404 302 302 302 302 302 302", _of("matte")),
    row("matte-keep", "POST", REFINES, _of("matte")),
    row("matte-file", "GET", SEES, _of("matte", "cutout")),
    row("matte-file", "GET", "302 404 404 404 404 404 404 404 404", _of("matte", "secret")),
    row("briefs", "GET", LISTS),
    row("brief-new", "GET", "302 403 200 403 200 200 403 403 403"),
    row("brief-new", "POST", "302 403 302 403 302 302 403 403 403"),
    row("brief", "GET", SEES, _of("brief")),
    row("brief", "GET", DRAFT_SEES, _of("draft_brief")),
    row("brief-edit", "GET", "302 404 404 302 200 200 404 404 404", _of("draft_brief")),
    row("brief-edit", "POST", DRAFT_WRITES, _of("draft_brief"), data=_version("draft_brief", title="Other")),
    row("brief-card", "GET", DRAFT_SEES, _of("draft_brief")),
    row("brief-action", "POST", DRAFT_WRITES, _of("draft_brief", "submit"), data=_version("draft_brief")),
    row("brief-action", "POST", "302 404 404 403 403 403 403 302 302", _of("brief", "hold"), data=_version("brief")),
    row("brief-action", "POST", "302 404 404 403 403 403 403 422 422", _of("brief", "decline")),
    row("brief-piece-add", "POST", DRAFT_WRITES, _of("draft_brief"), data=lambda world: {"piece": world.piece.pk}),
    row("brief-piece-new", "POST", DRAFT_WRITES, _of("draft_brief"), data=_new_piece),
    row("brief-piece", "POST", DRAFT_WRITES, _wanted, data=lambda world: {"pictures": 2}),
    row("reference-upload", "POST", DRAFT_WRITES, _of("draft_brief"), data=_upload),
    row("reference-file", "GET", DRAFT_SEES, _of("reference", "thumbnail")),
    row("reference-remove", "POST", DRAFT_WRITES, _of("reference")),
    row("board", "GET", "302 403 403 403 403 403 200 200 200"),
    row("shot-plan", "GET", PLANS, _of("shot")),
    row("shot-plan", "POST", "302 404 404 403 403 403 403 302 302", _of("shot"), data=_plan),
    row("shot-move", "POST", "302 404 404 403 403 403 302 302 302", _of("shot"), data=lambda world: {"name": "redirect"}),
]  # fmt: skip
