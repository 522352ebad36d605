"""What other programs need to watch a gateway by its metrics: rules, a dashboard, a receiver.

Every metric's name comes from `described`, every threshold from what the gateway's own alerts go by.
"""
