#!/bin/sh
# The command line of the service: runs copytrader as the service's user, in its folder.
# Installed as /usr/local/bin/copytrader, so that `sudo copytrader check` is all that is typed.
cd /var/lib/kitecopytrader && exec runuser -u kitecopytrader -- \
  env HOME=/var/lib/kitecopytrader /opt/kitecopytrader/venv/bin/copytrader "$@"
