"""The permission door as properties: every right against every set of roles, in every house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotAllowed, NotThere
from studio.models import Brand, Membership, Person, Role
from studio.models.people import BRAND_ROLES, STUDIO_ROLES
from studio.permissions import ROLES_WITH, Right, get_visible, may, may_somewhere, require

OWN, OTHER = 1, 2
memberships = st.sets(
    st.one_of(
        st.tuples(st.sampled_from([OWN, OTHER]), st.sampled_from(sorted(BRAND_ROLES))),
        st.tuples(st.none(), st.sampled_from(sorted(STUDIO_ROLES))),
    )
)


@dataclass
class RowOf:
    brand_id: int | None


def holder(held: set[tuple[int | None, str]], is_active: bool = True) -> Person:
    person = Person(email="p@p.example", name="P", is_active=is_active)
    person._memberships_held = sorted(held, key=str)
    return person


@given(memberships, st.sampled_from(list(Right)))
def test_a_right_needs_a_role_of_the_rows_brand_or_of_the_studio(held: set[Any], right: Right) -> None:
    person = holder(held)
    for house in (OWN, OTHER):
        counts = {role for brand_id, role in held if brand_id in (house, None)}
        assert may(person, right, RowOf(house)) == bool(counts & ROLES_WITH[right])
    in_studio = {role for brand_id, role in held if brand_id is None}
    assert may(person, right) == bool(in_studio & ROLES_WITH[right])
    assert may(person, right, RowOf(None)) == may(person, right)


@given(memberships, st.sampled_from(list(Right)))
def test_roles_in_another_brand_change_nothing(held: set[Any], right: Right) -> None:
    without = {(brand_id, role) for brand_id, role in held if brand_id != OTHER}
    assert may(holder(held), right, RowOf(OWN)) == may(holder(without), right, RowOf(OWN))


@given(memberships, st.sampled_from(list(Right)))
def test_somewhere_is_any_house(held: set[Any], right: Right) -> None:
    person = holder(held)
    anywhere = may(person, right) or any(may(person, right, RowOf(house)) for house in (OWN, OTHER))
    assert may_somewhere(person, right) == anywhere


@given(memberships, st.sampled_from(list(Right)))
def test_an_inactive_person_may_nothing(held: set[Any], right: Right) -> None:
    person = holder(held, is_active=False)
    assert not may(person, right, RowOf(OWN))
    assert not may_somewhere(person, right)


@given(memberships, memberships, st.sampled_from(list(Right)))
def test_a_role_more_never_takes_a_right_away(held: set[Any], more: set[Any], right: Right) -> None:
    if may(holder(held), right, RowOf(OWN)):
        assert may(holder(held | more), right, RowOf(OWN))


def test_every_right_belongs_to_a_role_and_every_role_has_a_right() -> None:
    assert set(ROLES_WITH) == set(Right)
    assert all(ROLES_WITH.values())
    assert set().union(*ROLES_WITH.values()) == set(Role)


def test_a_client_never_holds_a_studio_right() -> None:
    for right in (Right.PLAN, Right.DIRECT, Right.CHECK, Right.COMMENT_INTERNALLY, Right.DELIVER, Right.MANAGE_STUDIO):
        assert not ROLES_WITH[right] & BRAND_ROLES


def test_the_studio_decides_nothing_in_a_clients_name() -> None:
    for right in (Right.DECIDE, Right.SUBMIT_BRIEF):
        assert not ROLES_WITH[right] & STUDIO_ROLES


def test_nobody_is_somebody_by_not_being_logged_in() -> None:
    from django.contrib.auth.models import AnonymousUser

    for right in Right:
        assert not may(AnonymousUser(), right, RowOf(OWN))
        with pytest.raises(NotAllowed, match="allow you to"):
            require(AnonymousUser(), right)


def test_roles_are_read_once_a_request(world: Any, django_assert_num_queries: Any) -> None:
    person = Person.objects.get(pk=world.approver.pk)
    with django_assert_num_queries(1):
        for right in Right:
            may(person, right, world.brand)
        assert person.brand_ids == [world.brand.pk]


def test_another_tenants_row_and_no_row_are_told_apart_by_nobody(world: Any) -> None:
    messages = set()
    for pk in (world.other_brand.pk, 999_999):
        with pytest.raises(NotThere) as error:
            get_visible(Brand.objects, world.brand_admin, pk=pk)
        messages.add((error.value.code, error.value.message, error.value.hint))
    assert len(messages) == 1
    assert get_visible(Membership.objects, world.reviewer, person__email=world.approver.email).brand == world.brand
