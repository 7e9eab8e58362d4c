#!/bin/sh
# The command inside the container; -P: the working folder may hold a package that is called like ours.
PYTHONPATH=/opt/kitecopytrader/app exec /opt/kitecopytrader/venv/bin/python -P -m bot "$@"
