/** Somebody deletes the CustomResourceDefinitions while nodes are on their way, and applies them again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { installOperator } from '../lab/chart.ts';
import { makeOperatorImage } from '../lab/image.ts';
import type { Lab } from '../lab/lab.ts';
import { startLab } from '../lab/lab.ts';
import { readJournal } from '../lab/machine/reboot-journal.ts';
import { until } from '../lab/process/until.ts';
import { hooksNamespace } from '../recorder/world/audit.ts';
import { applyBound, letGo } from './support/bound-workload.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import { startOperatorProcess } from './support/operator-process.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { expectPutBack } from './support/story.ts';
import { operatorSettings, patience } from './support/waits.ts';

const crds = join(import.meta.dirname, '../../crds');

let lab: Lab;
let scene: Scene;
let operator: OperatorProcess;
beforeAll(async () => {
  lab = await startLab({ images: (dir) => [makeOperatorImage(join(dir, 'image'))] });
  await installOperator(lab, { values: { replicas: 0, hooks: { namespace: hooksNamespace } } });
  operator = await startOperatorProcess(lab, { name: 'operator', settings: operatorSettings });
  scene = await openScene('kinds', lab);
}, patience(240_000));
afterAll(async () => {
  await operator.end();
  await lab.stop();
}, patience(60_000));

it(
  'claimed nodes are put back or finished, nothing crashes, and all goes on once the kinds are there again',
  async () => {
    const reboots = () =>
      readJournal(join(lab.dir, 'nodes', scene.full('reboots'))).map(({ event }) => event);
    await scene.addNodes({
      drains: {},
      // Only an Inspect tells what it runs, and its answer has nowhere to be stored.
      reboots: { host: { os: 'ContainerOptimizedOS', timings: { prepareMs: 200, bootMs: 5000 } } },
    });
    const workload = { name: 'held', namespace: scene.namespace, node: 'drains' };
    await applyBound(scene, { ...workload, finalizers: ['example.com/last-words'] });
    await scene.applyPolicy('bottlerocket');
    await scene.untilView('drains', ({ because }) => because?.includes('held by finalizer') === true);
    await scene.applyPolicy('cos', { os: 'ContainerOptimizedOS' });
    await until('the reboot', () => reboots().includes('down') || undefined, { withinMs: patience(60_000) });

    const kinds = ['containerospolicies.containeros.dev', 'containerosnodes.containeros.dev'];
    await scene.kubectl(['delete', 'crd', ...kinds, '--wait']);
    for (const name of ['drains', 'reboots'])
      await scene.untilNode(name, (node) => node.spec?.unschedulable !== true, 60_000);
    for (const name of ['drains', 'reboots']) expectPutBack(await scene.node(name));
    expect(reboots()).toEqual(['up', 'asked', 'down', 'up']);
    const warnings = readFileSync(operator.logFile, 'utf8').match(/"level":"(warn|error)"/g) ?? [];
    expect(warnings.length).toBeLessThan(60);

    await letGo(scene, workload);
    await scene.kubectl(['apply', '-f', crds]);
    // They are served a moment after they are stored.
    const isServed = (): Promise<true | undefined> =>
      scene.applyPolicy('bottlerocket', { mode: 'Plan' }).then(
        () => true,
        () => undefined,
      );
    await until('the kinds to be served', isServed, { withinMs: patience(30_000) });
    await scene.untilView(
      'drains',
      ({ state, available }) => state === 'Staged' && available === '1.26.1',
      90_000,
    );
    await scene.untilStatus('bottlerocket', ({ nodes }) => nodes === 1);
    expect(operator.process.isRunning()).toBe(true);
  },
  patience(300_000),
);
