"""HTTP without a server: negotiation, content codings, a client for one address, the guard over connections."""
