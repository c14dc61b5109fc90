"""Chợ Phiên: run your own livestream shopping festival."""

__version__ = "0.1.0"
