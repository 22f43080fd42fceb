"""What the app's events say in words: each finishes "Anna ... ", without the subject's name."""

from __future__ import annotations

EVENT_WORDS: dict[str, str] = {
    "draft.propose": "put a version forward for the internal check",
    "draft.pass": "passed the internal check",
    "draft.reject": "sent the version back to the desk: {after[reason]}",
    "gate.changed": "changed which checks must pass",
    "draft.override_gate": "let the version through although its report says {after[verdict]}: {after[reason]}",
    "draft.send": "sent the version to the client",
    "draft.approve": "approved the version",
    "draft.request_changes": "requested changes to the version",
    "draft.fall": "found that the approval doesn't hold any more: {after[because]}",
    "draft.supersede": "replaced the version by a newer one",
    "draft.supersede_unsent": "replaced the version before it was sent",
    "round.send": "sent a round for review",
    "annotation.add": "marked the picture",
    "annotation.resolve": "resolved the mark",
    "annotation.reopen": "opened the mark again",
    "comment.add": "wrote a comment",
    "decision.make": "decided on the picture they saw",
    "delivery.make": "had the delivery packed",
    "delivery.ready": "finished the delivery",
    "delivery.fail": "could not pack the delivery: {after[error]}",
    "delivery.downloaded": "downloaded the delivery",
}
