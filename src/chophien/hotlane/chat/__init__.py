"""The talk desk of rooms: rules applied in memory, messages written in batches, then said."""
