"""Who may reach pieces, photos, briefs and shots by API."""

from __future__ import annotations

from typing import Any

from tests.access.table import Row
from tests.cast import strokes_on

# Columns: anonymous, outsider, other brand, reviewer, approver, brand admin, retoucher, producer, studio admin.
_LIST = (401, 200, 200, 200, 200, 200, 200, 200, 200)
_ROW = (401, 404, 404, 200, 200, 200, 200, 200, 200)
_PIECE_WRITE = (401, 404, 404, 403, 200, 200, 403, 200, 200)
_BRIEF_WRITE = (401, 404, 404, 403, 200, 200, 404, 404, 404)
_A = "/api/v1"


def _new_piece(world: Any) -> dict[str, Any]:
    return {
        "brand": world.brand.pk,
        "sku": "NEW-1",
        "name": "New",
        "category": "ring",
        "metal": "silver",
        "width_mm": 20,
    }


def _upload(world: Any) -> dict[str, Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from tests.cast import png

    return {"piece": world.piece.pk, "file": SimpleUploadedFile("new.png", png(400, 500, (250, 240, 230)), "image/png")}


ROWS = [
    Row("api-piece-list", lambda w: f"{_A}/pieces/", "GET", *_LIST),
    Row(
        "api-piece-list",
        lambda w: f"{_A}/pieces/",
        "POST",
        401,
        404,
        404,
        403,
        201,
        201,
        403,
        201,
        201,
        data=_new_piece,
        content_type="json",
    ),
    Row("api-piece-detail", lambda w: f"{_A}/pieces/{w.piece.pk}/", "GET", *_ROW),
    Row(
        "api-piece-detail",
        lambda w: f"{_A}/pieces/{w.piece.pk}/",
        "PATCH",
        *_PIECE_WRITE,
        data=lambda w: {"name": "Other"},
        content_type="json",
    ),
    Row(
        "api-piece-archive",
        lambda w: f"{_A}/pieces/{w.piece.pk}/archive/",
        "POST",
        401,
        404,
        404,
        403,
        409,
        409,
        403,
        409,
        409,
        content_type="json",
    ),
    Row("api-photo-list", lambda w: f"{_A}/photos/", "GET", *_LIST),
    Row("api-photo-list", lambda w: f"{_A}/photos/", "POST", 401, 404, 404, 403, 201, 201, 403, 201, 201, data=_upload),
    Row("api-photo-detail", lambda w: f"{_A}/photos/{w.photo.pk}/", "GET", *_ROW),
    Row("api-photo-file", lambda w: f"{_A}/photos/{w.photo.pk}/file/", "GET", *_ROW),
    Row("api-matte-list", lambda w: f"{_A}/mattes/", "GET", *_LIST),
    Row(
        "api-matte-list",
        lambda w: f"{_A}/mattes/",
        "POST",
        *(401, 404, 404, 403, 201, 201, 201, 201, 201),
        data=lambda w: {"photo": w.photo.pk, "strokes": strokes_on(w.photo)},
        content_type="json",
    ),
    Row("api-matte-detail", lambda w: f"{_A}/mattes/{w.matte.pk}/", "GET", *_ROW),
    Row(
        "api-matte-keep",
        lambda w: f"{_A}/mattes/{w.matte.pk}/keep/",
        "POST",
        *(401, 404, 404, 403, 200, 200, 200, 200, 200),
        content_type="json",
    ),
    Row("api-fingerprint-list", lambda w: f"{_A}/fingerprints/", "GET", *_LIST),
    Row("api-fingerprint-detail", lambda w: f"{_A}/fingerprints/{w.fingerprint.pk}/", "GET", *_ROW),
    Row(
        "api-fingerprint-confirm",
        lambda w: f"{_A}/fingerprints/{w.fingerprint.pk}/confirm/",
        "POST",
        *(401, 404, 404, 403, 200, 200, 403, 200, 200),
        data=lambda w: {"stones": []},
        content_type="json",
    ),
    Row("api-facts-list", lambda w: f"{_A}/facts/", "GET", *_LIST),
    Row("api-facts-detail", lambda w: f"{_A}/facts/{w.facts.pk}/", "GET", *_ROW),
    Row("api-brief-list", lambda w: f"{_A}/briefs/", "GET", *_LIST),
    Row(
        "api-brief-list",
        lambda w: f"{_A}/briefs/",
        "POST",
        *(401, 404, 404, 403, 201, 201, 403, 403, 403),
        data=lambda w: {"brand": w.brand.pk, "title": "By program"},
        content_type="json",
    ),
    Row("api-brief-detail", lambda w: f"{_A}/briefs/{w.brief.pk}/", "GET", *_ROW),
    Row(
        "api-brief-detail",
        lambda w: f"{_A}/briefs/{w.draft_brief.pk}/",
        "PATCH",
        *_BRIEF_WRITE,
        data=lambda w: {"title": "Other"},
        content_type="json",
    ),
    Row(
        "api-brief-pieces",
        lambda w: f"{_A}/briefs/{w.draft_brief.pk}/pieces/",
        "POST",
        *(401, 404, 404, 403, 201, 201, 404, 404, 404),
        data=lambda w: {"piece": w.piece.pk},
        content_type="json",
    ),
    Row(
        "api-brief-do",
        lambda w: f"{_A}/briefs/{w.draft_brief.pk}/actions/submit/",
        "POST",
        *_BRIEF_WRITE,
        data=lambda w: {},
        content_type="json",
    ),
    Row(
        "api-brief-cut",
        lambda w: f"{_A}/briefs/{w.brief.pk}/cut/",
        "POST",
        *(401, 404, 404, 403, 403, 403, 403, 201, 201),
        data=lambda w: {"shots": [{"piece": w.piece.pk, "title": "Another"}]},
        content_type="json",
    ),
    Row("api-shot-list", lambda w: f"{_A}/shots/", "GET", *_LIST),
    Row("api-shot-detail", lambda w: f"{_A}/shots/{w.shot.pk}/", "GET", *_ROW),
    Row(
        "api-shot-detail",
        lambda w: f"{_A}/shots/{w.shot.pk}/",
        "PATCH",
        *(401, 404, 404, 403, 403, 403, 403, 200, 200),
        data=lambda w: {"priority": 3},
        content_type="json",
    ),
    Row(
        "api-shot-do",
        lambda w: f"{_A}/shots/{w.shot.pk}/actions/redirect/",
        "POST",
        *(401, 404, 404, 403, 403, 403, 200, 200, 200),
        data=lambda w: {},
        content_type="json",
    ),
]
