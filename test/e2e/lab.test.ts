/** The lab itself, for real: what the operator's own suites take for granted. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attachLab } from '../lab/attach.ts';
import type { HostDescription } from '../lab/hosts/host.ts';
import type { Lab } from '../lab/lab.ts';
import { startLab } from '../lab/lab.ts';
import { keys } from '../lab/machine/annotations.ts';
import { nodePath, readNode, readiness } from '../lab/machine/node-object.ts';
import { readJournal } from '../lab/machine/reboot-journal.ts';
import { until } from '../lab/process/until.ts';
import { applyScene, parseScene, sceneText } from '../lab/scene.ts';
import { recordNode } from '../lab/record-node.ts';
import { patience } from './support/waits.ts';

/** Longer than the 10 s between two signs of life of a kubelet and what a slow one takes to start, and short enough to wait for. */
const graceMs = 28_000;
const timings = { bootMs: 500, settleMs: 1200 };

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodeMonitorGracePeriodMs: graceMs });
}, patience(600_000));
afterAll(() => lab.stop());

const host = (change: object = {}): string =>
  JSON.stringify({ os: 'Bottlerocket', version: '1.25.0', timings, ...change });
const addNode = async (name: string, change: object = {}): Promise<void> => {
  const metadata = { name, labels: { role: 'test' }, annotations: { [keys.host]: host(change) } };
  await applyScene(lab, parseScene(sceneText([{ apiVersion: 'v1', kind: 'Node', metadata }])));
};
const annotate = (name: string, key: string, value: string): Promise<unknown> =>
  lab.client.patch(nodePath(name), 'merge', { metadata: { annotations: { [key]: value } } });

describe('a reboot', () => {
  it.each<{ variant: HostDescription['reboot']; shows: string[] }>([
    { variant: 'Fast', shows: ['True old', 'True new'] },
    { variant: 'NotReadyFirst', shows: ['True old', 'False old', 'True new'] },
    { variant: 'UnknownFirst', shows: ['True old', 'Unknown old', 'True new'] },
    { variant: 'BootIDBeforeReady', shows: ['True old', 'False new', 'True new'] },
    {
      variant: 'Flapping',
      shows: ['True old', 'True new', 'False new', 'True new', 'False new', 'True new'],
    },
  ])(
    'of the variant $variant shows $shows',
    async ({ variant, shows }) => {
      const name = `node-${variant.toLowerCase()}`;
      await addNode(name, { reboot: variant });
      const before = lab.machine(name).bootID;
      const record = await recordNode(lab.client, name);
      await annotate(name, keys.rebootNow, 'now');
      const last = shows.at(-1);
      const seen = await until(
        `${name} to show ${shows.join(', ')}`,
        () => {
          const states = record.states(before);
          return states.length >= shows.length && states.at(-1) === last ? states : undefined;
        },
        { withinMs: patience(45_000) },
      );
      record.stop();
      expect(seen).toEqual(shows);
      expect(readJournal(lab.machine(name).dir).map(({ event }) => event)).toEqual(
        variant === 'Flapping' ? ['up', 'down', 'up', 'up', 'up'] : ['up', 'down', 'up'],
      );
    },
    patience(60_000),
  );

  it(
    'of the variant NewNodeObject keeps labels and annotation, on an object with another UID',
    async () => {
      await addNode('renewed', { reboot: 'NewNodeObject' });
      const before = await readNode(lab.client, 'renewed');
      await lab.machine('renewed').spontaneousReboot();
      await lab.waitForReady(['renewed']);
      const after = await readNode(lab.client, 'renewed');
      expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
      expect(after?.metadata.labels).toMatchObject({ role: 'test' });
      await lab.machine('renewed').spontaneousReboot();
    },
    patience(60_000),
  );

  it(
    'of the variant NeverBack ends when the annotation changes',
    async () => {
      await addNode('lost', { reboot: 'NeverBack' });
      const before = lab.machine('lost').bootID;
      const reboot = lab.machine('lost').spontaneousReboot();
      const stays = await Promise.race([reboot, new Promise((resolve) => setTimeout(resolve, 2000, 'away'))]);
      expect(stays).toBe('away');
      await annotate('lost', keys.host, host());
      await reboot;
      expect(lab.machine('lost').bootID).not.toBe(before);
    },
    patience(60_000),
  );
});

describe('another process', () => {
  it(
    'uses the lab by its folder',
    async () => {
      await addNode('shared');
      const attached = attachLab(lab.dir);
      expect(await attached.kubectl(['get', 'node', 'shared', '--output', 'name'])).toBe('node/shared\n');
      expect(attached.journal('shared').map(({ event }) => event)).toEqual(['up']);
      expect(await attached.client.text('/readyz')).toBe('ok');
      attached.detach();
    },
    patience(60_000),
  );
});

describe('a lab that ends', () => {
  it(
    'in the middle of a reboot ends all the same',
    async () => {
      await addNode('never', { reboot: 'NeverBack' });
      await annotate('never', keys.rebootNow, 'now');
      const isDown = (): true | undefined =>
        readJournal(lab.machine('never').dir).at(-1)?.event === 'down' || undefined;
      // `afterAll` ends the lab, and fails when that does not come to an end.
      await expect(until('never to be down', isDown, { withinMs: patience(10_000) })).resolves.toBe(true);
    },
    patience(60_000),
  );
});

describe('the annotation', () => {
  it(
    'that is wrong is answered on the Node, until it is right',
    async () => {
      const metadata = { name: 'wrong', annotations: { [keys.host]: '{"os":"Bottlerocket"}' } };
      await lab.client.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
      const errorOf = async (): Promise<string | undefined> =>
        (await readNode(lab.client, 'wrong'))?.metadata.annotations?.[keys.error];
      expect(await until('the complaint', errorOf, { withinMs: patience(10_000) })).toContain('version');
      await annotate('wrong', keys.host, host({ faults: { noSuchFault: true } }));
      const complaint = async (): Promise<true | undefined> =>
        (await errorOf())?.includes('noSuchFault') === true || undefined;
      await until('a complaint about the fault', complaint, { withinMs: patience(10_000) });
      await annotate('wrong', keys.host, host());
      await lab.waitForReady(['wrong']);
      const silence = async (): Promise<true | undefined> => (await errorOf()) === undefined || undefined;
      await until('no complaint', silence, { withinMs: patience(10_000) });
    },
    patience(60_000),
  );

  it(
    'kubelet: Hung makes the Node Unknown, and Running makes it Ready again',
    async () => {
      await addNode('hung');
      await annotate('hung', keys.kubelet, 'Hung');
      const is = (wanted: string) => async (): Promise<true | undefined> =>
        readiness(await readNode(lab.client, 'hung')) === wanted || undefined;
      await until('hung to be Unknown', is('Unknown'), { withinMs: patience(45_000) });
      await annotate('hung', keys.kubelet, 'Running');
      await expect(until('hung to be Ready', is('True'), { withinMs: patience(30_000) })).resolves.toBe(true);
    },
    patience(90_000),
  );

  it(
    'of a Node that is deleted takes its machine with it',
    async () => {
      await addNode('deleted');
      await lab.kubectl(['delete', 'node', 'deleted']);
      const gone = (): true | undefined =>
        lab.machines().every(({ name }) => name !== 'deleted') || undefined;
      await until('the machine to go', gone, { withinMs: patience(10_000) });
      expect(await readNode(lab.client, 'deleted')).toBeUndefined();
    },
    patience(30_000),
  );
});
