/** What the API server writes down: enough to check afterwards what each account did and whether it was allowed. */
import { stringify } from 'yaml';

export const operatorNamespace = 'container-os-operator';
const writes = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Bodies for the writes of the operator's accounts, metadata for all else. */
export function auditPolicyText(): string {
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      {
        level: 'Request',
        userGroups: [`system:serviceaccounts:${operatorNamespace}`],
        verbs: writes,
      },
      { level: 'Metadata' },
    ],
  });
}
