"""The demo company at size: its customers many times over, each with a name, codes and numbers of his own."""
