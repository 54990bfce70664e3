"""How quick the page is on a week of two hundred namespaces, in a browser, against the same view built naively."""
