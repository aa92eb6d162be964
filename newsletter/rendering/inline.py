"""Styles into attributes: the one place that calls premailer.

premailer's defaults strip ``!important`` from media queries, overwrite the size of pictures, repeat styles as
attributes, delete rules that match nothing yet (``[data-ogsc]``) and parse every picture's style anew; each option
below keeps one of these away. What must survive untouched stands in ``<style data-premailer="ignore">``. premailer
shares one small cache among all its functions, which a whole template overruns; and it is not thread-safe.
"""

import logging
import os
import re
from threading import Lock

import cssutils

os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "4096")  # read once, when premailer is imported

from premailer import Premailer

DOCTYPE = "<!DOCTYPE html>"

_ATTRIBUTES = ["align", "bgcolor", "height", "valign", "width"]
_STYLE = re.compile(r'(<[a-zA-Z][^<>]*? style=")([^"]*)')
_lock = Lock()
cssutils.log.setLevel(logging.CRITICAL)
cssutils.ser.prefs.minimizeColorHash = False  # Word reads no #FFF


def inline(html: str) -> str:
    """Return the page with the rules of its style sheets as ``style`` attributes, and our own doctype."""
    with _lock:
        inlined = Premailer(
            html,
            align_floating_images=False,
            allow_network=False,
            cssutils_logging_level=logging.CRITICAL,
            disable_basic_attributes=_ATTRIBUTES,
            disable_validation=True,
            keep_style_tags=False,
            strip_important=False,
        ).transform(pretty_print=False)
    page = inlined[max(0, inlined.find("<html")) :]
    return f"{DOCTYPE}\n{_STYLE.sub(lambda style: style[1] + _tight(style[2]), page)}"


def _tight(style: str) -> str:
    """Leave out the blanks that a serialiser puts between declarations; no value of ours holds one that counts."""
    return style.replace("; ", ";").replace(", ", ",")
