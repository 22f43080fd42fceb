"""`loupe`, the command: the picture half from a shell or a script.

Exit codes: 0 done, 1 a gate failed (or what it guards can't be verified), 2 bad input. Errors say what to do, on
stderr, without a traceback; with `--json` stdout carries one JSON object and nothing else. Nothing heavy is imported
until a command runs.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.errors import Cancelled, PictureError

if TYPE_CHECKING:
    from pipeline.direction import Direction
    from pipeline.plate.plate import Plate

DONE, GATE_FAILED, BAD_INPUT = 0, 1, 2
PASSING = ("pass", "warn")
CATEGORIES = ("ring", "necklace", "earring", "bracelet", "watch")
ENGINES = ("maquette", "still", "plate")
# What a folder of ours always holds, with a word that it always says: --out may replace such a folder.
OUR_FILES = {
    "report.json": '"schema_version"',
    "matte.json": '"schema_version"',
    "fingerprint.json": '"schema_version"',
    "table.json": '"false_alarms"',
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = argparse.Namespace(json="--json" in (sys.argv[1:] if argv is None else argv))
    try:
        arguments = _parser().parse_args(argv)
        return int(arguments.run(arguments))
    except PictureError as error:
        return _refuse(arguments, error.code, error.message, error.hint)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        return _refuse(
            arguments,
            "file.unusable",
            f"A file or folder can't be used:{where}: {error.strerror or error}.",
            "Check the path, its permissions and the free space.",
        )
    except (Cancelled, KeyboardInterrupt):
        return _refuse(arguments, "cancelled", "Stopped; nothing was left half-written.", "")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="loupe",
        description="The piece in the picture is the piece that was photographed: place it, and prove it.",
        epilog="Exit codes: 0 done, 1 a gate failed, 2 bad input.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    matte = commands.add_parser("matte", help="cut the piece out of its photo", description=matte_photo.__doc__)
    matte.add_argument("photo", type=Path, metavar="PHOTO")
    stroke: dict[str, Any] = {"action": "append", "metavar": "RADIUS:X,Y[,X,Y...]", "default": []}
    matte.add_argument("--keep", help="paint this as piece, in photo pixels; may be repeated", **stroke)
    matte.add_argument("--drop", help="paint this as ground, in photo pixels; may be repeated", **stroke)
    matte.add_argument("--strokes", type=Path, metavar="FILE", help="keep and drop strokes as JSON")
    matte.add_argument("--alpha", type=Path, metavar="FILE", help="a mask of the photo's size: transparency, or greys")
    matte.set_defaults(run=matte_photo)

    fingerprint = commands.add_parser(
        "fingerprint", help="find and count what a photo shows of its piece", description=fingerprint_photo.__doc__
    )
    fingerprint.add_argument("photo", type=Path, metavar="PHOTO")
    fingerprint.add_argument("--category", choices=CATEGORIES, required=True)
    fingerprint.add_argument("--width-mm", type=float, metavar="MM", help="the piece's full width; gives sizes in mm")
    fingerprint.set_defaults(run=fingerprint_photo)

    place = commands.add_parser("place", help="make a picture with the piece in it", description=place_photo.__doc__)
    place.add_argument("photo", type=Path, metavar="PHOTO")
    place.add_argument("--category", choices=CATEGORIES, required=True)
    place.add_argument("--width-mm", type=float, required=True, metavar="MM", help="the piece's full width, 1 to 1000")
    place.add_argument("--engine", choices=ENGINES, help="default: the direction's, or the category's own")
    place.add_argument("--direction", type=Path, metavar="FILE", help="a direction.json; default: the category's first")
    place.add_argument("--quality", choices=("preview", "draft", "final"), help="default: the direction's")
    place.add_argument("--plate", type=Path, metavar="IMAGE", help="the photograph of a person for --engine plate")
    place.add_argument("--anchor", metavar="NAME", help="where on the plate, as left-ring or neck; default: what suits")
    place.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="what was measured by hand on the plate, one or a list, as JSON",
    )
    place.set_defaults(run=place_photo)

    compare = commands.add_parser(
        "compare", help="check any picture against the piece's photo", description=compare_pictures.__doc__
    )
    compare.add_argument("reference", type=Path, metavar="REFERENCE")
    compare.add_argument("picture", type=Path, metavar="PICTURE")
    compare.add_argument(
        "--category",
        choices=CATEGORIES,
        help="what the piece is, so that its band or chain is looked for; default: both are",
    )
    compare.set_defaults(run=compare_pictures)

    bench = commands.add_parser(
        "bench", help="measure what the checks see, against known truth", description=run_bench.__doc__
    )
    from_words = "a first and a last seed, as 1000-1003"
    bench.add_argument(
        "--full", action="store_true", help="all families on test seeds; default: a small set, in minutes"
    )
    bench.add_argument(
        "--calibrate", action="store_true", help="freeze thresholds from calibration seeds, and write them"
    )
    bench.add_argument("--seeds", metavar="A-B", help=from_words)
    bench.add_argument(
        "--method", action="append", default=[], metavar="MODULE:FUNCTION", help="enter a method of yours"
    )
    bench.add_argument("--no-render", action="store_true", help="only pairs whose photographs are there already")
    bench.add_argument("--workers", type=int, metavar="N", help="pairs judged side by side (default: one a core)")
    bench.add_argument("--stop-after", type=float, default=math.inf, metavar="S", help="begin nothing after S seconds")
    bench.set_defaults(run=run_bench)

    for command in (matte, fingerprint, place, compare, bench):
        command.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
        command.add_argument("--force", action="store_true", help="replace DIR even where it holds other files")
        command.add_argument("--json", action="store_true", help="answer with one JSON object on stdout")
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse, whose errors are refusals like any other: they follow --json and say what to do."""

    def error(self, message: str) -> NoReturn:
        raise PictureError("arguments", f"{message[:1].upper()}{message[1:].rstrip('.')}.", f"See {self.prog} --help.")


