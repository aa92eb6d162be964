"""Make a newspaper's weekly digest from files, and send it knowing what happened to every reader.

For programs: `load_config`, `load_issue`, `render`, `merge` and `Subscriber`, each loaded when it is first used
(PEP 562), so that ``import newsletter`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.build import merge
    from newsletter.config import load as load_config
    from newsletter.issue.read import load_issue
    from newsletter.model.subscriber import Subscriber
    from newsletter.rendering.edition import render

__version__ = "0.1.0"
__all__ = ["Subscriber", "load_config", "load_issue", "merge", "render"]

_PLACES = {
    "Subscriber": ("newsletter.model.subscriber", "Subscriber"),
    "load_config": ("newsletter.config", "load"),
    "load_issue": ("newsletter.issue.read", "load_issue"),
    "merge": ("newsletter.build", "merge"),
    "render": ("newsletter.rendering.edition", "render"),
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
