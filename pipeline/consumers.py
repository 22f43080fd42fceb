"""Progress and state of a shot's generations, live from the database's truth."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from redis.exceptions import RedisError

from briefs.models import Shot
from pipeline.live import TruthMessage, group_of, truth_of
from studio.errors import LoupeError
from studio.models import Person
from studio.permissions import Right, get_visible, require

NO_LOG_IN, NOT_ALLOWED, NOT_THERE, NOT_NOW = 4401, 4403, 4404, 1013


class ShotConsumer(AsyncJsonWebsocketConsumer):
    """One open page of one shot.

    The page gets the whole truth when it connects and whenever it sends ``{"type": "truth"}``; in between, what
    happens. Who may see it is asked at connect and again for every message: a role taken away closes the line.
    """

    async def connect(self) -> None:
        self.shot_id: int = self.scope["url_route"]["kwargs"]["pk"]
        person = self.scope.get("user")
        if person is None or not person.is_authenticated:
            await self.close(code=NO_LOG_IN)
            return
        self.person_id: int = person.pk
        code = await self._refusal()
        if code:
            await self.close(code=code)
            return
        # In the group first, then the truth: nothing that happens in between is missed.
        try:
            await self.channel_layer.group_add(group_of(self.shot_id), self.channel_name)
        except (OSError, RedisError):
            # Without the live channel there is no line: the page asks by HTTP until it is back.
            await self.close(code=NOT_NOW)
            return
        await self.accept()
        await self._tell_truth()

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "person_id"):
            with suppress(OSError, RedisError):
                await self.channel_layer.group_discard(group_of(self.shot_id), self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if await self._closed_by_refusal():
            return
        if isinstance(content, dict) and content.get("type") == "truth":
            await self._tell_truth()
        else:
            await self.send_json({"type": "error", "message": "This line only answers to “truth”."})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        try:
            await super().receive(text_data=text_data, bytes_data=bytes_data, **kwargs)
        except ValueError:
            await self.send_json({"type": "error", "message": "This line takes JSON text alone."})

    async def shot_message(self, event: dict[str, Any]) -> None:
        """A message of the shot's group, handed on to a page that may still see it."""
        if not await self._closed_by_refusal():
            await self.send_json(event["message"])

    async def _closed_by_refusal(self) -> bool:
        code = await self._refusal()
        if code:
            await self.close(code=code)
        return bool(code)

    async def _tell_truth(self) -> None:
        await self.send_json(await self._truth())

    @database_sync_to_async
    def _truth(self) -> TruthMessage:
        return truth_of(Shot.objects.get(pk=self.shot_id))

    @database_sync_to_async
    def _refusal(self) -> int:
        """0, or the close code that says why this person may not look on. Reads person and roles anew."""
        person = Person.objects.filter(pk=self.person_id, is_active=True).first()
        if person is None:
            return NO_LOG_IN
        try:
            require(person, Right.DIRECT, get_visible(Shot.objects.select_related("brief"), person, pk=self.shot_id))
        except LoupeError as error:
            return NOT_ALLOWED if error.status == 403 else NOT_THERE
        return 0
