"""Composition root: what the commands need, put together from the configuration. Opens nothing until asked."""

from newsletter.app.at_hand import diagnose, fetch_own, fetcher, here, now, who
from newsletter.app.database import has_store, store, store_if_any
from newsletter.app.pages import Serving, serving
from newsletter.app.sending import list_to_send_to, mailing, propose, rehearse, send_test, test_mail
from newsletter.app.way_out import SECRET, provider, receiver, secret_variable
from newsletter.app.working import alone, give_up_lost, hand, member, nudge, requests_made, sends, settle, working

__all__ = [
    "SECRET",
    "Serving",
    "alone",
    "diagnose",
    "fetch_own",
    "fetcher",
    "give_up_lost",
    "hand",
    "has_store",
    "here",
    "list_to_send_to",
    "mailing",
    "member",
    "now",
    "nudge",
    "propose",
    "provider",
    "receiver",
    "rehearse",
    "requests_made",
    "secret_variable",
    "send_test",
    "sends",
    "serving",
    "settle",
    "store",
    "store_if_any",
    "test_mail",
    "who",
    "working",
]
