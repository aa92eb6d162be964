"""Notices: the mails about a subscription itself, taken to the provider one by one."""
