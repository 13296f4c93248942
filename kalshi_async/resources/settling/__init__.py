"""Find out by reading whether a write was executed whose answer was lost.

Knows no retry and no transport: it reads through the context of the namespaces. Read in this
order: ``resolve`` (an order by its client_order_id), ``orders`` (changes of an order),
``account`` (groups, netting, transfers).
"""
