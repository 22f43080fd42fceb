"""What a brand or a brief asks of the QA gate beyond what it asks by itself."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from briefs.models import Brief
from pipeline.qa.names import CHECK_TITLES
from review.models import GatePolicy
from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Brand, Person
from studio.permissions import Right, require


def set_gate(
    owner: Brand | Brief, *, by: Person, must_pass: Sequence[str], seen_version: int | None = None
) -> GatePolicy:
    """Says which checks must pass without a warning, for a brand's pictures or for one brief's. An empty list asks no more
    than the gate does by itself. Drafts that passed their check before stay passed.

    Raises NotAllowed; Invalid for a check that there isn't; Conflict where somebody else changed it meanwhile
    (`seen_version`, 0: there was none), or where the brief has ended.
    """
    brand_id = owner.brand_id if isinstance(owner, Brief) else owner.pk
    tenant = GatePolicy(brand_id=brand_id)
    require(by, Right.SET_GATE, tenant)
    unknown = sorted(set(must_pass) - CHECK_TITLES.keys())
    if unknown:
        raise Invalid(
            "gate.unknown", f"There is no check “{unknown[0]}”.", "Choose from the list. Nothing was changed."
        )
    wanted = [name for name in CHECK_TITLES if name in set(must_pass)]
    brief = owner if isinstance(owner, Brief) else None
    if brief is not None and brief.state in (Brief.State.CLOSED, Brief.State.CANCELLED, Brief.State.DECLINED):
        raise Conflict("brief.state", f"This brief is {brief.get_state_display().lower()}.", "Nothing was changed.")
    with transaction.atomic():
        Brand.objects.select_for_update().get(pk=brand_id)
        row = GatePolicy.objects.filter(brand_id=brand_id, brief=brief).first()
        standing, before = (row.version, row.must_pass) if row else (0, [])
        if seen_version is not None and seen_version != standing:
            raise Conflict(
                "version.old",
                "Somebody else changed this gate meanwhile.",
                "Look at how it stands now, then change it. Nothing was changed.",
                version=standing,
            )
        if row is not None and before == wanted:
            return row
        if row is None:
            row = GatePolicy(brand_id=brand_id, brief=brief)
        row.must_pass, row.changed_by, row.changed_at, row.version = wanted, by, timezone.now(), standing + 1
        row.save()
        record_event("gate.changed", owner, by=by, before={"must_pass": before}, after={"must_pass": wanted})
    return row
