import { describe, expect, it } from '@jest/globals';
import { keys, parseWish } from './annotations.ts';

const node = (annotations: Record<string, string>) => ({ metadata: { name: 'n1', annotations } });
const host = '{"os":"Bottlerocket","version":"1.25.0"}';

describe('parseWish', () => {
  it('takes a Node without the annotation for none of the lab', () => {
    expect(parseWish({ metadata: { name: 'n1' } })).toEqual({ kind: 'none' });
  });

  it('fills in the defaults', () => {
    expect(parseWish(node({ [keys.host]: host }))).toMatchObject({
      kind: 'wish',
      wish: { kubelet: 'Running', rebootNow: '', description: { reboot: 'Fast', timings: { bootMs: 1000 } } },
    });
  });

  it.each([
    { name: 'text that is not JSON', annotations: { [keys.host]: '{os' }, says: 'is not JSON' },
    { name: 'an unknown system', annotations: { [keys.host]: '{"os":"Plan9","version":"4"}' }, says: 'os: ' },
    { name: 'a missing version', annotations: { [keys.host]: '{"os":"Bottlerocket"}' }, says: 'version: ' },
    {
      name: 'a misspelt key',
      annotations: { [keys.host]: '{"os":"Bottlerocket","version":"1.0.0","offer":[]}' },
      says: '"offer"',
    },
    {
      name: 'an unknown state of the kubelet',
      annotations: { [keys.host]: host, [keys.kubelet]: 'Sleepy' },
      says: 'Running, Hung, Down',
    },
  ])('says what is wrong with $name', ({ annotations, says }) => {
    expect(parseWish(node(annotations))).toEqual({ kind: 'wrong', because: expect.stringContaining(says) });
  });
});
