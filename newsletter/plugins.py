"""Plug-in folders: the file's stem is the name the user types; there is no table to edit.

Files beginning with ``_`` are shared by the folder. A name that is a Python keyword takes an underscore at its end
(``import_.py`` is the plug-in ``import``).
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def names(package: ModuleType) -> tuple[str, ...]:
    """Return the plug-ins of a package in alphabetical order, without importing any."""
    stems = (module.name for module in iter_modules(package.__path__))
    return tuple(sorted(stem.removesuffix("_") for stem in stems if not stem.startswith("_")))


def load(package: ModuleType, name: str) -> ModuleType:
    """Import one plug-in. Raises: LookupError when the folder has none of that name."""
    for module in iter_modules(package.__path__):
        if module.name.removesuffix("_") == name and not module.name.startswith("_"):
            return import_module(f"{package.__name__}.{module.name}")
    raise LookupError(name)
