"""Whether what is stored is still what was shown: a draft's picture and report, hashed again from their bytes.

A decision is bound to two SHA-256 values. It stands while the stored files still have them, and falls with the first
byte that differs; nothing has to notice at the time, because everybody who reads a decision asks here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from review.models import Decision, Draft
from studio.errors import Conflict

PICTURE, REPORT = "draft", "report"
# Where an approved draft may have come to since.
_OVERTAKEN: dict[str, str] = {
    Draft.State.SUPERSEDED: "A newer version was sent since, and took its place.",
    Draft.State.FALLEN: "It fell when a stored file was not the one that was approved.",
}


def stored_sha256(file: Any) -> str:
    """SHA-256 of a stored file's bytes, in hex; an empty string where the file is gone."""
    digest = hashlib.sha256()
    try:
        with file.open("rb") as source:
            for chunk in iter(lambda: source.read(1 << 20), b""):
                digest.update(chunk)
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()


@dataclass(frozen=True)
class Proof:
    """What re-hashing a draft's files found. `faults` are in words for people; empty where all is as it was."""

    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def words(self) -> str:
        return " ".join(self.faults)


def prove(draft: Draft) -> Proof:
    """Reads the stored picture and report of `draft` and holds them to the hashes that were frozen with it."""
    faults = []
    for kind, expected, what in (
        (PICTURE, draft.picture_sha256, "picture"),
        (REPORT, draft.report_sha256, "QA report"),
    ):
        artifact = draft.generation.file(kind)
        found = stored_sha256(artifact.file) if artifact else ""
        if not found:
            faults.append(f"The stored {what} of {draft} is missing.")
        elif found != expected:
            faults.append(
                f"The stored {what} of {draft} is not the one that was shown: its SHA-256 is {found[:12]}…, not {expected[:12]}…."
            )
    return Proof(tuple(faults))


def require_proof(draft: Draft) -> None:
    """Raises Conflict where a stored file of the draft has changed or gone."""
    proof = prove(draft)
    if not proof.holds:
        raise Conflict(
            "draft.changed",
            proof.words,
            "Nothing can be decided or delivered on it. The studio must make this picture again.",
        )


def is_bound(decision: Decision, draft: Draft) -> bool:
    """Whether the decision names the very hashes that the draft was frozen with."""
    return (decision.picture_sha256, decision.report_sha256) == (draft.picture_sha256, draft.report_sha256)


@dataclass(frozen=True)
class Standing:
    """A decision as it is read: `stands`, or why it has fallen."""

    decision: Decision
    fallen: str

    @property
    def stands(self) -> bool:
        return not self.fallen


def read_decisions(draft: Draft, decisions: Iterable[Decision]) -> list[Standing]:
    """Each decision with whether it stands now. Reads the stored files once, and only where there is a decision."""
    decisions = list(decisions)
    if not decisions:
        return []
    proof = prove(draft)
    read = []
    for decision in decisions:
        fallen = proof.words
        if not is_bound(decision, draft):
            fallen = "It was made on another file than the one that stands here."
        if decision.verdict == Decision.Verdict.APPROVE and not fallen:
            fallen = _OVERTAKEN.get(draft.state, "")
        read.append(Standing(decision, fallen))
    return read


def standing_approval(draft: Draft) -> Decision:
    """The approval that the draft may be delivered on. Raises Conflict where there is none, or where it has fallen."""
    approval = draft.decisions.filter(verdict=Decision.Verdict.APPROVE).order_by("-id").first()
    if approval is None or draft.state != Draft.State.APPROVED:
        raise Conflict("draft.not_approved", f"{draft} is not approved.")
    if not is_bound(approval, draft):
        raise Conflict("decision.fallen", f"The approval of {draft} was made on another file than the one stored now.")
    require_proof(draft)
    return approval
