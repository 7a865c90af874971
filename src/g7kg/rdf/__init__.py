"""Terms, prefixes, formats, paths, tokens of SPARQL, tables of solutions: what is known without a graph at hand."""
