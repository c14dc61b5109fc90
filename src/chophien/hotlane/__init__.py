"""What must be fast: plain sockets, doors without a framework, named SQL; no Django."""
