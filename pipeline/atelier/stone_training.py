"""Trains the network that finds stones, on family photographs of calibration seeds and the three sample pieces.

    python -m pipeline.atelier.family_photos --seeds 0-2
    python -m pipeline.atelier.stone_training --steps 2000 --out pipeline/fingerprint/stones.npz

The recipe: crops of random turn, mirroring and scale; the ground changed through the true alpha; metal and stones tinted
apart through the true outlines; exposure, contrast, white balance, blur, noise and JPEG; the matte roughened as mattes
are. A run can be cut short by `--stop-after` and goes on from its checkpoint. Seeds make it repeatable on one machine.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from pipeline.atelier.families import FAMILIES
from pipeline.atelier.family_photos import kept_photo
from pipeline.atelier.materials import OPAQUE
from pipeline.atelier.samples import SAMPLES, sample_alpha, sample_photo, sample_truth
from pipeline.fingerprint.net import CORE, StoneNet, load_weights, save_weights

CROP_PX = 160
BATCH = 8
# Stones are taught from this many pixels across their narrow side in the crop; those partly hidden are left out of the loss.
TAUGHT_PX = 5.0
# And to this many: the reader takes larger ones from a reduced picture. Of a pearl that fills the crop nothing can be learned.
LARGEST_PX = 100.0
SURELY_VISIBLE = 0.6
BARELY_VISIBLE = 0.12


@dataclass(frozen=True)
class Lesson:
    """A photograph to learn from: `srgb8` (H, W, 3), `alpha` (H, W) float32, and of each of its stones the outline,
    the share that is seen, and whether it may be tinted: a pearl in another colour is a bead of metal."""

    srgb8: np.ndarray
    alpha: np.ndarray
    stones: list[tuple[np.ndarray, float, bool]]
    scale: float  # from its pixels to those of a 640 px photograph


def lessons(seeds: range) -> list[Lesson]:
    """What the cache holds of these seeds, and the sample pieces."""
    found = []
    for seed in seeds:
        for name in FAMILIES:
            kept = kept_photo(name, seed)
            if kept:
                found.append(_lesson(np.asarray(Image.open(kept.photo)), kept.alpha(), kept.truth))
    for name in SAMPLES:
        photo = np.asarray(Image.open(sample_photo(name)).convert("RGB"))
        found.append(_lesson(photo, sample_alpha(name), sample_truth(name)))
    return found


def _lesson(srgb8: np.ndarray, alpha: np.ndarray, truth: dict[str, Any]) -> Lesson:
    stones = [
        (np.array(f["outline"]), float(f["visible_share"]), f["material"] not in OPAQUE)
        for f in truth["features"]
        if f["kind"] == "stone"
    ]
    return Lesson(srgb8, alpha, stones, min(1.0, 640 / max(alpha.shape)))


def drawn_crop(lesson: Lesson, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One crop: input (4, CROP, CROP), targets (2, CROP, CROP) of 0 and 1, and weights (CROP, CROP) of 0 and 1."""
    scale = lesson.scale * float(np.exp(rng.uniform(np.log(0.4), np.log(1.5))))
    turn = rng.uniform(0, 2 * np.pi)
    mirror = rng.choice((-1.0, 1.0))
    visible = [o for o, share, _ in lesson.stones if share > BARELY_VISIBLE]
    if visible and rng.random() < 0.8:
        focused = visible[rng.integers(len(visible))]
        focus = focused.mean(0)
        scale = min(scale, LARGEST_PX / float(np.ptp(focused, axis=0).max()))
    else:
        ys, xs = np.nonzero(lesson.alpha > 0.5)
        k = rng.integers(len(xs))
        focus = np.array([xs[k], ys[k]], float)
    linear = scale * np.array([[np.cos(turn) * mirror, -np.sin(turn)], [np.sin(turn) * mirror, np.cos(turn)]])
    shift = (CROP_PX - 1) / 2 + rng.uniform(-0.35, 0.35, 2) * CROP_PX - linear @ focus
    matrix = np.column_stack([linear, shift])
    how: dict[str, Any] = {"flags": cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR}
    source, alpha_source = lesson.srgb8, lesson.alpha
    if scale < 0.7:  # warpAffine doesn't filter what it shrinks
        sigma = 0.42 / scale
        source = cv2.GaussianBlur(source, (0, 0), sigma).astype(np.uint8)
        alpha_source = cv2.GaussianBlur(alpha_source, (0, 0), sigma)
        how = {"flags": cv2.INTER_LINEAR}
    size = (CROP_PX, CROP_PX)
    rgb = cv2.warpAffine(source, matrix, size, borderMode=cv2.BORDER_REPLICATE, **how).astype(np.float32) / 255
    alpha = cv2.warpAffine(alpha_source, matrix, size, **how)
    body, core, tinted, weight = (np.zeros(size, np.uint8) for _ in range(4))
    weight[:] = 1
    for outline, share, may_tint in lesson.stones:
        points = outline @ linear.T + shift
        if share <= BARELY_VISIBLE or (points.max(0) < 0).any() or (points.min(0) > CROP_PX).any():
            continue
        narrow = cv2.minAreaRect(points.astype(np.float32))[1]
        if share < SURELY_VISIBLE or min(narrow) < TAUGHT_PX:
            cv2.fillPoly(weight, [_fixed(points)], (0,), shift=4)
            continue
        cv2.fillPoly(body, [_fixed(points)], (1,), shift=4)
        if may_tint:
            cv2.fillPoly(tinted, [_fixed(points)], (1,), shift=4)
        middle = points.mean(0)
        cv2.fillPoly(core, [_fixed(middle + CORE * (points - middle))], (1,), shift=4)
    weight[core > 0] = 1
    rgb, alpha = _varied(rgb, alpha, body.astype(np.float32), tinted.astype(np.float32), rng)
    planes = np.concatenate([rgb, alpha[..., None]], -1).transpose(2, 0, 1) - 0.5
    return planes.astype(np.float32), np.stack([body, core]).astype(np.float32), weight.astype(np.float32)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(points * 16).astype(np.int32)


