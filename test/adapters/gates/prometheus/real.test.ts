/** Gates against the real Prometheus, from Debian's package: what it answers to queries that are true, false, or none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrometheus } from '../../../../src/adapters/gates/prometheus/prometheus.ts';
import { ensurePrograms } from '../../../lab/build/ensure-programs.ts';
import { createPki } from '../../../lab/control-plane/pki.ts';
import { type Prometheus, type ServerPair, startPrometheus } from '../../../prometheus/start.ts';

const source = createPrometheus({ tokens: { tokenFor: () => Promise.resolve({ refused: 'not asked' }) } });
const usual = tls.getCACertificates('default');

let prometheus: Prometheus;
let secure: Prometheus;
let pair: ServerPair;
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'container-os-gates-'));
  const { ca, cert, key } = (await createPki((await ensurePrograms()).labNode, dir)).credentials('apiserver');
  pair = { ca, cert: cert ?? '', key: key ?? '' };
  rmSync(dir, { recursive: true, force: true });
  [prometheus, secure] = await Promise.all([startPrometheus(), startPrometheus(pair)]);
  await prometheus.set('burning', 0);
}, 120_000);
afterAll(async () => {
  tls.setDefaultCACertificates(usual);
  await Promise.all([prometheus.close(), secure.close()]);
});

const ask = (query: string, passes: 'WhenEmpty' | 'WhenNotEmpty' = 'WhenEmpty', url = prometheus.url) =>
  source.evaluate({ url, query, passes });

describe('a gate at the real Prometheus', () => {
  it('is open while a query of alerts finds nothing, closed while it finds something, and open again', async () => {
    expect(await ask('burning > 0')).toEqual({ state: 'Open', because: 'the query finds nothing' });
    await prometheus.set('burning', 1);
    expect(await ask('burning > 0')).toEqual({
      state: 'Closed',
      because: expect.stringMatching(/^the query finds burning\{instance="127\.0\.0\.1:\d+",job="test"\}$/),
    });
    await prometheus.set('burning', 0);
    expect(await ask('burning > 0')).toMatchObject({ state: 'Open' });
  });

  it('is open while a comparison finds something, and closed while it finds nothing', async () => {
    expect(await ask('burning < 5', 'WhenNotEmpty')).toMatchObject({ state: 'Open' });
    expect(await ask('burning > 5', 'WhenNotEmpty')).toEqual({
      state: 'Closed',
      because: 'the query finds nothing',
    });
  });

  it.each([
    ['0', 'Open', 'the query gives 0'],
    ['2', 'Closed', 'the query gives another number than 0'],
    ['Inf', 'Closed', 'the query gives another number than 0'],
    ['scalar(nothing_like_this)', 'Unknown', 'the query gives NaN, which is neither something nor nothing'],
    ['burning / 0', 'Unknown', 'the query finds NaN, which is neither something nor nothing'],
    ['"words"', 'Unknown', 'the query gives a text, and must give a vector or a number'],
    ['burning[1m]', 'Unknown', 'the query gives a range, and must give a vector or a number'],
  ])('with the query %s is %s', async (query, state, because) => {
    expect(await ask(query)).toEqual({ state, because });
  });

  it('with a query that is none tells what Prometheus says of it', async () => {
    const { state, because } = await ask('sum(');
    expect(state).toBe('Unknown');
    expect(because).toMatch(/^Prometheus says bad_data: .*parse error/);
  });

  it('under a path that is not its API says so', async () => {
    expect(await ask('1', 'WhenEmpty', `${prometheus.url}/grafana`)).toEqual({
      state: 'Unknown',
      because: `${prometheus.url}/grafana answered 404 with something that is not JSON: is it a Prometheus API?`,
    });
  });

  it('over https is asked only where its certificate is trusted', async () => {
    const before = await ask('0', 'WhenEmpty', secure.url);
    expect(before.state).toBe('Unknown');
    expect(before.because).toMatch(/certificate/);
    tls.setDefaultCACertificates([...usual, pair.ca]);
    expect(await ask('0', 'WhenEmpty', secure.url)).toMatchObject({ state: 'Open' });
  });
});
