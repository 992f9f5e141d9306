/** What is wrong with a simulated Bottlerocket when its node is rebooted, and spends an attempt. */
import type { Spent } from '../row.ts';

export const spent: readonly Spent[] = [
  {
    node: 'activates-not',
    faults: { updogFails: { commands: ['activate'], stderr: 'no such partition' } },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: activate failed .*no such partition\. /,
    reboots: 0,
  },
  {
    node: 'staged-nothing',
    faults: { noopPrepare: true },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: .*has not been marked valid for upgrade/,
    reboots: 0,
  },
  {
    node: 'wave-closed',
    faults: { waveClosesBeforePrepare: true },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: .*has not been marked valid for upgrade/,
    reboots: 0,
  },
  {
    node: 'reboots-not',
    faults: { rebootCommandMissing: true },
    reason: 'RebootRefused',
    says: /^The host refused to reboot \(500: /,
    reboots: 0,
  },
  {
    node: 'other-name',
    faults: { staleChosenUpdate: '1.26.2' },
    reason: 'OtherVersion',
    says: /^it came back on 1\.26\.1 instead of 1\.26\.2$/,
    reboots: 1,
  },
  {
    node: 'deactivated',
    faults: { otherClient: { after: 'activate', does: 'deactivate' } },
    reason: 'ActivateFailed',
    says: /^1\.26\.1 could not be activated: the command left no trace\. The host does not show it as activated; any reboot may enter it all the same\.$/,
    reboots: 0,
  },
  {
    node: 'stays-activated',
    faults: {
      rebootCommandMissing: true,
      updogFails: { commands: ['deactivate'], stderr: 'no such partition' },
    },
    reason: 'RebootRefused',
    says: /^The host refused to reboot .*\. Deactivating it failed \(deactivate failed with .*: no such partition\): any reboot may enter it\.$/,
    reboots: 0,
  },
  {
    node: 'activated-again',
    faults: { rebootCommandMissing: true, otherClient: { after: 'deactivate', does: 'activate' } },
    reason: 'RebootRefused',
    says: /^The host refused to reboot .*\. Deactivating it failed \(the command left no trace\): any reboot may enter it\.$/,
    reboots: 0,
  },
];
