"""Waiting rooms: who may buy when, by a draw that anyone can check."""
