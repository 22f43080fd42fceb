"""The gallery: every photo of a folder on every engine, on one contact sheet, to be looked at.

`python -m pipeline.gallery --photos DIR --out DIR` (`make gallery`). A photo's name begins with its category
(ring-halo.jpg); its width in mm stands in sizes.json beside it ({"ring-halo.jpg": 18.5}) or is the category's usual one.
Files named model-*.jpg are plates. What an engine refuses is shown with its reason. Cells are kept by the hash of what
they depend on, the code among it: run it again and only what changed is made.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from pipeline.direction import CATEGORIES, Category, Direction, EngineName, first_direction
from pipeline.engines.protocol import PieceFacts
from pipeline.errors import PictureError

USUAL_WIDTH_MM: dict[str, float] = {"ring": 20, "necklace": 150, "earring": 32, "bracelet": 66, "watch": 40}
ENGINES: tuple[EngineName, ...] = ("maquette", "still", "plate")
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
CELL_PX, CAPTION_PX, GAP_PX = (400, 500), 84, 14
# What is shown under a picture: the report's value by its id, and how it is written.
FIGURES = (
    ("interior", "ssim.interior", ".4f"),
    ("edge", "ssim.boundary", ".4f"),
    ("off", "registration", ".3f"),
    ("own", "origin.pixels", ".2%"),
)
GREY, INK, PALE = (38, 38, 38), (222, 222, 222), (150, 150, 150)


@dataclass(frozen=True)
class Entry:
    """A photo to be shown: its file, what it is of, and its full width."""

    file: Path
    category: Category
    width_mm: float


@dataclass(frozen=True)
class Cell:
    """A photo on an engine: `folder` holds the picture where one was made, else `refused` says why there is none;
    `waiting` says that the run ended before it came to it.

    `values` are the report's check values by id, `seconds` the run's own wall time when it was made.
    """

    entry: Entry
    engine: str
    folder: Path
    refused: str = ""
    waiting: bool = False
    verdict: str = ""
    seconds: float = 0.0
    values: dict[str, float] | None = None


def entries_in(folder: Path) -> list[Entry]:
    """The product photos of a folder, by name. Files whose name begins with no category are left out."""
    sizes_file = folder / "sizes.json"
    sizes = json.loads(sizes_file.read_text()) if sizes_file.is_file() else {}
    found = []
    for file in sorted(folder.iterdir()):
        category = next((c for c in CATEGORIES if file.name.startswith((f"{c}-", f"{c}s-"))), None)
        if category and file.suffix.lower() in PHOTO_SUFFIXES:
            found.append(Entry(file, category, float(sizes.get(file.name, USUAL_WIDTH_MM[category]))))
    return found


def atelier_entries() -> list[Entry]:
    """The sample pieces that Loupe carries, at their true widths."""
    from pipeline.atelier.samples import SAMPLES, sample_photo

    return [Entry(sample_photo(name), sample.category, sample.width_mm) for name, sample in SAMPLES.items()]


def plates_in(folder: Path) -> list[Path]:
    """The plates of a folder: files named model-*."""
    return sorted(f for f in folder.glob("model-*") if f.suffix.lower() in PHOTO_SUFFIXES)


def cell(
    entry: Entry, engine: EngineName, quality: str, plates: list[Path], out: Path, until: float = float("inf")
) -> Cell:
    """The photo on the engine, from `out` where it was made before from the same inputs by the same code.

    None is begun after `until` on the monotonic clock.
    """
    direction = first_direction(entry.category, engine).model_copy(update={"quality": quality})
    key = _key(entry, direction, plates if engine == "plate" else [])
    folder = out / f"{entry.file.stem}-{engine}-{key[:12]}"
    note = folder.with_suffix(".json")
    if not note.is_file():
        if time.monotonic() > until:
            return Cell(entry, engine, folder, waiting=True)
        started = time.perf_counter()
        # A refusal may lie with this machine (a model not installed) and comes quickly: it isn't kept.
        if refused := _made(entry, direction, plates, folder):
            return Cell(entry, engine, folder, refused)
        note.write_text(json.dumps({"seconds": time.perf_counter() - started}))
    known = json.loads(note.read_text())
    report = json.loads((folder / "report.json").read_text())
    values = {check["id"]: check["value"] for check in report["checks"] if check["value"] is not None}
    return Cell(entry, engine, folder, verdict=report["verdict"], seconds=known["seconds"], values=values)


def _made(entry: Entry, direction: Direction, plates: list[Path], folder: Path) -> str:
    """Makes the cell's picture; what refused it, or nothing. On plates the first that suits the piece is taken."""
    from pipeline.make import make_picture

    facts = PieceFacts(entry.category, entry.width_mm)
    if direction.engine != "plate":
        try:
            make_picture(entry.file, facts, direction, folder)
        except PictureError as error:
            return str(error)
        return ""
    from pipeline.plate import PlateUse, read_plate

    if not plates:
        return "There is no plate here: put photographs of models named model-*.jpg beside the product photos."
    reasons = []
    for file in plates:
        try:
            plate = read_plate(file.read_bytes())
            asked = direction.model_copy(update={"plate": PlateUse(sha256=plate.sha256)})
            make_picture(entry.file, facts, asked, folder, plate=plate)
        except PictureError as error:
            reasons.append(f"{file.stem}: {error.message}")
            continue
        return ""
    return " ".join(reasons)


