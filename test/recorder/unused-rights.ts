/** S14's other half: the rights that the operator's account has and that no recorded run used. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiClient, ApiList, ApiObject } from '../lab/api/api-client.ts';
import type { AuditEvent } from './world/audit.ts';
import { isOurs, operatorNamespace } from './world/audit.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Role extends ApiObject {
  readonly rules?: readonly Rule[];
}

interface Binding extends ApiObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly namespace?: string }[];
}

export interface Right {
  readonly verb: string;
  /** `pods/eviction` with its group before it where it has one: `policy/poddisruptionbudgets`. */
  readonly resource: string;
  /** Undefined: in all namespaces, or without one. */
  readonly namespace?: string;
  readonly name?: string;
}

const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** Rights that are in none of `used`, each as `delete leases containeros-exclusive in container-os-operator`, sorted. */
export async function unusedRights(client: ApiClient, used: readonly Right[]): Promise<readonly string[]> {
  return (await grantedRights(client))
    .filter((right) => !used.some((use) => covers(right, use)))
    .map(sayRight)
    .toSorted();
}

/** What all roles give that are bound to an account of the operator's namespace. */
export async function grantedRights(client: ApiClient): Promise<readonly Right[]> {
  const list = async <T extends ApiObject>(kind: string): Promise<readonly T[]> =>
    (await client.get<ApiList<T>>(`${rbac}/${kind}`)).items;
  const [clusterRoles, roles, clusterBindings, bindings] = await Promise.all([
    list<Role>('clusterroles'),
    list<Role>('roles'),
    list<Binding>('clusterrolebindings'),
    list<Binding>('rolebindings'),
  ]);
  const isBound = ({ subjects = [] }: Binding): boolean =>
    subjects.some(({ kind, namespace }) => kind === 'ServiceAccount' && namespace === operatorNamespace);
  const everywhere = clusterBindings.filter(isBound).flatMap(({ roleRef }) => {
    const role = clusterRoles.find(({ metadata }) => metadata.name === roleRef.name);
    return (role?.rules ?? []).flatMap((rule) => rightsOf(rule));
  });
  const inNamespaces = bindings.filter(isBound).flatMap(({ roleRef, metadata: { namespace = '' } }) => {
    const role =
      roleRef.kind === 'ClusterRole'
        ? clusterRoles.find(({ metadata }) => metadata.name === roleRef.name)
        : roles.find(({ metadata }) => metadata.name === roleRef.name && metadata.namespace === namespace);
    return (role?.rules ?? []).flatMap((rule) => rightsOf(rule).map((right) => ({ ...right, namespace })));
  });
  return [...everywhere, ...inNamespaces];
}

function rightsOf({ apiGroups = [], resources = [], resourceNames = [], verbs }: Rule): readonly Right[] {
  return verbs.flatMap((verb) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource): readonly Right[] => {
        const right = { verb, resource: group === '' ? resource : `${group}/${resource}` };
        return resourceNames.length === 0 ? [right] : resourceNames.map((name) => ({ ...right, name }));
      }),
    ),
  );
}

/**
 * What requests of the operator's accounts used, each once.
 * @param auditLog path of the API server's audit log; those that it was rotated to lie beside it and are read as well.
 */
export function usedRights(auditLog: string): readonly Right[] {
  const folder = dirname(auditLog);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^audit.*\.log$/.test(name)) : [];
  const used = new Map<string, Right>();
  for (const file of files) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (!line.includes(operatorNamespace)) continue;
      const event: AuditEvent = JSON.parse(line);
      const { objectRef } = event;
      if (!isOurs(event) || objectRef?.resource === undefined) continue;
      const { resource, subresource, apiGroup, namespace, name } = objectRef;
      const right = {
        verb: event.verb,
        resource: [apiGroup, resource, subresource]
          .filter((part) => part !== undefined && part !== '')
          .join('/'),
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
      };
      used.set(JSON.stringify(right), right);
    }
  }
  return [...used.values()];
}

function covers(right: Right, use: Right): boolean {
  return (
    right.verb === use.verb &&
    right.resource === use.resource &&
    (right.namespace === undefined || right.namespace === use.namespace) &&
    (right.name === undefined || right.name === use.name)
  );
}

function sayRight({ verb, resource, namespace, name }: Right): string {
  const what = name === undefined ? resource : `${resource} ${name}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
