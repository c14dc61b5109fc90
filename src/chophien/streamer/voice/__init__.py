"""Engines that turn words into sound, mouth shapes and word times."""
