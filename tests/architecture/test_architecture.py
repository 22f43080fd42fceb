"""What the house holds to, read from its source: imports, migrations, API schema, generated docs, plain project text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(p for app in ("studio", "briefs", "pipeline", "review") for p in (ROOT / app).rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_there_is_source_to_read() -> None:
    assert len(SOURCES) > 60


def test_migrations_are_up_to_date() -> None:
    done = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_api_schema_is_valid_and_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    done = run(sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(made))
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.read_text() == (ROOT / "docs/openapi.yaml").read_text(), "docs/openapi.yaml is old: run `make docs`"


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/workflows.md", "docs/checks.md", "pipeline/qa/names.py"])
def test_generated_docs_are_up_to_date(page: str) -> None:
    import django.conf  # noqa: F401 - settings first

    from review.management.commands.write_docs import PAGES

    assert (ROOT / page).read_text() == PAGES[page](), f"{page} is old: run `make docs`"


HEAVY = ("torch", "mitsuba", "anny", "cv2", "skimage", "pymatting", "scipy", "numba", "diffusers")


def test_nothing_heavy_loads_with_the_site() -> None:
    code = (
        "import os, sys; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'studio.settings');"
        f"import django; django.setup(); import studio.asgi, studio.urls; print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = run(sys.executable, "-c", code)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_only_actions_write() -> None:
    """Views, forms, serializers and consumers call actions; they don't save rows themselves."""
    writes = re.compile(r"\.(save|create|bulk_create|get_or_create|update_or_create|delete)\(")
    found = []
    for path in SOURCES:
        if path.stem in {"views", "api", "consumers", "admin"} or path.parent.name == "views":
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if writes.search(line) and "# not a row" not in line:
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_the_project_names_no_machine() -> None:
    listed = run("git", "ls-files").stdout.split()
    assert len(listed) > 100
    names = re.compile(r"/work/|/root/|registry\.npmjs|pypi\.org|/opt/wheels")
    bad = []
    for name in listed:
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".js", ".css", ".html", ".json", ".toml", ".txt", ".yaml", ""}
            and path.is_file()
        ):
            if path == Path(__file__):
                continue
            if names.search(path.read_text(errors="ignore")):
                bad.append(name)
    assert not bad, bad
