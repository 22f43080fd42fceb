"""Every write of the app: one verb function a change. Guard, atomic change, event, effects on commit."""

from briefs.actions.drafting import (
    add_piece_to_brief,
    add_reference,
    change_brief,
    create_brief,
    create_piece_for_brief,
    create_whole_brief,
    remove_piece_from_brief,
    remove_reference,
    set_pictures,
)
from briefs.actions.facts import confirm_facts, read_again, read_fingerprint, reap_fingerprints
from briefs.actions.mattes import drop_matte, keep_matte, make_matte, reap_mattes, try_matte
from briefs.actions.moving import (
    accept_brief,
    cancel_brief,
    close_brief,
    decline_brief,
    hold_brief,
    reopen_brief,
    start_production,
    submit_brief,
    unhold_brief,
)
from briefs.actions.photos import add_photo, check_photo, reap_photos
from briefs.actions.pieces import archive_piece, change_piece, create_piece, create_piece_with_photo
from briefs.actions.shots import WORKED_ON, Cut, cut_into_shots, follow_shots, move_shot, plan_shot

__all__ = [
    "WORKED_ON",
    "Cut",
    "accept_brief",
    "add_photo",
    "add_piece_to_brief",
    "add_reference",
    "archive_piece",
    "cancel_brief",
    "change_brief",
    "change_piece",
    "check_photo",
    "close_brief",
    "confirm_facts",
    "create_brief",
    "create_piece",
    "create_piece_for_brief",
    "create_piece_with_photo",
    "create_whole_brief",
    "cut_into_shots",
    "decline_brief",
    "drop_matte",
    "follow_shots",
    "hold_brief",
    "keep_matte",
    "make_matte",
    "move_shot",
    "plan_shot",
    "read_again",
    "read_fingerprint",
    "reap_fingerprints",
    "reap_mattes",
    "reap_photos",
    "remove_piece_from_brief",
    "remove_reference",
    "reopen_brief",
    "set_pictures",
    "start_production",
    "submit_brief",
    "try_matte",
    "unhold_brief",
]
