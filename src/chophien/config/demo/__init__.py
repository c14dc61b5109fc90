"""The demonstration fair: its data, and how it is set up and kept in motion."""
