import { describe, expect, it } from '@jest/globals';
import { readRequest, RequestError } from '../../src/node-task/request.ts';

describe('readRequest', () => {
  it('reads a request, with options left out', () => {
    expect(readRequest('{"protocol":1,"task":"Inspect","os":"Bottlerocket"}')).toEqual({
      protocol: 1,
      task: 'Inspect',
      os: 'Bottlerocket',
      options: {},
    });
  });

  it.each([
    ['nothing', undefined, 'is not set'],
    ['an empty text', '', 'is not set'],
    ['what is not JSON', '{', 'is not JSON'],
    ['another protocol', '{"protocol":2,"task":"Inspect","os":"Bottlerocket"}', 'protocol'],
    ['an unknown task', '{"protocol":1,"task":"Format","os":"Bottlerocket"}', 'task'],
    ['an unknown system', '{"protocol":1,"task":"Inspect","os":"Other"}', 'os'],
    [
      'an order without a time',
      '{"protocol":1,"task":"Reboot","os":"Bottlerocket","order":{"bootID":"b"}}',
      'order.notAfter',
    ],
  ])('refuses %s, naming what is wrong', (_name, text, named) => {
    expect(() => readRequest(text)).toThrow(RequestError);
    expect(() => readRequest(text)).toThrow(named);
  });
});
