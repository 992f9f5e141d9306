/** A kind as the CustomResourceDefinition that the API server takes. */
import type { Kind } from './kinds.ts';
import { structuralSchema } from './structural.ts';
import type { JsonSchema } from './structural.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster';
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly versions: readonly [
      {
        readonly name: string;
        readonly served: true;
        readonly storage: true;
        readonly additionalPrinterColumns: readonly JsonSchema[];
        readonly schema: { readonly openAPIV3Schema: JsonSchema };
        readonly subresources: { readonly status: Readonly<Record<string, never>> };
      },
    ];
  };
}

/** @throws StructuralError when a schema of the kind cannot be said structurally. */
export function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  const { group, version, plural, singular, shortName, category } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/name': 'container-os-operator' } },
    spec: {
      group,
      scope: 'Cluster',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular,
        shortNames: [shortName],
        categories: [category],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map(({ wide, ...column }) => ({
            ...column,
            ...(wide && { priority: 1 }),
          })),
          schema: { openAPIV3Schema: objectSchema(kind) },
          subresources: { status: {} },
        },
      ],
    },
  };
}

function objectSchema(kind: Kind): JsonSchema {
  const status = structuralSchema(kind.status);
  return {
    type: 'object',
    description: kind.description,
    ...(kind.spec && { required: ['spec'] }),
    properties: {
      apiVersion: { type: 'string', description: `\`${kind.group}/${kind.version}\`.` },
      kind: { type: 'string', description: `\`${kind.kind}\`.` },
      // The API server describes it itself, and forbids others to.
      metadata: { type: 'object' },
      ...(kind.spec && { spec: structuralSchema(kind.spec) }),
      status: kind.statusDefault ? { ...status, default: kind.statusDefault } : status,
    },
  };
}
