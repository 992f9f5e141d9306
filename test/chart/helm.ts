/** The real helm over our chart. */
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { ensurePrograms } from '../lab/build/ensure-programs.ts';
import { runCommand } from '../lab/process/run-command.ts';

export type Values = Readonly<Record<string, unknown>>;

/** A Kubernetes object as rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export const chart = join(import.meta.dirname, '../../charts/container-os-operator');
export const release = { name: 'container-os-operator', namespace: 'os-operator' } as const;
export const needed: Values = { image: { repository: 'registry.example.com/container-os-operator' } };

let binary: string | undefined;

/** HELM names the program; else the lab's own is built, or taken where it has been. @throws CommandError with helm's text. */
export async function helm(args: readonly string[], values: Values): Promise<string> {
  binary ??= process.env['HELM'] ?? (await ensurePrograms()).helm;
  const { stdout } = await runCommand(binary, [...args, '--values', '-'], { input: stringify(values) });
  return stdout;
}

/** All objects of the chart, as `helm template` prints them. @throws CommandError */
export async function render(values: Values = needed, folder = chart): Promise<readonly Manifest[]> {
  // Without a cluster helm takes a version that it was built with.
  const args = [
    'template',
    release.name,
    folder,
    '--namespace',
    release.namespace,
    '--kube-version',
    '1.30.0',
  ];
  const documents = parseAllDocuments(await helm(args, values));
  return documents.flatMap((document): Manifest[] => {
    if (document.errors.length > 0)
      throw new Error(`The chart does not render to YAML: ${document.errors.join('; ')}`);
    const manifest: Manifest | null = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of this kind, and name if there are several. @throws Error when there is not exactly one. */
export function only(manifests: readonly Manifest[], kind: string, namespace?: string): Manifest {
  const found = manifests.filter(
    (one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace),
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${String(found.length)} objects of kind ${kind}`);
  return found[0];
}
