"""Somebody at a keyboard, who types one answer."""

import io


class Keyboard(io.StringIO):
    """Stands for ``sys.stdin``; what is in it is what he types."""

    def isatty(self) -> bool:
        return True
