"""The gate: each check says pass only for what it could see, and the verdict is the worst of the mandatory ones."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.direction import Finish
from pipeline.imaging.lock import lock
from pipeline.imaging.resample import Mapping
from pipeline.qa.check import SEVERITY, worst
from pipeline.qa.evidence import Evidence
from pipeline.qa.gather import measured
from pipeline.qa.inspect import CHECKS, Inspection, inspect
from pipeline.qa.ledger import FEATURES, ledger
from tests.pipeline.scenes import ring, scene


def evidence(size: tuple[int, int] = (1040, 832), scale: float = 0.9, **changes: object) -> Evidence:
    made = scene(ring(), size=size, scale=scale)
    locked = lock(ring(), made, Finish())
    found = Evidence(
        picture=np.rint(locked.picture * 65535) / 65535,
        piece=ring(),
        mapping=Mapping(made.matrix, size),
        laid=locked.laid,
        coverage=locked.coverage,
        gain=locked.gain,
        layers_known=True,
        hashes={"photo": ring().sha256},
        expected={"photo": ring().sha256},
    )
    return measured(replace(found, **changes))


def verdicts(inspection: Inspection) -> dict[str, str]:
    return {result.id: result.verdict for result in inspection.results}


def test_an_untouched_picture_passes_every_check():
    found = inspect(evidence())
    judged = {k: v for k, v in verdicts(found).items() if v != "not applicable"}
    assert judged == dict.fromkeys(judged, "pass")
    assert {"structure", "silhouette", "catchlights"} <= set(judged)
    assert found.verdict == "pass"
    values = {result.id: result.value for result in found.results}
    assert values["ssim.interior"] > 0.995
    assert values["origin.pixels"] == 1
    assert values["registration"] < 0.05


def test_every_result_has_a_plain_reason_and_its_check_a_title_and_version():
    found = inspect(evidence())
    assert [r.id for r in found.results] == [c.id for c in CHECKS]
    assert all(r.reason.endswith((".", "?")) and len(r.reason) > 10 for r in found.results)
    assert all(check.title and check.version for check in CHECKS)
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def spoiled(change: str) -> Evidence:
    clean = evidence()
    picture = clean.picture.copy()
    left, top, right, bottom = clean.window
    x, y = clean.mapping.picture_xy(np.array([[320.0, 212.0]]))[0].astype(int)  # the top stone
    if change == "a stone painted out":
        stone = np.hypot(*np.mgrid[-y : picture.shape[0] - y, -x : picture.shape[1] - x]) < 20
        picture[stone] = picture[stone].mean(0)
    elif change == "smoothed as a decoder does":
        picture[top:bottom, left:right] = cv2.GaussianBlur(picture[top:bottom, left:right], (0, 0), 1.6)
    elif change == "another metal":
        picture *= np.array([0.7, 0.8, 1.3], np.float32)
    elif change == "every highlight blown":
        picture = np.minimum(picture * 2.2, 1)
    return measured(replace(clean, picture=picture))


@pytest.mark.parametrize(
    ("change", "seen_by"),
    [
        ("a stone painted out", {"origin.pixels", "ssim.lowest-tile"}),
        ("smoothed as a decoder does", {"origin.pixels", "ssim.interior", "ssim.lowest-tile"}),
        ("another metal", {"origin.pixels"}),
        ("every highlight blown", {"origin.pixels", "clipping"}),
    ],
)
def test_a_changed_piece_fails(change: str, seen_by: set[str]):
    found = inspect(spoiled(change))
    failing = {result.id for result in found.results if result.verdict == "fail"}
    assert seen_by <= failing
    assert found.verdict == "fail"


@pytest.mark.parametrize("change", ["smoothed as a decoder does", "every highlight blown"])
def test_a_soft_or_blown_edge_is_warned_about(change: str):
    seen = verdicts(inspect(spoiled(change)))
    assert (seen["ssim.boundary"], seen["ssim.raw"]) == ("warn", "warn")


def test_another_photo_than_the_declared_one_fails():
    found = inspect(evidence(expected={"photo": "0" * 64}))
    assert verdicts(found)["origin.reference"] == "fail"
    assert found.verdict == "fail"


def test_a_shifted_reference_is_not_verifiable_rather_than_judged():
    clean = evidence()
    shifted = replace(clean, picture=np.roll(clean.picture, 2, axis=1))
    found = inspect(measured(shifted))
    seen = verdicts(found)
    assert seen["registration"] == "not verifiable"
    assert seen["ssim.interior"] == "not verifiable"
    assert found.verdict in ("not verifiable", "fail")


def test_a_piece_that_was_not_found_is_never_a_pass():
    found = inspect(Evidence(evidence().picture, ring(), not_found="The piece wasn't found."))
    assert found.verdict == "not verifiable"
    assert "pass" not in {v for k, v in verdicts(found).items() if k not in ("resolution", "channel")}


def test_a_mirror_image_fails_registration():
    found = inspect(Evidence(evidence().picture, ring(), mirrored=True))
    assert verdicts(found)["registration"] == "fail"


def test_a_piece_cut_by_the_frame_fails_the_frame():
    found = inspect(evidence(size=(640, 300)))
    assert verdicts(found)["frame"] == "fail"


def test_a_small_picture_and_a_small_piece_are_warned_about():
    found = inspect(evidence(size=(640, 512), scale=0.33))
    seen = verdicts(found)
    assert seen["resolution"] == "warn"
    assert seen["resolvability"] == "warn"
    tiny = inspect(evidence(size=(640, 512), scale=0.18))
    assert verdicts(tiny)["resolvability"] == "not verifiable"


@given(st.lists(st.sampled_from(SEVERITY), max_size=8))
def test_the_worst_verdict_wins_and_nothing_is_no_pass(given_verdicts: list[str]):
    found = worst(given_verdicts)
    applied = [v for v in given_verdicts if v != "not applicable"]
    if not applied:
        assert found == "not verifiable"
    else:
        assert all(SEVERITY.index(found) >= SEVERITY.index(v) for v in applied)
        assert found in applied
        assert (found == "pass") == (set(applied) == {"pass"})


def test_an_uncounted_ledger_counts_nothing_and_a_counted_one_counts_kept_lost_and_added():
    nothing = {"expected": None, "found": None, "hidden": None, "unclear": None, "rows": []}
    assert ledger() == dict.fromkeys(FEATURES, nothing)
    rows = [{"id": f"s{k}", "verdict": v, "box": [0, 0, 1, 1]} for k, v in enumerate(("kept", "lost", "added"))]
    counted = {"expected": 2, "found": 2, "hidden": 0, "unclear": 0, "rows": rows}
    assert ledger({"stones": rows})["stones"] == counted
    hidden = [{"id": "s0", "verdict": "hidden"}, {"id": "s1", "verdict": "not verifiable"}]
    assert ledger({"prongs": hidden})["prongs"] == {
        "expected": 2,
        "found": 0,
        "hidden": 1,
        "unclear": 1,
        "rows": hidden,
    }
    with pytest.raises(ValueError, match="pearls"):
        ledger({"pearls": []})
