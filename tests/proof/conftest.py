"""What the proofs share: a nursery of senders, and a stage to play on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from proof_stage import Nursery, Stage, staged


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts senders, quickly."""
    with closing(Nursery()) as started:
        yield started


@pytest.fixture
def stage_on(request: pytest.FixtureRequest, tmp_path: Path, nursery: Nursery) -> Iterator[Callable[..., Stage]]:
    """``stage_on("sqlite", "plain")``: a stage on an empty database, with a provider of a kind."""
    with ExitStack() as stack:

        def make(database: str, kind: str, **given: object) -> Stage:
            address = request.getfixturevalue(f"{database}_addresses")()
            return stack.enter_context(staged(tmp_path, address, nursery, kind, **given))  # type: ignore[arg-type]

        yield make
