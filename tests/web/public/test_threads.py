"""While pages wait for the database, others are shown, whoever watches the server is answered, and readers leave."""

import asyncio
from pathlib import Path

import httpx
import pytest
from readers_pages import WEB, Pages, pages_of

from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.web.public.threads import Threads

MANY = 20


@pytest.fixture
def pages(store: Store, tmp_path: Path) -> Pages:
    return pages_of(store, tmp_path)


def test_pages_that_wait_for_a_lock_keep_nobody_else_waiting(pages: Pages) -> None:
    reader, leaving = pages.subscribed(), pages.subscribed("weg@example.nl")
    link = pages.links.preferences(reader.id)
    one_writer = pages.store.file is not None

    async def ask() -> None:
        transport = httpx.ASGITransport(pages.application)
        async with httpx.AsyncClient(transport=transport, base_url=WEB) as client:
            with pages.store.writing() as transaction:
                subscribers.get(transaction, reader.id, to_change=True)
                saving = [asyncio.create_task(client.post(link, data={"name": f"Lezer {n}"})) for n in range(MANY)]
                await asyncio.sleep(0.3)
                async with asyncio.timeout(120):
                    assert (await client.get("/health")).text == "ok\n"
                    assert (await client.get(link)).status_code == 200
                    if not one_writer:  # else it waits for the lock itself
                        await _leaves(client, pages.links.unsubscribe(leaving.id))
                assert not any(task.done() for task in saving)
            assert {answer.status_code for answer in await asyncio.gather(*saving)} == {303}

    asyncio.run(ask())


async def _leaves(client: httpx.AsyncClient, link: str) -> None:
    assert (await client.post(link, data={"List-Unsubscribe": "One-Click"})).text == "Unsubscribed.\n"


def test_all_threads_together_leave_a_connection_for_the_courier(pages: Pages) -> None:
    pool = pages.store.engine.pool
    room = pool.size() + pool._max_overflow  # type: ignore[attr-defined]
    own = Threads()
    most = sum(limiter.total_tokens for limiter in vars(own).values())
    assert len(vars(own)) == 6
    assert most < room
