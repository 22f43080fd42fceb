"""A world to render: its shapes, its glow and its lamps; and the last few worlds as the renderer holds them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.stage.lights import Lamp
from pipeline.stage.renderer import mitsuba

GLOW = "glow of "
# Worlds kept ready to render: the plain one, and the two with a caster in it. Building one takes about a second.
READY_WORLDS = 3


@dataclass(frozen=True)
class World:
    """What there is to see: `build` makes its mitsuba shapes when they are needed, `key` says what they depend on.

    `lamps` light it; neither `build` nor `key` knows of them. `solid` names the shapes that count as body in
    `Geometry.body`. An entry named ``glow of SHAPE`` is a texture: the radiance that this shape gives off of itself.
    """

    build: Callable[[], dict[str, Any]]
    key: str
    solid: tuple[str, ...] = ()
    lamps: tuple[Lamp, ...] = ()

    @property
    def entries(self) -> dict[str, Any]:
        return _ready(self).entries

    @property
    def scene(self) -> Any:
        return _ready(self).scene

    @property
    def glow(self) -> Callable[[Any, Any], Any] | None:
        """What surfaces give off of themselves, for `transport.arriving`; None where nothing does."""
        return _ready(self).glow


def pointer_to(shape: Any) -> Any:
    """The renderer's pointer to a shape, kept out of the compiled code: as a constant in it, each new world's number would
    make another kernel, and compiling one takes half a second."""
    import drjit as dr

    pointer = mitsuba().ShapePtr(shape)
    dr.make_opaque(pointer)
    return pointer


class _Ready:
    """A world as the renderer holds it."""

    def __init__(self, world: World) -> None:
        self.entries = world.build()

    @cached_property
    def scene(self) -> Any:
        shapes = {name: entry for name, entry in self.entries.items() if not name.startswith(GLOW)}
        return mitsuba().load_dict({"type": "scene", **shapes})

    @cached_property
    def glow(self) -> Callable[[Any, Any], Any] | None:
        mi = mitsuba()
        ids = {shape.id(): pointer_to(shape) for shape in self.scene.shapes()}
        glowing = [
            (ids[name.removeprefix(GLOW)], mi.load_dict(entry))
            for name, entry in self.entries.items()
            if name.startswith(GLOW)
        ]
        if not glowing:
            return None

        def given_off(si: Any, active: Any) -> Any:
            total = mi.Color3f(0)
            for pointer, texture in glowing:
                here = active & si.is_valid() & (si.shape == pointer)
                total += mi.Color3f(texture.eval(si, here)) & here
            return total

        return given_off


_ready_worlds: OrderedDict[str, _Ready] = OrderedDict()


def _ready(world: World) -> _Ready:
    """The world as the renderer holds it; the last few of one base are kept, so that a moved piece or lamp builds none anew.

    What goes, goes before the new one is built: the renderer's kernels tell apart the numbers that living shapes and
    materials have, so a new pose takes over the numbers of the one before, and with them its compiled kernels.
    """
    kept = _ready_worlds.get(world.key)
    if kept is None:
        base = world.key.split("+")[0]
        for key in [key for key in _ready_worlds if key.split("+")[0] != base]:
            del _ready_worlds[key]
        while len(_ready_worlds) >= READY_WORLDS:
            _ready_worlds.popitem(last=False)
        kept = _ready_worlds[world.key] = _Ready(world)
    _ready_worlds.move_to_end(world.key)
    return kept
