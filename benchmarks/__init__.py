"""The benchmark: g7kg beside other SPARQL servers, over the same data, on one machine, in one run."""
