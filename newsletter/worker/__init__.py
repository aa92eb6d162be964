"""What runs by itself: runs that are due, events that came in, doubts, notices, and what the operator is told.

`duties` is the work; it is called for in `turns` by the loop of one machine, and in `tasks` on as many machines as
share a PostgreSQL. `tasks` is loaded by whoever uses it: what it rests on is an extra.
"""

from newsletter.worker.duties import SLICE, Duties, Parts
from newsletter.worker.turns import Worker

__all__ = ["SLICE", "Duties", "Parts", "Worker"]
