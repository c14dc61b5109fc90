"""Where video comes in: by WebSocket from a browser, by RTMP from an encoder."""
