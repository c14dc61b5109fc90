"""Orders written in the chat (chốt đơn)."""
