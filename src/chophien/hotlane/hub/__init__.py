"""The hub: fan-out to browsers by the Centrifugo client protocol, in a process of its own.

`server` has the sockets, `session` obeys one connection's commands, `hub` knows who follows what
and sends each frame, built once, to all of them. Two lanes: `history` (commerce: nothing is lost)
and `talk` (chat and likes: by tick, sampled under load).
"""
