"""Stalls and who runs them."""
