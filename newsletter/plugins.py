"""Plug-in folders: the file's stem is the name the user types; there is no table to edit.

Files beginning with ``_`` are shared by the folder. A name that is a Python keyword takes an underscore at its end
(``import_.py`` is the plug-in ``import``). Folders are named as Python does: ``newsletter.checks``. A plug-in may be
a folder of plug-ins itself; loading it loads none of them.
"""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType


def names(package: str) -> tuple[str, ...]:
    """Return the plug-ins of a folder in alphabetical order, without importing any."""
    return tuple(sorted(_modules(package)))


def load(package: str, name: str) -> ModuleType:
    """Import one plug-in. Raises: LookupError when the folder has none of that name."""
    return import_module(f"{package}.{_modules(package)[name]}")


def docstring(package: str, name: str, *, of: str) -> str:
    """Return what a plug-in says of its function ``of``, or a folder of itself, without importing it; maybe empty.

    Raises: LookupError when the folder has none of that name.
    """
    spec = find_spec(f"{package}.{_modules(package)[name]}")
    if spec is None or spec.origin is None:
        return ""
    module = ast.parse(Path(spec.origin).read_text("utf-8"))
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == of]
    return ast.get_docstring(module if spec.submodule_search_locations else next(iter(functions), module)) or ""


def is_folder(plugin: ModuleType) -> bool:
    """Return whether a plug-in is a folder of plug-ins, whose package is its ``__name__``."""
    return hasattr(plugin, "__path__")


def _modules(package: str) -> dict[str, str]:
    """Map the names of plug-ins to their modules'."""
    stems = (module.name for module in iter_modules(import_module(package).__path__))
    return {stem.removesuffix("_"): stem for stem in stems if not stem.startswith("_")}
