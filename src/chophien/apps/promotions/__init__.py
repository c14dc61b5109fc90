"""Sale and flash prices."""
