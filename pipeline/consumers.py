"""Progress and state of a shot's generations, live from the database's truth."""

from __future__ import annotations

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class ShotConsumer(AsyncJsonWebsocketConsumer):
    """Closed until its catch-up is written."""

    async def connect(self) -> None:
        await self.close(code=4403)
