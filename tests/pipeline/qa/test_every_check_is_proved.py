"""Every check that is registered has a defect that it must see and something harmless that it must let pass.

Each names the two tests that hold it to both, in the module that makes its pictures. A check without them fails here.
"""

from __future__ import annotations

import inspect as python
from types import ModuleType

import pytest

from pipeline.qa.inspect import CHECKS
from tests.pipeline.qa import (
    test_behind,
    test_changes,
    test_channel,
    test_face,
    test_hands,
    test_inspection,
    test_one_light,
    test_piece_checks,
    test_placement_checks,
    test_posture,
    test_scene_checks,
    test_skin,
)

SEES, PASSES = (
    "test_each_defect_is_seen_by_the_check_that_must_see_it",
    "test_what_is_no_change_of_the_piece_passes_every_check",
)
CHANGED, UNTOUCHED = "test_a_changed_piece_fails", "test_an_untouched_picture_passes_every_check"
HONEST = "test_an_honest_picture_raises_no_word"
# By check: where its tests are, the one with a defect that it must see, and the one with what it must let pass.
PROVED: dict[str, tuple[ModuleType, str, str]] = {
    "origin.reference": (test_inspection, "test_another_photo_than_the_declared_one_fails", UNTOUCHED),
    "origin.pixels": (test_inspection, CHANGED, UNTOUCHED),
    "registration": (test_inspection, "test_a_mirror_image_fails_registration", UNTOUCHED),
    "resolvability": (test_inspection, "test_a_small_picture_and_a_small_piece_are_warned_about", UNTOUCHED),
    "resolution": (test_inspection, "test_a_small_picture_and_a_small_piece_are_warned_about", UNTOUCHED),
    "frame": (test_inspection, "test_a_piece_cut_by_the_frame_fails_the_frame", UNTOUCHED),
    "seen": (test_behind, "test_a_ring_whose_far_side_goes_behind_the_hand_is_held_to_what_is_seen", "test_a_whole_ring_is_wholly_seen"),
    "clipping": (test_inspection, CHANGED, UNTOUCHED),
    "ssim.interior": (test_inspection, CHANGED, UNTOUCHED),
    "ssim.lowest-tile": (test_inspection, CHANGED, UNTOUCHED),
    "ssim.boundary": (test_inspection, "test_a_soft_or_blown_edge_is_warned_about", UNTOUCHED),
    "ssim.raw": (test_inspection, "test_a_soft_or_blown_edge_is_warned_about", UNTOUCHED),
    "structure": (test_piece_checks, SEES, PASSES),
    "changes": (test_changes, "test_a_lost_feature_fails_at_its_place", "test_a_kept_piece_passes_whatever_is_harmless"),
    "stones": (test_piece_checks, SEES, PASSES),
    "band": (test_piece_checks, SEES, PASSES),
    "catchlights": (test_piece_checks, SEES, PASSES),
    "colour.metal": (test_piece_checks, SEES, PASSES),
    "colour.stone": (test_piece_checks, SEES, PASSES),
    "nearmiss": (test_piece_checks, SEES, PASSES),
    "silhouette": (test_piece_checks, "test_an_outline_that_bulges_is_seen", PASSES),
    "prongs": (test_piece_checks, *["test_a_lost_prong_is_named_and_a_kept_one_is_kept"] * 2),
    "links": (test_piece_checks, "test_merged_links_fail_and_the_place_is_named", "test_a_kept_chain_passes"),
    "scale": (test_placement_checks, *["test_a_piece_is_held_to_its_true_width"] * 2),
    "contact": (test_scene_checks, "test_a_piece_three_millimetres_off_its_shadow_floats", HONEST),
    "occlusion": (test_scene_checks, "test_the_wrong_one_in_front_is_seen", HONEST),
    "seam": (test_scene_checks, "test_a_rim_or_a_halo_is_seen_and_told_which", HONEST),
    "grain": (test_scene_checks, "test_a_piece_that_lost_or_won_fine_detail_is_told", HONEST),
    "light": (test_one_light, "test_a_shadow_against_the_light_on_the_face_is_seen", "test_what_a_camera_or_a_file_does_turns_no_light"),
    "hands": (test_hands, "test_a_finger_painted_out_is_missed_by_its_name", "test_what_a_camera_or_a_file_does_changes_no_count"),
    "face": (test_face, "test_an_iris_pressed_oval_is_seen_and_named", "test_what_a_camera_or_a_file_does_is_no_fault_of_a_face"),
    "skin": (test_skin, "test_skin_without_texture_is_told_from_skin", "test_what_a_camera_or_a_file_does_is_no_plastic"),
    "posture": (test_posture, "test_a_head_that_no_neck_holds_so_is_seen", "test_a_head_that_is_turned_tilted_or_bowed_is_a_head"),
    "channel": (test_channel, "test_what_a_channel_refuses_or_loses_is_said_by_name", "test_a_draft_in_the_shapes_that_briefs_offer_is_taken"),
}  # fmt: skip


def test_no_check_is_registered_without_a_defect_and_a_nuisance_of_its_own():
    assert set(PROVED) == {check.id for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_checks_tests_are_there_and_are_about_it(check):
    module, sees, passes = PROVED[check.id]
    assert callable(getattr(module, sees))
    assert callable(getattr(module, passes))
    # By its id, or by its class where the test's module asks it alone.
    told = python.getsource(module)
    assert f'"{check.id}"' in told or f"{type(check).__name__}(" in told
