"""Figures for those who run the fair: what planned promotions would cost."""