def _varied(
    rgb: np.ndarray, alpha: np.ndarray, body: np.ndarray, tinted: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The crop as another photographer would have delivered it, of a piece in other metals and stones."""
    if rng.random() < 0.6:
        ground = np.array(rng.choice((1.0, 0.96, 0.88, 0.6, 0.15)) * rng.uniform(0.95, 1.0, 3), np.float32)
        rgb = rgb * alpha[..., None] + ground * (1 - alpha[..., None])
    grey = rgb.mean(-1, keepdims=True)
    metal = ((1 - body) * (alpha > 0.3))[..., None]
    if rng.random() < 0.5:
        tint = np.array([(1.05, 0.88, 0.5), (1.04, 0.78, 0.62), (1.0, 1.0, 1.0), (0.92, 0.94, 1.0)])[rng.integers(4)]
        rgb = rgb * (1 - metal) + metal * np.clip(grey * 1.04, 0, 1) * tint
    if rng.random() < 0.3:
        tint = np.array(
            [(1, 1, 1), (1, 1, 1), (0.9, 0.25, 0.35), (0.25, 0.75, 0.45), (0.3, 0.4, 0.95), (0.75, 0.5, 0.9)]
        )
        stone = tinted[..., None]
        rgb = rgb * (1 - stone) + stone * grey * tint[rng.integers(len(tint))]
    rgb = rgb * rng.uniform(0.92, 1.06, 3)
    gamma = np.exp(rng.uniform(-0.35, 0.35))
    rgb = np.clip(rgb, 0, 1) ** gamma
    rgb = (rgb - 0.5) * rng.uniform(0.8, 1.35) + 0.5 + rng.uniform(-0.08, 0.08)
    chance = rng.random()
    if chance < 0.25:
        rgb = cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.3, 1.0))
    elif chance < 0.55:  # delivered photos are sharpened
        rgb = rgb + rng.uniform(0.3, 1.5) * (rgb - cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.7, 1.6)))
    rgb = rgb + rng.normal(0, rng.uniform(0, 0.02), rgb.shape)
    rgb8 = (np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.5:
        _, coded = cv2.imencode(".jpg", rgb8, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])
        rgb8 = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return rgb8.astype(np.float32) / 255, _roughened(alpha, rng)


def _roughened(alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The matte as mattes come: with the shadow between stones taken for piece, frayed, too tight or too wide, or none."""
    chance = rng.random()
    if chance < 0.12:
        return np.ones_like(alpha)
    if chance < 0.5:
        reach = int(rng.integers(2, 11)) * 2 + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        alpha = cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, disc)
        if rng.random() < 0.6:
            fray = cv2.GaussianBlur(rng.normal(0, 1, alpha.shape), (0, 0), rng.uniform(2, 6))
            alpha = cv2.GaussianBlur(alpha, (0, 0), 3) + 0.6 * fray / fray.std() * 0.4
            alpha = np.clip((alpha - rng.uniform(0.1, 0.4)) * 6, 0, 1)
    elif chance < 0.75:
        alpha = np.clip((cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 2.5)) - rng.uniform(0, 0.4)) * 1.6, 0, 1)
    return alpha.astype(np.float32)


