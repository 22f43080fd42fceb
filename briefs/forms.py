"""The app's forms. They read what was typed into values; what may be is the actions' rule, and its words come back here."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import QueryDict

from briefs.actions import Cut
from briefs.board import retouchers
from briefs.models import Brief, Piece, Shot
from briefs.vocabulary import CHANNELS, CROPS, MARKETS, MOODS, channel_label, crops_of
from studio.errors import LoupeError


def take_errors(form: forms.Form, error: LoupeError) -> None:
    """An action's refusal as the form's errors: by field where it names one, above the form otherwise."""
    named = error.details.get("errors")
    if not isinstance(named, dict):
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return
    for name, messages in named.items():
        form.add_error(name if name in form.fields else None, messages)


class PieceForm(forms.Form):
    """A piece's facts. `version` is of the piece that the form was filled in from."""

    name = forms.CharField(max_length=160, help_text="As you call it: “Halo ring, oval”.")
    sku = forms.CharField(label="SKU", max_length=60)
    category = forms.ChoiceField(choices=Piece.Category.choices)
    metal = forms.ChoiceField(choices=Piece.Metal.choices)
    width_mm = forms.FloatField(
        label="Width in mm",
        help_text="Edge to edge, as the photo shows it. Pictures are made to this size.",
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "min": 1, "max": 1000}),
    )
    stones = forms.IntegerField(required=False, help_text="How many stones it has.")
    prongs = forms.IntegerField(required=False)
    links = forms.IntegerField(required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    FIRST = ("name", "sku", "category", "metal", "width_mm")

    def facts(self) -> dict[str, Any]:
        """The action's arguments."""
        cleaned = self.cleaned_data
        counted = {k: cleaned[k] for k in ("stones", "prongs", "links") if cleaned.get(k) is not None}
        return {name: cleaned[name] for name in self.FIRST} | {"declared": counted}

    @classmethod
    def of(cls, piece: Piece) -> PieceForm:
        first = {name: getattr(piece, name) for name in cls.FIRST} | {"width_mm": f"{piece.width_mm:g}"}
        return cls(initial=first | piece.declared | {"version": piece.version})


def _choices(vocabulary: dict[str, Any]) -> list[tuple[str, str]]:
    return [(slug, value if isinstance(value, str) else value.label) for slug, value in vocabulary.items()]


def _words(rows: int, hint: str = "", label: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=hint, max_length=2000, widget=forms.Textarea(attrs={"rows": rows})
    )


class IntakeForm(forms.Form):
    """The brief as its brand fills it in. Nothing is required while it is a draft."""

    title = forms.CharField(required=False, max_length=160, label="Name of the brief")
    channels = forms.MultipleChoiceField(
        choices=_choices(CHANNELS),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Where will they be used?",
    )
    markets = forms.MultipleChoiceField(
        choices=_choices(MARKETS), required=False, widget=forms.CheckboxSelectMultiple, label="Markets"
    )
    purpose = _words(2, "A launch, a season, a new shop: what the pictures are for.", "Purpose")
    moods = forms.MultipleChoiceField(
        choices=_choices(MOODS), required=False, widget=forms.CheckboxSelectMultiple, label="Mood"
    )
    mood = _words(2, label="Anything else about the mood")
    light_wishes = _words(2, "Warm, from a window, hard with clear shadows…", "Light")
    pose_wishes = _words(2, "Hand at the collarbone, three-quarter view…", "Pose")
    model_wishes = _words(3, "Who should wear it: a sculpted bust or hand, skin tone, age. Or leave it to us.", "Model")
    deadline = forms.DateField(
        required=False, label="Needed by", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    tier = forms.ChoiceField(choices=Brief.Tier.choices, widget=forms.RadioSelect, required=False)
    notes = forms.CharField(
        required=False, max_length=4000, label="Notes for the studio", widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    TIER_WORDS = {
        "essential": "One direction, one round of changes.",
        "signature": "Directed shot by shot, three rounds.",
        "atelier": "Art direction with you, as many rounds as it takes.",
    }

    def wishes(self) -> dict[str, Any]:
        """The action's arguments: the fields that were sent."""
        wishes = {name: self.cleaned_data[name] for name in self.fields if name != "version"}
        if wishes.get("tier") == "":
            del wishes["tier"]
        return wishes

    @classmethod
    def of(cls, brief: Brief) -> IntakeForm:
        return cls(initial={name: getattr(brief, name) for name in cls.base_fields})

    @classmethod
    def of_changes(cls, changes: dict[str, Any]) -> IntakeForm:
        """The form with the fields alone that an autosave sent, ``{"title": "...", "moods": ["warm"]}``."""
        typed = QueryDict(mutable=True)
        for name, value in changes.items():
            typed.setlist(name, [str(v) for v in value] if isinstance(value, list) else [str(value or "")])
        form = cls(typed)
        form.fields = {name: field for name, field in form.fields.items() if name in changes and name != "version"}
        return form

    @property
    def tiers(self) -> list[tuple[Any, str]]:
        return [(option, self.TIER_WORDS[option.data["value"]]) for option in self["tier"]]


def parse_changes(body: bytes) -> tuple[dict[str, Any], Any] | None:
    """An autosave's ``{"version": 3, "fields": {...}}`` as (fields, version); None where it is something else."""
    try:
        sent = json.loads(body)
        fields, version = sent["fields"], sent.get("version")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return (fields, version) if isinstance(fields, dict) else None


class DeclineForm(forms.Form):
    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The brand reads this. Say what is missing, or why it can't be done.",
    )


class _Planned(forms.Form):
    title = forms.CharField(max_length=160)
    channel = forms.ChoiceField(choices=[("", "—"), *_choices(CHANNELS)], required=False)
    crop = forms.ChoiceField(choices=list(CROPS.items()))
    due = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    retoucher: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="Nobody yet")
    priority = forms.TypedChoiceField(choices=Shot.Priority.choices, coerce=int, initial=Shot.Priority.NORMAL)

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        retoucher: Any = self.fields["retoucher"]
        retoucher.queryset = retouchers() if people is None else people


class ShotPlanForm(_Planned):
    """Who makes a shot, by when, in which shape."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, shot: Shot) -> ShotPlanForm:
        return cls(initial={name: getattr(shot, name) for name in cls.base_fields})

    def plan(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class CutForm(_Planned):
    """One row of the table in which a brief is cut into shots; only rows that are ticked become shots."""

    take = forms.BooleanField(required=False, label="Make it")
    piece: Any = forms.ModelChoiceField(queryset=None, widget=forms.HiddenInput)

    def __init__(self, *args: Any, pieces: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        piece: Any = self.fields["piece"]
        piece.queryset = pieces

    def cut(self) -> Cut:
        cleaned = self.cleaned_data
        return Cut(**{name: value for name, value in cleaned.items() if name != "take"})


class _CutRows(forms.BaseFormSet):
    def full_clean(self) -> None:
        """A row that isn't ticked may be anything."""
        for form in self.forms:
            if self.is_bound and not form.data.get(form.add_prefix("take")):
                form.empty_permitted = True
                form.has_changed = lambda: False
        super().full_clean()

    def cuts(self) -> list[Cut]:
        return [form.cut() for form in self.forms if form.cleaned_data.get("take")]


CutFormSet = forms.formset_factory(CutForm, formset=_CutRows, extra=0, max_num=200, absolute_max=220)


def cut_rows(brief: Brief, data: Any = None) -> Any:
    """The table for cutting `brief`: filled in from what was asked for, or from what was typed."""
    pieces = Piece.objects.filter(briefs=brief)
    options = {"pieces": pieces, "people": retouchers()}
    if data is not None:
        return CutFormSet(data, prefix="cut", form_kwargs=options)
    return CutFormSet(initial=proposed_cuts(brief), prefix="cut", form_kwargs=options)


def proposed_cuts(brief: Brief) -> list[dict[str, Any]]:
    """A row for each view of each piece in each shape that the channels ask for, less those that are shots already."""
    have = list(brief.shots.exclude(state=Shot.State.CANCELLED).values_list("piece_id", "crop"))
    rows = []
    for wanted in brief.wanted.select_related("piece"):
        for crop, channels in crops_of(brief.channels).items():
            made = have.count((wanted.piece_id, crop))
            for view in range(made + 1, wanted.pictures + 1):
                where = channel_label(channels[0]) if channels else crop
                name = f"{wanted.piece.name}, {where}" + (f", view {view}" if wanted.pictures > 1 else "")
                rows.append({
                    "take": True, "piece": wanted.piece_id, "title": name[:160], "crop": crop,
                    "channel": channels[0] if channels else "", "due": brief.deadline, "priority": Shot.Priority.NORMAL,
                })  # fmt: skip
    return rows
