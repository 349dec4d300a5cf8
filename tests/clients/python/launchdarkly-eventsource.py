import sys

from ld_eventsource import SSEClient
from ld_eventsource.config import ErrorStrategy, RetryDelayStrategy

client = SSEClient(
    sys.argv[1],
    error_strategy=ErrorStrategy.always_continue(),
    retry_delay_strategy=RetryDelayStrategy.default(max_delay=2),
)
for event in client.events:
    print(event.event, event.last_event_id or "", event.data, sep="\t", flush=True)
