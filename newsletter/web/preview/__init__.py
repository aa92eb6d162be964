"""The issue in the browser, on this machine only: `application` answers, `serve` runs it until Ctrl-C.

Nothing is written and nothing leaves. Each page is made from the files as they are now: save one, reload, and it shows.
"""

from newsletter.web.preview.server import application, serve

__all__ = ["application", "serve"]