def matte_photo(arguments: argparse.Namespace) -> int:
    """Cut the piece out of PHOTO: matte.png (the piece with its alpha), on-dark.png to judge it by, matte.json."""
    out = _free_folder(arguments.out, arguments.force)
    from pipeline.cut import write_matte

    found = write_matte(
        arguments.photo,
        out,
        strokes=arguments.strokes,
        lines=[("keep", line) for line in arguments.keep] + [("drop", line) for line in arguments.drop],
        alpha=arguments.alpha,
    )
    _answer(arguments, found, f"The piece is {found['width_px']} x {found['height_px']} px. Wrote {out}.")
    return DONE


def fingerprint_photo(arguments: argparse.Namespace) -> int:
    """Find the stones, links, band, metals and catchlights of PHOTO: fingerprint.json and overlay.png."""
    out = _free_folder(arguments.out, arguments.force)
    if arguments.width_mm is not None:
        _check_width(arguments.width_mm)
    from pipeline.fingerprint.files import write_fingerprint

    found = write_fingerprint(arguments.photo, arguments.category, out, arguments.width_mm)
    said = {
        "words": found.words,
        "confidence": found.confidence,
        "groups": [group.model_dump(mode="json") for group in found.groups],
        "stones": len(found.stones),
        "links": found.links.count if found.links else None,
        "metals": [metal.name for metal in found.metals],
        "fingerprint": str(out / "fingerprint.json"),
        "overlay": str(out / "overlay.png"),
    }
    _answer(arguments, said, f"{found.words[:1].upper()}{found.words[1:]}. Wrote {out}.")
    return DONE


