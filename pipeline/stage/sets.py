"""The world round the piece: backdrops, plinths, slabs and a sculpture's stand, as entries of a mitsuba scene."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.direction import Set
from pipeline.stage.materials import image_texture, surface_material
from pipeline.stage.meshes import rounded_box, shape, turned
from pipeline.stage.pose import about
from pipeline.stage.renderer import mitsuba
from pipeline.stage.sculpt import smooth_step

# A backdrop reaches this many times what the camera sees of it to each side.
GLOW_SPAN = 3.0
# A sweep's paper under the rig's light, in parts of the set's colour, and the share of the wall's own light on its floor.
SWEEP_ALBEDO, FLOOR_GLOW = 0.8, 0.15
# A window's light on a slab seen from above: its level, and its colour.
WINDOW_ON_SLAB, SUNLIT = 0.22, (1.0, 0.90, 0.74)


def backdrop_colour(ground: Set) -> np.ndarray:
    """Linear RGB (3,) of the backdrop: `tone` is OKLab lightness, `hue_deg` and `chroma` its OKLCh hue and chroma (Ottosson 2020)."""
    hue, c = np.radians(ground.hue_deg), 0.12 * ground.chroma
    a, b = c * np.cos(hue), c * np.sin(hue)
    lms = np.array(
        [
            0.3963377774 * a + 0.2158037573 * b,
            -0.1055613458 * a - 0.0638541728 * b,
            -0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    lms = (lms + ground.tone) ** 3
    M = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    return np.clip(M @ lms, 0.0005, 1.0)


def backdrop(ground: Set, behind: np.ndarray, facing: np.ndarray, seen_mm: float) -> dict[str, Any]:
    """A wall through `behind` (3,) whose normal is `facing` (3,), in the set's colour and shape of light.

    The wall is lit for itself, as a studio lights its backdrop apart from the subject: part of its level comes from a
    light of its own (which gives the gradient, or the panes of a window), part from the rig. The pool of light is
    drawn for a camera that sees `seen_mm` of the wall across.
    """
    mi = mitsuba()
    colour = backdrop_colour(ground)
    up = [0.0, 0.0, 1.0]
    place = mi.ScalarTransform4f().look_at([float(c) for c in behind], [float(c) for c in behind + facing], up)
    return {
        "backdrop": {
            "type": "rectangle",
            "to_world": place @ mi.ScalarTransform4f().scale(GLOW_SPAN * seen_mm),
            "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": [float(c) for c in colour * 0.35]}},
        },
        "glow of backdrop": image_texture(glow_of(ground)),
    }


def glow_of(ground: Set) -> np.ndarray:
    """The backdrop's own light (512, 512, 3), linear radiance, centred behind the piece."""
    n = 512
    y, x = np.mgrid[0:n, 0:n] / (n - 1) * 2 - 1
    if ground.backdrop == "seamless":
        pool = np.full((n, n), 0.75)
    elif ground.backdrop == "window":
        pool = 0.26 + 1.05 * _window(x, y)
    else:
        pool = 0.40 + 1.15 * np.exp(-(((x + 0.03) / 0.13) ** 2 + ((y + 0.01) / 0.12) ** 2))
    return (pool[..., None] * backdrop_colour(ground) * 0.72).astype(np.float32)


