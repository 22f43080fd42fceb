"""Keep and drop strokes as data: read, checked, hashed and painted, whatever is sent in their name."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import MatteRefused
from pipeline.imaging.strokes import Strokes, fit_to, painted, read_strokes

SIZE = (200, 120)


def said(*strokes, **changes):
    return {"photo_size": SIZE, "strokes": list(strokes)} | changes


def line(kind="keep", radius_px=4.0, points=((20, 20), (60, 40))):
    return {"kind": kind, "radius_px": radius_px, "points": [list(point) for point in points]}


def refused(source):
    with pytest.raises(MatteRefused) as caught:
        read_strokes(source)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


def test_strokes_are_read_from_a_file_a_text_and_a_value(tmp_path):
    value = said(line(), line("drop", 2, [(100, 60)]))
    path = tmp_path / "strokes.json"
    path.write_text(json.dumps(value))
    one = read_strokes(value)
    assert one == read_strokes(json.dumps(value)) == read_strokes(path) == read_strokes(one.as_json())
    assert one.sha256() == read_strokes(path).sha256()
    assert one.sha256() != read_strokes(said(line())).sha256()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{", "strokes.unreadable"),
        ("[" * 100_000, "strokes.unreadable"),
        ("[]", "strokes.invalid"),
        (said(), "strokes.invalid"),
        (said(line(kind="maybe")), "strokes.invalid"),
        (said(line(radius_px=0)), "strokes.invalid"),
        (said(line(radius_px=float("nan"))), "strokes.invalid"),
        (said(line(points=[])), "strokes.invalid"),
        (said(line(points=[(float("nan"), 3)])), "strokes.invalid"),
        (json.dumps(said(line(points=[(float("inf"), 3)]))), "strokes.invalid"),
        (said(line(), colour="red"), "strokes.invalid"),
        (said(line(), version=2), "strokes.invalid"),
        (said(line(points=[(-0.5, 3)])), "strokes.outside"),
        (said(line(points=[(3, 121)])), "strokes.outside"),
        (" " * 5_000_000, "strokes.too_heavy"),
    ],
)
def test_what_is_no_strokes_is_refused_with_the_reason(source, code):
    assert refused(source) == code


def test_a_missing_file_is_said(tmp_path):
    assert refused(tmp_path / "none.json") == "strokes.missing"


def test_strokes_fit_only_a_photo_of_their_size():
    strokes = read_strokes(said(line()))
    assert fit_to(strokes, *SIZE) == strokes
    with pytest.raises(MatteRefused) as caught:
        fit_to(strokes, 120, 200)
    assert caught.value.code == "strokes.other_photo"


def test_a_stroke_paints_its_brush_along_its_line():
    keep, drop, *_ = painted(read_strokes(said(line(radius_px=5, points=[(30, 60), (130, 60)]))), (120, 200))
    assert not drop.any()
    rows, cols = np.nonzero(keep)
    assert abs(int(rows.min()) - 55) <= 1
    assert abs(int(rows.max()) - 64) <= 1
    assert abs(int(cols.min()) - 25) <= 1
    assert abs(int(cols.max()) - 134) <= 1


def test_the_smallest_dab_still_paints_a_pixel_in_a_reduced_photo():
    keep, *_ = painted(read_strokes(said(line(radius_px=0.5, points=[(200, 120)]))), (12, 20), 0.1)
    assert keep.sum() >= 1


def test_keep_and_drop_over_the_same_place_contradict_each_other():
    strokes = read_strokes(said(line("keep", 6, [(20, 20), (100, 20)]), line("drop", 6, [(60, 5), (60, 50)])))
    with pytest.raises(MatteRefused) as caught:
        painted(strokes, (120, 200))
    assert caught.value.code == "strokes.contradictory"
    assert "60, 20" in caught.value.message


def test_brushes_that_touch_along_an_edge_are_no_contradiction():
    strokes = read_strokes(said(line("keep", 6, [(20, 20), (100, 20)]), line("drop", 6, [(20, 29), (100, 29)])))
    keep, drop, *_ = painted(strokes, (120, 200))
    assert not (keep & drop).any()
    assert keep[19, 50]
    assert drop[28, 50]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["keep", "drop"]),
            st.floats(0.5, 60),
            st.lists(st.tuples(st.floats(0, 200), st.floats(0, 120)), min_size=1, max_size=6),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_painting_never_marks_a_pixel_both_ways_and_always_the_same(drawn):
    strokes = Strokes(
        photo_size=SIZE,
        strokes=[{"kind": kind, "radius_px": radius, "points": points} for kind, radius, points in drawn],
    )
    try:
        keep, drop, *_ = painted(strokes, (120, 200))
    except MatteRefused:
        return
    assert not (keep & drop).any()
    again = painted(read_strokes(strokes.as_json()), (120, 200))
    assert (again[0] == keep).all()
    assert (again[1] == drop).all()
