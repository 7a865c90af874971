"""Where the folders are, and mapping files to located values: a strict reader of their YAML-LD."""
