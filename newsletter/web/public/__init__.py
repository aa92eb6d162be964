"""Readers' own pages: join, confirm, change, pause, leave; `application` answers, from what a `Service` holds.

A GET changes nothing, whoever sends it: what does something is a button that POSTs, and nothing submits itself. There
is no script, no cookie and no other host in a page; the token in the address is all that says who is there.
"""

from newsletter.web.public.server import application
from newsletter.web.public.service import Service

__all__ = ["Service", "application"]
