"""Mails that come in: read from files or from IMAP, taken apart without harm, and what each of them says.

It knows neither readers nor the list; ``inbox/`` brings both together.
"""