def _window(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slanting sunlight through four panes, its edges softened by distance, 0..1 over x, y in -1..1."""
    # Set a little aside and above, so that a piece in the middle leaves its edges to be seen.
    x, y = x * 3.0, y * 3.0
    u, v = x * 0.94 - y * 0.34 - 0.05, y * 0.94 + x * 0.20 + 0.06

    def slab(t: np.ndarray, centre: float, half: float, soft: float = 0.035) -> np.ndarray:
        return 1 / (1 + np.exp((np.abs(t - centre) - half) / soft * 2))

    columns = slab(u, -0.17, 0.145) + slab(u, 0.17, 0.145)
    rows = slab(v, -0.24, 0.20) + slab(v, 0.22, 0.20)
    return np.clip(columns * rows, 0, 1)


def stand(foot: np.ndarray, radius_mm: float = 17.0) -> dict[str, Any]:
    """The discreet turned column that carries a bust, from inside its underside at `foot` (3,) downwards."""
    # No roughconductor: compiling its constant Fresnel term ends the process (LLVM 19 to 22 on x86).
    metal = {
        "type": "principled",
        "base_color": {"type": "rgb", "value": [0.16, 0.13, 0.10]},
        "metallic": 1.0,
        "roughness": 0.32,
        "specular": 0.5,
    }
    # A collar under the sculpture, a groove, the column; radius in parts of the column's, height in mm.
    profile = [(0.01, 40), (1.7, 40), (1.7, -12), (1.62, -14), (1.1, -16), (1.0, -19), (1.0, -900)]
    vertices, faces, _, _ = turned(np.array(profile) * [radius_mm, 1], 64)
    return {"stand": shape("stand", vertices + foot, faces, {"type": "twosided", "inner": metal})}


def sweep(
    ground: Set, floor_z: float, wall_y: float, centre_z: float, seen_mm: float, eye: np.ndarray
) -> dict[str, Any]:
    """A studio sweep: a floor at `floor_z` that rises in one curve to a wall at `wall_y`, in the set's colour and light.

    `centre_z` is the height of the piece, behind which the light pools; `seen_mm` what the camera at `eye` (3,) sees of
    the wall across. A window's panes are thrown from the camera, so that they stand undistorted in the picture.
    """
    bend = 0.7 * wall_y
    span = 2 * GLOW_SPAN * seen_mm
    arc = np.linspace(0, np.pi / 2, 24)
    line = np.concatenate(
        [
            [(-2500.0, floor_z)],
            np.stack([np.linspace(-0.9, 0.25, 24) * wall_y, np.full(24, floor_z)], 1),
            np.stack([wall_y - bend + bend * np.sin(arc), floor_z + bend - bend * np.cos(arc)], 1),
            [(wall_y, floor_z + 2200.0)],
        ]
    )
    x = np.linspace(-2200.0, 2200.0, 9)
    vertices = np.stack(
        [
            np.broadcast_to(x, (len(line), 9)),
            np.broadcast_to(line[:, :1], (len(line), 9)),
            np.broadcast_to(line[:, 1:], (len(line), 9)),
        ],
        -1,
    ).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(len(line) - 1), np.arange(8), indexing="ij")
    a = (i * 9 + j).ravel()
    faces = np.stack([a, a + 1, a + 9, a + 1, a + 10, a + 9], 1).reshape(-1, 3)
    along = np.gradient(line, axis=0)
    normals = np.repeat(np.stack([np.zeros(len(line)), -along[:, 1], along[:, 0]], 1), 9, axis=0)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    # The glow is laid on by height over the floor, centred behind the piece, and runs out over the floor.
    # The floor has next to none of it: there the rig's light and the shadows of what stands on it are all that is seen.
    height = np.clip((vertices[:, 2] - centre_z) / span + 0.5, 0.01, 0.99)
    risen = smooth_step(0.0, 0.6 * bend, vertices[:, 2] - floor_z)
    uv = np.stack([vertices[:, 0] / span + 0.5, 0.01 + (height - 0.01) * risen], 1)
    glow = glow_of(ground)
    if ground.backdrop != "window":
        foot = 1 - (np.arange(len(glow)) + 0.5) / len(glow)
        glow = glow * (FLOOR_GLOW + (1 - FLOOR_GLOW) * smooth_step(0.02, 0.12, foot))[:, None, None].astype(np.float32)
    else:
        uv = _thrown(vertices, eye, wall_y, centre_z, span)
    colour = backdrop_colour(ground)
    paper = {"type": "diffuse", "reflectance": {"type": "rgb", "value": [float(c) for c in colour * SWEEP_ALBEDO]}}
    return {
        "sweep": shape("sweep", vertices, faces, {"type": "twosided", "inner": paper}, normals=normals, uv=uv),
        "glow of sweep": image_texture(glow),
    }


def _thrown(vertices: np.ndarray, eye: np.ndarray, wall_y: float, centre_z: float, span: float) -> np.ndarray:
    """Glow coordinates (n, 2) of points (n, 3) as a slide beside the camera would throw them, its middle behind the piece."""
    ahead = np.maximum(vertices[:, 1] - eye[1], 1.0)
    reach = (wall_y - eye[1]) / ahead
    at = eye + (vertices - eye) * reach[:, None]
    middle = eye + (np.array([0.0, 0.0, centre_z]) - eye) * (wall_y - eye[1]) / -eye[1]
    return np.clip((at - middle)[:, [0, 2]] / span + 0.5, 0.01, 0.99)


def round_plinth(
    radius_mm: float, height_mm: float, surface: str, tile_mm: float, centre: np.ndarray | None = None
) -> dict[str, Any]:
    """A round plinth about `centre` (3,) whose top is z = 0, of one of the still life's surfaces."""
    edge = min(0.035 * radius_mm, 2.5)
    arc = np.linspace(0, np.pi / 2, 7)
    profile = np.concatenate(
        [
            np.stack([np.linspace(0.01, radius_mm - edge, 6), np.zeros(6)], 1),
            np.stack([radius_mm - edge + edge * np.sin(arc[1:]), -edge + edge * np.cos(arc[1:])], 1),
            [(radius_mm, -0.5 * height_mm), (radius_mm, -height_mm)],
        ]
    )
    vertices, faces, normals, uv = turned(profile, 160)
    if centre is not None:
        vertices = vertices + centre
    return {
        "plinth": shape("plinth", vertices, faces, surface_material(surface, tile_mm), normals=normals, uv=uv / tile_mm)
    }


def slab_from_above(ground: Set, size: np.ndarray, tile_mm: float, turn_deg: float, seen_mm: float) -> dict[str, Any]:
    """A slab of `size` (width, depth, thickness) whose top is z = 0, on paper of the set's colour, for a camera overhead.

    `turn_deg` turns the slab with a camera that walks round it. A window throws its panes on the slab, sized for a camera
    that sees `seen_mm` of it across.
    """
    vertices, faces, normals, uv = rounded_box(size, min(0.3 * size[2], 3.0))
    R = about("z", turn_deg)
    lowered = vertices - [0.0, 0.0, size[2] / 2]
    entries: dict[str, Any] = {
        "slab": shape(
            "slab",
            lowered @ R.T,
            faces,
            surface_material(ground.surface, tile_mm),
            normals=normals @ R.T,
            uv=uv / tile_mm,
        )
    }
    far = 4.0 * max(size[0], size[1], seen_mm)
    corners = np.array([[-far, -far, 0], [far, -far, 0], [far, far, 0], [-far, far, 0]]) - [0.0, 0.0, size[2]]
    colour = backdrop_colour(ground)
    paper = {"type": "diffuse", "reflectance": {"type": "rgb", "value": [float(c) for c in colour]}}
    entries["paper"] = shape("paper", corners, np.array([[0, 1, 2], [0, 2, 3]]), {"type": "twosided", "inner": paper})
    if ground.backdrop == "window":
        n = 512
        y, x = np.mgrid[0:n, 0:n] / (n - 1) * 2 - 1
        panes = WINDOW_ON_SLAB * _window(x, y)[..., None] * np.array(SUNLIT)
        # Texture coordinates begin in the slab's middle, and go round: the picture's middle is moved to its corner.
        thrown = np.roll(panes.astype(np.float32), (n // 2, n // 2), (0, 1))
        entries["glow of slab"] = image_texture(thrown, tile_mm / (2 * GLOW_SPAN * seen_mm))
    return entries
