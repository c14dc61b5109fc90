"""What was sold, to the unit, written once."""
