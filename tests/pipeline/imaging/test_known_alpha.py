"""The matte against path-traced pieces of exactly known coverage, over shadow, contact shadow and a mirror image.

Over the whole picture the goal of .01 is held. In the edge band the goal is .06: on dark grounds it is held or nearly so, on pale
ones the limits here keep what is measured from getting worse: rims of white metal have the very tones of their ground.
"""

import pytest
from known_alpha import BLACK, GROUNDS, SKIN, edge_band, product_photo, rim_error, sample

from pipeline.imaging.matte import cut_piece

PICTURE, ON_BLACK, ON_SKIN = 0.01, 0.11, 0.04
BAND = {"white": 0.14, "off-white": 0.14, "blush": 0.11, "grey": 0.10, "teal": 0.07, "black": 0.06}


@pytest.mark.parametrize(
    ("name", "ground"), [*(("halo-ring", g) for g in GROUNDS), ("sapphire-drops", "blush"), ("sapphire-drops", "teal")]
)
def test_shadow_and_mirror_image_are_no_part_of_a_photographed_piece(name, ground):
    drawn = sample(name)
    piece = cut_piece(product_photo(drawn, ground))
    error = abs(piece.alpha - drawn.alpha)
    assert error.mean() <= PICTURE
    assert error[edge_band(drawn.alpha)].mean() <= BAND[ground]
    assert rim_error(piece.foreground, piece.alpha, drawn, BLACK) <= ON_BLACK
    assert rim_error(piece.foreground, piece.alpha, drawn, SKIN) <= ON_SKIN
