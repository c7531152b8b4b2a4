"""Readers of other people's files: tables of counts, links and graphs."""
