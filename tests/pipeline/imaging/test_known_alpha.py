"""The matte against path-traced pieces of exactly known coverage, over shadow, contact shadow and a mirror image.

Over the whole picture the goal of .01 is held. In the edge band the goal is .06; what is measured under contact shadow is
above it, and the limits here keep it from getting worse: the shadow right under a colourless rim has its very tones.
"""

import pytest
from known_alpha import BLACK, GROUNDS, SKIN, edge_band, product_photo, rim_error, sample

from pipeline.imaging.matte import cut_piece

PICTURE, BAND, ON_BLACK, ON_SKIN = 0.01, 0.12, 0.10, 0.04


@pytest.mark.parametrize(
    ("name", "ground"), [*(("halo-ring", g) for g in GROUNDS), ("sapphire-drops", "blush"), ("sapphire-drops", "teal")]
)
def test_shadow_and_mirror_image_are_no_part_of_a_photographed_piece(name, ground):
    drawn = sample(name)
    piece = cut_piece(product_photo(drawn, ground))
    error = abs(piece.alpha - drawn.alpha)
    assert error.mean() <= PICTURE
    assert error[edge_band(drawn.alpha)].mean() <= BAND
    assert rim_error(piece.foreground, piece.alpha, drawn, BLACK) <= ON_BLACK
    assert rim_error(piece.foreground, piece.alpha, drawn, SKIN) <= ON_SKIN
