"""What a delivery holds, and how its ZIP is written: the same rows and files give the same bytes.

Per shot a folder with the approved PNG (the very bytes that were approved), its 16-bit TIFF master, a JPEG, and the QA
report as data and as a page; beside them the manifest, a certificate in plain words, and SHA256SUMS for `sha256sum -c`.
Everything is hashed before it is packed: a file that isn't the one that was approved stops the delivery.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.template.loader import render_to_string
from PIL import Image

from pipeline.imaging.profile import srgb_profile
from pipeline.models import Artifact
from review.models import Decision, Delivery, Draft
from review.proof import standing_approval
from review.summary import summarize
from studio.errors import Conflict

MANIFEST_SCHEMA = "loupe.delivery/1"
JPEG_QUALITY = 92
# A ZIP's own clock starts in 1980; a fixed time keeps two packings of the same rows alike.
ZIP_TIME = (2000, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
SUMS, MANIFEST, CERTIFICATE = "SHA256SUMS", "manifest.json", "certificate.html"


@dataclass(frozen=True)
class PackedFile:
    """One file in the ZIP."""

    path: str
    sha256: str
    size_bytes: int
    content_type: str
    what: str

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "content_type": self.content_type,
            "what": self.what,
        }


def plain_name(text: str, fallback: str = "piece") -> str:
    """A file name's part from what people typed: ASCII letters, digits, dots and dashes, at most 60 characters."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
    return re.sub(r"\.{2,}", ".", kept)[:60].strip("-._") or fallback


def stem_of(draft: Draft) -> str:
    """``NK-1_0142-3``: the SKU and the shot's code, which no other shot has."""
    return f"{plain_name(draft.shot.piece.sku)}_{draft.shot.code}"


def drafts_of(delivery: Delivery) -> list[Draft]:
    return list(
        delivery.drafts.select_related(
            "shot__piece", "shot__brief__brand", "generation__direction", "generation__photo", "gate_override_by"
        )
        .prefetch_related("generation__artifacts")
        .order_by("shot__number")
    )


def write_zip(delivery: Delivery, target: IO[bytes], beat: Callable[[], None]) -> dict[str, Any]:
    """Writes the whole ZIP into `target` and answers its manifest. `beat` is called between files; it may raise.

    Raises Conflict where a picture isn't approved any more, or a stored file isn't the one that was.
    """
    shots: list[dict[str, Any]] = []
    packed: list[PackedFile] = []
    # Pictures are compressed already; storing them keeps packing quick and its bytes free of zlib's version.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for draft in drafts_of(delivery):
            approval = standing_approval(draft)
            beat()
            files = list(_write_shot(archive, draft, beat))
            packed += files
            shots.append(shot_facts(draft, approval, files))
        manifest = {
            "schema": MANIFEST_SCHEMA,
            "brand": delivery.brief.brand.name,
            "brief": {"id": delivery.brief_id, "title": str(delivery.brief)},
            "delivery": delivery.number,
            "made_at": delivery.created_at.isoformat(timespec="seconds"),
            "shots": shots,
        }
        page = render_to_string("review/certificate.html", {"delivery": delivery, "manifest": manifest})
        packed.append(_write_bytes(archive, CERTIFICATE, page.encode(), "text/html", "certificate"))
        manifest["files"] = [f.as_json() for f in packed]
        text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        packed.append(_write_bytes(archive, MANIFEST, text.encode(), "application/json", "manifest"))
        sums = "".join(f"{f.sha256}  {f.path}\n" for f in packed)
        _write_bytes(archive, SUMS, sums.encode(), "text/plain", "checksums")
    return manifest


def shot_facts(draft: Draft, approval: Decision, files: list[PackedFile]) -> dict[str, Any]:
    """What the manifest says of one picture."""
    generation = draft.generation
    summary = summarize(generation.report, generation.verdict)
    return {
        "code": draft.shot.code,
        "title": draft.shot.title,
        "piece": {"sku": draft.shot.piece.sku, "name": draft.shot.piece.name},
        "version": draft.number,
        "picture_sha256": draft.picture_sha256,
        "report_sha256": draft.report_sha256,
        "size_px": [generation.width_px, generation.height_px],
        "qa": {"verdict": generation.verdict, "sentence": summary.sentence},
        "gate_override": {"by": str(draft.gate_override_by), "reason": draft.gate_override}
        if draft.gate_override
        else None,
        "decision": {
            "verdict": approval.verdict,
            "by": str(approval.by),
            "email": approval.by.email,
            "at": approval.at.isoformat(timespec="seconds"),
            "picture_sha256": approval.picture_sha256,
            "report_sha256": approval.report_sha256,
        },
        "direction_sha256": generation.direction.sha256,
        "product_photo": {"name": generation.photo.original_name, "sha256": generation.photo.sha256},
        "versions": generation.versions,
        "files": [f.path for f in files],
    }


def _write_shot(archive: zipfile.ZipFile, draft: Draft, beat: Callable[[], None]) -> Iterator[PackedFile]:
    stem = stem_of(draft)
    kept = (
        ("draft", draft.picture_sha256, f"{stem}/{stem}.png", "picture, 8-bit sRGB"),
        ("master", "", f"{stem}/{stem}.tiff", "master, 16-bit"),
        ("report", draft.report_sha256, f"{stem}/report.json", "QA report as data"),
        ("report_html", "", f"{stem}/report.html", "QA report as a page"),
    )
    for kind, bound, path, what in kept:
        artifact = draft.generation.file(kind)
        if artifact is None:
            raise Conflict("delivery.missing", f"{draft} has no {what}: generate the picture again.")
        yield _copy(archive, artifact, bound or artifact.sha256, path, what)
        beat()
        if kind == "draft":
            data = jpeg_of(artifact)
            yield _write_bytes(archive, f"{stem}/{stem}.jpg", data, "image/jpeg", "JPEG, sRGB")
            beat()


def jpeg_of(artifact: Artifact) -> bytes:
    """The picture as a JPEG at quality 92 with an sRGB profile and full colour resolution, the same bytes every time."""
    with artifact.file.open("rb") as source, Image.open(source) as picture:
        buffer = io.BytesIO()
        picture.convert("RGB").save(
            buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True, icc_profile=srgb_profile()
        )
    return buffer.getvalue()


def _copy(archive: zipfile.ZipFile, artifact: Artifact, expected: str, path: str, what: str) -> PackedFile:
    """A stored file's bytes into the ZIP, hashed on the way. Raises Conflict where they aren't the expected ones."""
    digest, size = hashlib.sha256(), 0
    try:
        with artifact.file.open("rb") as source, archive.open(_entry(path), "w", force_zip64=True) as target:
            for chunk in iter(lambda: source.read(CHUNK), b""):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
    except FileNotFoundError as error:
        raise Conflict("delivery.lost", f"The stored {what} for {path} is gone from storage.") from error
    if digest.hexdigest() != expected:
        raise Conflict(
            "delivery.changed",
            f"The stored {what} for {path} is not the file that was approved: its SHA-256 is {digest.hexdigest()[:12]}…, not {expected[:12]}….",
            "Nothing was delivered. Make the picture again and have it approved.",
        )
    return PackedFile(path, expected, size, artifact.content_type, what)


def _write_bytes(archive: zipfile.ZipFile, path: str, data: bytes, content_type: str, what: str) -> PackedFile:
    archive.writestr(_entry(path), data)
    return PackedFile(path, hashlib.sha256(data).hexdigest(), len(data), content_type, what)


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, ZIP_TIME)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    return entry
