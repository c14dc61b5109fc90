"""RTMP as streaming programs and platforms speak it: bytes in, values out; no network here.

The ingest (`media.ingest.rtmp`) and the way outward (`media.outward`) share it. Facts from
Adobe's RTMP specification 1.0, AMF 0 and the FLV file format 10.1.
"""
