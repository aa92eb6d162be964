"""What `newsletter inbox` does: mails that come back or ask to leave, and the readers they are about."""
