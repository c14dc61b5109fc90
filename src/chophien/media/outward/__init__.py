"""One show to many platforms: one encode, and for each platform a queue and a connection."""
