/** Both programs started from the image: its own libraries, its own Node, a read-only root, the user and rights of their Pods. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { OsName } from '../../src/api/os.ts';
import { podOptions } from '../../src/cli/verify/pod.ts';
import { type LabMachine, startLabMachine } from '../adapters/os/lab-machine.ts';
import { ensurePrograms } from '../lab/build/ensure-programs.ts';
import { type BuiltImage, ensureImage } from './build/ensure-image.ts';
import { startContainer } from './container.ts';
import { describeImage } from './describe-image.ts';
import { serveOperator, startOperator } from './operator-container.ts';
import { environmentOf, inspectFromImage, peakOfInspect } from './task-container.ts';

/** Milliseconds. Some hundred where nothing else runs; this leaves room for a machine that does much else, and none for ten times as much. */
const longestStart = 5000;

describeImage('from the image', () => {
  let image: BuiltImage;
  beforeAll(async () => {
    image = await ensureImage();
  }, 600_000);

  describe('the operator', () => {
    it('says what its configuration lacks, and ends', async () => {
      const container = await startOperator(image, {});
      expect(await container.ended).toBe(1);
      expect(container.output()).toContain('--kubeconfig: must be given outside a cluster');
    }, 60_000);

    it('serves /livez while its API server is away, and ends when it is told to', async () => {
      const { url, startMs, stop } = await serveOperator(image);
      const alive = await fetch(`${url}/livez`);
      const ready = await fetch(`${url}/readyz`);
      const exitCode = await stop();
      expect(alive.status).toBe(200);
      expect(ready.status).not.toBe(200);
      expect(exitCode).toBe(0);
      expect(startMs).toBeLessThan(longestStart);
      console.info(`The operator serves ${startMs.toFixed(0)} ms after its start`);
    }, 90_000);
  });

  describe('the node task', () => {
    let machine: LabMachine | undefined;
    afterEach(async () => {
      await machine?.close();
      machine = undefined;
    });

    it('inspects a Bottlerocket host over its socket, as user 0 without any right', async () => {
      const host = { os: 'Bottlerocket', version: '1.26.0', offers: ['1.26.0', '1.26.1'] };
      machine = await startLabMachine(host);
      const run = await inspectFromImage(image, 'Bottlerocket', machine);
      expect(run.exitCode).toBe(0);
      expect(run.answer).toMatchObject({
        outcome: 'Done',
        version: '1.26.0',
        available: '1.26.1',
        bootID: machine.bootID(),
      });
      expect(run.startMs).toBeLessThan(longestStart);
      console.info(
        `Bottlerocket: ${run.startMs.toFixed(0)} ms to the first line, ${run.wholeMs.toFixed(0)} in all`,
      );
    }, 60_000);

    it('inspects a Container-Optimized OS host with its own programs, by chroot', async () => {
      const { hostTool } = await ensurePrograms();
      const host = { os: 'ContainerOptimizedOS', version: '18613.164.98', offers: ['18613.200.1'] };
      machine = await startLabMachine(host, { hostTool });
      const run = await inspectFromImage(image, 'ContainerOptimizedOS', machine);
      expect(run.exitCode).toBe(0);
      expect(run.answer).toMatchObject({
        outcome: 'Done',
        version: '18613.164.98',
        bootID: machine.bootID(),
      });
      expect(run.startMs).toBeLessThan(longestStart);
      console.info(`COS: ${run.startMs.toFixed(0)} ms to the first line, ${run.wholeMs.toFixed(0)} in all`);
    }, 60_000);

    it.each<[OsName, string]>([
      ['Bottlerocket', '1.26.0'],
      ['ContainerOptimizedOS', '18613.164.98'],
    ])(
      'stays well below the limit that the chart gives it, on %s',
      async (os, version) => {
        const { hostTool } = await ensurePrograms();
        machine = await startLabMachine({ os, version, offers: [] }, { hostTool });
        const peakKiB = await peakOfInspect(image, os, machine);
        // The pages of Node itself are in this number, but do not count for the limit of 128 MiB: there is more room than it shows.
        expect(peakKiB / 1024).toBeLessThan(110);
        expect(peakKiB / 1024).toBeGreaterThan(20);
        expect(podOptions.limits).toEqual({ memory: '128Mi' });
      },
      60_000,
    );

    it('says what it was not told, and leaves no document', async () => {
      const container = await startContainer({
        rootfs: image.rootfs,
        args: ['/nodejs/bin/node', '/app/node-task.js'],
        env: environmentOf(image),
        workdir: '/app',
        user: 0,
        group: 0,
        capabilities: [],
        mounts: [],
        bootID: randomUUID(),
      });
      expect(await container.ended).toBe(1);
      expect(container.output()).toBe('CONTAINEROS_TASK is not set: there is nothing to do.\n');
    }, 60_000);
  });
});
