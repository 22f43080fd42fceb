"""Making a picture: photo, facts and Direction in; a folder with the draft, its layers and its report out.

    read → cut → engine → lock → write → judge what was written → rename into place

The folder appears whole or not at all: everything is written beside it and renamed at the end. The same inputs under
the same versions give the same bytes in every file but report.json and report.html, which carry timings; their identity
is `report_sha256`, which leaves the timings out.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from PIL import Image

from pipeline.direction import Direction
from pipeline.engines import engine_named
from pipeline.engines.protocol import PieceFacts, Progress, Scene
from pipeline.errors import PlacementRefused
from pipeline.folder import folder_in_one_piece
from pipeline.imaging.assist import Mask
from pipeline.imaging.colour import linear_to_srgb, linear_to_srgb8
from pipeline.imaging.cut_file import CUT_FILE, write_cut
from pipeline.imaging.lock import Locked, lock
from pipeline.imaging.matte import VERSION as MATTE_VERSION
from pipeline.imaging.matte import cut_piece
from pipeline.imaging.photo import read_photo
from pipeline.imaging.piece import CutPiece
from pipeline.imaging.profile import srgb_profile
from pipeline.imaging.strokes import Strokes
from pipeline.plate.plate import Plate
from pipeline.qa.gather import FACTS_FILE, evidence_from_layers, sha256_of
from pipeline.qa.inspect import inspect
from pipeline.qa.report import report_sha256, write_report

if TYPE_CHECKING:
    from pipeline.fingerprint.confirming import Confirmation
    from pipeline.fingerprint.model import Fingerprint

# How the folder's files are laid out; raised when a reader of older folders would misread them.
FOLDER_VERSION = "1"
PREVIEW_LONG_SIDE_PX = 1280
PREVIEW_QUALITY = 88
THUMBNAIL_LONG_SIDE_PX = 384
WIDTH_RANGE_MM = (1.0, 1000.0)
# The share of the whole run that is done when a stage is.
MATTE_DONE, RENDER_DONE, LOCK_DONE, QA_DONE = 0.15, 0.75, 0.85, 0.95


@dataclass(frozen=True)
class MadePicture:
    """What a run left in `folder`. Paths are absolute where `folder` is.

    `draft` is the 8-bit PNG that people see and decisions are bound to; `master` the 16-bit TIFF; `preview` and `thumbnail` are JPEGs.
    `report` is report.json's content, `report_sha256` its identity without timings. `timings` are in seconds.
    """

    folder: Path
    draft: Path
    master: Path
    preview: Path
    thumbnail: Path
    direction: Path
    layers: Path
    report_json: Path
    report_html: Path
    overlays: Path
    report: dict[str, Any]
    draft_sha256: str
    report_sha256: str
    timings: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def make_picture(
    photo: Path | bytes,
    facts: PieceFacts,
    direction: Direction,
    out_dir: Path,
    progress: Progress | None = None,
    plate: Plate | None = None,
    *,
    strokes: Strokes | None = None,
    mask: Mask | None = None,
    confirmation: Confirmation | None = None,
) -> MadePicture:
    """Make one picture into `out_dir`, which is replaced as a whole if it exists.

    `plate` is what the plate engine works on (see `pipeline.plate.read_plate`); the Direction names it by its SHA-256.

    `strokes` and `mask` refine by hand how the piece is cut out of its photo; `confirmation` is what a person says that
    it shows, to which the picture is held.

    Raises PhotoRefused, MatteRefused, DirectionRefused, PlacementRefused, and Cancelled at the next checkpoint after a
    cancel; in each case `out_dir` is as it was before.
    """
    progress = progress or Progress()
    check_width(facts.width_mm)
    clock = _Clock()
    progress.report("matte", 0.01)
    with clock("matte"):
        piece = _cut(photo, strokes, mask)
    progress.report("matte", MATTE_DONE)

    def rendered() -> Scene:
        with clock("render"):
            engine = engine_named(direction.engine, plate)
            scene = engine.run(piece, facts, direction, _Within(progress, MATTE_DONE, RENDER_DONE))
        progress.report("render", RENDER_DONE)
        return scene

    # Handed on without a name of its own here, so that its arrays can go once they are written.
    return finish_picture(piece, facts, direction, rendered(), out_dir, progress, clock.seconds, confirmation)


def finish_picture(
    piece: CutPiece,
    facts: PieceFacts,
    direction: Direction,
    scene: Scene,
    out_dir: Path,
    progress: Progress | None = None,
    timings: dict[str, float] | None = None,
    confirmation: Confirmation | None = None,
) -> MadePicture:
    """Lock `piece` into `scene`, write the folder and judge it: `make_picture` from the engine's answer on."""
    progress = progress or Progress()
    clock = _Clock(timings)
    with clock("lock"):
        locked = lock(piece, scene, direction.finish, direction.seed, preview=direction.quality == "preview")
    progress.report("lock", LOCK_DONE, _preview_srgb8(locked.picture))
    versions = {**scene.versions, **_own_versions()}
    with folder_in_one_piece(Path(out_dir)) as folder:
        with clock("write"):
            _write_picture(folder, piece, facts, direction, scene, locked, confirmation)
            told, notes = scene.timings, scene.notes
            # What was written is judged from its files: a final's arrays need not be held meanwhile.
            del scene, locked
        progress.check()
        with clock("qa"):
            fingerprint = _fingerprint(piece, facts, direction)
            evidence = evidence_from_layers(piece, folder / "draft.png", folder / "layers", fingerprint)
            inspection = inspect(evidence)
        progress.report("qa", QA_DONE)
        timings = {**{f"scene {k}": v for k, v in told.items()}, **clock.seconds}
        timings["total"] = sum(clock.seconds.values())
        images = {"picture": "draft.png", "master": "draft.tiff", "preview": "preview.jpg"}
        report = write_report(folder, evidence, inspection, images, timings, versions, notes)
        draft_sha256 = sha256_of(folder / "draft.png")
        progress.check()
    progress.report("done", 1.0)
    return _made(Path(out_dir), report, draft_sha256, timings, versions)


