"""Rooms: what is pinned, what was said, complaints."""
