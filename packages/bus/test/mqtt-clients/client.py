# HOST PORT [clean]: subscribes to all by paho with its defaults, and prints for each connection whether it found a
# session, for each subscription what was granted, and for each message its length.
import sys

import paho.mqtt.client as mqtt

host, port, clean = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "clean"
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="paho-client", clean_session=clean)


def say(*words):
    print(*words, flush=True)


def on_connect(client, userdata, flags, reason, properties):
    say("connected", reason, "session", flags.session_present)
    client.subscribe([("carillon/#", 1), ("$share/group/carillon/#", 1)])


client.on_connect = on_connect
client.on_subscribe = lambda client, userdata, mid, reasons, properties: say("granted", *[r.value for r in reasons])
client.on_message = lambda client, userdata, message: say("message", len(message.payload))
client.connect(host, port)
client.loop_forever()
