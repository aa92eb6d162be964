"""Readers' lists, in and out."""
