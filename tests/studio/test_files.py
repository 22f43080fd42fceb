"""Stored files: sent with headers that suit a content hash, 304 where the browser has them, never a way to run a script."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.http import HttpResponse

from studio.errors import NotThere
from studio.files import serve
from studio.middleware import NotModified
from studio.static_files import StaticFiles


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_picture_is_private_immutable_and_tagged_by_its_hash(world: Any) -> None:
    response = serve(world.photo.file, "image/png")
    assert body(response).startswith(b"\x89PNG")
    assert response["ETag"] == f'"{world.photo.sha256}"'
    assert "private" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == "inline"


async def test_an_asynchronous_server_sends_it_in_pieces(tmp_path: Path) -> None:
    data = bytes(range(256)) * 3000
    storage = FileSystemStorage(location=tmp_path)
    name = storage.save("large.bin", ContentFile(data))
    holder = FieldFile(SimpleNamespace(), FileField(storage=storage), name)
    pieces = [piece async for piece in serve(holder, "application/octet-stream")]
    assert b"".join(pieces) == data
    assert len(pieces) == 3


@pytest.mark.filterwarnings("error:StreamingHttpResponse must consume")
async def test_static_files_are_sent_in_pieces_too(tmp_path: Path, rf: Any) -> None:
    data = b"export const a = 1;\n" * 40_000
    (tmp_path / "a.js").write_bytes(data)
    static = StaticFiles(lambda request: HttpResponse(status=404))
    static.add_files(str(tmp_path), prefix="/pieces/")
    response = static(rf.get("/pieces/a.js"))
    pieces = [piece async for piece in response]
    assert b"".join(pieces) == data
    assert len(pieces) > 1
    assert response["Content-Type"].startswith("text/javascript")
    part = static(rf.get("/pieces/a.js", headers={"Range": "bytes=7-11"}))
    assert (part.status_code, b"".join([piece async for piece in part])) == (206, data[7:12])
    unchanged = static(rf.get("/pieces/a.js", headers={"If-None-Match": response["ETag"]}))
    assert (unchanged.status_code, [piece async for piece in unchanged]) == (304, [])


def test_a_download_has_the_name_that_people_know(world: Any) -> None:
    response = serve(world.delivery.file, "application/zip", 'Spring “launch"\r\nX: y.zip')
    assert response["Content-Disposition"].startswith("attachment;")
    assert "\n" not in response["Content-Disposition"]


def test_the_browser_that_has_it_gets_304(world: Any, rf: Any) -> None:
    def view(request: Any) -> Any:
        return serve(world.photo.file, "image/png")

    middleware = NotModified(view)
    assert middleware(rf.get("/")).status_code == 200
    again = middleware(rf.get("/", headers={"If-None-Match": f'"{world.photo.sha256}"'}))
    assert again.status_code == 304
    assert "private" in again["Cache-Control"]
    assert NotModified(lambda request: HttpResponse("page"))(rf.get("/")).status_code == 200


def test_a_stored_page_runs_no_script(world: Any) -> None:
    world.photo.file.save("report.html", ContentFile(b"<script>alert(1)</script>"), save=False)
    response = serve(world.photo.file, "text/html; charset=utf-8")
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "script-src" not in response["Content-Security-Policy"]


def test_a_file_that_storage_lost_is_said_so(world: Any) -> None:
    world.photo.file.name = "brands/1/photos/00/gone.png"
    with pytest.raises(NotThere, match="can't be read"):
        serve(world.photo.file, "image/png")
    world.photo.file.name = ""
    with pytest.raises(NotThere, match="no file"):
        serve(world.photo.file, "image/png")
