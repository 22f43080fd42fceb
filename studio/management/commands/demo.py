"""`manage.py demo`: the house with a demo brand, people of every role, and a brief whose first picture is being made."""

from __future__ import annotations

from django.utils.module_loading import import_string

from studio.house import House
from studio.management.commands.run import Command as Run

# The seed writes rows of every app, which the studio may not import: the last app of the line brings it.
SEED = "review.demo.seed_demo"


class Command(Run):
    help = "Runs Loupe with a demo brand until Ctrl-C. A second run keeps what is there."
    demo = True

    def prepare(self, house: House) -> None:
        self.stdout.write("Setting the table: a brand, its people, three pieces and a brief...")
        self.people = import_string(SEED)()

    def greet(self, house: House) -> None:
        self.stdout.write(f"\nLoupe is at  {house.url}    (Ctrl-C stops it)\n\nLog in as")
        for who in self.people:
            self.stdout.write(f"  {who['role']:<14}{who['email']:<32}{who['password']}   {who['what']}")
        self.stdout.write("\nThe brief's first picture is being made now: log in as the retoucher and open its desk.\n")