def loss_of(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy where stones are taught, and Dice on both maps, so that few small stones count as much as much metal."""
    cross = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    # What parts touching stones are the few pixels between their cores: on stones, each counts three times.
    cross = (cross * (weight * (1 + 2 * targets[:, 0]))[:, None]).mean((0, 2, 3))
    share = torch.sigmoid(logits) * weight[:, None]
    both = (share * targets).sum((0, 2, 3))
    dice = 1 - (2 * both + 1) / ((share + targets * weight[:, None]).sum((0, 2, 3)) + 1)
    return (cross * torch.tensor([1.0, 2.0])).sum() + dice.sum() * 0.5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pipeline.atelier.stone_training", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1000, help="calibration seeds below this one")
    parser.add_argument("--checkpoint", type=Path, help="where to go on from, and to leave off")
    parser.add_argument("--stop-after", type=float, default=float("inf"), metavar="S")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    net, done = StoneNet(), 0
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-3)
    if asked.checkpoint and asked.checkpoint.exists():
        kept = torch.load(asked.checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        done = kept["step"]
    taught = lessons(range(0, min(asked.seeds, 1000)))
    # Photos with stones are drawn three times as often as bare chains and hoops.
    chance = np.array([3.0 if lesson.stones else 1.0 for lesson in taught])
    began, total, step = time.monotonic(), 0.0, done
    net.train()

    def drawn(step: int) -> list[torch.Tensor]:
        rng = np.random.default_rng((7, step))
        picked = rng.choice(len(taught), BATCH, p=chance / chance.sum())
        crops = [drawn_crop(taught[k], rng) for k in picked]
        return [torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True)]

    # The next crops are drawn on a second core while these are learned from.
    drawer = ThreadPoolExecutor(1)
    coming = drawer.submit(drawn, done + 1)
    for step in range(done + 1, asked.steps + 1):
        x, y, w = coming.result()
        coming = drawer.submit(drawn, step + 1)
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * min(step / 50, 1.0) * (0.5 + 0.5 * math.cos(math.pi * step / (asked.steps + 1)))
        loss = loss_of(net(x), y, w)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
        if step % 50 == 0:
            print(
                f"step {step}  loss {total / 50:.3f}  {time.monotonic() - began:.0f} s  {len(taught)} photos",
                flush=True,
            )
            total = 0.0
        if time.monotonic() - began > asked.stop_after:
            break
    drawer.shutdown(cancel_futures=True)
    if asked.checkpoint:
        torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, asked.checkpoint)
    save_weights(net, asked.out)
    load_weights(asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
