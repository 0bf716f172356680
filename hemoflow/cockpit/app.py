"""The web application: sign-in, one router a subject, and errors as pages in words."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware

from hemoflow.cockpit.access import WORKING_DAY_S, Door, NotSignedInError, signed_in
from hemoflow.cockpit.deeds import Deeds
from hemoflow.cockpit.pages import ROUTERS
from hemoflow.cockpit.render import STATIC, page, show
from hemoflow.cockpit.warming import warmed
from hemoflow.domain.errors import HemoflowError
from hemoflow.keys import key_file
from hemoflow.reports.pages import STYLE
from hemoflow.settings import Settings
from hemoflow.store import Store

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere is loaded, sent to or framed, and nothing that stands in a page itself is run."""
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR_S = 31_536_000


def create_app(settings: Settings, store: Store, deeds: Deeds) -> FastAPI:
    """The cockpit over a store.

    Args:
        settings: Home folder, and the addresses shown in links.
        store: The store, open as long as the application runs.
        deeds: What only the house above can do: try another policy, and adopt the result.
    """
    app = FastAPI(title="Hemoflow cockpit", docs_url=None, redoc_url=None, openapi_url=None, lifespan=warmed)
    app.state.settings, app.state.store, app.state.deeds, app.state.door = settings, store, deeds, Door()
    secret = key_file(settings.home / "cockpit.key", "without it, everybody has to sign in again.")
    app.add_middleware(
        SessionMiddleware, secret_key=secret.hex(), session_cookie="hemoflow", max_age=WORKING_DAY_S,
        same_site="strict", https_only=settings.cockpit_https,
    )  # fmt: skip
    app.middleware("http")(_safe_headers)
    app.add_middleware(GZipMiddleware, minimum_size=2_000, compresslevel=4)
    app.get("/static/reports.css", include_in_schema=False)(_report_style)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(NotSignedInError, _to_sign_in)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(status.HTTP_404_NOT_FOUND, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HemoflowError, _in_words)
    app.add_exception_handler(Exception, _broken)
    return app


def _report_style() -> Response:
    """The style of the papers, so that page and paper look alike."""
    return FileResponse(STYLE, media_type="text/css")


async def _safe_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    return _made_safe(request, await call_next(request))


def _made_safe(request: Request, response: Response) -> Response:
    for name, value in SAFE.items():
        response.headers.setdefault(name, value)
    if request.app.state.settings.cockpit_https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_S}"
    is_lasting = request.url.path.startswith("/static") and request.query_params.get("v")
    response.headers["Cache-Control"] = f"max-age={YEAR_S}, immutable" if is_lasting else "no-store"
    return response


def _to_sign_in(request: Request, _error: Exception) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = quote(asked if request.method == "GET" else "/", safe="/")
    return RedirectResponse(f"/sign-in?next={there}", status.HTTP_303_SEE_OTHER)


def _refused(request: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else status.HTTP_404_NOT_FOUND
    known = isinstance(error, HTTPException) and code != status.HTTP_404_NOT_FOUND
    words = str(error.detail) if known and isinstance(error, HTTPException) else "There is no such page."
    return _told(request, code, "Not here" if code == status.HTTP_404_NOT_FOUND else "Not for you", words)


def _unreadable(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    names = sorted({str(fault["loc"][-1]) for fault in faults})
    words = f"The form or address lacks, or cannot use: {', '.join(names)}. Go back and send it again."
    return _told(request, status.HTTP_422_UNPROCESSABLE_CONTENT, "That cannot be read", words)


def _in_words(request: Request, error: Exception) -> Response:
    return _told(request, status.HTTP_409_CONFLICT, "That did not work", str(error))


def _broken(request: Request, _error: Exception) -> Response:
    words = "Something broke on our side. What you did was not saved. The server's log has the details."
    answer = page(
        request, "error.html", code=status.HTTP_500_INTERNAL_SERVER_ERROR, title="A fault of ours", words=words
    )
    return _made_safe(request, answer)  # it comes from outside of what puts the headers on


def _told(request: Request, code: int, title: str, words: str) -> Response:
    """An error as a page: with the way to the other pages for whoever has signed in."""
    try:
        person = signed_in(request)
    except NotSignedInError:
        return page(request, "error.html", code=code, title=title, words=words)
    return show(request, person, "error.html", desk=None, code=code, title=title, words=words)
