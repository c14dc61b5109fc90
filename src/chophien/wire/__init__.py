"""Versioned messages between processes and to browsers: bytes to frozen values and back."""
