#!/bin/sh
# Looks whether all is well, and only then starts the program. From the project's folder:
#   demo/start.sh                           with .env
#   demo/start.sh --env-file demo/.env.test
set -u

for program in .venv/bin/copytrader venv/bin/copytrader; do
    [ -x "$program" ] && break
    program=""
done
if [ -z "$program" ]; then
    program=$(command -v copytrader) || {
        echo "start.sh: copytrader is not installed here - run: make install" >&2
        exit 1
    }
fi

"$program" check "$@" || {
    status=$?
    echo "start.sh: not started - mend what is named above, then start again" >&2
    exit "$status"
}
exec "$program" run "$@"
