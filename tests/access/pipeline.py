"""Who may reach the desk, generations, their files, and the same by API. A brand sees drafts, never directions."""

from __future__ import annotations

from typing import Any

from pipeline.direction import first_direction
from tests.access.table import Row

SOCKETS = {"ws-shot"}


def _form(world: Any) -> dict[str, Any]:
    """The desk's form as a browser sends it, for a first direction."""
    return flat(first_direction(world.piece.category).model_dump(mode="json"))


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if value is None:  # a part that isn't there has no field in a form
        return {}
    if not isinstance(value, dict | list):
        return {path: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found: dict[str, Any] = {}
    for key, item in pairs:
        found |= flat(item, f"{path}.{key}" if path else str(key))
    return found


def _start(world: Any) -> dict[str, Any]:
    return {"shot": world.shot.pk, "direction": first_direction(world.piece.category).model_dump(mode="json")}


# Columns: anonymous, outsider, other brand, reviewer, approver, brand admin, retoucher, producer, studio admin.
_SHOT_PAGE = (302, 404, 404, 403, 403, 403, 200, 200, 200)
_STUDIO_PAGE = (302, 404, 404, 404, 404, 404, 200, 200, 200)
_STUDIO_REDIRECT = (302, 404, 404, 404, 404, 404, 302, 302, 302)
_API_LIST = (401, 200, 200, 200, 200, 200, 200, 200, 200)
_API_ROW = (401, 404, 404, 404, 404, 404, 200, 200, 200)
_ENDED = (302, 404, 404, 404, 404, 404, 409, 409, 409)
_API_ENDED = (401, 404, 404, 404, 404, 404, 409, 409, 409)
_API = "/api/v1"
# A brand's own plate: its people see it, its admin and the studio change it. Adding one is a question of whose it is.
_PLATE = (302, 404, 404, 200, 200, 200, 200, 200, 200)
_PLATE_STEP = (302, 404, 404, 403, 403, 302, 302, 302, 302)
_API_PLATE = (401, 404, 404, 200, 200, 200, 200, 200, 200)
_API_PLATE_STEP = (401, 404, 404, 403, 403, 200, 200, 200, 200)
_NO_FILE = (302, 403, 422, 403, 403, 422, 422, 422, 422)


def _measured(world: Any) -> dict[str, Any]:
    return {"anchor": "left-ring-proximal", "edges": [[281, 400], [359, 400]], "width_mm": 17.5}


def _clicked(world: Any) -> dict[str, Any]:
    return {"anchor": "left-ring-proximal", "x1": 281, "y1": 400, "x2": 359, "y2": 400, "width_mm": 17.5}


ROWS: list[Row] = [
    Row("desk", lambda w: f"/shots/{w.shot.pk}/desk/", "GET", *_SHOT_PAGE),
    Row(
        "generate",
        lambda w: f"/shots/{w.shot.pk}/generations/",
        "POST",
        302,
        404,
        404,
        403,
        403,
        403,
        302,
        302,
        302,
        data=_form,
    ),
    Row("generation", lambda w: f"/generations/{w.generation.pk}/", "GET", *_STUDIO_REDIRECT),
    Row("generation-report", lambda w: f"/generations/{w.generation.pk}/report/", "GET", *_STUDIO_PAGE),
    Row("generation-cancel", lambda w: f"/generations/{w.generation.pk}/cancel/", "POST", *_ENDED),
    Row("generation-retry", lambda w: f"/generations/{w.generation.pk}/retry/", "POST", *_ENDED),
    Row("artifact", lambda w: f"/artifacts/{w.artifact.pk}/", "GET", *_STUDIO_PAGE),
    Row("api-direction-list", lambda w: f"{_API}/directions/", "GET", *_API_LIST),
    Row("api-direction-detail", lambda w: f"{_API}/directions/{w.direction.pk}/", "GET", *_API_ROW),
    Row("api-generation-list", lambda w: f"{_API}/generations/", "GET", *_API_LIST),
    Row(
        "api-generation-list",
        lambda w: f"{_API}/generations/",
        "POST",
        401,
        404,
        404,
        403,
        403,
        403,
        201,
        201,
        201,
        data=_start,
        content_type="json",
    ),
    Row("api-generation-detail", lambda w: f"{_API}/generations/{w.generation.pk}/", "GET", *_API_ROW),
    Row("api-generation-cancel", lambda w: f"{_API}/generations/{w.generation.pk}/cancel/", "POST", *_API_ENDED),
    Row("api-generation-retry", lambda w: f"{_API}/generations/{w.generation.pk}/retry/", "POST", *_API_ENDED),
    Row("api-artifact-list", lambda w: f"{_API}/artifacts/", "GET", *_API_LIST),
    Row("api-artifact-detail", lambda w: f"{_API}/artifacts/{w.artifact.pk}/", "GET", *_API_ROW),
    Row("api-artifact-file", lambda w: f"{_API}/artifacts/{w.artifact.pk}/file/", "GET", *_API_ROW),
    Row("plates", lambda w: "/plates/", "GET", 302, 200, 200, 200, 200, 200, 200, 200, 200),
    Row("plate-new", lambda w: "/plates/new/", "GET", 302, 403, 200, 403, 403, 200, 200, 200, 200),
    Row(
        "plate-new", lambda w: "/plates/new/", "POST", *_NO_FILE, data=lambda w: {"name": "No file", "owner": "studio"}
    ),
    Row("plate", lambda w: f"/plates/{w.plate.pk}/", "GET", *_PLATE),
    Row("plate-picture", lambda w: f"/plates/{w.plate.pk}/picture/preview/", "GET", *_PLATE),
    Row("plate-calibrate", lambda w: f"/plates/{w.plate.pk}/calibrate/", "POST", *_PLATE_STEP, data=_clicked),
    Row(
        "plate-uncalibrate",
        lambda w: f"/plates/{w.plate.pk}/uncalibrate/",
        "POST",
        *(302, 404, 404, 403, 403, 409, 409, 409, 409),
        data=lambda w: {"anchor": "left-ring-proximal"},
    ),
    Row("plate-archive", lambda w: f"/plates/{w.plate.pk}/archive/", "POST", *_PLATE_STEP),
    Row("api-plate-list", lambda w: f"{_API}/plates/", "GET", *_API_LIST),
    Row(
        "api-plate-list",
        lambda w: f"{_API}/plates/",
        "POST",
        *(401, 422, 422, 422, 422, 422, 422, 422, 422),
        data=lambda w: {"name": "No file"},
        content_type="json",
    ),
    Row("api-plate-detail", lambda w: f"{_API}/plates/{w.plate.pk}/", "GET", *_API_PLATE),
    Row("api-plate-file", lambda w: f"{_API}/plates/{w.plate.pk}/file/", "GET", *_API_PLATE),
    Row(
        "api-plate-calibrate",
        lambda w: f"{_API}/plates/{w.plate.pk}/calibrate/",
        "POST",
        *_API_PLATE_STEP,
        data=_measured,
        content_type="json",
    ),
    Row(
        "api-plate-uncalibrate",
        lambda w: f"{_API}/plates/{w.plate.pk}/uncalibrate/",
        "POST",
        *(401, 404, 404, 403, 403, 409, 409, 409, 409),
        data=lambda w: {"anchor": "left-ring-proximal"},
        content_type="json",
    ),
    Row("api-plate-archive", lambda w: f"{_API}/plates/{w.plate.pk}/archive/", "POST", *_API_PLATE_STEP),
]
