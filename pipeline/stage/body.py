"""The sculpture's form: a parametric body, posed, and cut as a display bust or an ear study.

The body is anny (Apache-2.0), a parametric human in PyTorch. Only its head, neck and shoulders are used, as sculpture:
the chest is drawn on as one calm plane below the collar bones and ends in a clean rim above the breast line, the arms
end at the shoulder. Meshes are kept by the hash of what they depend on, so a known sculpture loads no PyTorch at all.

Millimetres; x to the body's left (the camera's right in front), y to its back, z up.
`python -m pipeline.stage.body` builds anny's own cache, which takes a minute or two the first time.
"""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from pipeline.direction import Body
from pipeline.stage.cache import GIGABYTE, ArrayCache, cache_root, content_key
from pipeline.stage.pose import joint_rotations
from pipeline.stage.sculpt import Faces, Vertices, border_loops, bridged, cut, part, smooth_step, subdivided
from pipeline.stage.stance import Stance

SCULPTURE_VERSION = 3
Part = Literal["bust", "ear"]
# anny's topology never changes: the lowest vertex of the left ear lobe, and the outermost of the left ear's rim.
LEFT_LOBE, LEFT_EAR_RIM = 11996, 12006
HALF_SHOULDERS_MM = 152.0
SHORTEST_RIM_MM = 128.0

_meshes = ArrayCache("meshes", GIGABYTE)


@dataclass(frozen=True)
class Sculpture:
    """A part of the body as a closed mesh: `vertices` (n, 3) mm, `faces` (m, 3), and named `landmarks` in mm.

    Landmarks: `pit` (the hollow between the collar bones, on the skin), `neck` (the neck's axis at half its height),
    `left-lobe`, `right-lobe` (lowest point), `left-ear`, `right-ear` (middle of the ear), `rim` (the bust's lowest).
    """

    vertices: np.ndarray
    faces: np.ndarray
    landmarks: dict[str, np.ndarray]
    key: str


def sculpture(body: Body, held: Stance, shape: Part, rim_mm: float = SHORTEST_RIM_MM) -> Sculpture:
    """The body's `shape` in this stance; a bust ends `rim_mm` below the pit of the neck (rounded up to 10 mm)."""
    rim_mm = float(max(np.ceil(rim_mm / 10) * 10, SHORTEST_RIM_MM)) if shape == "bust" else 0.0
    build = body.model_dump(exclude={"material"})
    stance_key = {k: round(v, 3) for k, v in asdict(held).items() if k != "view_deg"}
    key = content_key("sculpture", SCULPTURE_VERSION, body_version(), build, stance_key, shape, rim_mm)
    kept = _meshes.read(key)
    if kept is None:
        fine, faces, found = _finely_posed(tuple(sorted(build.items())), held)
        landmarks = dict(found)
        made, triangles = _bust(fine, faces, landmarks, rim_mm) if shape == "bust" else _ear(fine, faces, landmarks)
        kept = {f"at {name}": point for name, point in landmarks.items()}
        kept |= {"vertices": made.astype(np.float32), "faces": triangles.astype(np.int32)}
        _meshes.write(key, kept)
    named = {name[3:]: value for name, value in kept.items() if name.startswith("at ")}
    return Sculpture(kept["vertices"], kept["faces"], named, key)


@lru_cache(maxsize=2)
def _finely_posed(build: tuple[tuple[str, float], ...], held: Stance) -> tuple[Vertices, Faces, dict[str, np.ndarray]]:
    """The whole body in this stance, subdivided twice, and its landmarks: what busts of every length are cut from."""
    posed, faces, bones = posed_body(dict(build), joint_rotations(held))
    landmarks = _landmarks(posed, bones)
    fine, finer = subdivided(posed, faces, 2)
    for array in (fine, finer, *landmarks.values()):
        array.flags.writeable = False
    return fine, finer, landmarks


def warm_body_cache() -> None:
    """Build the body model's cache and the first pictures' bust and ear, so that the first picture doesn't wait for them."""
    from pipeline.direction import first_direction
    from pipeline.stage.pose import stance

    bust, ear = first_direction("necklace"), first_direction("earring")
    sculpture(bust.body, stance(bust.pose), "bust")
    sculpture(ear.body, stance(ear.pose), "ear")


def body_version() -> str:
    """The body model's version: whatever is kept of a body depends on it."""
    from importlib.metadata import version

    return version("anny")


@lru_cache(maxsize=1)
def _model() -> Any:
    os.environ.setdefault("ANNY_CACHE_DIR", str(cache_root() / "anny"))
    with contextlib.redirect_stdout(io.StringIO()):
        import anny

        return anny.Anny(skinning_method="lbs")


def load_body_model() -> None:
    """The body model in memory, about a second of work once a process, so that the next pose doesn't wait for it."""
    _model()


def posed_body(
    build: dict[str, float], rotations: dict[str, np.ndarray]
) -> tuple[Vertices, Faces, dict[str, np.ndarray]]:
    """The whole body: vertices (n, 3) mm, faces (m, 3), and each bone's head (3,) mm.

    `rotations` (3, 3) turn bones about the rest pose's world axes; `build` holds the phenotype values 0..1.
    """
    import torch

    model = _model()
    pose = {}
    # The model takes no empty pose: one bone at rest stands for it.
    for bone, R in (rotations or {"head": np.eye(3)}).items():
        M = torch.eye(4)[None]
        M[0, :3, :3] = torch.tensor(R, dtype=torch.float32)
        pose[bone] = M
    with torch.no_grad():
        answer = model(pose_parameters=pose, phenotype_kwargs=dict(build))
    vertices = answer["vertices"][0].double().numpy() * 1000
    heads = answer["bone_poses"][0, :, :3, 3].double().numpy() * 1000
    return vertices, model.faces.numpy(), dict(zip(model.bone_labels, heads, strict=True))


