"""Says what is wrong before readers do: one file per kind of check."""

from typing import cast

from newsletter import plugins
from newsletter.checks._base import Check, Inspection
from newsletter.issue.settings import without_allowed
from newsletter.model.finding import Finding

_ORDER = {"error": 0, "warning": 1, "note": 2}


def inspect(inspection: Inspection) -> tuple[Finding, ...]:
    """Run every check of the folder and add what reading and composing found; what ``[allow]`` names is left out.

    Errors come first, then warnings and notes; within a level in the order of reading, then of the checks' names.
    """
    checks = (cast("Check", plugins.load(__name__, name)) for name in plugins.names(__name__))
    checked = (finding for check in checks for finding in check.check(inspection))
    found = (*inspection.issue.findings, *without_allowed(checked, inspection.issue.allow))
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.level]))
