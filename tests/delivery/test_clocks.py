"""A machine whose clock is wrong does not send from a database that others send from too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from post_office import settings

from newsletter import app
from newsletter.delivery import clocks
from newsletter.delivery.clocks import WrongClock
from newsletter.store import clock
from newsletter.store.database import Store


@pytest.mark.parametrize("seconds", [-40, 40])
def test_a_clock_that_is_not_the_server_s_is_refused_and_a_file_has_none(store: Store, seconds: int) -> None:
    def wrong() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)

    with store.reading() as transaction:
        has_clock = clock.now(transaction) is not None
    assert has_clock == (store.file is None)
    if not has_clock:
        clocks.refuse_apart(store, wrong)
        return
    with pytest.raises(WrongClock, match=r"they are (39|40) seconds apart, and nothing is sent"):
        clocks.refuse_apart(store, wrong)


def test_clocks_that_are_nearly_the_same_will_do(store: Store) -> None:
    clocks.refuse_apart(store, lambda: datetime.now(UTC) + timedelta(seconds=20))


def test_nothing_is_settled_by_a_machine_whose_clock_is_wrong(store: Store, tmp_path: Path) -> None:
    if store.file:
        return
    with store.writing() as transaction:
        transaction.exec_driver_sql("CREATE SCHEMA late")
        transaction.exec_driver_sql(
            "CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz "
            "RETURN pg_catalog.clock_timestamp() + interval '1 hour'"
        )
        name = store.engine.url.database
        transaction.exec_driver_sql(f"ALTER DATABASE {name} SET search_path = late, pg_catalog, public")
    store.close()  # whoever connects from now on has that clock
    with pytest.raises(WrongClock, match="seconds apart, and nothing is sent"):
        app.settle(settings(tmp_path), store, 1)
