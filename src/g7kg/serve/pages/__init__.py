"""Pages by address: each request becomes a call of a function of `pages`, its page a response."""
