import { expect, it } from 'vitest';
import { startRetention } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { startChat } from './start-chat.ts';

it('retention drops what is over its bounds while the service runs', async () => {
  const chat = await startChat();
  const author = { id: 'guest', name: 'Guest' };
  await chat.history.append(Array.from({ length: 10 }, () => ({ channel: 'kept', author, body: 'x' })));
  const retention = startRetention(chat.history, { maxCount: 3 }, chat.log);
  await eventually(
    'the old messages gone',
    async () => (await chat.history.extents(['kept'])).get('kept')?.earliest === 8,
  );
  expect((await chat.history.after('kept', 0, 20)).map(({ seq }) => seq)).toEqual([8, 9, 10]);
  await retention.close();
  await chat.close();
});
