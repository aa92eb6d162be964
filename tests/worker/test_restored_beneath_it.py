"""A database that is restored beneath a worker that lives."""

import threading
from contextlib import closing

from crowd import Crowd
from waited import until

from newsletter.delivery.mark import Mark, Restored
from newsletter.store import workers

_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_it_ends_and_says_so_and_sends_nobody_anything(crowd: Crowd) -> None:
    member, ended, stop = crowd.member(), list[Exception](), threading.Event()

    def work() -> None:
        try:
            member.run(stop)
        except Restored as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        crowd.press("anna@example.nl")
        until(lambda: crowd.office.stands() == "finished")
        with closing(Mark(crowd.root / "state", "test")) as mark:
            mark.lift(5000)
        crowd.on_hints(_CUT)
        until(lambda: bool(ended))
    finally:
        stop.set()
        thread.join()
    with crowd.store.reading() as transaction:
        assert not workers.living(transaction)
