"""Takes pictures of the cockpit: `python docs/pictures.py HOME FOLDER`, with a HOME that `hemoflow demo` made.

The home is copied first; nothing in it changes. `--width`, `--scheme` and `--print` take the same pages as they look on
a telephone, in the dark or on paper.
"""

import argparse
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from hemoflow.cockpit.access import hash_password
from hemoflow.cockpit.beside import served
from hemoflow.cockpit.site import PAGES
from hemoflow.settings import Settings
from hemoflow.store import Role, open_store

PASSWORD = "only for these pictures"  # noqa: S105 - of users in a copy that is thrown away
HEIGHT = 850


def main() -> None:
    """Write one picture a page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", default="", help="the run to show; without it, the newest")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--print", action="store_true", dest="on_paper")
    parser.add_argument("--whole", action="store_true", help="the whole page instead of what a screen shows")
    parser.add_argument("--only", nargs="*", default=[entry.path for entry in PAGES])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, _copied(asked.home, Path(name) / "home") as address:
        program = shutil.which("chromium")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            for role in Role:
                paths = [each.path for each in PAGES if each.path in asked.only and _viewer(each.roles) is role]
                if paths:
                    _take(browser, address, role, paths, asked)
            browser.close()


def _take(browser: Browser, address: str, role: Role, paths: list[str], asked: argparse.Namespace) -> None:
    screen: ViewportSize = {"width": asked.width, "height": HEIGHT}
    page = browser.new_page(base_url=address, viewport=screen, color_scheme=asked.scheme)
    _sign_in(page, role)
    page.goto(f"/today?run={asked.run}")
    for path in paths:
        page.goto(path)
        target = asked.folder / f"cockpit-{path[1:]}"
        if asked.on_paper:
            page.pdf(path=f"{target}.pdf", format="A4")
        else:
            page.screenshot(path=f"{target}.png", full_page=asked.whole)
    page.close()


def _viewer(roles: Collection[Role]) -> Role:
    """Whose eyes a page is shown through: the first role that may open it."""
    return next(role for role in Role if role in roles)


def _sign_in(page: Page, role: Role) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(f"{role.capitalize()} One")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@contextmanager
def _copied(home: Path, copy: Path) -> Iterator[str]:
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("prefect*", "*.log"))
    settings = Settings(home=copy, database_url="")
    with open_store(settings.store_url, copy) as store:
        store.init()
        for role in Role:
            store.save_user(f"{role.capitalize()} One", role, hash_password(PASSWORD), by="the pictures")
        with served(settings, store) as address:
            yield address


if __name__ == "__main__":
    main()
