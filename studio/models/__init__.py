"""People, brands, roles, the event log, notifications."""

from studio.models.events import Event
from studio.models.notifications import Notification
from studio.models.people import Brand, Invitation, Membership, Person, Role

__all__ = ["Brand", "Event", "Invitation", "Membership", "Notification", "Person", "Role"]
