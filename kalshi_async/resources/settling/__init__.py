"""What reading can prove about a write whose answer was lost.

Knows no retry and no transport: it reads through the namespaces' context. Read in this
order: ``resolve`` (an order by its client_order_id), ``orders`` (changes of an order),
``account`` (groups, netting, transfers).
"""
