"""The sculpture of a hand with its forearm: posed, finished finely, cut cleanly, and the places on it that wear jewelry.

The body is the same parametric one as the busts' (`body`). A right hand is the left one mirrored, so both are alike to
the last vertex. The hand stays where the body holds it: whoever uses it turns the whole to the view that it needs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipeline.direction import Body
from pipeline.stage.body import body_version, bone_weights, posed_body
from pipeline.stage.cache import GIGABYTE, ArrayCache, content_key
from pipeline.stage.hand_pose import BONE_NUMBER, HandSkeleton, hand_rotations
from pipeline.stage.sculpt import Faces, Vertices, border_loops, cut, part, subdivided
from pipeline.stage.stance import FINGERS, Finger, HandStance

HAND_VERSION = 4
Side = Literal["left", "right"]
# The forearm is kept this far behind the wrist; from where a bracelet can sit it is drawn out, as display hands are, so that
# it leaves most pictures, and ends in a round face.
FOREARM_MM, DRAWN_OUT_FROM_MM, DRAWN_OUT = 160.0, 84.0, 0.9
ROUNDING_MM = 4.0
PHALANGES = ("proximal", "middle", "distal")
# Where along its phalanx a ring is worn, 0 at the inner joint: the first one is hidden up to its middle by the web.
WORN_AT = {"proximal": 0.64, "middle": 0.45, "distal": 0.30}
# and how far it may move from there, in parts of the phalanx.
MAY_MOVE = {"proximal": (0.14, 0.2), "middle": (0.25, 0.3), "distal": (0.15, 0.2)}
# A bracelet is worn this far behind the wrist's joint, and may move this far towards the elbow and the hand.
WRIST_BACK_MM = 22.0
WRIST_MAY_MOVE_MM = (70.0, 14.0)


@dataclass(frozen=True)
class Station:
    """A place that wears a ring or a bracelet. `axis` points to the finger tips, `back` out of the hand's back, both unit.

    `centre` (3,) mm is the middle of the section there; `half_width_mm` its half width across (square to both);
    `back_mm` and `palm_mm` its reach from the centre to the back and to the palm; `free_mm` how far the piece may move
    along the part towards the body and towards the tips.
    """

    centre: np.ndarray
    axis: np.ndarray
    back: np.ndarray
    half_width_mm: float
    back_mm: float
    palm_mm: float
    free_mm: tuple[float, float]

    @property
    def across(self) -> np.ndarray:
        """Unit (3,), square to axis and back."""
        return np.cross(self.axis, self.back)


@dataclass(frozen=True)
class HandSculpture:
    """A closed mesh: `vertices` (n, 3) mm, `faces` (m, 3), and its joints in mm, by finger (4, 3) with the tip last.

    `end` and `end_axis` (3,) are the middle and outward normal of the forearm's cut, `end_radius_mm` its mean radius.
    """

    vertices: np.ndarray
    faces: np.ndarray
    joints: dict[Finger, np.ndarray]
    wrist: np.ndarray
    back: np.ndarray
    end: np.ndarray
    end_axis: np.ndarray
    end_radius_mm: float
    side: Side
    key: str

    def station(self, place: str, along_mm: float = 0.0) -> Station:
        """The station of an anchor without its side ("ring-proximal", "wrist"), moved `along_mm` towards the tips."""
        if place == "wrist":
            axis = -self.end_axis
            at = self.wrist - axis * (WRIST_BACK_MM - along_mm)
            return self._measured(at, axis, WRIST_MAY_MOVE_MM, 60.0)
        finger, phalanx = place.split("-")
        joints = self.joints[finger]  # type: ignore[index]
        # The thumb has two phalanges; its first joint is its base, inside the palm.
        number = {"proximal": 1, "distal": 2}[phalanx] if finger == "thumb" else PHALANGES.index(phalanx)
        inner, outer = joints[number], joints[number + 1]
        length = float(np.linalg.norm(outer - inner))
        axis = (outer - inner) / length
        low, high = MAY_MOVE[phalanx]
        at = inner + axis * (WORN_AT[phalanx] * length + along_mm)
        return self._measured(at, axis, (low * length, high * length), 18.0)

    def _measured(self, at: np.ndarray, axis: np.ndarray, free_mm: tuple[float, float], reach_mm: float) -> Station:
        """The station at a point of the bone, from the mesh's own section there."""
        back = self.back - axis * (self.back @ axis)
        if np.linalg.norm(back) < 0.35:
            # A finger bent square to the hand: its back looks where the hand's fingers point.
            back = self.back + (self.wrist - self.end) / np.linalg.norm(self.wrist - self.end)
            back = back - axis * (back @ axis)
        back = back / np.linalg.norm(back)
        across = np.cross(axis, back)
        points = section(self.vertices.astype(np.float64), self.faces, at, axis) - at
        points = points[np.linalg.norm(points, axis=1) < reach_mm]
        x, z = points @ across, points @ back
        middle = at + across * (x.min() + x.max()) / 2 + back * (z.min() + z.max()) / 2
        half = float(x.max() - x.min()) / 2
        deep = float(z.max() - z.min()) / 2
        return Station(middle, axis, back, half, deep, deep, free_mm)


