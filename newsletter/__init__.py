"""Make a newspaper's weekly digest from files, and send it knowing what happened to every reader."""

__version__ = "0.1.0"
