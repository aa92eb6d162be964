"""The workspaces that the program carries: templates, and in each language a sample, its configuration and readers.

In a wheel the Dutch one, with the templates, lies inside the package; in a checkout it is the top level of the
repository itself. A sample in a further language is a folder in ``samples/``, a workspace too, named by its language.
"""

from collections.abc import Mapping
from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_WHEEL = _PACKAGE / "_shipped"

SHIPPED = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent

SAMPLES: Mapping[str, Path] = {"nl": SHIPPED} | {
    folder.name: folder for folder in sorted((_PACKAGE / "samples").glob("[a-z]*"))
}
"""The workspace with the sample of each language, the default's first."""
