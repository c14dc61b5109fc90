"""Proving, from what clients noted and what the database holds, that nothing was promised falsely.

Clients write down what they asked and what they were told; `laws` names what must hold between
that and the rows of orders, stock and prices. Everything here is plain values and integers:
instants are microseconds since 1970 by the database's clock unless a name says otherwise.
"""
