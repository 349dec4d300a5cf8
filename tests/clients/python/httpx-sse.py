import sys
import time

import httpx
from httpx_sse import connect_sse

url, cursor = sys.argv[1], ""
retry = 1.0
with httpx.Client() as client:
    while True:
        headers = {"Last-Event-ID": cursor} if cursor else {}
        try:
            with connect_sse(client, "GET", url, headers=headers) as source:
                for event in source.iter_sse():
                    cursor = event.id or cursor
                    retry = event.retry / 1000 if event.retry else retry
                    print(event.event, event.id, event.data, sep="\t", flush=True)
                    if event.event == "denied":
                        sys.exit()
        except httpx.TransportError:
            pass
        time.sleep(retry)
