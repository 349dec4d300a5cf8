import { describe, expect, it } from 'vitest';
import { pathOf, routeOf } from '../src/route.ts';

describe('an address', () => {
  it.each([
    ['/', { channel: 'lobby' }],
    ['/c/team', { channel: 'team' }],
    ['/c/team/', { channel: 'team' }],
    ['/c/team/42', { channel: 'team', seq: 42 }],
    ['/c/team/42/', { channel: 'team', seq: 42 }],
    ['/c/team/0', { channel: 'team' }],
    ['/c/team/x', { channel: 'lobby' }],
    ['/c/No%20Team/42', { invalid: 'No Team' }],
  ])('%s is read as %o', (path, route) => expect(routeOf(path)).toEqual(route));

  it('of a message is read as it is written', () => {
    expect(routeOf(pathOf('team', 7))).toEqual({ channel: 'team', seq: 7 });
    expect(routeOf(pathOf('team'))).toEqual({ channel: 'team' });
  });
});
