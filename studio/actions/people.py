"""People, their roles, their accounts, and brands."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify
from rest_framework.authtoken.models import Token

from studio.errors import Conflict, Invalid
from studio.events import record_event
from studio.models import Brand, Membership, Person, Role
from studio.models.people import BRAND_ROLES, STUDIO_ROLES
from studio.permissions import Right, require


def right_to_manage(brand: Brand | None) -> Right:
    """Whose people are meant decides which right it takes: a brand's, or the studio's."""
    return Right.MANAGE_STUDIO if brand is None else Right.MANAGE_BRAND


def check_role_fits(role: str, brand: Brand | None) -> None:
    """Raises Invalid for a studio role in a brand or a brand role in the studio."""
    if role not in (STUDIO_ROLES if brand is None else BRAND_ROLES):
        raise Invalid(
            "role.misplaced", "That role doesn't belong there: a brand and the studio have roles of their own."
        )


def create_brand(*, name: str, by: Person, website: str = "") -> Brand:
    """A new client company. Raises Invalid without a name, Conflict where one has it already."""
    require(by, Right.MANAGE_STUDIO)
    name = " ".join(name.split())
    slug = slugify(name)[:60]
    if not slug:
        raise Invalid("brand.name", "A brand needs a name with letters or digits.")
    with transaction.atomic():
        if Brand.objects.filter(name__iexact=name).exists() or Brand.objects.filter(slug=slug).exists():
            raise Conflict("brand.taken", f"There is a brand called {name} already.", "Choose another name.")
        brand = Brand.objects.create(name=name, slug=slug, website=website)
        record_event("brand.created", brand, by=by, after={"name": name, "slug": slug})
    return brand


def grant_role(person: Person, *, brand: Brand | None, role: str, by: Person) -> Membership:
    """Gives a role; one held already stays as it is. Raises NotAllowed, Invalid."""
    require(by, right_to_manage(brand), brand)
    check_role_fits(role, brand)
    return give_role(person, brand=brand, role=role, by=by)


def give_role(person: Person, *, brand: Brand | None, role: str, by: Person | None) -> Membership:
    """The change of `grant_role` without its guard: for an accepted invitation, whose guard was its sender's right."""
    with transaction.atomic():
        membership, made = Membership.objects.get_or_create(person=person, brand=brand, role=role)
        if made:
            # The records behind the admin's door are the studio admin's alone.
            if role == Role.STUDIO_ADMIN and not person.is_staff:
                person.is_staff = True
                person.save(update_fields=["is_staff"])
            record_event("role.granted", _Named(membership), by=by, after={"person": person.pk, "role": role})  # type: ignore[arg-type]  # stands for its row
    _forget(person)
    return membership


def remove_role(membership: Membership, *, by: Person) -> None:
    """Takes a role away. Raises Conflict where it would leave the studio or a brand without an admin."""
    require(by, right_to_manage(membership.brand), membership.brand)
    admin = Role.STUDIO_ADMIN if membership.brand_id is None else Role.BRAND_ADMIN
    with transaction.atomic():
        # All of the house's admins are locked, in one order: two who take each other's role away don't both succeed.
        admins = list(
            Membership.objects.select_for_update(of=("self",))
            .filter(brand=membership.brand, role=admin, person__is_active=True)
            .order_by("pk")
        )
        if membership.role == admin and not [row for row in admins if row.pk != membership.pk]:
            raise Conflict(
                "role.last_admin",
                f"{membership.person} is the last {membership.get_role_display().lower()} here.",
                "Make somebody else one first.",
            )
        gone, _ = Membership.objects.filter(pk=membership.pk).delete()
        if not gone:
            raise Conflict("role.gone", "Somebody took this role away already.", "Reload the page.")
        person = membership.person
        if membership.role == Role.STUDIO_ADMIN and person.is_staff:
            person.is_staff = person.is_superuser = False
            person.save(update_fields=["is_staff", "is_superuser"])
        record_event("role.removed", _Named(membership), by=by, before={"person": person.pk, "role": membership.role})  # type: ignore[arg-type]  # stands for its row
    _forget(person)


def change_account(person: Person, *, by: Person, name: str, mail_notifications: bool) -> None:
    """One's own name and whether notifications come by mail. Raises Invalid without a name."""
    _own(person, by)
    name = " ".join(name.split())
    if not name:
        raise Invalid("account.name", "Please write your name: others see it beside your words.")
    before = {"name": person.name, "mail_notifications": person.mail_notifications}
    after = {"name": name[:120], "mail_notifications": mail_notifications}
    if before == after:
        return
    with transaction.atomic():
        person.name, person.mail_notifications = name[:120], mail_notifications
        person.save(update_fields=["name", "mail_notifications"])
        record_event("person.account_changed", person, by=by, before=before, after=after, internal=True)


def change_password(person: Person, password: str, *, by: Person) -> None:
    """One's own new password, which a form has checked against the old one and the validators."""
    _own(person, by)
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        record_event("person.password_changed", person, by=by, internal=True)


def reset_password(person: Person, password: str) -> None:
    """A new password by the link in a mail. Whoever holds the old API token is locked out with the old password."""
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password"])
        Token.objects.filter(user=person).delete()
        record_event("person.password_reset", person, by=person, internal=True)


def reset_token(person: Person, *, by: Person) -> str:
    """A new API token in place of any old one; answers it, to be shown once."""
    _own(person, by)
    with transaction.atomic():
        Token.objects.filter(user=person).delete()
        token = Token.objects.create(user=person)
        record_event("person.token_reset", person, by=by, internal=True)
    return token.key


def _own(person: Person, by: Person) -> None:
    if person.pk != by.pk:
        raise Invalid("account.not_own", "An account is changed by its own person alone.")


def _forget(person: Person) -> None:
    # The roles are read once an object: what was read before the change must not be believed after it.
    person.__dict__.pop("_memberships_held", None)


class _Named:
    """A membership as an event's subject: the membership's own row may be gone, its words shall stay."""

    def __init__(self, membership: Membership) -> None:
        self._meta = membership._meta
        self.pk = membership.pk
        self.brand_id = membership.brand_id
        self._words = f"{membership.person} as {membership.get_role_display()}"

    def __str__(self) -> str:
        return self._words
