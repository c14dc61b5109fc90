"""Pages, by audience: fair (buyers), stall (sellers), studio (hosts), office, screen (public)."""
