"""`manage.py write_docs`: what is read from the code: pages of docs/, and the checks' names. A test holds them to it."""

from __future__ import annotations

import json
import subprocess
import sys
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


def names_module() -> str:
    """pipeline/qa/names.py: what pages need to know of the checks, without the picture half that they load."""
    from pipeline.qa.inspect import CHECKS

    groups: dict[str, list[str]] = {}
    for check in CHECKS:
        groups.setdefault(check.group, []).append(check.id)
    lines = [
        '"""The checks by name, for pages: light, where the checks themselves load the picture half. Made by `make docs`."""',
        "",
        "from __future__ import annotations",
        "",
        "CHECK_TITLES: dict[str, str] = {",
        *(f"    {json.dumps(check.id)}: {json.dumps(check.title, ensure_ascii=False)}," for check in CHECKS),
        "}",
        "CHECK_GROUPS: dict[str, tuple[str, ...]] = {",
        *(f"    {json.dumps(group)}: ({', '.join(map(json.dumps, ids))},)," for group, ids in groups.items()),
        "}",
    ]
    source = "\n".join(lines) + "\n"
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "names.py", "-"],
        input=source, capture_output=True, text=True, check=True, cwd=settings.BASE_DIR,
    )  # fmt: skip
    return done.stdout


# By path from the project's root. docs/openapi.yaml is written beside them, by its own tool.
PAGES: dict[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    "docs/workflows.md": workflows_page,
    "docs/checks.md": checks_page,
    "pipeline/qa/names.py": names_module,
}


class Command(BaseCommand):
    help = "Writes the generated pages of docs/."

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        for name, page in PAGES.items():
            (root / name).write_text(page())
        call_command("spectacular", "--file", str(root / "docs/openapi.yaml"), "--validate")
        self.stdout.write(f"Wrote {', '.join(PAGES)} and docs/openapi.yaml")
