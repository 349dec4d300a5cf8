#!/usr/bin/env bash
# Python: launchdarkly-eventsource 1.7.4.
#
# Guess, by its documentation ("max_delay: the maximum possible delay value, in seconds; default is 30 seconds"): after cuts that follow
# each other the client waits 1, 2, 4, 8, 16 s, and then 30 s at most.
# Seen: without `max_delay` there is no maximum. The wait doubles at each cut until a stream has stood for 60 s
# (retry_delay_reset_threshold): the 13th is over an hour. With `max_delay=30` it is as documented.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check launchdarkly-eventsource==1.7.4
cat >delays.py <<'PY'
import re

from ld_eventsource.config import RetryDelayStrategy


def delays(strategy):
    seen = []
    for _ in range(13):
        delay, strategy = strategy.apply(1)
        seen.append(f"{delay:g}")
    return " ".join(seen)


text = re.sub(r"\s+", " ", RetryDelayStrategy.default.__doc__)
print(re.search(r"max_delay: .*?default is \d+ seconds", text)[0])
print("default:", delays(RetryDelayStrategy.default()))
print("max_delay=30:", delays(RetryDelayStrategy.default(max_delay=30)))
PY

expected='max_delay: the maximum possible delay value, in seconds; default is 30 seconds
default: 1 2 4 8 16 32 64 128 256 512 1024 2048 4096
max_delay=30: 1 2 4 8 16 30 30 30 30 30 30 30 30'
seen=$(venv/bin/python delays.py)
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
