import sys

from requests_sse import EventSource

with EventSource(sys.argv[1], timeout=40) as source:
    for event in source:
        print(event.type, event.last_event_id, event.data, sep="\t", flush=True)
