"""What the doctor says of the provider."""

import pytest
from surgery import NOW, Post, diagnosed

from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.providers._base import Login, NotSent, RequestRefused, ThrottledUntil
from newsletter.workspace import Workspace


@pytest.mark.parametrize(
    ("answered", "level"),
    [
        (Login(verified=False, sentence="This key may only send."), "unknown"),
        (RequestRefused("The key is not known.", "Make another."), "error"),
        (NotSent("Nobody answers."), "error"),
        (ThrottledUntil("Not now.", until=NOW), "warning"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_what_the_login_comes_to_decides_the_level(paper: Workspace, answered: Login | Exception, level: str) -> None:
    post = Post(answered)
    (found,) = diagnosed(paper, "provider", connect=lambda _: post)
    assert found.level == level
    assert found.sentence == (answered.sentence if isinstance(answered, Login) else str(answered))
    assert post.closed


def test_a_provider_that_cannot_be_connected_is_an_error(paper: Workspace) -> None:
    def refuse(_: Config) -> Post:
        raise ConfigError("NEWSLETTER_SMTP_PASSWORD is not set.", "Set it.")

    (found,) = diagnosed(paper, "provider", connect=refuse)
    assert (found.level, found.remedy) == ("error", "Set it.")
