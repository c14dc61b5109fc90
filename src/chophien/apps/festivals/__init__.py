"""Festivals and the country's provinces."""