def place_photo(arguments: argparse.Namespace) -> int:
    """Put the piece of PHOTO into a directed picture, and check it: draft.png, layers/, report.json and report.html."""
    out = _free_folder(arguments.out, arguments.force)
    _check_width(arguments.width_mm)
    if not arguments.photo.is_file():
        raise PictureError("photo.missing", f"There is no file {arguments.photo}.", "Check the name.")
    direction = _direction(arguments)
    plate = None
    if direction.engine == "plate" or arguments.plate:
        direction, plate = _on_plate(arguments, direction)
    from pipeline.engines.protocol import PieceFacts
    from pipeline.make import make_picture

    facts = PieceFacts(category=arguments.category, width_mm=arguments.width_mm)
    made = make_picture(arguments.photo, facts, direction, out, _told(arguments), plate)
    found = {
        "verdict": made.report["verdict"],
        "out": str(out),
        "draft": str(made.draft),
        "report": str(made.report_json),
        "draft_sha256": made.draft_sha256,
        "report_sha256": made.report_sha256,
        "checks": _brief_checks(made.report),
        "timings": made.report["timings"],
        "versions": made.report["versions"],
    }
    _answer(arguments, found, _verdict_words(made.report, out))
    return DONE if made.report["verdict"] in PASSING else GATE_FAILED


def compare_pictures(arguments: argparse.Namespace) -> int:
    """Check PICTURE, from any tool, against REFERENCE, the piece's product photo: report.json and report.html."""
    out = _free_folder(arguments.out, arguments.force)
    from pipeline.compare import compare

    report = compare(arguments.reference, arguments.picture, out, arguments.category)
    found = {
        "verdict": report["verdict"],
        "out": str(out),
        "report": str(out / "report.json"),
        "checks": _brief_checks(report),
        "timings": report["timings"],
        "versions": report["versions"],
    }
    _answer(arguments, found, _verdict_words(report, out))
    return DONE if report["verdict"] in PASSING else GATE_FAILED


