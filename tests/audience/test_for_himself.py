"""What a reader is given of all that is kept about him tells nothing of others."""

import json

import pytest
from deeds import Deeds

from newsletter.audience.everything import everything, for_himself

OTHERS = {
    "free": lambda deeds, address: None,
    "a reader's": lambda deeds, address: deeds.joins(address),
    "of one who left": lambda deeds, address: (deeds.joins(address), deeds.leave(address)),
}


@pytest.mark.parametrize("whose", OTHERS)
def test_whether_an_address_he_asked_for_is_somebody_s_is_not_told(deeds: Deeds, whose: str) -> None:
    new = f"nieuw.{deeds.anna}"
    OTHERS[whose](deeds, new)
    deeds.joins()
    deeds.later(days=2)
    deeds.ask_to_move(new)
    known = deeds.known()
    assert known is not None
    with deeds.store.reading() as transaction:
        his, ours = for_himself(transaction, known), everything(transaction, known)
    assert [mail["kind"] for mail in his["notices"]] == ["confirm"]  # type: ignore[attr-defined]
    assert "taken" not in json.dumps(his)
    assert "opted out" not in json.dumps(his)
    assert {name for name in ours if ours[name] != his[name]} == {"notices"}
