"""What the review's pages take in, cleaned; what may be done with it is the actions' business."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import QueryDict

from studio.errors import Invalid


class RoundForm(forms.Form):
    """Sending drafts: a message and a date to answer by, both optional."""

    message = forms.CharField(
        label="Message to the client",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    deadline = forms.DateField(label="Answer by", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def clean_round(data: QueryDict) -> dict[str, Any]:
    """The round's message and date. Raises Invalid in the form's own words."""
    form = RoundForm(data)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise Invalid("round.input", f"{form.fields[field].label}: {errors[0]}")
    return form.cleaned_data


def selector_in(data: QueryDict) -> Any:
    """The selector that a form carries as JSON in one hidden field. Raises Invalid where it isn't JSON."""
    text = data.get("selector", "")
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid("selector.form", "The mark's place can't be read. Put the mark on the picture again.") from error
