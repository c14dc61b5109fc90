"""Goods and their list prices."""
