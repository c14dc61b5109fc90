"""Payments, and credits that banks tell of."""
