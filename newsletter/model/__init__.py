"""The words of the newsletter: frozen dataclasses without behaviour beyond derived properties."""