def run_bench(arguments: argparse.Namespace) -> int:
    """Run LoupeBench: table.md, table.json, plots and rows.jsonl. A run that was stopped goes on where it was."""
    out = _free_folder(arguments.out, arguments.force)
    from dataclasses import replace

    from pipeline.loupebench.bench import CALIBRATION, FULL, SMALL, bench, calibrated

    plan = CALIBRATION if arguments.calibrate else FULL if arguments.full else SMALL
    if arguments.seeds:
        plan = replace(plan, seeds=_seeds(arguments.seeds))
    options = {
        "methods": tuple(arguments.method),
        "rendering": not arguments.no_render,
        "workers": arguments.workers,
        "stop_after_s": arguments.stop_after,
    }

    def tell(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    found = (calibrated if arguments.calibrate else bench)(plan, out, tell, **options)
    _answer(arguments, found | {"out": str(out)}, f"{found['pieces']} pieces, {found['pairs']} pairs. Wrote {out}.")
    return DONE


def _seeds(words: str) -> range:
    first, _, last = words.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise PictureError("bench.seeds", f"{words} is no range of seeds.", "Write a first and a last one, as 0-3.")
    return range(int(first), int(last or first) + 1)


def _direction(arguments: argparse.Namespace) -> Direction:
    from pipeline.direction import first_direction, read_direction

    if arguments.direction is None:
        direction = first_direction(arguments.category, arguments.engine)
    else:
        if not arguments.direction.is_file():
            raise PictureError("direction.missing", f"There is no file {arguments.direction}.", "Check the name.")
        direction = read_direction(arguments.direction.read_bytes())
    changes = {name: value for name in ("engine", "quality") if (value := getattr(arguments, name))}
    return read_direction({**direction.model_dump(mode="json"), **changes})


def _on_plate(arguments: argparse.Namespace, direction: Direction) -> tuple[Direction, Plate]:
    """The plate that was named, and the Direction for it: anchor and calibrations as given, or as the Direction has them."""
    if direction.engine != "plate":
        raise PictureError("plate.unused", f"The engine {direction.engine} uses no plate.", "Add --engine plate.")
    if arguments.plate is None:
        raise PictureError("plate.missing", "The plate engine needs a plate.", "Name a photograph with --plate IMAGE.")
    from pipeline.direction import read_direction
    from pipeline.plate.plate import read_plate

    plate = read_plate(arguments.plate)
    kept = direction.plate.model_dump(mode="json") if direction.plate else {}
    if kept and kept["sha256"] != plate.sha256:
        raise PictureError(
            "plate.another", "The direction was made for another plate.", "Name that plate with --plate IMAGE."
        )
    use = {**kept, "sha256": plate.sha256}
    if arguments.anchor:
        use["anchor"] = arguments.anchor
    if arguments.calibration:
        use["calibrations"] = _calibrations(arguments.calibration)
    changes: dict[str, Any] = {"plate": use}
    if arguments.direction is None:
        # A photograph has its own grain and corners.
        changes["finish"] = {**direction.finish.model_dump(mode="json"), "grain": 0.0, "vignette": 0.0}
    return read_direction({**direction.model_dump(mode="json"), **changes}), plate


def _calibrations(path: Path) -> list[Any]:
    if not path.is_file():
        raise PictureError("calibration.missing", f"There is no file {path}.", "Check the name.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PictureError("calibration.invalid", f"{path.name} is no JSON: {error}.", "Correct the file.") from error
    return data if isinstance(data, list) else [data]


def _check_width(width_mm: float) -> None:
    if not (math.isfinite(width_mm) and 1 <= width_mm <= 1000):
        raise PictureError(
            "placement.size",
            f"A piece {width_mm:g} mm wide can't be placed: the width must lie between 1 and 1000 mm.",
            "Give the full width of the piece as it lies in its photo, in millimetres.",
        )


def _free_folder(out: Path, force: bool) -> Path:
    """`out`, made absolute; refused where it holds files that aren't ours, so that nobody's work is replaced."""
    out = out.absolute()
    if out.is_file() or (out.exists() and not out.is_dir()):
        raise PictureError("out.not_a_folder", f"{out} is a file, not a folder.", "Name another folder for --out.")
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        if not force:
            raise PictureError(
                "out.not_empty",
                f"{out} holds files that Loupe didn't write; nothing was touched.",
                "Name another folder for --out, or add --force to replace it.",
            )
        if out in (Path.home(), Path("/"), Path.cwd()) or out in Path.cwd().parents:
            raise PictureError("out.unsafe", f"{out} is not a folder to replace.", "Name another folder for --out.")
    return out


def _is_ours(folder: Path) -> bool:
    """Whether Loupe wrote `folder`, by the file that each of its folders carries."""
    return any(
        (folder / name).is_file() and word in (folder / name).read_text(encoding="utf-8", errors="replace")
        for name, word in OUR_FILES.items()
    )


def _told(arguments: argparse.Namespace) -> Any:
    """Progress as one line on a terminal's stderr; silent in scripts and with --json."""
    from pipeline.engines.protocol import Progress

    if arguments.json or not sys.stderr.isatty():
        return Progress()
    width = shutil.get_terminal_size().columns

    def tell(stage: str, fraction: float, preview: Any) -> None:
        line = f"{fraction:4.0%} {stage}"[: width - 1]
        print(f"\r{line:<{min(40, width - 1)}}", end="\n" if fraction >= 1 else "", file=sys.stderr, flush=True)

    return Progress(tell)


def _brief_checks(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [{k: c[k] for k in ("id", "verdict", "value", "threshold", "unit", "reason")} for c in report["checks"]]


def _verdict_words(report: dict[str, Any], out: Path) -> str:
    lines = [f"{report['verdict'].upper()}  {out / 'report.html'}"]
    lines += [f"  {c['verdict']:<15} {c['title']}: {c['reason']}" for c in report["checks"]]
    return "\n".join(lines)


def _answer(arguments: argparse.Namespace, found: dict[str, Any], words: str) -> None:
    print(json.dumps(found, ensure_ascii=False, allow_nan=False) if arguments.json else words)


def _refuse(arguments: argparse.Namespace, code: str, message: str, hint: str) -> int:
    if arguments.json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False))
    print(f"loupe: {message} {hint}".rstrip(), file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
