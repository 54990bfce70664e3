"""How the service meets the network: where it may listen, TLS, time-outs of connections."""
