"""`manage.py write_docs`: the pages of docs/ that are read from the code. A test holds them to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

HEAD = "<!-- Made by `make docs` from the code; change it there. -->\n\n"


def settings_page() -> str:
    """docs/settings.md from studio.settings.SETTINGS."""
    from studio.settings import SETTINGS

    lines = [HEAD + "# Settings", "", "By environment, or in a file `.env` beside manage.py.", ""]
    for name, (kind, default, words) in SETTINGS.items():
        shown = ",".join(default) if isinstance(default, list) else str(default)
        lines += [
            f"## {name}",
            "",
            words,
            "",
            f"Type: {kind.__name__}. Default: {f'`{shown}`' if shown else 'none'}.",
            "",
        ]
    return "\n".join(lines)


def workflows_page() -> str:
    """docs/workflows.md from the tables of transitions."""
    from briefs.models import Brief, Shot
    from briefs.workflows import BRIEF, SHOT
    from review.models import Draft
    from review.workflows import DRAFT
    from studio.permissions import ROLES_WITH

    lines = [HEAD + "# Workflows", ""]
    for title, workflow, states in (
        ("Brief", BRIEF, Brief.State),
        ("Shot", SHOT, Shot.State),
        ("Draft", DRAFT, Draft.State),
    ):
        lines += [
            f"## {title}",
            "",
            "```mermaid",
            workflow.mermaid([(s.value, str(s.label)) for s in states]),
            "```",
            "",
        ]
        lines += ["| transition | from | to | who |", "|---|---|---|---|"]
        for t in workflow.transitions.values():
            who = (
                ", ".join(sorted(str(r).replace("_", " ") for r in ROLES_WITH[t.right]))
                if t.right
                else "follows by itself"
            )
            lines.append(
                f"| {t.label} (`{t.name}`) | {', '.join(str(states(s).label) for s in t.sources)} | {states(t.target).label} | {who} |"
            )
        lines.append("")
    return "\n".join(lines)


def checks_page() -> str:
    """docs/checks.md from the QA's checks."""
    from pipeline.qa.inspect import CHECKS

    lines = [HEAD + "# Checks", "", "What a QA report holds, in the order in which it is run.", ""]
    for check in CHECKS:
        lines += [
            f"## {check.id}",
            "",
            f"Version {check.version}. " + " ".join((type(check).__doc__ or "").split()),
            "",
        ]
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "workflows.md": workflows_page,
    "checks.md": checks_page,
}


class Command(BaseCommand):
    help = "Writes the generated pages of docs/."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs"
        folder.mkdir(exist_ok=True)
        for name, page in PAGES.items():
            (folder / name).write_text(page())
        call_command("spectacular", "--file", str(folder / "openapi.yaml"), "--validate")
        self.stdout.write(f"Wrote {', '.join(PAGES)} and openapi.yaml to docs/")
