"""Routes and the server of the preview. It answers GET and HEAD only; this machine only, unless a phone is let in."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from newsletter import workspace
from newsletter.errors import NewsletterError, UsageError
from newsletter.web.preview import answers
from newsletter.web.preview.issue_pages import Issues, path_of
from newsletter.web.preview.live import Live, Server
from newsletter.web.preview.outbox_pages import Outboxes
from newsletter.web.preview.phone import Access, Door
from newsletter.web.preview.shelf import Shelf

HOST = "127.0.0.1"


def application(root: Path, *, access: Access | None = None) -> Starlette:
    """Return the preview of a workspace as an ASGI application; ``access`` is what lets a phone in.

    ``state.live`` of it is the news for open pages; nothing is watched before the first of them asks.
    """
    shelf = Shelf()
    live = Live(root, shelf)
    issues = Issues(root, shelf)
    outboxes = Outboxes(issues)
    routes = [
        Route("/", issues.home),
        Route("/desk.css", issues.style),
        Route("/desk.js", issues.script),
        Route("/issues/{name}", issues.desk),
        Route("/issues/{name}/events", _Events(issues, live).events),
        Route("/issues/{name}/mail", issues.mail),
        Route("/issues/{name}/text", issues.text),
        Route("/issues/{name}/pictures/{file}", issues.picture),
        Route("/issues/{name}/outbox", outboxes.listing),
        Route("/issues/{name}/outbox/{n:int}", outboxes.message),
        Route("/issues/{name}/outbox/{n:int}/mail", outboxes.mail),
    ]
    application = Starlette(routes=routes, middleware=_guards(access), exception_handlers={404: issues.nowhere})
    application.state.live = live
    return application


def serve(
    root: Path, *, issue: str | None, port: int, ready: Callable[[str], None], access: Access | None = None
) -> None:
    """Run the preview until Ctrl-C; ``ready`` is called with its address on this machine once it answers.

    With ``access`` it answers on the local network as well, at the same port. Raises: UsageError when there is no such
    issue or the port is taken (0: any that is free).
    """
    path = path_of(workspace.find(root).issue(issue).name) if issue else "/"
    listeners = [_listen(HOST, port)]
    port = listeners[0].getsockname()[1]
    if access:
        listeners.append(_listen(access.host, port))
    preview = application(root, access=access)
    config = uvicorn.Config(
        preview, log_level="warning", access_log=False, lifespan="off", server_header=False, proxy_headers=False
    )
    server = Server(config, preview.state.live)
    ready(f"http://{HOST}:{port}{path}")
    server.run(sockets=listeners)


@dataclass(frozen=True, slots=True)
class _Events:
    """The news of an issue for the pages that are open."""

    issues: Issues
    live: Live

    async def events(self, request: Request) -> Response:
        """Server-sent events, until the page is closed."""
        name = request.path_params["name"]
        if not await run_in_threadpool(self._known, name):
            return answers.none("issue")
        return StreamingResponse(self.live.events(name), media_type="text/event-stream", headers=answers.HEADERS)

    def _known(self, name: str) -> bool:
        try:
            self.issues.shelf.look(self.issues.space(), name)
        except NewsletterError:
            return False
        return True


def _guards(access: Access | None) -> list[Middleware]:
    """Who may ask. A page of a stranger must not read the newsroom's drafts through a name that leads to 127.0.0.1."""
    names = [HOST, "localhost", *([access.host] if access else [])]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)
    return [Middleware(Door, token=access.token, host=access.host), hosts] if access else [hosts]


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise UsageError(f"Port {port} is taken, perhaps by another preview.", "Choose another with --port.") from None
    return listener
