"""The routes of the pages. Pages are plain functions of a request; here, and only here, they become asynchronous.

A request is read, then dealt with in a thread, as the store is synchronous. Where an answer could tell by its time
whether an address is known, none comes sooner than `LEAST` after the request was read.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from newsletter.errors import StoreError
from newsletter.web.public import asked, one_click, shield, style, trouble, widget
from newsletter.web.public.asked import Asked
from newsletter.web.public.confirm import Confirming
from newsletter.web.public.data import Keeping
from newsletter.web.public.issue import Issues
from newsletter.web.public.leave import Leaving
from newsletter.web.public.moving import Moving
from newsletter.web.public.page import NO_STORE, see
from newsletter.web.public.pause import Pausing
from newsletter.web.public.pictures import Pictures
from newsletter.web.public.preferences import Preferring
from newsletter.web.public.reader import Gone, Stranger
from newsletter.web.public.service import Service
from newsletter.web.public.shield import Shield
from newsletter.web.public.subscribe import Subscribing
from newsletter.web.public.threads import Threads
from newsletter.web.webhooks import Webhooks

LEAST = 0.3
"""Seconds from a request to the answer, where an address was typed: many times what each of them works by itself.

While many write, an answer waits for the database and takes longer; then it has waited for others, and whether its
address is known makes no difference to that.
"""

Answer = Callable[[Asked], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def application(service: Service) -> Starlette:
    """Return the readers' pages as an ASGI application, with the shield before them."""
    routes = _routes(service, Threads())
    config = service.config
    policy = shield.policy([style.sheet(config.brand.colour)], scripts=config.pages.proof_of_work)
    page = trouble.of_status(service)
    pages = Starlette(
        # A proxy in front may leave the path of the public address on or take it off.
        routes=[*routes, *([_beginning(service, base), Mount(base, routes=routes)] if (base := service.base) else [])],
        middleware=[Middleware(Shield, web=service.links.web, policy=policy, page=page)],
        exception_handlers={404: _nowhere(service), 405: _not_so(service)},
    )
    pages.router.redirect_slashes = False  # it would redirect to whatever host and scheme a proxy left us
    return pages


def _routes(service: Service, own: Threads) -> list[BaseRoute]:
    return [
        _beginning(service, "/"),
        Route("/health", _health(service, own)),
        Route("/favicon.ico", lambda _: Response(status_code=204, headers={"Cache-Control": "max-age=86400"})),
        Route("/pictures/{name}", Pictures(service).show),
        Route("/issues/{name}", _get(service, own, Issues(service).show)),
        Route("/webhooks/{provider}/{secret}", _webhooks(service, own).take, methods=["POST"]),
        *(widget.routes() if service.config.pages.proof_of_work else []),
        *_routes_of_readers(service, own),
        *_routes_of_nobody(service, own),
    ]


def _beginning(service: Service, path: str) -> Route:
    """Where somebody comes who typed the address of the pages itself."""
    return Route(path, lambda _: see(f"{service.base}/subscribe"))


def _webhooks(service: Service, own: Threads) -> Webhooks:
    """Where providers tell what became of mails."""
    return Webhooks(
        service.receivers,
        service.store,
        keys=service.keys,
        now=service.now,
        apply=service.apply,
        keeping=own.keeping,
        applying=own.applying,
    )


def _routes_of_readers(service: Service, own: Threads) -> list[BaseRoute]:
    subscribing, confirming, leaving = Subscribing(service), Confirming(service), Leaving(service)
    preferring, pausing, moving, keeping = Preferring(service), Pausing(service), Moving(service), Keeping(service)
    staying = Pausing(service, "leave")

    def pages(path: str, show: Answer, act: Answer, *, least: float = 0) -> Route:
        return Route(path, _both(service, own, show, act, least), methods=["GET", "POST"])

    return [
        pages("/subscribe", subscribing.show, subscribing.send, least=LEAST),
        Route("/subscribe/form", _get(service, own, subscribing.paste)),
        pages("/confirm/{token}", confirming.ask, confirming.confirm),
        Route("/leave/{token}", _leaving(service, own, leaving), methods=["GET", "POST"]),
        pages("/leave/{token}/mistake", leaving.back, leaving.mistake),
        pages("/leave/{token}/pause", staying.show, staying.save),
        pages("/preferences/{token}", preferring.show, preferring.save),
        pages("/preferences/{token}/pause", pausing.show, pausing.save),
        pages("/preferences/{token}/address", moving.show, moving.send, least=LEAST),
        pages("/preferences/{token}/data", keeping.offer, keeping.download),
        pages("/preferences/{token}/erase", keeping.ask, keeping.erase),
        pages("/move/{token}", moving.ask_new, moving.confirm),
        pages("/back/{token}", moving.ask_old, moving.undo),
    ]


def _routes_of_nobody(service: Service, own: Threads) -> list[BaseRoute]:
    """Where links lead that belong to no reader; a mail program may well try to unsubscribe with one (RFC 8058)."""
    said = {"/test": trouble.test, "/preferences": trouble.test, "/leave": trouble.nobodys}
    return [
        Route(path, _get(service, own, partial(say, service)), methods=["GET", "POST"]) for path, say in said.items()
    ]


def _both(service: Service, own: Threads, show: Answer, act: Answer, least: float) -> Endpoint:
    """Show a page for GET and HEAD, act on POST."""

    async def endpoint(request: Request) -> Response:
        read = await _read(service, request)
        if request.method != "POST":
            return await run_sync(_answered, service, show, read, limiter=own.showing)
        began = service.ticks()
        try:
            return await run_sync(_answered, service, act, read, limiter=own.acting)
        finally:
            if (rest := least - (service.ticks() - began)) > 0:
                await service.sleep(rest)

    return endpoint


def _leaving(service: Service, own: Threads, leaving: Leaving) -> Endpoint:
    """Leave as from any page; but what mail programs post at the same time is kept together."""
    together = one_click.leavings(service.store, own.leaving, service.erase_key)

    async def endpoint(request: Request) -> Response:
        read = await _read(service, request)
        if request.method != "POST":
            return await run_sync(_answered, service, leaving.ask, read, limiter=own.showing)
        if (one := one_click.understood(service, read)) is None:
            return await run_sync(_answered, service, leaving.leave, read, limiter=own.acting)
        await together.keep(one)
        return one_click.left()

    return endpoint


def _get(service: Service, own: Threads, show: Answer) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await run_sync(_answered, service, show, await _read(service, request), limiter=own.showing)

    return endpoint


async def _read(service: Service, request: Request) -> Asked:
    return await asked.read(request, shield.origin(request.scope, service.config.web.proxies))


def _answered(service: Service, answer: Answer, read: Asked) -> Response:
    try:
        return answer(read)
    except Stranger:
        return trouble.foreign(service, read)
    except Gone:
        return trouble.gone(service, read)


def _nowhere(service: Service) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, _: Exception) -> Response:
        return trouble.nowhere(service, await asked.read(request, ""))

    return handle


def _not_so(service: Service) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
        return trouble.not_so(service, await asked.read(request, ""), allowed)

    return handle


def _health(service: Service, own: Threads) -> Endpoint:
    """Whether the database can be read; what is wrong with it stands in the log, not here."""

    def look() -> Response:
        try:
            with service.store.reading():
                return PlainTextResponse("ok\n", headers=NO_STORE)
        except StoreError:
            return PlainTextResponse("not now\n", 503, headers=NO_STORE)

    async def health(_: Request) -> Response:
        return await run_sync(look, limiter=own.looking)

    return health
