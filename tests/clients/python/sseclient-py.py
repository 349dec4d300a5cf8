import sys
import time

import requests
import sseclient

url, cursor = sys.argv[1], ""
retry = 1.0
while True:
    headers = {"Accept": "text/event-stream"}
    if cursor:
        headers["Last-Event-ID"] = cursor
    try:
        response = requests.get(url, headers=headers, stream=True, timeout=40)
        for event in sseclient.SSEClient(response).events():
            cursor = event.id or cursor
            retry = int(event.retry) / 1000 if event.retry else retry
            print(event.event, event.id or "", event.data, sep="\t", flush=True)
            if event.event == "denied":
                sys.exit()
    except requests.RequestException:
        pass
    time.sleep(retry)