# The last pieces cut, so that a run that changes the light of the one before cuts nothing again.
_cuts: OrderedDict[tuple[str, str], CutPiece] = OrderedDict()
CUTS_KEPT = 2


def _cut(photo: Path | bytes, strokes: Strokes | None, mask: Mask | None) -> CutPiece:
    if mask is not None:
        return cut_piece(read_photo(photo), strokes=strokes, mask=mask)
    read = read_photo(photo)
    key = read.sha256, strokes.sha256() if strokes else ""
    piece = _cuts.get(key)
    if piece is None:
        piece = _cuts[key] = cut_piece(read, strokes=strokes)
        while len(_cuts) > CUTS_KEPT:
            _cuts.popitem(last=False)
    _cuts.move_to_end(key)
    return piece


# The last piece read: a change of light is judged by the same fingerprint.
_read: dict[tuple[str, str, float], Fingerprint] = {}


def _fingerprint(piece: CutPiece, facts: PieceFacts, direction: Direction) -> Fingerprint | None:
    """What the photo shows. None for a preview: it is looked at for its pose, in seconds."""
    if direction.quality == "preview":
        return None
    from pipeline.fingerprint.reading import fingerprint_of

    key = piece.cut_sha256 or piece.sha256, facts.category, facts.width_mm
    if key not in _read:
        read = fingerprint_of(piece, facts.category, facts.width_mm)
        _read.clear()
        _read[key] = read
    return _read[key]


def check_width(width_mm: float) -> None:
    """Raises PlacementRefused for a piece width that no jewel has: not finite, under 1 mm or over 1000 mm."""
    low, high = WIDTH_RANGE_MM
    if not (np.isfinite(width_mm) and low <= width_mm <= high):
        raise PlacementRefused(
            "placement.size",
            f"A piece {width_mm:g} mm wide can't be placed: the width must lie between {low:g} and {high:g} mm.",
            "Give the full width of the piece as it lies in its photo, in millimetres.",
        )


