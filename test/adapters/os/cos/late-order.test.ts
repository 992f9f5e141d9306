/** What happens between the first look at the order and the reboot call, on a clock that the test moves. */
import { describe, expect, it } from '@jest/globals';
import type { CosHost } from '../../../../src/adapters/os/cos/host.ts';
import { createCosTasks } from '../../../../src/adapters/os/cos/tasks.ts';
import { createRunner } from '../run-tasks.ts';

const unit = 'LoadState=loaded\nActiveState=active\nConditionResult=yes\nConditionTimestampMonotonic=1\n';
const status = 'CURRENT_OP=UPDATE_STATUS_UPDATED_NEED_REBOOT\nNEW_VERSION=18613.200.1\n';

/** A host that takes so long to tell what is staged, and may have another boot by then. */
function aSlowHost(statusMs: number, bootAfterwards = 'boot-1') {
  let elapsed = 0;
  let bootID = 'boot-1';
  const reboots: string[] = [];
  const host: CosHost = {
    readText: async () => 'ID=cos\nBUILD_ID=18613.164.98\n',
    exists: async () => false,
    command: {
      run: async (program, args) => {
        const told = (stdout: string) => ({ kind: 'Exited', code: 0, stdout, stderr: '' }) as const;
        if (args[0] === 'reboot') reboots.push(program);
        if (args[0] === 'show') return told(unit);
        if (args[0] !== '--status') return told('');
        elapsed += statusMs;
        bootID = bootAfterwards;
        return told(status);
      },
    },
  };
  const { run, order } = createRunner({
    os: 'ContainerOptimizedOS',
    tasks: createCosTasks({ open: () => host }),
    time: {
      clock: { now: () => Date.parse('2026-03-01T12:00:00Z') + elapsed, monotonic: () => elapsed },
      sleep: async (ms) => void (elapsed += ms),
    },
    bootID: () => bootID,
  });
  return { reboots, reboot: () => run('Reboot', { order: order(120_000) }) };
}

describe('a Reboot', () => {
  it('goes on while its order stands', async () => {
    const { reboot, reboots } = aSlowHost(119_000);
    expect(await reboot()).toMatchObject({ outcome: 'Done' });
    expect(reboots).toEqual(['/usr/bin/systemctl']);
  });

  it('does not happen when its order ran out while it looked at what is staged', async () => {
    const { reboot, reboots } = aSlowHost(121_000);
    expect(await reboot()).toMatchObject({ outcome: 'Failed', reason: 'OrderVoid', staged: '18613.200.1' });
    expect(reboots).toEqual([]);
  });

  it('does not happen on another boot than it looked at first', async () => {
    const { reboot, reboots } = aSlowHost(1000, 'boot-2');
    expect(await reboot()).toMatchObject({ outcome: 'Failed', reason: 'WrongBoot' });
    expect(reboots).toEqual([]);
  });
});
