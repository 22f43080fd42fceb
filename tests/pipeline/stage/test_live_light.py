"""The written light parts: whoever mixes them gets the picture's own light, at any level, by numpy alone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.stage.lights import level_of
from pipeline.stage.live_light import LiveLight, decoded, encoded, mixed_ground
from pipeline.stage.render import light_parts, mixed
from pipeline.stage.shadow import light_on_parts, shadow_parts, with_caster
from tests.pipeline.stage.test_render import SIZE, WHITE, from_above, plate, side_light, table


def live(ev: float = 0.5) -> LiveLight:
    camera, world = from_above(), table(side_light(ev=ev))
    mask, standing = plate()
    cast = replace(standing, lamps=world.lamps)
    shadow = shadow_parts(world, cast, camera, (0, 0, *SIZE), samples=16, seed=2, checkpoint=lambda *_: None)
    white = replace(with_caster(world, (np.zeros((3, 3)), np.array([[0, 1, 2]])), WHITE, "none"), lamps=world.lamps)
    piece = light_on_parts(white, camera, mask, samples=8, seed=3, sigma_px=8)
    return LiveLight(light_parts(world, camera, samples=16, seed=1), shadow, piece)


def test_the_files_mix_to_the_scenes_own_ground_under_its_shadow() -> None:
    made = live()
    shadow = made.shadow.factor() * 0.9
    manifest, data = encoded(made, shadow, made.piece.field())
    assert manifest["bytes"] == len(data)
    found, expected = mixed_ground(manifest, data), mixed(made.ground) * shadow
    assert found.mean() == pytest.approx(expected.mean(), rel=0.01)
    assert np.abs(found - expected).mean() < 0.01 * expected.mean()


def test_another_level_mixed_from_the_files_is_what_a_render_at_that_level_gives() -> None:
    made, brighter = live(), live(ev=2.0)
    manifest, data = encoded(made, made.shadow.factor(), made.piece.field())
    levels = [part["level"] for part in manifest["parts"]]
    levels[0] = list(level_of(side_light(ev=2.0)))
    expected = mixed(brighter.ground) * brighter.shadow.factor()
    assert np.abs(mixed_ground(manifest, data, levels) - expected).mean() < 0.01 * expected.mean()


def test_textures_are_half_floats_that_numpy_reads() -> None:
    made = live()
    manifest, data = encoded(made, made.shadow.factor(), made.piece.field())
    entry = manifest["parts"][0]["ground"]
    w, h = entry["size"]
    own = np.frombuffer(data[entry["offset"] : entry["offset"] + w * h * 6], "<f2").reshape(h, w, 3)
    np.testing.assert_array_equal(own.astype(np.float32), decoded(manifest, data, entry))
    scaled = cv2.resize(made.ground[0].frame.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(own.astype(np.float32), scaled, rtol=1e-3)
