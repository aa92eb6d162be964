"""The workspace that the program carries: templates, the sample issue, its configuration and readers.

In a wheel it lies inside the package; in a checkout it is the top level of the repository itself.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_WHEEL = _PACKAGE / "_shipped"

SHIPPED = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent
