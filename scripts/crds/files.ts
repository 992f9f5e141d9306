/** The generated files: what `npm run crds` writes and a test compares with what is checked in. */
import { stringify } from 'yaml';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { kinds } from '../../src/api/kinds.ts';

export interface GeneratedFile {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

const note = '# Generated from src/api by `npm run crds`; edits here are lost.\n';
const templates = 'charts/container-os-operator/templates/crds';

export function crdFiles(): readonly GeneratedFile[] {
  return kinds.flatMap((kind) => {
    const { metadata, ...crd } = customResourceDefinition(kind);
    const plain = stringify({ apiVersion: crd.apiVersion, kind: crd.kind, metadata, spec: crd.spec }, { lineWidth: 0 });
    const spec = stringify({ spec: crd.spec }, { lineWidth: 0 });
    return [
      { path: `crds/${metadata.name}.yaml`, text: note + plain },
      { path: `${templates}/${kind.plural}.yaml`, text: template(metadata.name, spec) },
    ];
  });
}

/** @throws Error when the text holds what Helm would take for an action. */
function template(name: string, spec: string): string {
  if (spec.includes('{{')) throw new Error(`${name} contains {{, which Helm would evaluate`);
  return `{{- if .Values.crds.enabled }}
${note}apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${name}
  labels:
    {{- include "container-os-operator.labels" . | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
${spec.trimEnd()}
{{- end }}
`;
}
