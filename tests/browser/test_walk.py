"""Every page that a person can walk to, as each role: no script error, no broken page, and none when one leaves early."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
# Files, other programs' pages, and what ends the walk.
NOT_WALKED = re.compile(r"/(api|admin|logout|artifacts|photos|references)/|/download/|/picture/|/report/\?|from=")
MOST_PAGES = 60
LINKS = "links => links.filter(a => !a.hasAttribute('download')).map(a => a.href.split('#')[0])"


def walk(page: Page) -> set[str]:
    """Follows every link from the home page, leaving each page once while it loads; answers the paths seen."""
    base = page.url.rstrip("/")
    seen: set[str] = set()
    ahead = ["/"]
    while ahead and len(seen) < MOST_PAGES:
        path = ahead.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page.goto(path, wait_until="commit")
        answer = page.goto(path, wait_until="load")
        assert answer, path
        assert answer.status < 400, f"{path}: {answer.status}"
        for address in page.eval_on_selector_all("a[href]", LINKS):
            link = address.removeprefix(base)
            if link.startswith("/") and not NOT_WALKED.search(link) and link not in seen:
                ahead.append(link)
    return seen


@pytest.mark.parametrize(
    ("email", "must_see"),
    [
        ("brand@demo.example", {"/pieces/", "/briefs/", "/reviews/", "/deliveries/", "/account/"}),
        ("retoucher@demo.example", {"/board/", "/pieces/", "/reviews/"}),
        ("producer@demo.example", {"/board/", "/people/", "/activity/"}),
    ],
)
def test_no_page_breaks_on_a_walk_through_all(log_in: Callable[..., Page], email: str, must_see: set[str]) -> None:
    seen = walk(log_in(email))
    assert must_see <= seen
    if "brand" not in email:
        assert any(re.fullmatch(r"/shots/\d+/desk/", path) for path in seen)
