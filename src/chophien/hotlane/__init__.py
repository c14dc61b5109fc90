"""What must be fast: raw ASGI and named SQL, no Django."""
