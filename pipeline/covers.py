"""The newest made picture of a shot, for the studio's lists; a brand sees drafts alone (`review.covers`)."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from briefs.covers import Cover
from briefs.models import Shot
from pipeline.models import Artifact, Generation
from studio.models import Person


def covers_of_generations(shots: Sequence[Shot], person: Person) -> dict[int, Cover]:
    """The thumbnail (else the preview) of each shot's newest generation that is done; none for a brand's people."""
    if not person.is_studio:
        return {}
    rows = Artifact.objects.filter(
        generation__shot__in=shots, generation__state=Generation.State.DONE, kind__in=("preview", "thumbnail")
    )
    # A later row of the same shot takes the place of an earlier one; of one generation, thumbnail follows preview.
    ordered = rows.order_by("generation__number", "kind").values_list("generation__shot_id", "pk")
    return {shot: Cover(reverse("artifact", args=[pk])) for shot, pk in ordered}
