"""The venues an order can go to: Kite Connect and the paper venue."""
