"""The live line: the truth at connect and at every asking, typed messages, and permission for each of them."""

import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.layers import channel_layers
from channels.routing import URLRouter

from pipeline.actions import request_cancel
from pipeline.leases import claim_generation
from pipeline.live import tell_progress
from studio.models import Membership
from studio.sockets import websocket_urlpatterns
from tests.cast import World
from tests.pipeline.generations.line import shot_to_direct, started

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_layer_of_the_test():
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


class Line(ApplicationCommunicator):
    """A page's socket on the real consumer and the real channel layer."""

    async def connect(self):
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(5)
        return answer["type"] == "websocket.accept", answer.get("code")

    async def hears(self):
        answer = await self.receive_output(5)
        assert answer["type"] == "websocket.send", answer
        return json.loads(answer["text"])

    async def says(self, text):
        await self.send_input({"type": "websocket.receive", "text": text})

    async def leave(self):
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(5)


def line_for(person, shot_id):
    scope = {"type": "websocket", "path": f"/ws/shots/{shot_id}/", "query_string": b"", "headers": [], "user": person}
    return Line(URLRouter(websocket_urlpatterns), scope)


@sync_to_async
def world_with_a_shot():
    world = World()
    shot = shot_to_direct(world)
    return world, shot, started(world, shot)


async def test_a_page_gets_the_truth_at_connect_and_whenever_it_asks():
    world, _, generation = await world_with_a_shot()
    line = line_for(world.retoucher, generation.shot_id)
    assert (await line.connect())[0]
    truth = await line.hears()
    assert truth["type"] == "truth"
    assert [(g["id"], g["state"]) for g in truth["generations"]] == [(generation.pk, "queued")]
    await sync_to_async(claim_generation)(generation.pk, worker="w")
    state = await line.hears()
    assert (state["type"], state["generation"]["state"]) == ("state", "running")
    await line.says('{"type": "truth"}')
    assert (await line.hears())["generations"][0]["state"] == "running"
    await line.leave()


async def test_progress_and_a_cancel_reach_the_page():
    world, shot, generation = await world_with_a_shot()
    line = line_for(world.retoucher, shot.pk)
    await line.connect()
    await line.hears()
    await sync_to_async(tell_progress)(shot.pk, generation.pk, "render", 0.4, 2.0)
    told = await line.hears()
    assert told == {
        "type": "progress",
        "id": generation.pk,
        "stage": "Rendering light",
        "fraction": 0.4,
        "seconds": 2.0,
    }
    await sync_to_async(request_cancel)(generation, by=world.retoucher)
    assert (await line.hears())["generation"]["state"] == "cancelled"
    await line.leave()


@pytest.mark.parametrize(
    ("who", "code"),
    [("outsider", 4404), ("other_admin", 4404), ("reviewer", 4403), ("approver", 4403), ("brand_admin", 4403)],
)
async def test_who_may_not_direct_gets_no_line(who, code):
    world, shot, _ = await world_with_a_shot()
    connected, answer = await line_for(getattr(world, who), shot.pk).connect()
    assert (connected, answer) == (False, code)


async def test_nobody_without_a_log_in_gets_a_line():
    from django.contrib.auth.models import AnonymousUser

    _, shot, _ = await world_with_a_shot()
    assert await line_for(AnonymousUser(), shot.pk).connect() == (False, 4401)


async def test_a_role_taken_away_closes_the_line_at_the_next_message():
    world, shot, generation = await world_with_a_shot()
    line = line_for(world.retoucher, shot.pk)
    await line.connect()
    await line.hears()
    await sync_to_async(Membership.objects.filter(person=world.retoucher).delete)()
    await sync_to_async(tell_progress)(shot.pk, generation.pk, "render", 0.4, 2.0)
    assert await line.receive_output() == {"type": "websocket.close", "code": 4404}


async def test_what_is_no_json_is_answered_in_words():
    world, shot, _ = await world_with_a_shot()
    line = line_for(world.retoucher, shot.pk)
    await line.connect()
    await line.hears()
    await line.says("hello")
    assert (await line.hears())["type"] == "error"
    await line.leave()
