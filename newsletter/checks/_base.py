"""The contract of a check: an inspection → findings.

A check is a module with ``check(inspection)``; it is run because it is there, and the contract suite in
``tests/checks`` runs on each. A finding's code begins with a word that tells the kind; its remedy says what to type
or where.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from newsletter.config import Config
from newsletter.model.finding import Finding
from newsletter.model.issue import Issue
from newsletter.model.mail import Edition, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What checks look at: the issue, its edition and the message to the sample reader."""

    issue: Issue
    edition: Edition
    message: Message
    config: Config


class Check(Protocol):
    """A file of this folder."""

    def check(self, inspection: Inspection) -> Iterable[Finding]:
        """Look at one thing and say what was found, in the order of the mail. Raises nothing: a fault is a finding."""
        ...
