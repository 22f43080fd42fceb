"""The report: what the checks found, as data (report.json, see docs/report.schema.json), a page and overlays."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.imaging.colour import linear_to_srgb8
from pipeline.qa.evidence import Evidence
from pipeline.qa.inspect import Inspection, group_of, is_mandatory, title_of
from pipeline.qa.ledger import ledger
from pipeline.qa.overlay import side_by_side_reference
from pipeline.qa.page import report_page

SCHEMA_VERSION = "3"
# What says how long something took, or of what: left out of the report's identity, which the same inputs repeat.
VARYING = ("timings",)


def write_report(
    folder: Path,
    evidence: Evidence,
    inspection: Inspection,
    images: dict[str, str],
    timings: dict[str, float],
    versions: dict[str, str],
    notes: list[str] | None = None,
) -> dict[str, Any]:
    """Write report.json, report.html and overlays/ into `folder`, which exists; return the report.

    `images` names the pictures that belong to it, relative to `folder`: `picture`, where it is there, and others.
    """
    overlays = folder / "overlays"
    overlays.mkdir(exist_ok=True)
    images = dict(images)
    left, top, right, bottom = evidence.window
    reference = side_by_side_reference(evidence)
    if reference is not None:
        images["reference"] = "overlays/reference.png"
        _save_png(folder / images["reference"], reference)
    crop = linear_to_srgb8(evidence.picture[top:bottom, left:right])
    images["piece"] = "overlays/piece.png"
    _save_png(folder / images["piece"], crop)
    checks = []
    for result in inspection.results:
        shown = None
        if result.overlay is not None:
            shown = f"overlays/{result.id.replace('.', '-')}.png"
            _save_png(folder / shown, result.overlay)
        checks.append(
            {
                "id": result.id,
                "title": title_of(result.id),
                "verdict": result.verdict,
                "value": _number(result.value),
                "threshold": _number(result.threshold),
                "unit": result.unit,
                "reason": result.reason,
                "mandatory": is_mandatory(result.id),
                "overlay": shown,
                "details": _plain(result.details),
                "group": group_of(result.id),
                "score": _number(result.score),
                "p_value": _number(result.p_value),
                "rests_on": result.rests_on,
                "statistics": _plain(result.statistics),
            }
        )
    report: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "verdict": inspection.verdict,
        "window": list(evidence.window),
        "checks": checks,
        "ledger": ledger({name: [_plain(r.as_json()) for r in rows] for name, rows in inspection.rows.items()}),
        "timings": {k: round(float(v), 4) for k, v in timings.items()},
        "versions": dict(sorted({**versions, **{f"check {k}": v for k, v in inspection.versions.items()}}.items())),
        "images": images,
        "notes": list(notes or []),
    }
    text = json.dumps(report, indent=1, sort_keys=False, allow_nan=False, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(report_page(report, folder), encoding="utf-8")
    return report


def report_sha256(report: dict[str, Any]) -> str:
    """The report's identity: the SHA-256 of its canonical JSON without its timings, in hex.

    The same photo, facts and direction under the same versions give the same identity, however long they took.
    """
    kept = {key: value for key, value in report.items() if key not in VARYING}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _save_png(path: Path, srgb8: np.ndarray) -> None:
    Image.fromarray(srgb8).save(path, compress_level=4)


def _number(value: float | None) -> float | None:
    """JSON has no NaN: a score of nothing is null."""
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return _number(value) if isinstance(value, float) else value
