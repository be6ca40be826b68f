#!/bin/sh
# Kills everything in the middle of a run, starts again, and shows that the same execution ends, its finished
# steps not done again. Exit 0 only if it is so.
set -eu
cd "$(dirname "$0")/.."
fiberwise=.venv/bin/fiberwise
FIBERWISE_HOME=.fiberwise/survive
export FIBERWISE_HOME
out=$FIBERWISE_HOME/survive.out
# The one step that was under way is begun anew; of all others there is one attempt.
wanted="analyze 1 completed, extract 1 completed, ingest 1 completed, publish 1 completed, synthesize 1 lost, \
synthesize 2 completed, transform 1 completed, "

fail() { echo "survive: $1" >&2; exit 1; }
server() { sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$FIBERWISE_HOME/stack.json"; }
kill_all() { kill -9 "$run" "$(server)" 2>/dev/null || true; }
attempts() {
    .venv/bin/python -c 'import json, sys
for entry in json.load(sys.stdin)["execution_log"]: print(entry["step"], entry["attempt"], entry["status"])' |
        sort | while read -r line; do printf '%s, ' "$line"; done
}

rm -rf "$FIBERWISE_HOME"
mkdir -p "$FIBERWISE_HOME"
echo "1. A run starts; its step synthesize is made slow."
$fiberwise run complex-multi-agent --data examples/penguins.csv --fault synthesize=slow >"$out" 2>&1 &
run=$!
trap kill_all EXIT
trap 'exit 130' INT TERM
until grep -q '^synthesize: running' "$out"; do
    kill -0 "$run" 2>/dev/null || fail "the run ended too early, see $out"
    sleep 0.2
done

id=$(sed -n 's|^complex-multi-agent/\([^:]*\): running.*|\1|p' "$out")
echo "2. kill -9 within synthesize: the command with its worker (process $run), the Temporal server ($(server))."
kill_all
wait "$run" 2>/dev/null || true
trap - EXIT

echo "3. fiberwise watch $id carries the run on:"
found=$($fiberwise watch "$id" --json) || fail "the run did not end well"
echo "4. Its log: what was finished is not done again."
$fiberwise log "$id" 2>/dev/null
[ "$(echo "$found" | attempts)" = "$wanted" ] || fail "not as promised: $(echo "$found" | attempts)"
echo "The same execution ended, each finished step done once."
