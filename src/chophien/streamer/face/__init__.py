"""Renderers of the presenter."""
