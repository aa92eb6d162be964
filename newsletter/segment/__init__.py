"""A segment: a small expression over one subscriber, its tree, and its plain evaluation.

::

    tag('zuid') and joined > 2026-01-01
    status in ('left', 'suppressed') and not domain == 'example.org'

Truth has two values: a comparison with a value that is absent is false, ``!=`` and ``not in`` are the opposites of
``==`` and ``in``, so that a segment and its ``not`` share all subscribers between them. `newsletter.store.segments`
selects by SQL whom `matches` accepts.
"""

from newsletter.segment.matches import matches
from newsletter.segment.parse import parse
from newsletter.segment.tree import And, Attribute, Comparison, Membership, Not, Or, Segment, Tagged

__all__ = ["And", "Attribute", "Comparison", "Membership", "Not", "Or", "Segment", "Tagged", "matches", "parse"]
