import { runService } from '@carillon/runtime';
import { standaloneConfig } from './config.ts';
import { startStandalone } from './standalone.ts';

runService('standalone', standaloneConfig, async (config, context) => {
  const standalone = await startStandalone(config, context);
  const url = `http://localhost:${standalone.port}`;
  const mqtt = standalone.mqttPort;
  // The reader of stdout may have closed it, as `head` does. The chat runs on.
  process.stdout.on('error', () => {});
  process.stdout.write(
    [
      '',
      '  Carillon is up.',
      '',
      `  page     ${url}/c/lobby`,
      `  post     curl -d 'Hello' ${url}/c/lobby`,
      `  stream   curl -N ${url}/c/lobby`,
      `  API      ${url}/docs`,
      `  checks   ${url}/checks`,
      ...(mqtt === undefined ? [] : [`  MQTT     mosquitto_sub -p ${mqtt} -t 'carillon/#'`]),
      `  metrics  http://localhost:${standalone.adminPort}/metrics`,
      '',
      `  data in ${config.DATA_DIR}; Ctrl-C stops it`,
      '',
      '',
    ].join('\n'),
  );
});
