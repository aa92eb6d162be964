"""`newsletter runs audit` as one types it: the sums, the laws, and what was told of nobody known."""

import json

from commandline import Typed
from under_way import NOW

from newsletter.model.ledger import Run
from newsletter.store import events, webhooks
from newsletter.store.database import Store
from newsletter.store.events import Told
from newsletter.store.webhooks import Called


def test_an_audit_prints_the_sum_and_names_no_address(typed: Typed, begun: Run) -> None:
    code, out, err = typed("audit")
    assert (code, err) == (0, "Every law holds.\n")
    assert "  5 = 2 waiting + 0 sending + 1 accepted + 1 refused + 0 skipped + 1 in doubt" in out
    said = typed("audit", "1", "--json").out
    assert said == typed("audit", "1", "--json").out
    assert "@" not in said


def test_an_audit_lists_what_was_told_of_nobody_who_is_known_and_counts_mails_that_failed(
    typed: Typed, store: Store, begun: Run
) -> None:
    with store.writing() as transaction:
        webhooks.keep(transaction, [Called(provider="resend", key="1", at=NOW, body='{"to": "a@example.org"}')])
        webhooks.applied(transaction, {1: ""}, at=NOW)
        strays = [Told(webhook=1, kind="complained", at=NOW, key="a@example.org", said="a@example.org")] * 22
        events.add(transaction, [Told(webhook=1, kind="failed", at=NOW, run=1, seq=1), *strays])
    code, out, err = typed("audit")
    assert (code, "  Readers whose mail failed after the provider took it: 1.\n" in out) == (0, True)
    assert ("22 told by a provider about nobody known" in err, "… and 2 more" in err) == (True, True)
    assert out.count("complained") == 20
    found = json.loads(typed("audit", "--json").out)
    assert (found["unmatched"], len(found["strays"]), found["runs"][0]["told"]) == (22, 20, {"failed": 1})
    stray = found["strays"][0]
    assert (stray["kind"], stray["provider"], stray["webhook"], "@" in out + str(found)) == (
        "complained", "resend", 1, False,
    )  # fmt: skip
    assert "1  failed" in typed("show", "1").out


def test_a_law_that_does_not_hold_fails_the_audit_and_is_named(typed: Typed, store: Store, begun: Run) -> None:
    with store.writing() as transaction:
        transaction.exec_driver_sql("DELETE FROM deliveries WHERE seq = 5")
    code, out, err = typed("audit")
    assert (code, "The sum does not hold: 1 missing. [sum]" in out) == (1, True)
    assert "laws that do not hold: 1." in err
    assert "The sum does not hold: 1 missing." in typed("show").out