def section(vertices: Vertices, faces: Faces, at: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Points (k, 3) where the plane through `at` square to `axis` cuts the mesh: the one closed curve nearest to `at`."""
    height = (vertices - at) @ axis
    above = height > 0
    crossing = faces[(above[faces].sum(1) % 3) > 0]
    edges = np.concatenate([crossing[:, [0, 1]], crossing[:, [1, 2]], crossing[:, [2, 0]]])
    owner = np.tile(np.arange(len(crossing)), 3)
    cut_through = above[edges[:, 0]] != above[edges[:, 1]]
    edges, owner = np.sort(edges[cut_through], 1), owner[cut_through]
    unique, number = np.unique(edges, axis=0, return_inverse=True)
    number = number.reshape(-1)
    h0, h1 = height[unique[:, 0]], height[unique[:, 1]]
    t = (h0 / (h0 - h1))[:, None]
    points = vertices[unique[:, 0]] * (1 - t) + vertices[unique[:, 1]] * t
    # Two crossing points belong to one curve where they lie on the same face.
    order = np.argsort(owner, kind="stable")
    pairs = number[order].reshape(-1, 2)
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    count, label = connected_components(links, directed=False)
    far = [np.linalg.norm(points[label == k].mean(0) - at) for k in range(count)]
    return points[label == int(np.argmin(far))]


_hands = ArrayCache("hands", GIGABYTE // 2)


def hand_sculpture(body: Body, held: HandStance, side: Side) -> HandSculpture:
    """The hand of this body in this stance. Kept by what it depends on, so a known hand loads no PyTorch."""
    build = body.model_dump(exclude={"material"})
    posture = {k: v for k, v in asdict(held).items() if k not in ("tips", "support")}
    key = content_key("hand", HAND_VERSION, body_version(), build, posture)
    kept = _hands.read(key)
    if kept is None:
        kept = _made(build, held)
        _hands.write(key, kept)
    flip = np.array([1.0, 1.0, 1.0]) if side == "left" else np.array([-1.0, 1.0, 1.0])
    return HandSculpture(
        vertices=kept["vertices"] * flip.astype(np.float32),
        faces=kept["faces"] if side == "left" else kept["faces"][:, ::-1],
        joints={finger: kept[f"joints {finger}"] * flip for finger in FINGERS},
        wrist=kept["wrist"] * flip,
        back=kept["back"] * flip,
        end=kept["end"] * flip,
        end_axis=kept["end_axis"] * flip,
        end_radius_mm=float(kept["end_radius_mm"]),
        side=side,
        key=f"{key} {side}",
    )


def _made(build: dict[str, float], held: HandStance) -> dict[str, np.ndarray]:
    """The left hand's arrays, as they are kept."""
    weights = bone_weights()
    at_rest, _, bones = posed_body(build, {})
    rest = _skeleton(at_rest, bones, weights)
    vertices, faces, bones = posed_body(build, hand_rotations(held, rest))
    posed = _skeleton(vertices, bones, weights)
    of_arm = sum((w for bone, w in weights.items() if _of_arm(bone)), np.zeros(len(vertices))) > 0.5
    v, f = part(vertices, faces, of_arm[faces].all(1))
    v, f = subdivided(v, f, 2)
    outward = (posed.elbow - posed.wrist) / np.linalg.norm(posed.elbow - posed.wrist)
    v, f, edges = cut(v, f, FOREARM_MM - (v - posed.wrist) @ outward)
    beyond = np.maximum((v - posed.wrist) @ outward - DRAWN_OUT_FROM_MM, 0)
    v = v + outward * (DRAWN_OUT * beyond**2 / (FOREARM_MM - DRAWN_OUT_FROM_MM))[:, None]
    rim = v[border_loops(edges)[0]]
    end = rim.mean(0)
    v, f = _closed(v, f, border_loops(edges)[0], outward)
    kept = {f"joints {finger}": posed.joints[finger] for finger in FINGERS}
    return kept | {
        "vertices": v.astype(np.float32),
        "faces": f.astype(np.int32),
        "wrist": posed.wrist,
        "back": posed.frame[2],
        "end": end,
        "end_axis": outward,
        "end_radius_mm": np.array(np.linalg.norm(rim - end, axis=1).mean()),
    }


def _of_arm(bone: str) -> bool:
    return bone.endswith(".L") and bone.startswith(("lowerarm", "wrist", "finger", "metacarpal"))


def _skeleton(vertices: Vertices, bones: dict[str, np.ndarray], weights: dict[str, np.ndarray]) -> HandSkeleton:
    joints: dict[Finger, np.ndarray] = {}
    for finger in FINGERS:
        n = BONE_NUMBER[finger]
        heads = [bones[f"finger{n}-{k}.L"] for k in (1, 2, 3)]
        flesh = vertices[weights[f"finger{n}-3.L"] > 0.6]
        onward = (heads[2] - heads[1]) / np.linalg.norm(heads[2] - heads[1])
        reach = (flesh - heads[2]) @ onward
        # The tip is the middle of the outermost flesh.
        tip = flesh[reach > reach.max() - 2.5].mean(0)
        joints[finger] = np.stack([*heads, tip])
    return HandSkeleton(joints, bones["wrist.L"], bones["lowerarm01.L"])


def _closed(v: Vertices, f: Faces, loop: np.ndarray, outward: np.ndarray) -> tuple[Vertices, Faces]:
    """The mesh with its border `loop` closed by a flat face with a rounded edge."""
    rim = v[loop]
    centre = rim.mean(0)
    radius = float(np.linalg.norm(rim - centre, axis=1).mean())
    arc = np.linspace(0, np.pi / 2, 6)[1:]
    inset = np.concatenate([ROUNDING_MM * (1 - np.cos(arc)), [0.35 * radius, 0.7 * radius]])
    rise = np.concatenate([ROUNDING_MM * np.sin(arc), [ROUNDING_MM, ROUNDING_MM]])
    rings = [loop]
    made = [v]
    count = len(v)
    for i, up in zip(inset, rise, strict=True):
        made.append(centre + (rim - centre) * (1 - i / radius) + outward * up)
        rings.append(count + np.arange(len(loop)))
        count += len(loop)
    made.append((centre + outward * ROUNDING_MM)[None])
    faces = [f]
    for a, b in pairwise(rings):
        a2, b2 = np.roll(a, -1), np.roll(b, -1)
        faces += [np.stack([a, b, a2], 1), np.stack([a2, b, b2], 1)]
    last = rings[-1]
    faces.append(np.stack([last, np.full(len(last), count), np.roll(last, -1)], 1))
    return np.concatenate(made), np.concatenate(faces)
