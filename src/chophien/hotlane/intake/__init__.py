"""Buy-now orders at the stroke of the hour: many at once become one transaction."""
