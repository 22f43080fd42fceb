"""`manage.py run`: the site, its workers and an embedded Valkey as one thing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from studio.house import House, HouseError, stopping_on_signals


class Command(BaseCommand):
    help = "Runs the site with its workers and an embedded Valkey until Ctrl-C."
    demo = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="The address to listen on; loopback by default.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["port"] <= 65535:
            raise CommandError("A port is a number from 1 to 65535.")
        house = House(var_dir=settings.VAR_DIR, host=options["host"], port=options["port"], demo=self.demo)
        try:
            with stopping_on_signals():
                house.claim()
                try:
                    self.open(house)
                    ended = house.watch()
                    raise HouseError(
                        f"The part called {ended} ended by itself; everything was stopped and no data is lost. Its log: {house.var_dir / 'logs' / (ended + '.log')}"
                    )
                finally:
                    self.stdout.write("\nStopping...")
                    house.stop()
                    self.stdout.write("Stopped. Your data stays in " + str(house.var_dir))
        except HouseError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            return

    def open(self, house: House) -> None:
        house.start_valkey()
        # Read by settings at import, before the embedded Valkey had its port.
        point_at(house.environment["REDIS_URL"])
        call_command("migrate", verbosity=0)
        self.prepare(house)
        house.start_site()
        house.wait_until_healthy()
        self.greet(house)

    def prepare(self, house: House) -> None:
        """Nothing to seed outside the demo."""

    def greet(self, house: House) -> None:
        self.stdout.write(f"\nLoupe is at {house.url}   (Ctrl-C stops it)\n")


def point_at(redis_url: str) -> None:
    """Points this process's queue and channel layer at the embedded Valkey."""
    from channels.layers import channel_layers

    from studio.celery import app

    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = redis_url
    layer: Any = settings.CHANNEL_LAYERS["default"]
    layer["CONFIG"]["hosts"] = [redis_url]
    channel_layers.backends.clear()
