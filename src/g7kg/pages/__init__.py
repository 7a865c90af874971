"""The pages for people, one module a kind; ``rendering`` makes HTML of templates."""
