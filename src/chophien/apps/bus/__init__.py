"""Events to browsers and processes over PostgreSQL's NOTIFY."""
