"""Hosts, shows and their run-of-show."""
