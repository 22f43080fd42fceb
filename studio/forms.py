"""Forms of people and their accounts. They check what was typed; the actions write."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.utils.safestring import SafeString

from studio.models import Brand, Person, Role
from studio.models.people import BRAND_ROLES, STUDIO_ROLES
from studio.permissions import Right, may


class LogIn(AuthenticationForm):
    """E-mail and password; one message for every way to be wrong, so that it tells nobody which e-mails exist."""

    username = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    error_messages = {
        "invalid_login": "That e-mail and password don't go together.",
        "inactive": "That e-mail and password don't go together.",
    }

    def clean_username(self) -> str:
        return self.cleaned_data["username"].lower()


class AskForReset(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class NewPassword(SetPasswordForm):
    """Twice the same, held to the validators."""

    new_password1 = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. A few words in a row are easy to keep and hard to guess.",
    )
    new_password2 = forms.CharField(
        label="The same again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class ChangePassword(NewPassword):
    """With the old one, so that a screen left open changes nothing."""

    old_password = forms.CharField(
        label="Password now", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    field_order = ["old_password", "new_password1", "new_password2"]

    def clean_old_password(self) -> str:
        old = self.cleaned_data["old_password"]
        if not self.user.check_password(old):
            raise forms.ValidationError("That is not your password now.")
        return old


class Account(forms.Form):
    name = forms.CharField(label="Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    mail_notifications = forms.BooleanField(label="Send me my notifications by mail as well", required=False)


class AcceptInvitation(forms.Form):
    """Who is new says their name and chooses a password."""

    name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
        help_text="Others see it beside your words and decisions.",
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters. A few words in a row are easy to keep and hard to guess.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        password = facts.get("password")
        if password:
            try:
                password_validation.validate_password(password, Person(email=self.email, name=facts.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return facts


# What a form calls the house that is no brand.
STUDIO = "studio"


class Place(forms.Form):
    """Where (a brand or the studio) and as what: the two go together, and both are offered only where `by` may."""

    brand = forms.ChoiceField(label="Where")
    role = forms.ChoiceField(label="Role", initial=Role.REVIEWER)

    def __init__(self, *args: Any, by: Person, brands: list[Brand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brands = {str(b.pk): b for b in brands if may(by, Right.MANAGE_BRAND, b)}
        in_studio = may(by, Right.MANAGE_STUDIO)
        where = [(pk, b.name) for pk, b in self.brands.items()]
        roles: list[Any] = [(r.value, r.label) for r in Role if r in BRAND_ROLES]
        if in_studio:
            where.append((STUDIO, "The studio"))
            roles = [
                ("In a brand", roles),
                ("In the studio", [(r.value, r.label) for r in Role if r in STUDIO_ROLES]),
            ]
        self.fields["brand"].choices = where  # type: ignore[attr-defined]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        if len(where) == 1:
            self.fields["brand"].initial = where[0][0]
            self.fields["brand"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if "brand" not in facts or "role" not in facts:
            return facts
        facts["brand"] = None if facts["brand"] == STUDIO else self.brands[facts["brand"]]
        role = facts["role"]
        if (role in STUDIO_ROLES) != (facts["brand"] is None):
            self.add_error("role", "That role doesn't belong there: a brand and the studio have roles of their own.")
        return facts


class Invite(Place):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ["email", "brand", "role"]


class NewBrand(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    website = forms.URLField(label="Website", required=False, assume_scheme="https")


def described(field: forms.BoundField) -> SafeString:
    """The field's widget with `aria-describedby` for its hint and error, and `aria-invalid` where it has one."""
    names = []
    if field.help_text:
        names.append(f"{field.auto_id}-hint")
    attrs: dict[str, str | bool] = {}
    if field.errors:
        names.append(f"{field.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if names:
        attrs["aria-describedby"] = " ".join(names)
    return field.as_widget(attrs=attrs)
