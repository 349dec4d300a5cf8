// It is made for browsers: Node has neither of these.
globalThis.window = globalThis;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
const { fetchEventSource } = await import('@microsoft/fetch-event-source');
const { print } = await import('./print.mjs');

await fetchEventSource(process.argv[2], { openWhenHidden: true, onmessage: print });
