"""Goods, prices and promotions in and out as tables."""
