"""Zerodha Kite Connect v3, behind the ports of the engine."""
