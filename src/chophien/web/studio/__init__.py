"""The hosts' pages."""
