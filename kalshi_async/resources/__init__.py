"""The namespaces of a session: thin typed methods, each naming its endpoint and its cost."""