def _key(entry: Entry, direction: Direction, plates: list[Path]) -> str:
    digest = hashlib.sha256(f"{entry.width_mm} {direction.sha256()} {_code()}".encode())
    for file in (entry.file, *plates):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _code() -> str:
    """The hash of everything that makes a picture."""
    here = Path(__file__).parent
    folders = ("imaging", "stage", "engines", "plate", "qa")
    files = [here / "make.py", here / "rigs.py", *(f for name in folders for f in sorted((here / name).rglob("*.py")))]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def write_sheet(rows: list[list[Cell]], out: Path) -> None:
    """sheet.png and index.html: a row a photo, the photo first, then a column an engine."""
    width, height = CELL_PX
    columns = 1 + max(len(row) for row in rows)
    size = (columns * (width + GAP_PX) + GAP_PX, len(rows) * (height + CAPTION_PX + GAP_PX) + GAP_PX)
    sheet = Image.new("RGB", size, GREY)
    draw = ImageDraw.Draw(sheet)
    font, large = ImageFont.load_default(15), ImageFont.load_default(19)
    lines = []
    for r, row in enumerate(rows):
        entry, y = row[0].entry, GAP_PX + r * (height + CAPTION_PX + GAP_PX)
        _paste(sheet, entry.file, (GAP_PX, y))
        draw.text((GAP_PX, y + height + 6), f"{entry.file.stem}, {entry.width_mm:g} mm", INK, large)
        cells = [f"<th scope=row>{html.escape(entry.file.stem)}<br>{entry.category}, {entry.width_mm:g} mm</th>"]
        for c, shown in enumerate(row, 1):
            x = GAP_PX + c * (width + GAP_PX)
            if shown.refused or shown.waiting:
                words = f"Refused. {shown.refused}" if shown.refused else "Not made yet: run the gallery again."
                draw.rectangle((x, y, x + width, y + height), outline=PALE)
                draw.multiline_text((x + 18, y + 24), _wrapped(words, 46), INK, font, spacing=6)
                cells.append(f"<td><p>{html.escape(words)}</p></td>")
            else:
                _paste(sheet, shown.folder / "preview.jpg", (x, y))
                draw.text((x, y + height + 30), _figures(shown), PALE, font)
                name = html.escape(shown.folder.name)
                picture = f'<a href="{name}/report.html"><img src="{name}/preview.jpg" alt="{name}" loading="lazy"></a>'
                cells.append(f"<td>{picture}<br>{html.escape(_title(shown))}<br>{html.escape(_figures(shown))}</td>")
            draw.text((x, y + height + 6), _title(shown), INK, large)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    sheet.save(out / "sheet.png")
    style = (
        "body{background:#262626;color:#ddd;font:15px sans-serif}img{width:400px}td,th{vertical-align:top;padding:8px}"
    )
    page = f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{style}</style><table>{''.join(lines)}</table>"
    (out / "index.html").write_text(page, encoding="utf-8")


def _title(shown: Cell) -> str:
    return f"{shown.engine}  {shown.verdict}  {shown.seconds:.0f} s" if shown.verdict else shown.engine


def _figures(shown: Cell) -> str:
    values: dict[str, Any] = shown.values or {}
    parts = []
    for label, name, form in FIGURES:
        if name in values:
            parts.append(f"{label} {values[name]:{form}}")
    return "  ".join(parts)


def _wrapped(text: str, columns: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, columns)[:22])


def _paste(sheet: Image.Image, file: Path, at: tuple[int, int]) -> None:
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail(CELL_PX, Image.Resampling.LANCZOS)
    sheet.paste(picture, (at[0] + (CELL_PX[0] - picture.width) // 2, at[1] + (CELL_PX[1] - picture.height) // 2))


def make_gallery(
    entries: list[Entry], plates: list[Path], quality: str, out: Path, minutes: float = float("inf")
) -> list[list[Cell]]:
    """Every entry on every engine, the sheet written anew after each row, so that it can be looked at on the way.

    No picture is begun once `minutes` have gone by; what is left is shown as waiting.
    """
    out.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + 60 * minutes
    rows: list[list[Cell]] = []
    for entry in entries:
        row = []
        for engine in ENGINES:
            shown = cell(entry, engine, quality, plates, out, until)
            row.append(shown)
            said = "waits" if shown.waiting else shown.verdict or "refused: " + shown.refused[:90]
            print(f"{entry.file.stem:28} {engine:9} {said}", flush=True)
        rows.append(row)
        write_sheet(rows, out)
    return rows


def main() -> int:
    """Reads the command line, makes the gallery, says where it is."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.gallery", description="Every photo on every engine.")
    parser.add_argument("--photos", type=Path, help="a folder of product photos; default: Loupe's own samples")
    parser.add_argument("--plates", type=Path, help="a folder with model-*.jpg; default: the photos' folder")
    parser.add_argument("--quality", choices=("preview", "draft", "final"), default="draft")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="begin no picture after so long; default: all"
    )
    parser.add_argument("--out", type=Path, default=Path("out/gallery"))
    arguments = parser.parse_args()
    photos = arguments.photos
    if photos is not None and not photos.is_dir():
        print(f"There is no folder {photos}.", file=sys.stderr)
        return 2
    entries = entries_in(photos) if photos else atelier_entries()
    if not entries:
        print(f"No photo in {photos} begins with a category ({', '.join(CATEGORIES)}).", file=sys.stderr)
        return 2
    plates_folder = arguments.plates or photos
    make_gallery(
        entries, plates_in(plates_folder) if plates_folder else [], arguments.quality, arguments.out, arguments.minutes
    )
    print(f"Look at {arguments.out / 'sheet.png'} or {arguments.out / 'index.html'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
