"""The product: composition root, settings, command line and Telegram control plane."""
