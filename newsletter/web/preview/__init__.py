"""The issue in the browser, on this machine and on a phone that is let in: `application` answers, `serve` runs it.

Nothing is written and nothing leaves. Each page is made from the files as they are now: save one, and it shows.
"""

from newsletter.web.preview.server import application, serve

__all__ = ["application", "serve"]
