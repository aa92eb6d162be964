"""The articles in an issue's folder: read by the source plug-ins, and left out when their time has not come."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from newsletter import sources
from newsletter.config import Config
from newsletter.errors import Unreadable
from newsletter.issue.files import name_of
from newsletter.model.article import Article, Reading
from newsletter.model.finding import Finding

PICTURE_SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".avif", ".tif", ".tiff", ".heic"))
