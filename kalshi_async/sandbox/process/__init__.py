"""The exchange as a process of its own: options, key files, log and signals.

``__main__`` puts the parts together. Nothing else of the sandbox imports this folder, and it
knows nothing of orders.
"""