def _write_picture(
    folder: Path,
    piece: CutPiece,
    facts: PieceFacts,
    direction: Direction,
    scene: Scene,
    locked: Locked,
    confirmation: Confirmation | None,
) -> None:
    """draft.png, draft.tiff, preview.jpg, direction.json and layers/."""
    profile = srgb_profile()
    srgb8 = linear_to_srgb8(locked.picture)
    Image.fromarray(srgb8).save(folder / "draft.png", icc_profile=profile, compress_level=5)
    srgb16 = np.rint(np.clip(linear_to_srgb(locked.picture), 0, 1) * 65535).astype(np.uint16)
    tifffile.imwrite(
        folder / "draft.tiff",
        srgb16,
        photometric="rgb",
        compression="zlib",
        predictor=True,
        iccprofile=profile,
        software=False,
        metadata=None,
    )
    preview = Image.fromarray(srgb8)
    preview.thumbnail((PREVIEW_LONG_SIDE_PX, PREVIEW_LONG_SIDE_PX), Image.Resampling.LANCZOS)
    preview.save(folder / "preview.jpg", quality=PREVIEW_QUALITY, icc_profile=profile, optimize=True)
    preview.thumbnail((THUMBNAIL_LONG_SIDE_PX, THUMBNAIL_LONG_SIDE_PX), Image.Resampling.LANCZOS)
    preview.save(folder / "thumbnail.jpg", quality=PREVIEW_QUALITY, icc_profile=profile, optimize=True)
    _write_json(folder / "direction.json", direction.model_dump(mode="json"))
    layers = folder / "layers"
    layers.mkdir()
    Image.fromarray(np.rint(locked.coverage * 255).astype(np.uint8)).save(layers / "visible.png")
    Image.fromarray(linear_to_srgb8(locked.ground)).save(layers / "ground.png", compress_level=5)
    np.save(layers / "gain.npy", locked.gain.astype(np.float16))
    # What the piece does to its surroundings and what hides it, apart: shadow 0..1, light thrown back above none, cover.
    np.save(layers / "shadow.npy", np.clip(scene.shadow, 0, 1).astype(np.float16))
    np.save(layers / "reflection.npy", np.maximum(scene.shadow - 1, 0).astype(np.float16))
    Image.fromarray(np.rint(np.clip(1 - scene.visible, 0, 1) * 255).astype(np.uint8)).save(layers / "occlusion.png")
    if scene.live is not None:
        _write_live_light(layers, direction, scene)
    if scene.drape is not None:
        np.save(layers / "drape.npy", scene.drape.astype(np.float32))
    declared = {}
    if direction.quality != "preview":
        # A preview proves nothing to anybody, and somebody waits for it.
        write_cut(piece, layers / CUT_FILE)
        declared["cut_file_sha256"] = sha256_of(layers / CUT_FILE)
    if confirmation is not None:
        _write_json(layers / FACTS_FILE, confirmation.model_dump(mode="json"))
        declared["facts_sha256"] = confirmation.sha256()
    height, width = locked.picture.shape[:2]
    _write_json(
        layers / "matrix.json",
        {
            "folder_version": FOLDER_VERSION,
            "matrix": [[float(v) for v in row] for row in np.asarray(scene.matrix, np.float64)],
            "convention": "photo pixels to draft pixels; the centre of the first pixel is (0, 0)",
            "photo_size": [piece.alpha.shape[1], piece.alpha.shape[0]],
            "picture_size": [width, height],
            "drape": "drape.npy" if scene.drape is not None else None,
            "photo_sha256": piece.sha256,
            "picture_sha256": sha256_of(folder / "draft.png"),
            "engine": direction.engine,
            "category": facts.category,
            "width_mm": facts.width_mm,
            "px_per_mm": float(scene.px_per_mm),
            "photo_reduced": locked.laid.reduced,
            "origin_share": round(locked.origin_share, 6),
            **declared,
        },
    )


def _write_live_light(layers: Path, direction: Direction, scene: Scene) -> None:
    """light.json and light-parts.f16: the light by lamps, to be mixed anew (docs/live-light.md)."""
    from pipeline.stage.live_light import encoded

    assert scene.live is not None
    manifest, textures = encoded(scene.live, scene.shadow, scene.light)
    dials = {light.name: {"ev": light.ev, "temperature_k": light.temperature_k} for light in direction.rig.lights}
    dials["room"] = {"ev": direction.rig.ambient_ev}
    for part in manifest["parts"]:
        part |= dials.get(part["name"], {}) if part["kind"] != "set" else {}
    _write_json(layers / "light.json", {**manifest, "finish": direction.finish.model_dump(mode="json")})
    (layers / "light-parts.f16").write_bytes(textures)


class _Clock:
    """Adds up wall seconds by name."""

    def __init__(self, seconds: dict[str, float] | None = None) -> None:
        self.seconds: dict[str, float] = dict(seconds or {})

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


class _Within(Progress):
    """A part's progress, 0..1 of its own work, told as its place in the whole run."""

    def __init__(self, whole: Progress, start: float, end: float) -> None:
        super().__init__()
        self._whole, self._start, self._end = whole, start, end

    def report(self, stage: str, fraction: float, preview_srgb8: np.ndarray | None = None) -> None:
        share = min(max(fraction, 0.0), 1.0)
        self._whole.report(stage, self._start + share * (self._end - self._start), preview_srgb8)

    def check(self) -> None:
        self._whole.check()


def _preview_srgb8(picture: np.ndarray) -> np.ndarray:
    """A small srgb8 print of the locked picture for whoever is watching."""
    image = Image.fromarray(linear_to_srgb8(picture))
    image.thumbnail((640, 640), Image.Resampling.BILINEAR)
    return np.asarray(image)


def _own_versions() -> dict[str, str]:
    names = ("numpy", "scipy", "opencv-python-headless", "pillow", "pymatting")
    own = {"loupe": _version("loupe"), "folder": FOLDER_VERSION, "matte": MATTE_VERSION}
    return {**own, **{name: _version(name) for name in names}}


def _version(name: str) -> str:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return "unknown"


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _made(
    folder: Path, report: dict[str, Any], draft_sha256: str, timings: dict[str, float], versions: dict[str, str]
) -> MadePicture:
    return MadePicture(
        folder=folder,
        draft=folder / "draft.png",
        master=folder / "draft.tiff",
        preview=folder / "preview.jpg",
        thumbnail=folder / "thumbnail.jpg",
        direction=folder / "direction.json",
        layers=folder / "layers",
        report_json=folder / "report.json",
        report_html=folder / "report.html",
        overlays=folder / "overlays",
        report=report,
        draft_sha256=draft_sha256,
        report_sha256=report_sha256(report),
        timings=timings,
        versions=versions,
    )
