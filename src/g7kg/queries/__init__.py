"""The catalogue of queries with its parameters, and the queries of the pages."""
