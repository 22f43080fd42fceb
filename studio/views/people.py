"""People of a brand and of the studio: who has which role, invitations, brands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from studio import actions
from studio.actions.people import right_to_manage
from studio.forms import Invite, NewBrand, Place
from studio.models import Brand, Invitation, Membership, Person, Role
from studio.models.people import BRAND_ROLES, STUDIO_ROLES
from studio.permissions import Right, get_visible, may, may_somewhere, require
from studio.requests import PageRequest

# What each role is for, for whoever gives one.
ROLE_WORDS = {
    Role.BRAND_ADMIN: "manages the brand's people, writes briefs, approves",
    Role.APPROVER: "writes briefs, approves or requests changes",
    Role.REVIEWER: "sees what was sent, comments, downloads",
    Role.PRODUCER: "plans, assigns, sends to review, delivers",
    Role.RETOUCHER: "directs shots and generates pictures",
    Role.STUDIO_ADMIN: "plans and directs too, and manages people and brands",
}


@dataclass
class Crew:
    """The people of one house: a brand, or (None) the studio."""

    brand: Brand | None
    managed: bool
    people: dict[Person, list[Membership]] = field(default_factory=dict)
    invitations: list[tuple[Invitation, str]] = field(default_factory=list)

    @property
    def roles(self) -> list[tuple[str, str]]:
        """What can be given here, as choices."""
        return [(r.value, r.label) for r in Role if r in (BRAND_ROLES if self.brand else STUDIO_ROLES)]

    @property
    def name(self) -> str:
        return self.brand.name if self.brand else "The studio"


def _crews(person: Person, brands: Iterable[Brand]) -> list[Crew]:
    """The houses this person sees: their brands, and for the studio's people the studio and every brand."""
    crews: dict[int | None, Crew] = {b.pk: Crew(b, may(person, Right.MANAGE_BRAND, b)) for b in brands}
    houses: dict[int | None, Crew] = {None: Crew(None, may(person, Right.MANAGE_STUDIO))} if person.is_studio else {}
    houses |= crews
    seen = Q(brand__in=crews) | (Q(brand__isnull=True) if person.is_studio else Q(pk__in=[]))
    memberships = Membership.objects.filter(seen).select_related("person", "brand").order_by("person__name", "role")
    for membership in memberships:
        houses[membership.brand_id].people.setdefault(membership.person, []).append(membership)
    for invitation in Invitation.objects.open().visible_to(person).select_related("brand", "invited_by"):
        crew = houses.get(invitation.brand_id)
        if crew and crew.managed:
            # The link goes to those who may invite: a mail that didn't arrive can be helped by hand.
            crew.invitations.append((invitation, settings.SITE_URL + reverse("invitation", args=[invitation.token])))
    return list(houses.values())


def _page(request: PageRequest, status: int = 200, **facts: object) -> HttpResponse:
    person = request.user
    brands = list(Brand.objects.visible_to(person))
    own: dict[str, object] = {"crews": _crews(person, brands), "manages_studio": may(person, Right.MANAGE_STUDIO)}
    if may_somewhere(person, Right.MANAGE_BRAND):
        own["invite_form"] = Invite(by=person, brands=brands)
        own["brand_form"] = NewBrand()
        shown = list(Role) if own["manages_studio"] else [r for r in Role if r in BRAND_ROLES]
        own["role_words"] = [(role.label, ROLE_WORDS[role]) for role in shown]
    return render(request, "studio/people.html", {**own, **facts}, status=status)


@require_GET
def people(request: PageRequest) -> HttpResponse:
    return _page(request)


@require_POST
def invite(request: PageRequest) -> HttpResponse:
    _require_somewhere(request)
    form = Invite(request.POST, by=request.user, brands=list(Brand.objects.visible_to(request.user)))
    if not form.is_valid():
        return _page(request, 422, invite_form=form)
    facts = form.cleaned_data
    made = actions.invite_person(facts["email"], brand=facts["brand"], role=facts["role"], by=request.user)
    messages.success(request, f"An invitation is on its way to {made.email}. It works for a fortnight.")
    return redirect("people")


@require_POST
def invitation_revoke(request: PageRequest, pk: int) -> HttpResponse:
    found = get_visible(Invitation.objects, request.user, pk=pk)
    actions.revoke_invitation(found, by=request.user)
    messages.success(request, f"The invitation of {found.email} is taken back; its link opens nothing any more.")
    return redirect("people")


@require_POST
def role_grant(request: PageRequest, pk: int) -> HttpResponse:
    _require_somewhere(request)
    person = get_visible(Person.objects, request.user, pk=pk)
    form = Place(request.POST, by=request.user, brands=list(Brand.objects.visible_to(request.user)))
    if not form.is_valid():
        messages.error(request, "Choose where, and a role that belongs there.")
        return redirect("people")
    made = actions.grant_role(person, brand=form.cleaned_data["brand"], role=form.cleaned_data["role"], by=request.user)
    messages.success(request, f"{person} is {made.get_role_display().lower()} now.")
    return redirect("people")


@require_POST
def role_remove(request: PageRequest, pk: int) -> HttpResponse:
    membership = get_visible(Membership.objects.select_related("person", "brand"), request.user, pk=pk)
    require(request.user, right_to_manage(membership.brand), membership.brand)
    actions.remove_role(membership, by=request.user)
    messages.success(request, f"{membership.person} is no longer {membership.get_role_display().lower()}.")
    if membership.person_id == request.user.pk:
        return redirect("home")
    return redirect("people")


@require_POST
def brand_new(request: PageRequest) -> HttpResponse:
    require(request.user, Right.MANAGE_STUDIO)
    form = NewBrand(request.POST)
    if not form.is_valid():
        return _page(request, 422, brand_form=form)
    made = actions.create_brand(by=request.user, **form.cleaned_data)
    messages.success(request, f"{made.name} is a brand now. Invite its first brand admin.")
    return redirect("people")


def _require_somewhere(request: PageRequest) -> None:
    """Who manages nobody gets one plain answer, before any field is looked at."""
    if not may_somewhere(request.user, Right.MANAGE_BRAND):
        require(request.user, Right.MANAGE_STUDIO)
