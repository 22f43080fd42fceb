"""Every write of the review: a draft's way to the client, marks and threads, decisions, deliveries."""

from review.actions.decisions import decide, let_approval_fall
from review.actions.deliveries import claim_delivery, make_delivery, pack_delivery, reap_deliveries, record_download
from review.actions.drafts import override_gate, pass_draft, propose_draft, reject_draft
from review.actions.gates import set_gate
from review.actions.marks import add_annotation, add_comment, reopen_annotation, resolve_annotation
from review.actions.rounds import send_drafts

__all__ = [
    "add_annotation",
    "add_comment",
    "claim_delivery",
    "decide",
    "let_approval_fall",
    "make_delivery",
    "override_gate",
    "pack_delivery",
    "pass_draft",
    "propose_draft",
    "reap_deliveries",
    "record_download",
    "reject_draft",
    "reopen_annotation",
    "resolve_annotation",
    "send_drafts",
    "set_gate",
]
