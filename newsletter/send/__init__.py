"""Sending: its rehearsal, the test mail, and what must be true before any mail leaves."""