def bone_weights() -> dict[str, np.ndarray]:
    """How much each bone (by name) moves each of the body's vertices, (n,) 0..1."""
    model = _model()
    dense = np.zeros((len(model.template_vertices), len(model.bone_labels)))
    rows = np.arange(len(dense))[:, None]
    np.add.at(dense, (rows, model.vertex_bone_indices.numpy()), model.vertex_bone_weights.double().numpy())
    return {bone: dense[:, k] for k, bone in enumerate(model.bone_labels)}


def _mirrored(vertices: Vertices, index: int) -> int:
    """The vertex on the other side; right in the rest pose, and used there only."""
    rest = _model().template_vertices.double().numpy()
    return int(np.linalg.norm(rest - rest[index] * [-1, 1, 1], axis=1).argmin())


def _landmarks(vertices: Vertices, bones: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    collar = (bones["clavicle.L"] + bones["clavicle.R"]) / 2
    middle = vertices[(np.abs(vertices[:, 0] - collar[0]) < 6) & (np.abs(vertices[:, 2] - collar[2] - 4) < 9)]
    pit = middle[middle[:, 1].argmin()]
    found = {
        "pit": np.array([collar[0], pit[1], collar[2] + 4]),
        "neck": (bones["neck02"] + bones["neck03"]) / 2,
    }
    for side, lobe, rim in (
        ("left", LEFT_LOBE, LEFT_EAR_RIM),
        ("right", _mirrored(vertices, LEFT_LOBE), _mirrored(vertices, LEFT_EAR_RIM)),
    ):
        found[f"{side}-lobe"] = vertices[lobe]
        found[f"{side}-ear"] = (vertices[lobe] + vertices[rim]) / 2
    return found


def _bust(vertices: Vertices, faces: Faces, landmarks: dict[str, np.ndarray], rim_mm: float) -> tuple[Vertices, Faces]:
    pit = landmarks["pit"]
    near = (vertices[:, 2] > pit[2] - rim_mm - 90) & (np.abs(vertices[:, 0] - pit[0]) < HALF_SHOULDERS_MM + 90)
    v, f = part(vertices, faces, near[faces].all(1))
    v = _calm_chest(v, pit)
    x, z = v[:, 0] - pit[0], v[:, 2] - (pit[2] + 12)
    drop = np.maximum(-z, 0)
    # The cut narrows below the shoulders, so that it leaves the arms and the armpits out however long the bust.
    half_width = HALF_SHOULDERS_MM - 34 * smooth_step(10, 110, drop)
    field = 1 - (np.abs(x / half_width) ** 2.4 + (drop / (rim_mm + 12)) ** 2.4)
    v, f, edges = cut(v, f, field)
    landmarks["rim"] = np.array([pit[0], pit[1], pit[2] - rim_mm])
    # The cut runs along y: its loop goes along the front from one shoulder to the other, and back behind.
    loops = border_loops(edges)
    if not loops:
        return v, f
    angle = np.arctan2(v[:, 0] - pit[0], -(v[:, 2] - pit[2] - 40))
    sheet, closing = bridged(v, loops[0], angle)
    return np.concatenate([v, sheet]), np.concatenate([f, closing + len(v)])


def _calm_chest(v: Vertices, pit: np.ndarray) -> Vertices:
    """Draw the chest on downwards from below the collar bones as one gentle curve, as display busts are made."""
    start = pit[2] - 52.0
    front = (v[:, 1] < pit[1] + 75) & (np.abs(v[:, 0] - pit[0]) < 190) & (v[:, 2] < start + 40)
    band = v[front & (np.abs(v[:, 2] - start) < 7)]
    band = band[np.abs(band[:, 0] - pit[0]) < 150]
    if len(band) < 8:
        return v
    # The skin's foremost line across the chest at `start`, as an even polynomial in x.
    x = band[:, 0] - pit[0]
    columns = np.digitize(x, np.linspace(-130, 130, 27))
    fore = np.array([band[columns == k, 1].min() for k in np.unique(columns)])
    at = np.array([x[columns == k].mean() for k in np.unique(columns)])
    profile = np.polynomial.Polynomial.fit(at, fore, 4)
    drop = start - v[:, 2]
    target = profile(np.clip(v[:, 0] - pit[0], -125, 125)) - 0.34 * drop + 0.0012 * np.maximum(drop, 0) ** 2
    weight = smooth_step(0, 45, drop) * front
    # Towards the arms the body's own form takes over again.
    weight *= 1 - smooth_step(95, 150, np.abs(v[:, 0] - pit[0]))
    # Only the front sheet moves: how far the back lies is no business of the chest's.
    weight *= 1 - smooth_step(30, 70, v[:, 1] - pit[1])
    out = v.copy()
    out[:, 1] += weight * (target - v[:, 1])
    return out


def _ear(vertices: Vertices, faces: Faces, landmarks: dict[str, np.ndarray]) -> tuple[Vertices, Faces]:
    pit = landmarks["pit"]
    near = (vertices[:, 2] > pit[2] - 120) & (np.abs(vertices[:, 0] - pit[0]) < HALF_SHOULDERS_MM + 40)
    return part(vertices, faces, near[faces].all(1))


if __name__ == "__main__":
    warm_body_cache()
